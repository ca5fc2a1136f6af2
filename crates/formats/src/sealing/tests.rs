//! Both kinds through one front.

use super::*;
use crate::ofd::compose::{Composer, FontFace};
use crate::ofd::{Edge, Provider};
use crate::ses::Picture;
use jiff::Timestamp;

const SEAL: &[u8] = include_bytes!("../../fixtures/seal_v4.esl");
/// One transparent point.
const PNG: &str = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000b4944415478da63\
                   6000020000050001e9fadcd80000000049454e44ae426082";

/// Two A4 pages and a wide one, as OFD and as PDF.
fn documents() -> [Vec<u8>; 2] {
    let mut composer = Composer::new("0", "t", Timestamp::UNIX_EPOCH);
    for number in 1..=2 {
        composer.page(|page| {
            page.text(20.0, 30.0, 5.0, FontFace::Song, &format!("page {number} seal here"));
        });
    }
    composer.sized_page(400.0, 100.0, |_| {});
    [composer.finish().unwrap(), crate::pdf::compose::to_pdf(&composer, None).unwrap()]
}

fn order(subject: Subject) -> Order {
    Order {
        subject,
        place: None,
        provider: Provider { name: "t".to_owned(), version: None, company: None },
        signing_time: Timestamp::UNIX_EPOCH,
        lock: false,
        is_stamped: false,
        pdf: PdfWishes::default(),
        seed: [1; 32],
    }
}

#[test]
fn content_decides_what_a_document_is() {
    let [ofd, pdf] = documents();
    assert_eq!(DocumentKind::of(&ofd), Some(DocumentKind::Ofd));
    assert_eq!(DocumentKind::of(&pdf), Some(DocumentKind::Pdf));
    let late = |blanks: usize| [&vec![b' '; blanks][..], b"%PDF-1.7"].concat();
    assert_eq!(DocumentKind::of(&late(1000)), Some(DocumentKind::Pdf));
    assert_eq!(DocumentKind::of(&late(1024)), None);
    for other in [&b""[..], b"PK", b"%PDF", b"<?xml", b"\xD0\xCF\x11\xE0"] {
        assert_eq!(DocumentKind::of(other), None);
        let error = Document::open(other, &Limits::default()).err().unwrap();
        assert_eq!((error.code(), error.concern()), ("document.unknown-kind", Concern::NotADocument));
    }
}

#[test]
fn pages_and_places_are_the_same_in_both() {
    let seal = PageSize { width_mm: 40.0, height_mm: 30.0 };
    for bytes in documents() {
        let document = Document::open(&bytes, &Limits::default()).unwrap();
        assert_eq!(document.page_count(), 3);
        let size = document.page_size(2).unwrap();
        assert!((size.width_mm - 400.0).abs() < 0.01 && (size.height_mm - 100.0).abs() < 0.01);
        assert_eq!(document.page_size(3), Err(SealingError::NoPage { page_index: 3 }));
        let first = |place: Place| {
            let stamps = document.stamps(&place, seal).unwrap();
            let boundary = stamps[0].boundary;
            format!("{} at {:.0} {:.0}", stamps.len(), boundary.x, boundary.y)
        };
        assert_eq!(first(Place::At { page_index: 1, x_mm: 7.0, y_mm: 8.0 }), "1 at 7 8");
        assert_eq!(first(Place::Corner { page_index: 0, margin_mm: 20.0 }), "1 at 150 247");
        assert_eq!(first(Place::Corner { page_index: 2, margin_mm: 90.0 }), "1 at 270 0");
        assert_eq!(first(Place::Riding { edge: Edge::Right, pages_per_seal: 20 }), "3 at 197 134");
        let keyword = |which| Place::Keyword { text: "seal here".to_owned(), which };
        let stamps = document.stamps(&keyword(Which::Every), seal).unwrap();
        let middle = stamps[0].boundary.x + 20.0;
        // 7 half letters before it, 9 of its own: from 37.5 mm to 60 mm, as far as fonts agree.
        assert!(stamps.len() == 2 && (middle - 48.75).abs() < 2.0, "{middle}");
        assert!((stamps[0].boundary.y + 15.0 - 32.5).abs() < 2.0, "{:?}", stamps[0]);
        assert_eq!(document.stamps(&keyword(Which::Last), seal).unwrap()[0].page_index, 1);
        assert_eq!(document.stamps(&keyword(Which::First), seal).unwrap()[0].page_index, 0);
        let nowhere = Place::Keyword { text: "x".repeat(90), which: Which::Every };
        let error = document.stamps(&nowhere, seal).unwrap_err();
        assert_eq!(error, SealingError::NoKeyword { text: "x".repeat(40) });
    }
}

