//! `verify --render`: pages are drawn by this program, started once more; documents that would take all its memory or time
//! only cost their own picture.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use render::wire::{Order, Start};
use render::{Bounds, Lacks, NotDrawn, Picture, Renderer};
use verify::PageDrawer;

use crate::workshop::{Workshop, contract};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sealbridge");
const VERB: &str = "draw-pages";

fn renderer(bounds: Bounds) -> Renderer {
    Renderer::of_program(PROGRAM, [VERB], bounds)
}

/// A PDF of these objects, from number 1 on; the first is the catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let (mut out, mut table) = (b"%PDF-1.7\n".to_vec(), String::new());
    for (number, body) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
    }
    let (start, count) = (out.len(), objects.len() + 1);
    let tail =
        format!("xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<</Size {count}/Root 1 0 R>>\n");
    out.extend_from_slice(format!("{tail}startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

/// A document of one page with this content, and objects from number 5 on.
fn page(content: &[u8], entries: &str, resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R/Resources<<{resources}>>>>")
            .into_bytes(),
        stream(entries, content),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// Forms within forms, each drawn twenty times by the one before: more than anybody's life is long.
fn endless() -> Vec<u8> {
    let forms: Vec<Vec<u8>> = (5..25)
        .map(|number| {
            let next = format!(
                "/Type/XObject/Subtype/Form/BBox[0 0 200 300]/Resources<</XObject<</X {} 0 R>>>>",
                number + 1
            );
            stream(&next, &b"/X Do ".repeat(20))
        })
        .chain([stream("/Type/XObject/Subtype/Form/BBox[0 0 200 300]", b"0 0 10 10 re f")])
        .collect();
    page(b"/X Do", "", "/XObject<</X 5 0 R>>", &forms)
}

/// A content of three gigabytes in less than a megabyte: runs of a byte, deflated.
fn bomb() -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let runs = [129, b' '].repeat(1 << 16);
    for _ in 0..360 {
        encoder.write_all(&runs).unwrap();
    }
    page(&encoder.finish().unwrap(), "/Filter[/FlateDecode/RunLengthDecode]", "", &[])
}

/// The colour of a pixel, given in points of the page.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points of a page of a test")]
fn pixel(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
    let [across, _, _, up, left, bottom] = picture.to_pixels;
    let (column, row) = ((across * x + left) as usize, (up * y + bottom) as usize);
    let at = (row * picture.width as usize + column) * 4;
    picture.pixels[at..at + 3].try_into().unwrap()
}

#[test]
fn a_page_is_drawn_by_another_process() {
    let document = page(b"1 0 0 rg 20 250 50 40 re f", "", "", &[]);
    let picture = renderer(Bounds::default()).draw(&document, 0, 400).unwrap();
    assert_eq!((picture.width, picture.height, picture.pages), (400, 600, 1));
    assert_eq!((pixel(&picture, 45.0, 270.0), pixel(&picture, 100.0, 100.0)), ([255, 0, 0], [255; 3]));
    assert_eq!(picture.lacks, Lacks::default());
    for (page, width, why) in
        [(1, 400, NotDrawn::OtherPages), (0, 0, NotDrawn::Shape), (0, 60_000, NotDrawn::Shape)]
    {
        assert_eq!(renderer(Bounds::default()).draw(&document, page, width), Err(why));
    }
    assert_eq!(renderer(Bounds::default()).draw(b"no PDF at all", 0, 400), Err(NotDrawn::Unreadable));
    // A revision is drawn as if there were nothing behind it, and the same process draws both.
    let renderer = renderer(Bounds::default());
    let both = [document.as_slice(), b"1 0 obj\n<</Type/Catalog/Pages 9 0 R>>\nendobj\n"].concat();
    let mut session = renderer.open(&both);
    assert_eq!(session.draw(document.len(), 0, 400), Ok(picture));
}

/// Chinese in a font that is not in the file: another one stands in, the one in the program where none is installed.
#[test]
fn chinese_is_drawn_without_its_font() {
    let draw = |encoding: &str, ordering: &str, text: &str| {
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/{encoding}/DescendantFonts[6 0 R]>>"
        );
        let below = format!(
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)\
             /Ordering({ordering})/Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4>>>>"
        );
        let content = format!("BT /F 40 Tf 20 200 Td <{text}> Tj ET");
        let fonts = [font.into_bytes(), below.into_bytes()];
        let document = page(content.as_bytes(), "", "/Font<</F 5 0 R>>", &fonts);
        renderer(Bounds::default()).draw(&document, 0, 400).unwrap()
    };
    let dark = |picture: &Picture| picture.pixels.chunks(4).filter(|pixel| pixel[0] < 100).count();
    let (one, other) = (draw("UniGB-UCS2-H", "GB1", "58F9"), draw("UniGB-UCS2-H", "GB1", "8D30"));
    assert!(dark(&one) > 500 && dark(&other) > 500, "{} {}", dark(&one), dark(&other));
    assert_ne!(one.pixels, other.pixels);
    assert!(!one.lacks.text && !other.lacks.text && !draw("UniGB-UCS2-H", "GB1", "0020").lacks.text);
    // What the file does not say is drawn as something else, and that is told.
    assert!(draw("Identity-H", "Identity", "0451").lacks.text);
}

