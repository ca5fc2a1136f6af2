//! What is drawn: shape and size, texts, centre, colour.
//!
//! The sizes are those of 国发〔1999〕25号 and of the habits that local police rules wrote down;
//! no national standard fixes them for enterprises. The invoice seal follows the design that
//! the tax administration published in 2011.

use std::fmt;

use crate::{
    error::{Part, PictureError},
    text,
};

/// Seal types (印章类型) with the numbers of Table 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealType {
    /// 01 公章, the seal with the legal name.
    LegalName = 1,
    /// 02 财务章, finance.
    Finance = 2,
    /// 03 发票章, invoices.
    Invoice = 3,
    /// 04 合同章, contracts.
    Contract = 4,
    /// 05 法人章, the name of the legal representative.
    LegalRepresentative = 5,
    /// 06 业务专用章, one kind of business.
    Business = 6,
    /// 07 个人名章, the name of a person.
    PersonalName = 7,
    /// 08 个人手绘章, drawn by hand.
    PersonalHandDrawn = 8,
}

impl SealType {
    /// The type of a number of Table 1; 0 ("all") and unknown numbers have none.
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::LegalName,
            2 => Self::Finance,
            3 => Self::Invoice,
            4 => Self::Contract,
            5 => Self::LegalRepresentative,
            6 => Self::Business,
            7 => Self::PersonalName,
            8 => Self::PersonalHandDrawn,
            _ => return None,
        })
    }
}

/// Shape and size over the outer edge of the border, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle.
    Round {
        /// 30 to 60.
        diameter_mm: u16,
    },
    /// An ellipse that lies on its long side.
    Oval {
        /// 30 to 60, at least the height, at most 1.6 times the height.
        width_mm: u16,
        /// 20 to 60.
        height_mm: u16,
    },
    /// A square whose characters run down columns from right to left.
    Square {
        /// 10 to 40.
        side_mm: u16,
    },
}

impl Shape {
    /// Width and height in millimetres.
    pub fn size_mm(self) -> (u16, u16) {
        match self {
            Self::Round { diameter_mm } => (diameter_mm, diameter_mm),
            Self::Oval { width_mm, height_mm } => (width_mm, height_mm),
            Self::Square { side_mm } => (side_mm, side_mm),
        }
    }

    fn check(self) -> Result<(), PictureError> {
        let good = match self {
            Self::Round { diameter_mm } => (30..=60).contains(&diameter_mm),
            Self::Oval { width_mm, height_mm } => {
                (30..=60).contains(&width_mm)
                    && (20..=60).contains(&height_mm)
                    && width_mm >= height_mm
                    && width_mm * 10 <= height_mm * 16
            }
            Self::Square { side_mm } => (10..=40).contains(&side_mm),
        };
        let (width_mm, height_mm) = self.size_mm();
        if good { Ok(()) } else { Err(PictureError::Size { width_mm, height_mm }) }
    }
}

/// What stands in the centre of a round or oval seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// A five-pointed star (五角星).
    Star,
    /// Nothing.
    None,
}

/// The colour of everything that is drawn; the rest is transparent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// Pure red, the colour of seals.
    pub const RED: Self = Self { red: 255, green: 0, blue: 0 };
}

/// Everything that decides how a seal looks. The same design gives the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SealDesign {
    /// Shape and size.
    pub shape: Shape,
    /// Round the ring from left to right over the top; in a square, the columns.
    pub name: String,
    /// The straight line below the centre; in a square it follows the name (印, 之印).
    pub type_line: Option<String>,
    /// Straight through the centre of an oval.
    pub tax_number: Option<String>,
    /// At the lower edge of a round or oval seal, to be read upright.
    pub serial: Option<String>,
    /// What stands in the centre; squares ignore it.
    pub centre: Centre,
    /// The colour.
    pub colour: Colour,
    /// Dots per inch of the PNG, 200 to 1200.
    pub dpi: u16,
}

