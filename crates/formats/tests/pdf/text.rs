//! Finding keywords and their places.

use crate::build::{Builder, joined};
use encoding_rs::GBK;
use sealbridge_formats::pdf::{Limits, Pdf, PdfError, Rect, TextMatch};
use std::process::Command;
use std::time::{Duration, Instant};

/// A file of one page of 600 by 800 points, with these words in its font resources and this content. Objects from 5 on
/// are added.
fn page(fonts: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Vec<u8> {
    let mut builder = Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        &format!(
            "<</Type/Page/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<<{fonts}>>/XObject<</X 5 0 R/Y 6 0 R>>>>>>"
        ),
    ]);
    builder.stream("", content);
    for object in more {
        builder.add(object);
    }
    builder.build()
}

fn find(bytes: &[u8], keyword: &str) -> Vec<Rect> {
    let matches = Pdf::open(bytes, &Limits::default()).unwrap().find_text(keyword).unwrap();
    assert!(matches.iter().all(|found| found.page == 0));
    matches.iter().map(|found| found.rect).collect()
}

fn text(bytes: &[u8]) -> String {
    let pdf = Pdf::open(bytes, &Limits::default()).unwrap();
    let runs = pdf.text_runs(&pdf.pages().unwrap()[0]).unwrap();
    runs.iter().map(|run| run.text.as_str()).collect::<Vec<_>>().join("|")
}

#[track_caller]
fn assert_near(found: &[Rect], wanted: &[[f64; 4]]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (found, wanted) in found.iter().zip(wanted) {
        let numbers = [found.left, found.bottom, found.right, found.top];
        let near = numbers.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.01);
        assert!(near, "{numbers:?} is not {wanted:?}");
    }
}

/// Every glyph half as wide as the type is large; heights 0.75 and -0.25.
const SIMPLE: &str = "/F<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 0/Encoding/WinAnsiEncoding/FontDescriptor\
    <</MissingWidth 500/Ascent 750/Descent -250>>/Widths[]>>";

fn composite(encoding: &str, more: &str) -> String {
    format!(
        "/F<</Type/Font/Subtype/Type0/BaseFont/SimSun/Encoding {encoding}{more}/DescendantFonts[<</Type/Font/Subtype\
         /CIDFontType2/BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000\
         /W[1[500 500] 3 95 500 814 907 500]/FontDescriptor<</Ascent 800/Descent -200>>>>]>>"
    )
}

fn hex(bytes: &[u8]) -> String {
    joined(0..bytes.len(), |index| format!("{:02X}", bytes[index]))
}

#[test]
fn operators_move_text() {
    let bytes = page(
        SIMPLE,
        "q 2 0 0 2 10 20 cm BT /F 10 Tf 100 50 Td (one) Tj 14 TL T* (two) Tj (three) ' 1 0 0 1 5 6 Tm (four) Tj \
         0 -20 TD (five) Tj T* (six) Tj 3 Ts (seven) Tj ET Q BT /F 10 Tf 1 2 (ei\\147ht) \" ET",
        &[],
    );
    assert_eq!(text(&bytes), "one|two|three|four|five|six|seven|eight");
    assert_near(&find(&bytes, "one"), &[[210.0, 115.0, 240.0, 135.0]]);
    assert_near(&find(&bytes, "two"), &[[210.0, 87.0, 240.0, 107.0]]);
    assert_near(&find(&bytes, "three"), &[[210.0, 59.0, 260.0, 79.0]]);
    assert_near(&find(&bytes, "four"), &[[20.0, 27.0, 60.0, 47.0]]);
    assert_near(&find(&bytes, "six"), &[]);
    let bytes = page(SIMPLE, "BT /F 10 Tf 50 Tz 2 Tc 10 Tw 100 100 Td (a b) Tj [(c)-1000(d)] TJ ET", &[]);
    // Each glyph advances (5 + 2) / 2, the space 5 more.
    assert_near(&find(&bytes, "b"), &[[112.0, 97.5, 114.5, 107.5]]);
    assert_near(&find(&bytes, "d"), &[[124.0, 97.5, 126.5, 107.5]]);
}

