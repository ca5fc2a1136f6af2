//! The document as a whole: its structure, its lists of signatures, and what is covered.

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, PreparedFiles, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed};
use testkit::pki::at;
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;

use crate::{Golden, golden, golden_bytes};

/// A document without one reference in the description.
fn uncovering(mode: Mode, path: &str) -> (PreparedFiles, Vec<u8>) {
    let seal = SealSpec::good().write();
    let prepared = prepared(&document(), Kind::Seal(seal.clone()), mode, at(SIGNED_AT));
    (prepared.describing(|text| without_reference(text, path)), seal)
}

/// The description without one reference.
fn without_reference(text: &str, path: &str) -> String {
    let start = text.find(&format!("<ofd:Reference FileRef=\"{path}\"")).expect("a reference");
    let end = start + text[start..].find("</ofd:Reference>").expect("its end") + "</ofd:Reference>".len();
    format!("{}{}", &text[..start], &text[end..])
}

/// A document whose entry file is not covered.
fn open_entry() -> Files {
    let (prepared, seal) = uncovering(Mode::Continue, "/OFD.xml");
    prepared.sealed(&seal, &ValueSpec::good())
}

/// A document whose content is changed before it is sealed.
fn composed(change: impl Fn(&mut Files)) -> Files {
    let mut files = Files::from_zip(&document());
    change(&mut files);
    let seal = SealSpec::good().write();
    prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT))
        .sealed(&seal, &ValueSpec::good())
}

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = structure();
    all.extend(lists());
    all.extend(coverage());
    all
}

fn structure() -> Vec<Golden> {
    let mut no_root = open_entry();
    no_root.edit("OFD.xml", |text| text.replace("Doc_0/Document.xml", "Doc_9/Document.xml"));
    let mut two_roots = open_entry();
    two_roots.edit("OFD.xml", |text| {
        text.replace("</ofd:DocRoot>", "</ofd:DocRoot><ofd:DocRoot>Doc_0/Other.xml</ofd:DocRoot>")
    });
    let old_namespace = composed(|files| {
        files.edit("Doc_0/PublicRes.xml", |text| text.replace("www.ofdspec.org/2016", "www.ofdspec.org"));
    });
    let outside = composed(|files| {
        files.edit("Doc_0/Document.xml", |text| {
            text.replace("</ofd:Pages>", "</ofd:Pages><ofd:Attachments>../../x.xml</ofd:Attachments>")
        });
    });
    let digests =
        verify::digests_of(&sealed(Mode::Lock).to_zip(), &verify::Options::new(at(SIGNED_AT))).unwrap();
    vec![
        golden_bytes(digests, &rule::DOCUMENT_UNSEEN, Unknown).also(&rule::COVERAGE, Unknown),
        golden(&no_root, &rule::DOCUMENT_STRUCTURE, Unknown),
        golden(&two_roots, &rule::DOCUMENT_AMBIGUOUS, Unknown),
        golden(&old_namespace, &rule::DOCUMENT_DEVIATION, Note),
        golden(&old_namespace, &rule::DOCUMENT_DEVIATION, Bad).strict(),
        golden(&outside, &rule::REFERENCES_OUTSIDE, Unknown),
    ]
}

