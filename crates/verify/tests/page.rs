//! The report as a page: what a document can put into a name does nothing there, and persons stay masked.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{JUDGED_AT, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed};
use testkit::pki::{Party, at, pki};
use verify::{Options, Report, Trust, Verdict, digests_of, html};

fn judge(ofd: &[u8]) -> Report {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.finish();
    verify::verify(ofd, &trust, &Options::new(at(JUDGED_AT)))
}

fn page(ofd: &[u8], name: &str) -> String {
    html(&judge(ofd).named(name), ofd).unwrap()
}

fn sealed_by(signer: &Party) -> Vec<u8> {
    let seal = SealSpec::for_signer(signer).write();
    let prepared = prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT));
    prepared.sealed(&seal, &ValueSpec::by(signer)).to_zip()
}

/// No page has anything that runs or asks.
fn is_inert(page: &str) {
    for forbidden in ["<script", "javascript:", "onerror", "onload=", "<iframe", "<link", "<object", "url("] {
        assert!(!page.to_lowercase().contains(forbidden), "{forbidden}");
    }
    let addresses = page.match_indices("src=\"").map(|(at, _)| &page[at + 5..at + 15]);
    assert!(addresses.into_iter().all(|address| address == "data:image"), "an address outside");
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_verdict_is_said_in_one_sentence() {
    let good = sealed(Mode::Lock).to_zip();
    let said = page(&good, "合同.ofd");
    assert!(said.contains("✔ 有效") && said.contains("1 个签名全部有效"));
    assert!(said.contains("data:image/png;base64,") && said.contains("width:40mm;height:40mm"));
    assert!(said.contains("<bdi>合同.ofd</bdi>") && said.contains(&hex(&good)));
    let mut tampered = sealed(Mode::Lock);
    tampered.edit("Doc_0/Pages/Page_0/Content.xml", |text| text.replace("10600", "99600"));
    let report = judge(&tampered.to_zip());
    assert_eq!(report.signatures[0].coverage.changed, ["/Doc_0/Pages/Page_0/Content.xml"]);
    assert!(!report.signatures[0].coverage.is_whole());
    let said = page(&tampered.to_zip(), "x");
    assert!(said.contains("✘ 无效") && said.contains("不应信赖这份文档：受保护文件已被改动或缺失"), "{said}");
    assert!(said.contains("签名后被改动或缺失") && said.contains("标准流程在此终止"));
    let unseen = digests_of(&good, &Options::new(at(JUDGED_AT))).unwrap();
    let said = page(&unseen, "x");
    assert!(said.contains("? 无法判断") && said.contains("未见所显示的内容"));
    for ofd in [good, tampered.to_zip(), unseen, document(), b"rubbish".to_vec()] {
        is_inert(&page(&ofd, "x"));
        assert_eq!(page(&ofd, "x"), page(&ofd, "x"), "the same every time");
    }
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(crypto::sm3::digest(bytes))
}

#[test]
fn hostile_names_do_nothing() {
    let name = "<script>alert(1)</script>\"'&\u{202E}fdo.exe\u{200B}\n";
    let mut files = sealed(Mode::Continue);
    files.edit("Doc_0/Signs/Signatures.xml", |text| {
        text.replace("\"s001\"", "\"&lt;img src=x onerror=alert(1)&gt;\"")
    });
    files.add("<svg onload=alert(1)>.xml", "<a/>");
    let said = page(&files.to_zip(), name);
    assert!(said.contains("&#60;script&#62;") || said.contains("&lt;script&gt;"), "{said}");
    assert!(said.contains("⟨U+202E⟩fdo.exe⟨U+200B⟩"), "what cannot be seen is written out");
    for forbidden in ["<script", "<img src=x", "<svg", "\u{202E}", "\u{200B}"] {
        assert!(!said.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn pictures_that_could_run_are_not_shown() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let mut report = judge(&sealed(Mode::Lock).to_zip());
    let seal = report.signatures[0].seal.as_mut().unwrap();
    (seal.picture, seal.picture_type) = (svg, "SVG<b>".to_owned());
    let said = html(&report, b"").unwrap();
    assert!(said.contains("的图片不在此显示") && !said.contains("SVG<b>"));
    is_inert(&said);
    let seal = report.signatures[0].seal.as_mut().unwrap();
    (seal.width_mm, seal.height_mm) = (i64::MAX, -5);
    seal.picture = b"\x89PNG\r\n\x1a\n".to_vec();
    assert!(html(&report, b"").unwrap().contains("width:120mm;height:5mm"), "bounded on the page");
}

#[test]
fn persons_stay_masked() {
    let ofd = sealed_by(&pki().person);
    let report = judge(&ofd);
    assert_eq!(report.verdict, Verdict::Valid);
    let signer = report.signatures[0].signer.as_ref().unwrap();
    assert!(signer.is_person);
    let whole = pki().person.certificate.subject.common_name().unwrap().to_owned();
    let said = page(&ofd, "x");
    assert!(said.contains(&signer.owner) && !said.contains(&whole), "{whole}");
}
