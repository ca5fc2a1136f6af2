//! What stands in a package beside what is shown, and how seals are shown: what honest documents have, and what none has.

use formats::ofd::compose::Composer;
use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Rect, Stamp, embed, prepare};
use sealbridge_verify as verify;
use testkit::lab::{Files, PreparedFiles, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed};
use testkit::pki::{at, pki};
use verify::Status::{Bad, Note, Unknown};
use verify::catalogue as rule;

use crate::{Golden, golden};

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = added();
    all.extend(open_files());
    all.extend(slices());
    all
}

/// The document sealed by one party, then with one more file by another.
fn later(name: &str, content: &str) -> Files {
    let mut files = sealed(Mode::Continue);
    files.add(name, content);
    let seal = SealSpec::good().write();
    prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT))
        .describing(|text| text.replace("Boundary=\"120 200 ", "Boundary=\"40 200 "))
        .sealed(&seal, &ValueSpec::by(&pki().second))
}

fn added() -> Vec<Golden> {
    let page = "<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\"/>";
    let mut early = Files::from_zip(&document());
    early.add("Encryptions.xml", "<a/>");
    let seal = SealSpec::good().write();
    let early = prepared(&early.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT))
        .sealed(&seal, &ValueSpec::good());
    vec![
        golden(&later("Doc_0/notes.txt", "ok"), &rule::ADDED_FILES, Note).also(&rule::COVERAGE_ADDED, Note),
        golden(&later("Encryptions.xml", "<a/>"), &rule::ADDED_FILES, Unknown)
            .also(&rule::COVERAGE_ADDED, Unknown),
        golden(&later("Pages/P.xml", page), &rule::COVERAGE_ADDED, Unknown).also(&rule::ADDED_FILES, Unknown),
        // Covered by every signature there is.
        golden(&early, &rule::COVERAGE_ADDED, Note),
    ]
}

/// What the schema does not know is a departure where it is covered, and unknown where anybody may have put it.
fn open_files() -> Vec<Golden> {
    let odd = |mode| {
        let mut files = Files::from_zip(&document());
        files
            .edit("OFD.xml", |text| text.replace("</ofd:DocInfo>", "<x:a xmlns:x=\"urn:x\"/></ofd:DocInfo>"));
        let seal = SealSpec::good().write();
        prepared(&files.to_zip(), Kind::Seal(seal.clone()), mode, at(SIGNED_AT))
            .sealed(&seal, &ValueSpec::good())
    };
    let mut open = sealed(Mode::Continue);
    open.edit("Doc_0/Signs/Signatures.xml", |text| {
        text.replace("</ofd:Signatures>", "<ofd:Extra/></ofd:Signatures>")
    });
    vec![
        golden(&odd(Mode::Lock), &rule::DOCUMENT_DEVIATION, Note),
        golden(&odd(Mode::Lock), &rule::DOCUMENT_DEVIATION, Bad).strict(),
        golden(&open, &rule::DOCUMENT_AMBIGUOUS, Unknown),
    ]
}

/// A document of so many pages with a riding seal of 42 mm, the edges of its slices rounded to so many millimetres.
fn riding(pages: u16, rounded_to: f64) -> Files {
    let mut composer = Composer::new("0123456789abcdef0123456789abcdef", "测试", at(SIGNED_AT));
    for _ in 0..pages {
        composer.page(|_| {});
    }
    let round = |value: f64| (value / rounded_to).round() * rounded_to;
    let slice = 42.0 / f64::from(pages);
    let stamps = (0..pages).map(|page| {
        let from = slice * f64::from(page);
        let clip = Rect { x: round(from), y: 0.0, width: round(slice), height: 42.0 };
        let boundary = Rect { x: 210.0 - round(from + slice), y: 100.0, width: 42.0, height: 42.0 };
        Stamp { page_index: usize::from(page), boundary, clip: Some(clip) }
    });
    let seal = SealSpec { size: (42, 42), ..SealSpec::good() }.write();
    let provider = Provider { name: "sealbridge lab".to_owned(), version: None, company: None };
    let (kind, mode, signing_time) = (Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT));
    let placement = Placement { body: 0, kind, stamps: stamps.collect(), provider, signing_time, mode };
    let ofd = composer.finish().expect("a document");
    let ready = prepare(&ofd, &placement, &Limits::default()).expect("a document to seal");
    let ofd = embed(&ready, b"value to come", &Limits::default()).expect("room for a value");
    let folder = "Doc_0/Signs/Sign_0".to_owned();
    PreparedFiles { files: Files::from_zip(&ofd), folder }.sealed(&seal, &ValueSpec::good())
}

fn slices() -> Vec<Golden> {
    vec![
        // Slices of 0.84 mm, as a writer has them that rounds to tenths, and of less than a tenth.
        golden(&riding(50, 0.0001), &rule::COVERAGE_LIST, verify::Status::Good),
        golden(&riding(50, 0.1), &rule::COVERAGE_LIST, verify::Status::Good),
        golden(&riding(500, 0.0001), &rule::COVERAGE_LIST, verify::Status::Good),
    ]
}
