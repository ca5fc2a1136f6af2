//! The first step: everything but the signature value.

use super::document::{Document, Limits, PageSize};
use super::error::SealingError;
use super::kind::DocumentKind;
use super::place::Place;
use super::prepared::Prepared;
use crate::asn1::Mode as Reading;
use crate::ofd::{self, Provider, Stamp};
use crate::pdf;
use crate::pdf::seal::{About, Certify, FieldChoice, Profile, Reserve, SealError as PdfSealError};
use crate::ses::Seal;
use jiff::Timestamp;

/// A seal or signature to be added to a document of either kind.
#[derive(Debug, Clone)]
pub struct Order {
    /// A seal or a plain signature.
    pub subject: Subject,
    /// Where the seal is shown. An existing field of a PDF has its own place; else a seal without a place is refused.
    pub place: Option<Place>,
    /// The program that signs, as it names itself.
    pub provider: Provider,
    /// The signing time; whole seconds count.
    pub signing_time: Timestamp,
    /// Whether the document is locked: nobody can sign it afterwards.
    pub lock: bool,
    /// Whether a time stamp will be in the value for certain, as a field of a PDF may ask.
    pub is_stamped: bool,
    /// What only a PDF has.
    pub pdf: PdfWishes,
    /// 32 random bytes, for encrypted PDFs.
    pub seed: [u8; 32],
}

/// What is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A seal (GB/T 38540), given as DER.
    Seal(Vec<u8>),
    /// A plain signature (GB/T 35275), which is not shown.
    Plain,
}

/// Wishes that only a PDF can meet; an OFD with any of them is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PdfWishes {
    /// The names in the signature dictionary; those of a seal or of a plain signature without.
    pub profile: Option<Profile>,
    /// Full name of the field that takes the signature: an empty one that is there, or a new one.
    pub field: Option<String>,
    /// Certifies the document, and allows what may be changed afterwards.
    pub certify: Option<Certify>,
    /// What the signature says about itself.
    pub about: About,
}

/// Prepares a document, and gives the stamps that were put on its pages. What remains is to have
/// [`Prepared::to_sign`] signed and the value embedded.
///
/// # Errors
/// [`SealingError`] when the document cannot be read, takes no further signature, or the seal cannot go there.
pub fn prepare(
    document: &[u8],
    order: &Order,
    limits: &Limits,
) -> Result<(Prepared, Vec<Stamp>), SealingError> {
    let kind = DocumentKind::of(document).ok_or(SealingError::UnknownKind)?;
    if kind == DocumentKind::Ofd {
        only_for_pdf(&order.pdf)?;
    }
    let stamps = stamps(document, order, limits)?;
    let prepared = match kind {
        DocumentKind::Ofd => Prepared::Ofd(ofd(document, order, &stamps, &limits.ofd)?),
        DocumentKind::Pdf => return pdf(document, order, stamps, &limits.pdf),
    };
    Ok((prepared, stamps))
}

fn only_for_pdf(wishes: &PdfWishes) -> Result<(), SealingError> {
    let named = [
        (wishes.field.is_some(), "signature fields"),
        (wishes.certify.is_some(), "certifications"),
        (wishes.profile.is_some(), "names of a signature profile"),
        (wishes.about != About::default(), "a signature dictionary"),
    ];
    named
        .iter()
        .find(|(is_wished, _)| *is_wished)
        .map_or(Ok(()), |(_, what)| Err(SealingError::OnlyPdf(what)))
}

/// Where the seal goes; nowhere for a plain signature.
fn stamps(document: &[u8], order: &Order, limits: &Limits) -> Result<Vec<Stamp>, SealingError> {
    match (&order.subject, &order.place) {
        (Subject::Seal(der), Some(place)) => {
            let (seal, _) = Seal::parse(der, Reading::Tolerant)?;
            let size =
                PageSize { width_mm: mm(seal.picture.width_mm), height_mm: mm(seal.picture.height_mm) };
            Document::open(document, limits)?.stamps(place, size)
        }
        _ => Ok(Vec::new()),
    }
}

fn ofd(
    document: &[u8],
    order: &Order,
    stamps: &[Stamp],
    limits: &ofd::Limits,
) -> Result<ofd::Prepared, SealingError> {
    let placement = ofd::Placement {
        body: 0,
        kind: match &order.subject {
            Subject::Seal(der) => ofd::Kind::Seal(der.clone()),
            Subject::Plain => ofd::Kind::Sign,
        },
        stamps: stamps.to_vec(),
        provider: order.provider.clone(),
        signing_time: order.signing_time,
        mode: if order.lock { ofd::Mode::Lock } else { ofd::Mode::Continue },
    };
    Ok(ofd::prepare(document, &placement, limits)?)
}

fn pdf(
    document: &[u8],
    order: &Order,
    stamps: Vec<Stamp>,
    limits: &pdf::Limits,
) -> Result<(Prepared, Vec<Stamp>), SealingError> {
    let wishes = &order.pdf;
    let mut about = wishes.about.clone();
    about.application.get_or_insert_with(|| order.provider.name.clone());
    let (kind, profile) = match &order.subject {
        Subject::Seal(der) => (pdf::seal::Kind::Seal(der.clone()), Profile::seal()),
        Subject::Plain => (pdf::seal::Kind::Sign(None), Profile::cms()),
    };
    let placement = pdf::seal::Placement {
        kind,
        profile: wishes.profile.clone().unwrap_or(profile),
        stamps,
        field: FieldChoice::New(wishes.field.clone()),
        about,
        signing_time: order.signing_time,
        certify: wishes.certify,
        lock_fields: false,
        reserve: Reserve::default(),
        is_stamped: order.is_stamped,
        seed: order.seed,
    };
    // An existing field has its place: with another one beside it is refused.
    if let Some(name) = &wishes.field {
        let existing = FieldChoice::Existing(name.clone());
        match locking(
            document,
            pdf::seal::Placement { field: existing, ..placement.clone() },
            order.lock,
            limits,
        ) {
            Err(PdfSealError::NoField(_)) => {}
            done => return Ok((Prepared::Pdf(done?), Vec::new())),
        }
    }
    let prepared = locking(document, placement.clone(), order.lock, limits)?;
    Ok((Prepared::Pdf(prepared), placement.stamps))
}

/// Prepares a PDF, locked where that is wanted: certified if this is its first signature, else with all fields locked.
fn locking(
    document: &[u8],
    mut placement: pdf::seal::Placement,
    lock: bool,
    limits: &pdf::Limits,
) -> Result<pdf::seal::Prepared, PdfSealError> {
    if !lock {
        return pdf::seal::prepare(document, &placement, limits);
    }
    let wished = placement.certify.replace(Certify::NoChanges);
    match pdf::seal::prepare(document, &placement, limits) {
        Err(PdfSealError::NotFirst) if wished.is_none() => {
            placement.certify = None;
            placement.lock_fields = true;
            pdf::seal::prepare(document, &placement, limits)
        }
        done => done,
    }
}

/// A size of a seal, in millimetres.
fn mm(size: i64) -> f64 {
    i32::try_from(size).map_or(f64::from(i32::MAX), f64::from)
}