#[test]
fn one_page_takes_no_slices_and_each_kind_says_so_itself() {
    let mut composer = Composer::new("0", "t", Timestamp::UNIX_EPOCH);
    composer.sized_page(210.0, 297.0, |_| {});
    let documents = [composer.finish().unwrap(), crate::pdf::compose::to_pdf(&composer, None).unwrap()];
    for (bytes, code) in documents.iter().zip(["ofd.slices", "pdf.slices"]) {
        let document = Document::open(bytes, &Limits::default()).unwrap();
        let riding = Place::Riding { edge: Edge::Right, pages_per_seal: 20 };
        let error = document.stamps(&riding, PageSize { width_mm: 40.0, height_mm: 30.0 }).unwrap_err();
        assert_eq!((error.code(), error.concern()), (code, Concern::Place));
    }
}

#[test]
fn what_is_prepared_can_be_stored_whatever_it_is() {
    for bytes in documents() {
        let (prepared, stamps) = prepare(&bytes, &order(Subject::Plain), &Limits::default()).unwrap();
        assert!(stamps.is_empty() && !prepared.is_seal());
        assert_eq!(Some(prepared.kind()), DocumentKind::of(&bytes));
        let stored = prepared.to_bytes();
        assert_eq!(Prepared::from_bytes(&stored).unwrap(), prepared);
        for at in [0, 9, stored.len() / 2, stored.len() - 1] {
            let mut broken = stored.clone();
            broken[at] ^= 1;
            assert_eq!(Prepared::from_bytes(&broken).unwrap_err(), SealingError::Damaged, "{at}");
        }
        assert!(prepared.embed(b"", &Limits::default()).is_err());
        let embedded = prepared.embed(&[0x30, 0x00], &Limits::default()).unwrap();
        assert_eq!(DocumentKind::of(&embedded), Some(prepared.kind()));
    }
}

#[test]
fn a_locked_document_takes_no_other_signature() {
    for bytes in documents() {
        let limits = Limits::default();
        let signed = |bytes: &[u8], lock: bool| {
            let (prepared, _) = prepare(bytes, &Order { lock, ..order(Subject::Plain) }, &limits)?;
            prepared.embed(&[0x30, 0x00], &limits)
        };
        // Locked with the first signature, and with the second.
        for locked in [signed(&bytes, true).unwrap(), signed(&signed(&bytes, false).unwrap(), true).unwrap()]
        {
            let error = signed(&locked, false).unwrap_err();
            assert_eq!(error.concern(), Concern::Locked, "{error}");
            assert!(error.chinese().contains("锁定"), "{}", error.chinese());
        }
    }
}

/// Who takes the usual place does not cover who took it before.
#[test]
fn a_second_seal_stands_beside_the_first() {
    let limits = Limits::default();
    let seal = PageSize { width_mm: 40.0, height_mm: 30.0 };
    for document in documents() {
        let mut stamped = document;
        let mut seen: Vec<(usize, crate::ofd::Rect)> = Vec::new();
        for place in [
            Place::Corner { page_index: 0, margin_mm: 20.0 },
            Place::Corner { page_index: 0, margin_mm: 20.0 },
            Place::Riding { edge: Edge::Right, pages_per_seal: 20 },
            Place::Riding { edge: Edge::Right, pages_per_seal: 20 },
        ] {
            let stamps = Document::open(&stamped, &limits).unwrap().stamps(&place, seal).unwrap();
            for stamp in &stamps {
                let clip = stamp.clip.unwrap_or(crate::ofd::Rect { x: 0.0, y: 0.0, ..stamp.boundary });
                let (x, y) = (stamp.boundary.x + clip.x, stamp.boundary.y + clip.y);
                for (_, old) in seen.iter().filter(|(page, _)| *page == stamp.page_index) {
                    let is_apart = x >= old.x + old.width
                        || old.x >= x + clip.width
                        || y >= old.y + old.height
                        || old.y >= y + clip.height;
                    assert!(is_apart, "{stamp:?} covers {old:?}");
                }
                seen.push((stamp.page_index, crate::ofd::Rect { x, y, ..clip }));
            }
            stamped = shown(&stamped, &stamps);
        }
    }
}