#[test]
fn over_strings_and_spaces_and_widths() {
    let bytes = page(
        SIMPLE,
        "BT /F 10 Tf 100 700 Td [(S)-200(e)50(a)] TJ ( l :) Tj ET BT /F 10 Tf 1 0 0 1 137 700 Tm (here) Tj ET \
         BT /F 10 Tf 100 500 Td (S) Tj 0 -20 Td (eal) Tj ET",
        &[],
    );
    let found = find(&bytes, "Ｓｅａｌ：here");
    assert_near(&found, &[[100.0, 697.5, 157.0, 707.5]]);
    assert_near(&find(&bytes, "  S e\u{3000}al "), &[[100.0, 697.5, 126.5, 707.5]]);
    assert!(find(&bytes, "seal").is_empty() && find(&bytes, " ").is_empty() && find(&bytes, "").is_empty());
    // Glyphs that are drawn out of their order, and twice to be bold.
    let bytes = page(
        SIMPLE,
        "BT /F 10 Tf 110 700 Td (al) Tj -10 0 Td (Se) Tj 0.3 0 Td (Se) Tj 10 0 Td (al) Tj ET \
         BT /F 10 Tf 300 700 Td (Se) Tj 90 0 Td (al) Tj ET",
        &[],
    );
    assert_near(&find(&bytes, "Seal"), &[[100.0, 697.5, 120.0, 707.5]]);
}

#[test]
fn turned_text() {
    let bytes = page(
        SIMPLE,
        "BT /F 10 Tf 0 1 -1 0 300 100 Tm (Se) Tj (al) Tj -1 0 0 -1 300 700 Tm (Seal) Tj ET",
        &[],
    );
    assert_near(&find(&bytes, "Seal"), &[[280.0, 692.5, 300.0, 702.5], [292.5, 100.0, 302.5, 120.0]]);
}

#[test]
fn chinese_by_predefined_cmaps() {
    let words = "甲方（Ab）：公章";
    let utf16: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let gbk = GBK.encode(words).0.into_owned();
    for (encoding, string) in [
        ("/UniGB-UTF16-H", &utf16),
        ("/UniGB-UCS2-H", &utf16),
        ("/GBK-EUC-H", &gbk),
        ("/GBKp-EUC-H", &gbk),
        ("/GB-EUC-H", &gbk),
        ("/GBK2K-H", &gbk),
    ] {
        let content = format!("BT /F 20 Tf 100 700 Td <{}> Tj ET", hex(string));
        let bytes = page(&composite(encoding, ""), content, &[]);
        assert_eq!(text(&bytes), words, "{encoding}");
        // Five squares and two halves before it.
        assert_near(&find(&bytes, "公章"), &[[220.0, 696.0, 260.0, 716.0]]);
        assert_near(&find(&bytes, "(Ab):"), &[[140.0, 696.0, 220.0, 716.0]]);
    }
    let content = format!("BT /F 20 Tf 100 700 Td <{}> Tj ET", hex(&utf16));
    let bytes = page(&composite("/UniGB-UTF16-V", ""), content, &[]);
    assert_near(&find(&bytes, "方"), &[[90.0, 660.0, 110.0, 680.0]]);
    assert_near(&find(&bytes, "公章"), &[[90.0, 520.0, 110.0, 560.0]]);
    // Characters outside the basic plane have four bytes.
    let content = "BT /F 20 Tf 100 700 Td <D842DFB77AE0> Tj ET";
    assert_eq!(text(&page(&composite("/UniGB-UTF16-H", ""), content, &[])), "𠮷章");
}

const CMAP: &str = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def 1 begincodespacerange\n\
    <0000> <FFFF>\nendcodespacerange 2 beginbfchar <0001> <516C> <0002> <0066 0069> endbfchar\n\
    2 beginbfrange <0010> <0012> <7AE0> <0020> <0021> [<7532> <65B9>] endbfrange endcmap end end";

