//! Both kinds through one front.

use super::*;
use crate::ofd::compose::{Composer, FontFace};
use crate::ofd::{Edge, Provider};
use jiff::Timestamp;

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

#[test]
fn an_ofd_has_nothing_that_only_a_pdf_has() {
    let [ofd, pdf] = documents();
    let wishes = PdfWishes { field: Some("a".to_owned()), ..PdfWishes::default() };
    let order = Order { pdf: wishes, ..order(Subject::Plain) };
    let error = prepare(&ofd, &order, &Limits::default()).unwrap_err();
    assert_eq!((error.code(), error.concern()), ("document.only-pdf", Concern::Wish));
    prepare(&pdf, &order, &Limits::default()).unwrap();
}
