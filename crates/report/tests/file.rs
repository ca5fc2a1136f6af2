//! The report as a PDF: it says what the page says, whatever a document puts into it. Where poppler and qpdf are
//! installed they read it too.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use std::process::Command;

use formats::ofd::Mode;
use sealbridge_report::pdf;
use testkit::lab::{JUDGED_AT, document, sealed};
use testkit::pki::{at, pki};
use verify::{Options, Report, Trust, digests_of, people};

fn judge(ofd: &[u8]) -> Report {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.finish();
    verify::verify(ofd, &trust, &Options::new(at(JUDGED_AT)))
}

/// A picture that can be drawn: `side` pixels of red, half of them clear.
fn drawn(side: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgba);
    let rgba: Vec<u8> =
        (0..side * side).flat_map(|at| [200, 0, 0, if at % 2 == 0 { 255 } else { 0 }]).collect();
    encoder.write_header().unwrap().write_image_data(&rgba).unwrap();
    out
}

/// What a program prints about a file; none where the program is not installed.
fn told(program: &str, before: &[&str], file: &[u8], after: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, file).unwrap();
    let Ok(output) = Command::new(program).args(before).arg(&path).args(after).output() else {
        eprintln!("skipped: {program} is not installed, so the PDF is not read by it");
        return None;
    };
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {words}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(words)
}

fn pages(file: &[u8]) -> usize {
    let text = String::from_utf8_lossy(file);
    text.matches("/Type/Page/").count()
}

/// The text as a reader gives it, without what lines and pages put between.
fn text(file: &[u8]) -> Option<String> {
    let words = told("pdftotext", &["-raw"], file, &["-"])?;
    Some(words.chars().filter(|character| !character.is_whitespace()).collect())
}

fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

#[test]
fn the_pdf_says_what_the_page_says() {
    let good = sealed(Mode::Lock).to_zip();
    let mut tampered = sealed(Mode::Lock);
    tampered.edit("Doc_0/Pages/Page_0/Content.xml", |text| text.replace("10600", "99600"));
    let unseen = digests_of(&good, &Options::new(at(JUDGED_AT))).unwrap();
    for (ofd, verdict) in [
        (good, "有效valid"),
        (tampered.to_zip(), "无效invalid"),
        (unseen, "无法判断cannotbejudged"),
        (document(), "无法判断cannotbejudged"),
        (b"rubbish".to_vec(), "无法判断cannotbejudged"),
    ] {
        let report = judge(&ofd).named("合同.ofd");
        let file = pdf(&report, &ofd).unwrap();
        assert!(pdf(&report, &ofd).unwrap() == file, "the same report gives the same bytes");
        assert!(file.starts_with(b"%PDF-1.7"));
        let raw = String::from_utf8_lossy(&file);
        for wanted in ["/Marked true", "pdfaid:part", "/Outlines", "/Lang(zh-CN)", "/StructTreeRoot"] {
            assert!(raw.contains(wanted), "{wanted}");
        }
        for forbidden in ["/JavaScript", "/URI", "/Launch", "/EmbeddedFile"] {
            assert!(!raw.contains(forbidden), "{forbidden}");
        }
        told("qpdf", &["--check"], &file, &[]);
        let (page, count) = (people::page(&report, &ofd), pages(&file));
        assert!((1..=6).contains(&count), "{count}");
        let Some(said) = text(&file) else { continue };
        let mut wanted = vec![verdict.to_owned(), "合同.ofd".to_owned(), format!("第1页，共{count}页")];
        wanted.extend([page.sm3, page.trust_id, page.policy_id, page.at, page.sentence.zh, page.sentence.en]);
        for signature in page.signatures {
            wanted.extend([signature.covers.zh, signature.covers.en]);
            wanted.extend(signature.facts.into_iter().map(|fact| fact.value));
            wanted.extend([signature.covered, signature.changed, signature.uncovered].concat());
            for step in signature.steps {
                wanted.extend([
                    step.name.zh.to_owned(),
                    step.words.zh,
                    step.words.en,
                    step.clause.to_owned(),
                ]);
            }
        }
        for words in wanted {
            let words = plain(&words);
            assert!(said.contains(&words), "{words} is not in {said}");
        }
    }
}

