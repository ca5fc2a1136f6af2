//! What the application keeps beside the document: encrypted as a whole, because it names the signer.

use formats::ofd::{Edge, Stamp};
use formats::sealing::{self, DocumentKind};
use protocol::tables::{DocumentReport, SealInfo};
use protocol::{ApiError, OrgCode};
use serde::{Deserialize, Serialize};

use crate::failure::fault;

/// Everything but the documents. A field that is absent has its default, so that older rows stay readable.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Detail {
    /// What the document is; rows without it hold an OFD.
    pub(crate) format: Format,
    /// Number of pages.
    pub(crate) pages: usize,
    /// Size of the first page.
    pub(crate) first_page: PageSize,
    /// Empty signature fields of a PDF.
    pub(crate) fields: Vec<String>,
    /// The organisation whose seals were asked for.
    pub(crate) org_code: Option<String>,
    /// The person whose seals were asked for.
    pub(crate) id_card: Option<String>,
    /// Its seals as the platform gave them.
    pub(crate) found: Vec<SealInfo>,
    /// Whether the platform said that some seal systems did not answer.
    pub(crate) partial: bool,
    /// The seal that was placed.
    pub(crate) chosen: Option<SealInfo>,
    /// Where.
    pub(crate) placing: Option<Placing>,
    /// Where that is on the paper.
    pub(crate) spot: Option<Spot>,
    /// Who signs.
    pub(crate) signer: Option<SignerText>,
    /// The voucher of the consent.
    pub(crate) auth_code: Option<String>,
    /// What became of the time stamp.
    pub(crate) stamping: Stamping,
    /// What the platform said of the sealed document.
    pub(crate) report: Option<DocumentReport>,
}

/// What a document is, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Ofd,
    Pdf,
}

impl From<DocumentKind> for Format {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Ofd => Self::Ofd,
            DocumentKind::Pdf => Self::Pdf,
        }
    }
}

impl From<Format> for DocumentKind {
    fn from(format: Format) -> Self {
        match format {
            Format::Ofd => Self::Ofd,
            Format::Pdf => Self::Pdf,
        }
    }
}

/// The signer as typed in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignerText {
    pub(crate) mobile: String,
    pub(crate) id_card: String,
    pub(crate) name: Option<String>,
}

/// Size of a page in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageSize {
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
}

impl Default for PageSize {
    fn default() -> Self {
        // A page without any area is shown as A4 by every reader.
        Self { width_mm: 210.0, height_mm: 297.0 }
    }
}

impl From<sealing::PageSize> for PageSize {
    fn from(size: sealing::PageSize) -> Self {
        Self { width_mm: size.width_mm, height_mm: size.height_mm }
    }
}

/// Where the seal is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Its left upper corner on a page.
    At {
        /// The page, counted from 1.
        page: usize,
        /// From the left edge, in millimetres.
        x_mm: f64,
        /// From the upper edge, in millimetres.
        y_mm: f64,
    },
    /// Near the lower right corner of a page.
    Corner {
        /// The page, counted from 1; without, the last one.
        page: Option<usize>,
    },
    /// Cut over the right edge of all pages (骑缝章).
    Riding,
    /// On a text (关键字).
    Keyword {
        /// The text.
        text: String,
        /// Which, where it stands more than once.
        which: Which,
    },
    /// In an empty signature field of a PDF, which has its place.
    Field {
        /// The field's full name.
        name: String,
    },
}

/// Which of several places of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The first of the document.
    First,
    /// The last one.
    Last,
    /// Every one.
    Every,
}

impl From<Which> for sealing::Which {
    fn from(which: Which) -> Self {
        match which {
            Which::First => Self::First,
            Which::Last => Self::Last,
            Which::Every => Self::Every,
        }
    }
}

/// Where the first stamp of a placed seal is, for a look at it before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// The page, counted from 1.
    pub page: usize,
    /// Its size.
    pub size: PageSize,
    /// The seal's left edge, in millimetres.
    pub x_mm: f64,
    /// Its upper edge.
    pub y_mm: f64,
}

impl Spot {
    pub(super) fn of(stamp: &Stamp, size: PageSize) -> Self {
        let (x_mm, y_mm) = (stamp.boundary.x, stamp.boundary.y);
        Self { page: stamp.page_index.saturating_add(1), size, x_mm, y_mm }
    }
}

/// How a seal is placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placing {
    /// Where.
    pub position: Position,
    /// Whether the document is locked: nobody can seal it afterwards.
    pub lock: bool,
}

impl Placing {
    /// On a page, open for others to seal afterwards.
    pub fn at(page: usize, x_mm: f64, y_mm: f64) -> Self {
        Self { position: Position::At { page, x_mm, y_mm }, lock: false }
    }

    /// Over the edge of all pages, open for others to seal afterwards.
    pub fn riding() -> Self {
        Self { position: Position::Riding, lock: false }
    }

    /// On the last place of a text, open for others to seal afterwards.
    pub fn keyword(text: &str) -> Self {
        let position = Position::Keyword { text: text.to_owned(), which: Which::Last };
        Self { position, lock: false }
    }

    /// In an empty signature field, open for others to seal afterwards.
    pub fn field(name: &str) -> Self {
        Self { position: Position::Field { name: name.to_owned() }, lock: false }
    }

    /// The same, and the document is locked.
    #[must_use]
    pub fn locking(self) -> Self {
        Self { lock: true, ..self }
    }
}

/// The edge riding seals are cut over.
pub(super) const RIDING_EDGE: Edge = Edge::Right;

/// What became of the time stamp over the signature.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamping {
    /// None is asked for in this system.
    #[default]
    NotWanted,
    /// It is in the document.
    Stamped,
    /// The authority did not give one, and the rules let the document go without.
    Missing(String),
}

impl Detail {
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        serde_json::from_str(text).map_err(fault)
    }

    pub(super) fn write(&self) -> Result<zeroize::Zeroizing<String>, ApiError> {
        serde_json::to_string(self).map(zeroize::Zeroizing::new).map_err(fault)
    }

    /// The organisation's credit code, when it was asked for by that.
    pub(super) fn credit_code(&self) -> Option<protocol::Uscc> {
        match OrgCode::parse(self.org_code.as_deref()?).ok()? {
            OrgCode::Credit(uscc) => Some(uscc),
            OrgCode::Legacy(_) => None,
        }
    }
}