fn stream(words: &str, data: &str) -> String {
    format!("<<{words}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

#[test]
fn identity_with_to_unicode() {
    let fonts = composite("/Identity-H", "/ToUnicode 7 0 R");
    let content = "BT /F 10 Tf 100 700 Td <00200021> Tj [<0001> 0 <0010>] TJ <00020012> Tj <7777> Tj ET";
    let bytes = page(&fonts, content, &["null", "null", &stream("", CMAP)]);
    assert_eq!(text(&bytes), "甲方|公章|fi竢|\u{FFFD}");
    // Their CIDs have half the width.
    assert_near(&find(&bytes, "公章"), &[[110.0, 698.0, 120.0, 708.0]]);
    // A glyph with several characters is found by each of them.
    assert_near(&find(&bytes, "章f"), &[[115.0, 698.0, 125.0, 708.0]]);
    // Without it nothing is known.
    let bytes = page(&composite("/Identity-H", ""), content, &[]);
    assert!(find(&bytes, "公章").is_empty());
    assert_eq!(text(&bytes).chars().filter(|char| *char == '\u{FFFD}').count(), 7);
}

#[test]
fn cmaps_in_the_file() {
    let map = "1 begincodespacerange <00> <7F> <8100> <FEFF> endcodespacerange 1 begincidrange <8140> <8142> 1\n\
        endcidrange 1 begincidchar <41> 5000 endcidchar /WMode 0 def";
    let unicode = "1 beginbfrange <8140> <8142> <4E00> endbfrange 1 beginbfchar <41> <0041> endbfchar";
    let fonts = composite("5 0 R", "/ToUnicode 6 0 R");
    let content = "BT /F 10 Tf 100 700 Td <8140418141> Tj ET";
    let bytes = page(&fonts, content, &[&stream("/Type/CMap", map), &stream("", unicode)]);
    assert_eq!(text(&bytes), "一A丁");
    // The widths of CID 1 and 5000 are 500 and 1000.
    assert_near(&find(&bytes, "丁"), &[[115.0, 698.0, 120.0, 708.0]]);
}

#[test]
fn simple_fonts_with_differences_and_without_widths() {
    let fonts = "/F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences\
        [1/S/e/a 100/l/uni7AE0/Eacute/nothing.such]>>>>";
    let bytes = page(fonts, "BT /F 10 Tf 100 700 Td <01020364> Tj <65666780> Tj ET", &[]);
    assert_eq!(text(&bytes), "Seal|章É\u{FFFD}€");
    let bytes =
        page("/F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "BT /F 10 Tf 100 700 Td (it s) Tj ET", &[]);
    assert_eq!(text(&bytes), "it s");
    assert_near(&find(&bytes, "s"), &[[107.78, 698.6, 112.78, 708.6]]);
}

#[test]
fn radicals_are_the_characters_they_look_like() {
    let utf16: Vec<u8> = "⽅⽴⼾⻓".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let content = format!("BT /F 20 Tf 100 700 Td <{}> Tj ET", hex(&utf16));
    let bytes = page(&composite("/UniGB-UTF16-H", ""), content, &[]);
    assert_eq!(find(&bytes, "方立户长").len(), 1);
}

#[test]
fn forms_have_their_own_space() {
    let form = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Matrix[2 0 0 2 0 0]/Resources<</Font<</G<</Subtype/TrueType\
         /FontDescriptor<</MissingWidth 500/Ascent 750/Descent -250>>/Widths[]>>>>>>",
        "BT /G 10 Tf 5 5 Td (in) Tj ET Q Q Q",
    );
    let nested = stream("/Subtype/Form", "1 0 0 1 0 30 cm /X Do BT /F 10 Tf (own) Tj ET");
    let content = "q 1 0 0 1 100 200 cm /X Do /Y Do Q BT /F 10 Tf 50 50 Td (after) Tj ET /Z Do";
    let bytes = page(SIMPLE, content, &[&form, &nested]);
    assert_eq!(text(&bytes), "in|in|own|after");
    assert_near(&find(&bytes, "in"), &[[110.0, 235.0, 130.0, 255.0], [110.0, 205.0, 130.0, 225.0]]);
    assert_near(&find(&bytes, "after"), &[[50.0, 47.5, 75.0, 57.5]]);
}

#[test]
fn what_is_no_text_is_passed_over() {
    let content = b"/Span<</A<</B(x)>>>>BDC BI /W 2/H 1/BPC 8/CS/G ID \xFF(EI)EI\x01 EI BT /F 10 Tf 9 9 Td(Se)Tj 12abc] \
        >> } (al) Tj /Nope 3 Tf (gone) Tj /F (odd) Tf ET BT (unfinished"
        .as_slice();
    assert_eq!(text(&page(SIMPLE, content, &[])), "Se|al");
    // Outside the page it is not found.
    assert!(find(&page(SIMPLE, "BT /F 10 Tf 700 9 Td (Seal) Tj ET", &[]), "Seal").is_empty());
}

#[test]
fn pages_are_counted_and_contents_joined() {
    let mut builder = Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        &format!("<</Type/Pages/Kids[3 0 R 4 0 R]/Resources<</Font<<{SIMPLE}>>>>>>"),
        "<</Type/Page>>",
        "<</Type/Page/Contents[5 0 R 9 0 R 6 0 R null]>>",
    ]);
    builder.stream("", "BT /F 10 Tf 10 10 Td (Se) Tj");
    builder.stream("", "(al) Tj ET");
    let bytes = builder.build();
    let found = Pdf::open(&bytes, &Limits::default()).unwrap().find_text("Seal").unwrap();
    let rect = Rect { left: 10.0, bottom: 7.5, right: 30.0, top: 17.5 };
    assert_eq!(found, [TextMatch { page: 1, rect }]);
}