/// Names of persons stand in designs, so the texts are not printed.
impl fmt::Debug for SealDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealDesign")
            .field("shape", &self.shape)
            .field("centre", &self.centre)
            .field("colour", &self.colour)
            .field("dpi", &self.dpi)
            .finish_non_exhaustive()
    }
}

impl SealDesign {
    /// A design with nothing but a name, red at 300 dpi.
    pub fn new(shape: Shape, name: &str) -> Self {
        Self {
            shape,
            name: name.to_owned(),
            type_line: None,
            tax_number: None,
            serial: None,
            centre: Centre::None,
            colour: Colour::RED,
            dpi: 300,
        }
    }

    /// The customary design of a seal type for the owner `name`.
    ///
    /// 01 is round 42 mm with a star; 02, 04 and 06 are round 38 mm with the purpose below an
    /// empty centre (the star there differs by region: set [`SealDesign::centre`]); 03 is the
    /// oval 40 x 30 mm, to which the tax number should be added; 05 and 07 are squares of 18
    /// and 20 mm in which 印 or 之印 fills a short name up to four characters. If `name` already
    /// ends with the purpose (某某公司合同专用章), the ending becomes the line.
    ///
    /// # Errors
    /// [`PictureError::HandDrawn`] for type 08, which nobody draws but its owner.
    pub fn for_type(seal_type: SealType, name: &str) -> Result<Self, PictureError> {
        Ok(match seal_type {
            SealType::LegalName => {
                Self { centre: Centre::Star, ..Self::new(Shape::Round { diameter_mm: 42 }, name) }
            }
            SealType::Finance => Self::with_purpose(Shape::Round { diameter_mm: 38 }, name, "财务专用章"),
            SealType::Contract => Self::with_purpose(Shape::Round { diameter_mm: 38 }, name, "合同专用章"),
            SealType::Business => Self::with_purpose(Shape::Round { diameter_mm: 38 }, name, "业务专用章"),
            SealType::Invoice => {
                Self::with_purpose(Shape::Oval { width_mm: 40, height_mm: 30 }, name, "发票专用章")
            }
            SealType::LegalRepresentative => Self::of_person(18, name),
            SealType::PersonalName => Self::of_person(20, name),
            SealType::PersonalHandDrawn => return Err(PictureError::HandDrawn),
        })
    }

    fn with_purpose(shape: Shape, name: &str, purpose: &str) -> Self {
        let owner = name.strip_suffix(purpose).unwrap_or(name);
        Self { type_line: Some(purpose.to_owned()), ..Self::new(shape, owner) }
    }

    fn of_person(side_mm: u16, name: &str) -> Self {
        let ending = match (name.chars().count(), name.ends_with(['印', '章'])) {
            (2, false) => Some("之印".to_owned()),
            (3, false) => Some("印".to_owned()),
            _ => None,
        };
        Self { type_line: ending, ..Self::new(Shape::Square { side_mm }, name) }
    }

    /// Checks everything that can be judged without a font.
    pub(crate) fn check(&self) -> Result<(), PictureError> {
        self.shape.check()?;
        if !(200..=1200).contains(&self.dpi) {
            return Err(PictureError::Resolution { dpi: self.dpi });
        }
        text::check(Part::Name, &self.name)?;
        let optional = [
            (Part::TypeLine, &self.type_line),
            (Part::TaxNumber, &self.tax_number),
            (Part::Serial, &self.serial),
        ];
        for (part, value) in optional {
            let Some(value) = value else { continue };
            text::check(part, value)?;
            let placed = match self.shape {
                Shape::Round { .. } => part != Part::TaxNumber,
                Shape::Oval { .. } => true,
                Shape::Square { .. } => part == Part::TypeLine,
            };
            if !placed {
                return Err(PictureError::Unplaced { part });
            }
        }
        Ok(())
    }
}