#[test]
fn a_document_without_end_is_ended() {
    let bounds = Bounds { page_time: Duration::from_secs(2), ..Bounds::default() };
    let begun = Instant::now();
    assert_eq!(renderer(bounds).draw(&endless(), 0, 100), Err(NotDrawn::Deadline));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_document_that_wants_all_memory_gets_no_picture() {
    let bounds = Bounds { page_time: Duration::from_mins(1), memory: 512 << 20, ..Bounds::default() };
    let document = bomb();
    assert!(document.len() < 8 << 20);
    assert_eq!(renderer(bounds).draw(&document, 0, 100), Err(NotDrawn::BrokeDown));
}

/// Where the program that asked is gone, the process ends by itself.
#[test]
fn its_processor_time_is_bounded_by_itself() {
    let mut child = Command::new(PROGRAM)
        .arg(VERB)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let document = endless();
    let mut input = child.stdin.take().unwrap();
    let len = document.len() as u64;
    Start { memory: 1 << 30, seconds: 1, len }.write(&mut input).unwrap();
    input.write_all(&document).unwrap();
    Order { end: len, page: 0, width: 100 }.write(&mut input).unwrap();
    let begun = Instant::now();
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it goes on");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(ended.signal().is_some(), "{ended:?}");
}

#[test]
fn a_process_that_is_killed_costs_one_picture() {
    let bounds = Bounds { page_time: Duration::from_secs(30), ..Bounds::default() };
    // Under a name of its own, so that no other test's is taken for it.
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("sealbridge");
    std::os::unix::fs::symlink(PROGRAM, &name).unwrap();
    let renderer = Renderer::of_program(&name, [VERB], bounds);
    let document = endless();
    std::thread::scope(|scope| {
        let drawn = scope.spawn(|| renderer.draw(&document, 0, 100));
        let begun = Instant::now();
        let id = loop {
            if let [id] = children(&name)[..] {
                break id;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "no process that draws");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(Command::new("kill").args(["-9", &id.to_string()]).status().unwrap().success());
        assert_eq!(drawn.join().unwrap(), Err(NotDrawn::BrokeDown));
    });
    let good = page(b"0 0 10 10 re f", "", "", &[]);
    assert!(renderer.draw(&good, 0, 100).is_ok());
}

/// The processes that were started under a name.
fn children(name: &Path) -> Vec<u32> {
    let is_one = |id: &u32| {
        let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).next() == Some(name.as_os_str().as_bytes())
    };
    let all = std::fs::read_dir("/proc").unwrap();
    all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).filter(is_one).collect()
}

#[test]
fn rubbish_ends_the_process_and_the_help_does_not_name_it() {
    let workshop = Workshop::new();
    let mut child = workshop.command(VERB).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&[b'x'; 100]).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(!workshop.run("--help").out.contains(VERB));
}

#[test]
fn pages_are_compared_and_judged_again() {
    let workshop = Workshop::new();
    assert_eq!(workshop.make("--out seal.esl").code, Some(0));
    let seal = "--seal seal.esl --key signer.p12";
    for line in [
        format!("sign document.pdf {seal} --out once.pdf --x 20 --y 200"),
        format!("sign once.pdf {seal} --out twice.pdf --page 2 --x 100 --y 200"),
    ] {
        assert_eq!(workshop.run(&line).code, Some(0), "{line}");
    }
    let run = workshop.run(
        "verify twice.pdf --trust trust --render --json --evidence evidence --html page.html --pdf page.pdf",
    );
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    let report: serde_json::Value = serde_json::from_str(run.out.trim()).unwrap();
    assert_eq!(report["policyId"], "sealbridge-3/compat/soft/render");
    let told = |signature: usize| -> Vec<(String, String)> {
        let findings = report["signatures"][signature]["findings"].as_array().unwrap().iter();
        let drawn = findings.filter(|one| one["id"].as_str().unwrap().starts_with("signature.rendering"));
        drawn
            .map(|one| (one["status"].as_str().unwrap().to_owned(), one["hint"].as_str().unwrap().to_owned()))
            .collect()
    };
    let first = told(0);
    assert_eq!(
        first.iter().map(|(status, _)| status.as_str()).collect::<Vec<_>>(),
        ["note", "good"],
        "{first:?}"
    );
    assert!(first[0].1.contains("第 2 页 [") && first[0].1.contains("page 2 ["), "{first:?}");
    assert_eq!(told(1), [], "nothing follows the second");
    assert!(std::fs::read_to_string(workshop.path("page.html")).unwrap().contains("看上去"));
    // Judged again from the record: nobody draws, and the same is told.
    workshop.write("report.json", run.out.as_bytes());
    let again = workshop.run("verify twice.pdf --replay report.json --evidence evidence");
    assert_eq!(again.code, Some(0), "{}{}", again.out, again.err);
    workshop.run("verify twice.pdf --replay report.json --render").refused("--render");
    // Without the option nothing is drawn and nothing said.
    let plain = workshop.run("verify twice.pdf --trust trust --json");
    assert!(
        !plain.out.contains("rendering") && plain.out.contains("\"sealbridge-3/compat/soft\""),
        "{}",
        plain.out
    );
}

/// A document that was changed after signing so that drawing it has no end: told, and judged all the same.
#[test]
fn a_hostile_document_is_judged_all_the_same() {
    let workshop = Workshop::new();
    let sealed =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pdf-attacks/isa-whole.pdf"))
            .unwrap();
    workshop.write("forged.pdf", &sealed);
    let run = workshop.run("verify forged.pdf --trust trust --render --json");
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    assert!(run.out.contains("\"signature.rendering\"") && run.out.contains("page 1 ["), "{}", run.out);
    workshop.write("contract.pdf", &contract());
    assert_eq!(workshop.run("verify contract.pdf --trust trust --render").code, Some(2), "nobody signed it");
}