fn quickly(bytes: &[u8]) -> Result<Vec<TextMatch>, PdfError> {
    let start = Instant::now();
    let answer = Pdf::open(bytes, &Limits::default()).unwrap().find_text("a");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    println!("{:?} {:?}", start.elapsed(), answer.as_ref().map(Vec::len));
    answer
}

#[test]
fn forms_in_circles_end() {
    let form = stream("/Subtype/Form", "/X Do /X Do /Y Do BT /F 9 Tf (a) Tj ET");
    // Each is drawn in the other, and not in itself.
    assert_eq!(quickly(&page(SIMPLE, "/X Do", &[&form, &form])).unwrap().len(), 1);
    let woven: Vec<String> = (6..30)
        .map(|next| {
            let words = format!("/Subtype/Form/Resources<</XObject<</X {next} 0 R>>>>");
            stream(&words, &"/X Do ".repeat(8))
        })
        .collect();
    let woven: Vec<&str> = woven.iter().map(String::as_str).collect();
    assert_eq!(quickly(&page(SIMPLE, "/X Do", &woven)), Err(PdfError::Limit("content of pages")));
}

#[test]
fn content_made_to_hurt_ends() {
    let many = |piece: &str, times: usize| quickly(&page(SIMPLE, piece.repeat(times), &[]));
    for piece in ["(", "<", "[", "<<", "q ", "BI ", "BI ID EI", "1.1.1", "/F 1 Tf ", "{", "%", "BT ", "[[["] {
        many(piece, 1_000_000).unwrap();
    }
    let long = quickly(&page(SIMPLE, format!("{}x", "1".repeat(4_000_000)), &[]));
    assert_eq!(long, Ok(Vec::new()));
    let shown = format!("BT /F 1 Tf 9 9 Td ({}) Tj", "b".repeat(1_000_001));
    assert_eq!(quickly(&page(SIMPLE, shown, &[])), Err(PdfError::Limit("glyphs of a page")));
    let found = format!("BT /F .01 Tf 9 9 Td ({}) Tj", "a".repeat(10_001));
    assert_eq!(quickly(&page(SIMPLE, found, &[])), Err(PdfError::Limit("places of the keyword")));
    let huge = "BT /F 1e300 Tf 1e300 0 0 1e300 1e300 0 Tm (a) Tj 0 Tz (a) Tj /F 0 Tf (a) Tj ET";
    assert_eq!(quickly(&page(SIMPLE, huge, &[])), Ok(Vec::new()));
}

#[test]
fn large_fonts_and_dictionaries_end() {
    let entries = joined(0..60_000, |number| format!("/N{number} 1"));
    let fonts = format!("{entries}{SIMPLE}");
    let content = joined(0..60_000, |number| format!("/N{number} 1 Tf "));
    assert_eq!(quickly(&page(&fonts, content, &[])), Err(PdfError::Limit("entries of fonts")));
    let list = "<0041>".repeat(1_000_000);
    let map = stream("", &format!("1 beginbfrange <00> <FF> [{list}] endbfrange"));
    let fonts = joined(0..9, |n| format!("/F{n}<</Subtype/Type0/Encoding/Identity-H/ToUnicode 5 0 R>>"));
    let content = "/F0 1 Tf /F1 1 Tf /F2 1 Tf /F3 1 Tf /F4 1 Tf /F5 1 Tf";
    assert_eq!(quickly(&page(&fonts, content, &[&map])), Err(PdfError::Limit("entries of fonts")));
}