#[test]
fn seal_pictures_stand_in_their_size_once() {
    let good = sealed(Mode::Lock).to_zip();
    let mut report = judge(&good);
    report.signatures[0].seal.as_mut().unwrap().picture = drawn(300);
    let once = pdf(&report, &good).unwrap();
    let copy = report.signatures[0].clone();
    report.signatures.extend(vec![copy; 3]);
    let often = pdf(&report, &good).unwrap();
    for file in [once, often] {
        let Some(list) = told("pdfimages", &["-list"], &file, &[]) else { return };
        let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
        let shown: Vec<_> = lines.iter().filter(|line| line.get(2) == Some(&"image")).collect();
        assert!(!shown.is_empty(), "{list}");
        for line in &shown {
            // 300 pixels on 40 mm are 190 or 191 to the inch.
            assert!(matches!(line[12], "190" | "191") && line[3] == "300", "{list}");
            assert_eq!(line[10], shown[0][10], "each use shows one and the same object: {list}");
        }
        assert!(list.contains("smask"), "what is clear stays clear: {list}");
    }
}

#[test]
fn hostile_names_and_lists_are_bounded() {
    let ofd = sealed(Mode::Continue).to_zip();
    let nasty = "\u{202E}fdo.exe\u{200B}\u{0}\u{7}\n\u{AD}😀ﷺ𪚥";
    let mut report = judge(&ofd).named(format!("{nasty}{}", "长a".repeat(2500)));
    let signature = &mut report.signatures[0];
    signature.seal.as_mut().unwrap().name = format!("{nasty}{}", "W".repeat(5000));
    signature.signer.as_mut().unwrap().owner = "字".repeat(5000);
    signature.coverage.covered = (0..1000).map(|at| format!("/{}{at}", "d/".repeat(2000))).collect();
    signature.coverage.changed = vec![nasty.to_owned(); 1000];
    let one = pdf(&report, &ofd).unwrap();
    told("qpdf", &["--check"], &one, &[]);
    assert!(pages(&one) < 30, "{}", pages(&one));
    if let Some(said) = text(&one) {
        assert!(said.contains("⟨U+202E⟩fdo.exe⟨U+200B⟩"), "{said}");
        assert!(said.contains("⟨U+00AD⟩⟨U+1F600⟩⟨U+FDFA⟩⟨U+2A6A5⟩"), "{said}");
        assert!(said.contains('…') && !said.contains('\u{202E}') && !said.contains('\u{200B}'));
        assert!(said.matches('W').count() < 400 && said.matches("长a").count() < 300);
    }
    report.signatures[0].coverage.covered.truncate(20);
    report.signatures[0].coverage.changed.truncate(20);
    let copy = report.signatures[0].clone();
    report.signatures.extend(vec![copy; 150]);
    let many = pdf(&report, &ofd).unwrap();
    assert!(pages(&many) < 3000, "{}", pages(&many));
    if let Some(said) = text(&many) {
        assert!(said.contains("另有51个签名未在此列出"));
    }
}

#[test]
fn hostile_pictures_are_named() {
    let ofd = sealed(Mode::Lock).to_zip();
    let mut report = judge(&ofd);
    let whole = drawn(64);
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    for (bytes, word) in [
        (whole[..60].to_vec(), "图片损坏或过大"),
        (huge, "图片损坏或过大"),
        (b"\xff\xd8\xff\xe0garbage".to_vec(), "图片损坏或过大"),
        (b"GIF89a\xff\xff\xff\xff\0\0\0".to_vec(), "图片损坏或过大"),
        (b"BM".to_vec(), "图片损坏或过大"),
        (b"<svg onload='x'/>".to_vec(), "不在此显示"),
        (whole, "40×40mm"),
    ] {
        report.signatures[0].seal.as_mut().unwrap().picture = bytes;
        let file = pdf(&report, &ofd).unwrap();
        if let Some(said) = text(&file) {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let seal = report.signatures[0].seal.as_mut().unwrap();
    (seal.width_mm, seal.height_mm) = (i64::MAX, i64::MIN);
    assert!(pages(&pdf(&report, &ofd).unwrap()) >= 2, "bounded on the page");
}
