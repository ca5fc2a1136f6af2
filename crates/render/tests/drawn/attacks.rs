//! The whole suite with its pages drawn: controls look different only where they may, and what is seen makes no attack
//! better.

use sealbridge_render::Here;
use verify::catalogue::{SIGNATURE_NOT_RENDERED, SIGNATURE_RENDERING};
use verify::{Drawing, NotDrawn, Options, PageDrawer, Picture, Report, Status, Verdict};

use crate::{FOLDER, document, drawn_by, plain, trust};

fn drawn(name: &str, drawer: impl PageDrawer + 'static) -> Report {
    judged(name, &drawn_by(drawer))
}

fn judged(name: &str, options: &Options) -> Report {
    verify::verify(&document(name), &trust(), options)
}

/// Results of one rule, of all signatures.
fn results<'r>(report: &'r Report, id: &'static str) -> impl Iterator<Item = &'r verify::Finding> {
    let all = report.signatures.iter().flat_map(|signature| &signature.findings);
    all.filter(move |finding| finding.id() == id)
}

/// Names and expected verdicts of all documents.
fn suite() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(format!("{FOLDER}/expected.tsv")).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        let mut columns = line.split('\t');
        let name = columns.next().unwrap().strip_suffix(".pdf").unwrap();
        (name.to_owned(), columns.next().unwrap().to_owned())
    });
    lines.collect()
}

/// Attacks after signing that are seen on the page. `shadow-hide` is none: this renderer goes on drawing an object that was
/// freed.
const SEEN: [&str; 20] = [
    "isa-whole",
    "isa-plain-whole",
    "catalog-swapped",
    "root-swapped",
    "object-stream-hidden",
    "shadow-hide-and-replace",
    "shadow-kids",
    "fill-shows-other-value",
    "fill-shows-picture",
    "eaa-free-text",
    "eaa-stamp",
    "eaa-square",
    "seal-look-exchanged",
    "seal-moved",
    "seal-covered",
    "page-added",
    "page-removed",
    "page-cropped",
    "page-content-redirected",
    "stamp-shows-text",
];

#[test]
fn no_control_looks_different_elsewhere_and_no_attack_gets_better() {
    let mut wrong = Vec::new();
    let suite = suite();
    assert!(suite.len() > 150 && SEEN.iter().all(|seen| suite.iter().any(|(name, _)| name == seen)));
    for (name, verdict) in &suite {
        let name = name.as_str();
        let (plain, report) = (judged(name, &plain()), drawn(name, Here));
        assert_eq!(plain.verdict.as_str(), verdict, "{name}");
        let is_control = name.starts_with("control-");
        let unseen: Vec<String> = results(&report, SIGNATURE_RENDERING.id)
            .filter(|finding| finding.status() >= Status::Unknown)
            .map(verify::Finding::hint_en)
            .collect();
        if is_control && (report.verdict != Verdict::Valid || !unseen.is_empty()) {
            wrong.push(format!("{name}: {:?} {unseen:?}", report.verdict));
        }
        // Nothing but the two rules comes in, and no verdict gets better.
        if plain.verdict != report.verdict && plain.verdict.and(Verdict::Indeterminate) != report.verdict {
            wrong.push(format!("{name}: {:?}, drawn {:?}", plain.verdict, report.verdict));
        }
        if !is_control && report.verdict == Verdict::Valid {
            wrong.push(format!("{name}: an attack that passes"));
        }
        if SEEN.contains(&name) && unseen.is_empty() {
            let told: Vec<_> = results(&report, SIGNATURE_RENDERING.id)
                .chain(results(&report, SIGNATURE_NOT_RENDERED.id))
                .map(|finding| (finding.status(), finding.hint_en()))
                .collect();
            wrong.push(format!("{name}: looks as it was signed: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pages_and_boxes_are_told() {
    let told = |name: &str| {
        let report = drawn(name, Here);
        let list = results(&report, SIGNATURE_RENDERING.id);
        list.map(|finding| (finding.status(), finding.hint_en())).collect::<Vec<_>>()
    };
    // Nothing follows what is signed: there is nothing to compare.
    assert_eq!(told("control-plain"), []);
    let filled = told("control-form-filled");
    assert_eq!(filled.len(), 2, "{filled:?}");
    assert!(filled[0].0 == Status::Note && filled[0].1.contains("page 1 ["), "{filled:?}");
    assert!(filled[1].0 == Status::Good && filled[1].1.ends_with(": page 2"), "{filled:?}");
    let forged = told("isa-whole");
    assert!(forged[0].0 == Status::Unknown && forged[0].1.contains("page 1 ["), "{forged:?}");
    assert_eq!(drawn("isa-whole", Here).policy_id, "sealbridge-3/compat/soft/render");
    let longer = told("page-added");
    assert!(longer[0].1.contains("page 3 was not there when it was signed"), "{longer:?}");
}

/// Somebody who draws nothing.
#[derive(Debug)]
struct Idle(NotDrawn);

impl PageDrawer for Idle {
    fn name(&self) -> String {
        "nobody".to_owned()
    }

    fn open<'d>(&'d self, _: &'d [u8]) -> Box<dyn Drawing + 'd> {
        Box::new(Self(self.0))
    }
}

impl Drawing for Idle {
    fn draw(&mut self, _: usize, _: u32, _: u32) -> Result<Picture, NotDrawn> {
        Err(self.0)
    }
}

#[test]
fn what_was_not_drawn_is_told_and_weighs_nothing() {
    for why in [NotDrawn::NoRenderer, NotDrawn::Deadline, NotDrawn::BrokeDown, NotDrawn::Unreadable] {
        let report = drawn("control-form-filled", Idle(why));
        assert_eq!(report.verdict, Verdict::Valid);
        assert_eq!(results(&report, SIGNATURE_RENDERING.id).count(), 0, "nothing was seen");
        let told: Vec<_> = results(&report, SIGNATURE_NOT_RENDERED.id).collect();
        assert!(told.len() == 1 && told[0].status() == Status::Note, "{told:?}");
        assert!(told[0].hint_en().contains(&format!("pages 1–2, {}", why.text().en)), "{told:?}");
    }
}

/// Somebody for whom the document has another page.
#[derive(Debug)]
struct Miscounting;

impl PageDrawer for Miscounting {
    fn name(&self) -> String {
        "miscounting".to_owned()
    }

    fn open<'d>(&'d self, document: &'d [u8]) -> Box<dyn Drawing + 'd> {
        Box::new(Other(Here.open(document).draw(document.len(), 0, 100).unwrap()))
    }
}

struct Other(Picture);

impl Drawing for Other {
    fn draw(&mut self, _: usize, _: u32, _: u32) -> Result<Picture, NotDrawn> {
        Ok(Picture { pages: 9, ..self.0.clone() })
    }
}

#[test]
fn pictures_of_another_document_are_no_pictures() {
    let report = drawn("control-form-filled", Miscounting);
    assert_eq!(results(&report, SIGNATURE_RENDERING.id).count(), 0);
    let told = results(&report, SIGNATURE_NOT_RENDERED.id).next().unwrap().hint_en();
    assert!(told.contains(NotDrawn::OtherPages.text().en), "{told}");
}