/// Text of files that qpdf encrypts is found, with the empty password and with one.
#[test]
fn in_encrypted_files() {
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("skipped: no qpdf");
        return;
    }
    let folder = std::env::temp_dir().join(format!("formats-text-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let utf16: Vec<u8> = "盖章".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let fonts = composite("/UniGB-UTF16-H", "");
    let content = format!("BT /F 20 Tf 100 700 Td <{}> Tj ET", hex(&utf16));
    std::fs::write(folder.join("plain.pdf"), page(&fonts, content, &["null", "null"])).unwrap();
    let variants: [&[&str]; 5] =
        [&["40"], &["128", "--use-aes=n"], &["128", "--use-aes=y"], &["256", "--force-R5"], &["256"]];
    for (words, user) in variants.into_iter().flat_map(|words| [(words, ""), (words, "user")]) {
        let output = Command::new("qpdf")
            .args(["--allow-weak-crypto", "--object-streams=generate", "--encrypt", user, "owner"])
            .args(words)
            .arg("--")
            .args([folder.join("plain.pdf"), folder.join("out.pdf")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = std::fs::read(folder.join("out.pdf")).unwrap();
        let limits = Limits::default();
        for password in [user, "owner"] {
            let pdf = Pdf::open_with(&bytes, &limits, password.as_bytes()).unwrap();
            assert!(pdf.is_encrypted());
            let found: Vec<Rect> = pdf.find_text("盖章").unwrap().iter().map(|found| found.rect).collect();
            assert_near(&found, &[[100.0, 696.0, 140.0, 716.0]]);
        }
        let empty = Pdf::open(&bytes, &limits).map(drop);
        assert_eq!(empty, if user.is_empty() { Ok(()) } else { Err(PdfError::PasswordNeeded) });
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Where poppler's `pdftotext` sees the words of a page, from left to right.
#[test]
fn places_are_those_of_poppler() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        println!("skipped: no pdftotext");
        return;
    }
    let fonts = format!(
        "{} /G<</Subtype/Type1/BaseFont/Courier>> {}",
        SIMPLE.replace("/Widths[]", "/FirstChar 97/LastChar 103/Widths[300 400 500 600 700 800 900]"),
        composite("/Identity-H", "/ToUnicode 7 0 R").replacen("/F<<", "/H<<", 1)
    );
    let content = "q .5 0 0 2 30 -100 cm BT /F 12 Tf 80 Tz 1.5 Tc 4 Tw 3 Ts 100 300 Td (abc) Tj [(d)-400(efg)] TJ ET Q \
        BT /G 11 Tf 14 TL 200 500 Td (first) Tj T* (second) Tj ET \
        BT /H 9 Tf 1 0 0 1 50 50 Tm <000100100020> Tj ET";
    let bytes = page(&fonts, content, &["null", "null", &stream("", CMAP)]);
    let path = std::env::temp_dir().join(format!("formats-poppler-{}.pdf", std::process::id()));
    std::fs::write(&path, &bytes).unwrap();
    let output = Command::new("pdftotext").arg("-bbox").arg(&path).arg("-").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let mut words = 0;
    for line in told.lines().filter_map(|line| line.trim().strip_prefix("<word ")) {
        let parts: Vec<&str> = line.split(['"', '>', '<']).collect();
        let edge = |index: usize| parts[index].parse::<f64>().unwrap();
        let found = find(&bytes, parts[9]);
        let near = |rect: &Rect| (rect.left - edge(1)).abs() < 0.5 && (rect.right - edge(5)).abs() < 0.5;
        let inside = |rect: &Rect| rect.bottom < 800.0 - edge(3) && rect.top > 800.0 - edge(7);
        assert!(found.iter().any(|rect| near(rect) && inside(rect)), "{line}: {found:?}");
        words += 1;
    }
    assert!(words >= 4, "{told}");
}