/// The document with a seal in these places. Its value is none.
fn shown(document: &[u8], stamps: &[crate::ofd::Stamp]) -> Vec<u8> {
    let limits = Limits::default();
    let (signing_time, kind) = (Timestamp::UNIX_EPOCH, DocumentKind::of(document).unwrap());
    match kind {
        DocumentKind::Ofd => {
            let placement = crate::ofd::Placement {
                body: 0,
                kind: crate::ofd::Kind::Seal(SEAL.to_vec()),
                stamps: stamps.to_vec(),
                provider: order(Subject::Plain).provider,
                signing_time,
                mode: crate::ofd::Mode::Continue,
            };
            let prepared = crate::ofd::prepare(document, &placement, &limits.ofd).unwrap();
            crate::ofd::embed(&prepared, &[0x30, 0x00], &limits.ofd).unwrap()
        }
        DocumentKind::Pdf => {
            let mut placement = crate::pdf::seal::Placement::sign(signing_time, [1; 32]);
            placement.stamps = stamps.to_vec();
            let picture = Picture {
                kind: "PNG".to_owned(),
                data: hex::decode(PNG).unwrap(),
                width_mm: 40,
                height_mm: 30,
            };
            placement.kind = crate::pdf::seal::Kind::Sign(Some(picture));
            let prepared = crate::pdf::seal::prepare(document, &placement, &limits.pdf).unwrap();
            crate::pdf::seal::embed(&prepared, &[0x30, 0x00]).unwrap()
        }
    }
}

#[test]
fn an_ofd_has_nothing_that_only_a_pdf_has() {
    let [ofd, pdf] = documents();
    let wishes = PdfWishes { field: Some("a".to_owned()), ..PdfWishes::default() };
    let order = Order { pdf: wishes, ..order(Subject::Plain) };
    let error = prepare(&ofd, &order, &Limits::default()).unwrap_err();
    assert_eq!((error.code(), error.concern()), ("document.only-pdf", Concern::Wish));
    prepare(&pdf, &order, &Limits::default()).unwrap();
}

/// The document with an empty signature field on its first page.
fn with_field(bytes: &[u8], name: &str) -> Vec<u8> {
    use crate::pdf::{Dictionary, Object, Pdf, update::Update};
    let pdf = Pdf::open(bytes, &crate::pdf::Limits::default()).unwrap();
    let (catalog, page) = (pdf.catalog().unwrap(), pdf.pages().unwrap().remove(0));
    let mut update = Update::new(&pdf, [1; 32]).unwrap();
    let field = Dictionary::new()
        .with(b"FT", Object::name("Sig"))
        .with(b"T", Object::text(name))
        .with(b"Subtype", Object::name("Widget"))
        .with(b"Rect", Object::Array([50, 50, 150, 150].map(Object::Integer).to_vec()));
    let field = Object::Array(vec![Object::Reference(update.add(Object::Dictionary(field)))]);
    let form = Object::Dictionary(Dictionary::new().with(b"Fields", field.clone()));
    let root = catalog.object.as_dictionary().unwrap().clone();
    update.put(catalog.id, Object::Dictionary(root.with(b"AcroForm", form)));
    update.put(page.id.unwrap(), Object::Dictionary(page.dictionary.clone().with(b"Annots", field)));
    update.finish().unwrap().bytes
}

/// A field has its place: whoever names another beside it is told so, and its name is offered.
#[test]
fn a_field_and_a_place_exclude_each_other() {
    let [ofd, pdf] = documents();
    let limits = Limits::default();
    let file = with_field(&pdf, "甲方");
    let fields = |bytes: &[u8], most| Document::open(bytes, &limits).unwrap().empty_fields(most).unwrap();
    assert_eq!(fields(&file, 9), ["甲方"]);
    assert!(fields(&file, 0).is_empty() && fields(&pdf, 9).is_empty() && fields(&ofd, 9).is_empty());
    for place in [
        Place::Riding { edge: Edge::Right, pages_per_seal: 20 },
        Place::At { page_index: 0, x_mm: 1.0, y_mm: 1.0 },
        Place::Keyword { text: "seal here".to_owned(), which: Which::Last },
    ] {
        let wishes = PdfWishes { field: Some("甲方".to_owned()), ..PdfWishes::default() };
        let order = Order { place: Some(place), pdf: wishes, ..order(Subject::Seal(SEAL.to_vec())) };
        let error = prepare(&file, &order, &limits).unwrap_err();
        assert_eq!((error.code(), error.concern()), ("pdf.stamps", Concern::Place));
    }
}