fn lists() -> Vec<Golden> {
    let mut no_list = sealed(Mode::Continue);
    no_list.remove("Doc_0/Signs/Signatures.xml");
    let mut removed = sealed(Mode::Continue);
    removed.edit("Doc_0/Signs/Signatures.xml", |text| {
        let start = text.find("<ofd:Signature ").expect("an entry");
        let end = start + text[start..].find("/>").expect("its end") + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
    let mut carrying = sealed(Mode::Continue);
    carrying.edit("Doc_0/Signs/Signatures.xml", |text| {
        text.replace("</ofd:Signatures>", "<!--%PDF-1.4 --></ofd:Signatures>")
    });
    let mut ten_thousand = sealed(Mode::Continue);
    ten_thousand.edit("Doc_0/Signs/Signatures.xml", |text| repeated(text, 10_000));
    let mut hundred = sealed(Mode::Continue);
    hundred.edit("Doc_0/Signs/Signatures.xml", |text| repeated(text, 100));
    vec![
        // One signature listed a hundred times is no hundred seals; ten thousand times is more than is read.
        golden(&hundred, &rule::SIGNATURES_REPEATED, Unknown)
            .also(&rule::SIGNATURES_LIST, Good)
            .also(&rule::DOCUMENT_AMBIGUOUS, Unknown),
        golden(&hundred, &rule::SIGNATURES_REPEATED, Bad)
            .strict()
            .also(&rule::DOCUMENT_DEVIATION, Bad)
            .also(&rule::DOCUMENT_AMBIGUOUS, Unknown),
        golden(&ten_thousand, &rule::CONTAINER_LIMITS, Unknown).also(&rule::SIGNATURES_UNLISTED, Unknown),
        golden_bytes(document(), &rule::SIGNATURES_NONE, Unknown),
        golden(&carrying, &rule::COVERAGE_CARRIED, Unknown),
        golden(&no_list, &rule::SIGNATURES_LIST, Unknown).also(&rule::SIGNATURES_UNLISTED, Unknown),
        // The only signature was taken out of the list: the rest of it lies about.
        golden(&removed, &rule::SIGNATURES_NONE, Unknown).also(&rule::SIGNATURES_UNLISTED, Unknown),
    ]
}

/// A list of signatures with its first entry many times.
fn repeated(text: &str, times: usize) -> String {
    let start = text.find("<ofd:Signature ").expect("an entry");
    let end = start + text[start..].find("/>").expect("its end") + 2;
    format!("{}{}{}", &text[..start], text[start..end].repeat(times), &text[end..])
}

fn coverage() -> Vec<Golden> {
    let (prepared, seal) = uncovering(Mode::Lock, "/Doc_0/Document.xml");
    let no_root = prepared.sealed(&seal, &ValueSpec::good());
    let mut shadow = open_entry();
    let copy = String::from_utf8(shadow.get("Doc_0/Document.xml").to_vec()).expect("text");
    shadow.add("Doc_0/Shadow.xml", copy);
    shadow.edit("OFD.xml", |text| text.replace("Doc_0/Document.xml", "Doc_0/Shadow.xml"));
    let (prepared, seal) = uncovering(Mode::Lock, "/Doc_0/Pages/Page_1/Content.xml");
    let no_page = prepared.sealed(&seal, &ValueSpec::good());
    let mut extra = sealed(Mode::Lock);
    extra.add("Doc_0/Attachs/evil.xml", "<a/>");
    let open = open_entry();
    // Two covered document roots, and an entry file that anybody can lead to the other one.
    let mut two_roots = Files::from_zip(&document());
    let root = two_roots.get("Doc_0/Document.xml").to_vec();
    two_roots.add("Doc_0/Document_1.xml", root);
    let seal = SealSpec::good().write();
    let chosen =
        testkit::lab::prepared(&two_roots.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT))
            .describing(|text| without_reference(text, "/OFD.xml"))
            .sealed(&seal, &ValueSpec::good());
    // A list that nothing uses is covered, and the entry file, which is not, can be led there.
    let mut with_list = Files::from_zip(&document());
    with_list.add(
        "Doc_0/Old.xml",
        "<ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:MaxSignId>s001</ofd:MaxSignId></ofd:Signatures>",
    );
    let other_list =
        testkit::lab::prepared(&with_list.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT))
            .describing(|text| without_reference(text, "/OFD.xml"))
            .sealed(&seal, &ValueSpec::good());
    let mut second = open_entry();
    for file in second.list.clone().iter().filter(|file| !file.name.contains("Signs")) {
        if let Some(rest) = file.name.strip_prefix("Doc_0/") {
            second.add(&format!("Doc_1/{rest}"), file.data.clone());
        }
    }
    second.edit("OFD.xml", |text| {
        let start = text.find("<ofd:DocBody>").expect("a document");
        let body = "<ofd:DocBody><ofd:DocInfo/><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody>";
        format!("{}{body}{}", &text[..start], &text[start..])
    });
    vec![
        // A document beside the signed one, and before it: the signature still covers what it signs.
        golden(&second, &rule::COVERAGE_ROOT, Unknown)
            .also(&rule::COVERAGE_SHOWN, Unknown)
            .also(&rule::COVERAGE, Good),
        golden(&no_root, &rule::COVERAGE_ROOT, Unknown).also(&rule::COVERAGE, Unknown),
        golden(&shadow, &rule::COVERAGE_ROOT, Bad).also(&rule::COVERAGE, Unknown),
        golden(&no_page, &rule::COVERAGE_SHOWN, Unknown).also(&rule::COVERAGE, Unknown),
        golden(&extra, &rule::COVERAGE_EXTRA, Unknown),
        golden(&open, &rule::COVERAGE_ENTRY, Note),
        golden(&open, &rule::COVERAGE_ENTRY, Bad).strict(),
        golden(&chosen, &rule::COVERAGE_ENTRY, Unknown),
        golden(&chosen, &rule::COVERAGE_ENTRY, Bad).strict(),
        golden(&open, &rule::COVERAGE_LIST, Note),
        golden(&other_list, &rule::LOCK, Unknown),
        golden(&sealed(Mode::Lock), &rule::COVERAGE_LIST, Good),
    ]
}
