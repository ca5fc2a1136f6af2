//! PDF documents: one for every result of every finding about them.

mod disguises;
mod encrypted;
pub(crate) mod file;
mod hashed;
mod looks;
mod searching;

use sealbridge_verify::Status::{Bad, Note, Unknown};
use sealbridge_verify::catalogue as rule;
use testkit::lab::{SealSpec, ValueSpec};

use crate::{Golden, golden_bytes};
use file::{File, GRAY, Spec, body, page, plain, signature, stream, text_field};

const RGB: &str = "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceRGB";

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = documents();
    all.extend(bytes());
    all.extend(revisions());
    all.extend(changes());
    all.extend(permissions());
    all.extend(seals());
    all.extend(disguises::goldens());
    all.extend(looks::goldens());
    all
}

fn golden(file: &File, rule: &'static rule::Rule, status: sealbridge_verify::Status) -> Golden {
    golden_bytes(file.bytes.clone(), rule, status)
}

fn documents() -> Vec<Golden> {
    let good = Spec::default().signed();
    // Its cross-reference data is elsewhere than it says.
    let mut damaged = Spec::default().file();
    let at = damaged.bytes.windows(10).rposition(|w| w == b"startxref\n").expect("its end") + 10;
    damaged.bytes[at] = b'9';
    damaged.sign(&plain);
    // A second page content that no cross-reference data names.
    let mut doubled = Spec::default().file();
    doubled.bytes.extend_from_slice(b"4 0 obj\n<</Length 13>>\nstream\nBT (Other) Tj\nendstream\nendobj\n");
    doubled.update(&[body(12, "null")], "");
    doubled.sign(&plain);
    let embedded = Spec {
        more: vec![stream(12, "/Type/EmbeddedFile", b"<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>")],
        ..Spec::default()
    };
    let unused = Spec { more: vec![body(12, &page(""))], ..Spec::default() };
    let unsigned =
        File::new(&[body(1, "<</Type/Catalog/Pages 2 0 R>>"), body(2, "<</Type/Pages/Kids[]/Count 0>>")], "");
    vec![
        golden(&good, &rule::SIGNATURE_CHANGES, sealbridge_verify::Status::Good),
        golden(&damaged, &rule::PDF_STRUCTURE, Unknown).also(&rule::SIGNATURE_REVISION, Unknown),
        golden(&doubled, &rule::PDF_REBUILT, Unknown),
        golden(&encrypted::opened(), &rule::PDF_ENCRYPTION, Note),
        golden(&encrypted::closed(), &rule::PDF_ENCRYPTION, Unknown).also(&rule::SIGNATURE_REVISION, Unknown),
        golden(&embedded.signed(), &rule::PDF_EMBEDDED, Note),
        golden(&unused.signed(), &rule::PDF_UNUSED, Note),
        golden(&unsigned, &rule::SIGNATURES_NONE, Unknown),
    ]
}

/// The byte layer.
fn bytes() -> Vec<Golden> {
    let mut two_numbers = Spec::default().signed();
    let text = String::from_utf8_lossy(&two_numbers.body_of(10)).into_owned();
    let range = &text[text.find("[0 ").expect("ranges")..=text.find(']').expect("their end")];
    two_numbers.patch(range, &format!("[0 10{}]", " ".repeat(range.len() - 6)));
    // The gap takes a byte more than the value.
    let mut wide = Spec::default().file();
    let (start, end) = wide.waiting();
    let length = wide.bytes.len();
    wide.sign_over([0, start, end + 1, length - end - 1], &plain);
    // What is signed ends before the revision does.
    let mut short = Spec::default().file();
    let length = short.bytes.len();
    short.sign_over([0, start, end, length - end - 8], &plain);
    let padded = |content: &[u8]| [plain(content), vec![0, 1]].concat();
    let mut odd = Spec::default().file();
    odd.sign(&padded);
    let unknown = Spec { names: "/Filter/Acme/SubFilter/Acme.own", ..Spec::default() };
    let other = Spec { names: "/Filter/Acme/SubFilter/GM.sm2seal", ..Spec::default() };
    let second = body(12, "<</FT/Sig/T(Second)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 13 0 R>>");
    let two = Spec {
        more: vec![second, body(13, &signature("/Filter/A/SubFilter/GM.sm2cms.detached", ""))],
        ..Spec::default()
    };
    let mut bodies = two.bodies();
    bodies[4] = body(5, "<</Fields[6 0 R 8 0 R 12 0 R]/SigFlags 3>>");
    bodies[2] = body(3, &page("6 0 R 8 0 R 12 0 R"));
    let mut crossing = File::new(&bodies, "");
    crossing.sign(&plain);
    crossing.sign(&plain);
    vec![
        golden(&two_numbers, &rule::BYTE_RANGE, Bad).also(&rule::SIGNATURE_FORMAT, Bad),
        golden(&wide, &rule::SIGNATURE_GAP, Bad).also(&rule::SIGNATURE_REVISION, Bad),
        golden(&short, &rule::SIGNATURE_REVISION, Bad),
        golden(&odd, &rule::SIGNATURE_PADDING, Unknown),
        golden(&unknown.signed(), &rule::SIGNATURE_HANDLER, Note),
        golden(&other.signed(), &rule::SIGNATURE_HANDLER, Note),
        golden(&other.signed(), &rule::SIGNATURE_HANDLER, Bad).strict(),
        // The second value was put in after the first signature, which covers its place.
        golden(&crossing, &rule::SIGNATURE_OVERLAP, Bad).also(&rule::DATA_HASH, Bad),
    ]
}

/// What follows a signature, byte by byte.
fn revisions() -> Vec<Golden> {
    let good = Spec::default().signed();
    let mut white = good.clone();
    white.bytes.extend_from_slice(b"\n\n");
    let mut foreign = good.clone();
    foreign.bytes.extend_from_slice(b"foreign bytes");
    let mut odd = good.clone();
    odd.update(&[], "");
    let table = odd.bytes.windows(6).rposition(|window| window == b"\nxref\n").expect("the table");
    odd.bytes.splice(table + 6..table + 6, *b"%\n");
    let mut removed = good.clone();
    removed.update(&[body(3, &page("8 0 R")), body(5, "<</Fields[8 0 R]/SigFlags 3>>")], "");
    let mut again = good.clone();
    again.update(&[(10, good.body_of(10))], "");
    let mut changed = good.clone();
    let text = String::from_utf8_lossy(&good.body_of(10)).into_owned();
    changed.update(&[body(10, &text.replace("<</Type/Sig", "<</Type/Sig/Reason(Other)"))], "");
    let mut drawn = good.clone();
    drawn.update(&[stream(7, "/Type/XObject/Subtype/Form/BBox[0 0 100 100]", b"0 0 9 9 re f")], "");
    vec![
        golden(&white, &rule::SIGNATURE_TAIL, Note),
        golden(&foreign, &rule::SIGNATURE_TAIL, Bad),
        golden(&odd, &rule::SIGNATURE_TAIL, Unknown),
        golden(&removed, &rule::SIGNATURE_REACHED, Bad).also(&rule::SIGNATURE_CHANGES, Bad),
        golden(&again, &rule::SIGNATURE_DICTIONARY, Note),
        golden(&changed, &rule::SIGNATURE_DICTIONARY, Bad).also(&rule::SIGNATURE_CHANGES, Bad),
        golden(&drawn, &rule::SIGNATURE_APPEARANCE, Bad).also(&rule::SIGNATURE_CHANGES, Bad),
    ]
}

/// Objects that changed after signing.
fn changes() -> Vec<Golden> {
    let good = Spec::default().signed();
    let mut told = good.clone();
    told.update(&[body(20, "<</Title(Contract)>>")], "/Info 20 0 R");
    let mut content = good.clone();
    content.update(&[stream(4, "", b"BT (Other) Tj ET")], "");
    // A later page content that takes the place of an appearance too.
    let shared = Spec {
        more: vec![stream(12, "/Type/XObject/Subtype/Form/BBox[0 0 1 1]", b"BT (1) Tj ET")],
        catalog: "/Elsewhere 9 0 R".to_owned(),
        ..Spec::default()
    };
    let mut shared = shared.signed();
    shared.update(&[stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 1 1]", b"BT (2) Tj ET")], "");
    let mut annotated = good.clone();
    let free_text = "<</Type/Annot/Subtype/FreeText/Rect[300 500 400 600]/Contents(Other)>>";
    annotated.update(&[body(3, &page("6 0 R 8 0 R 20 0 R")), body(20, free_text)], "");
    let mut filled = good.clone();
    filled.update(&filling("2", "2"), "");
    let mut otherwise = good.clone();
    otherwise.update(&filling("1", "999"), "");
    vec![
        golden(&told, &rule::SIGNATURE_CHANGES, Note),
        golden(&content, &rule::SIGNATURE_CHANGES, Bad),
        golden(&shared, &rule::SIGNATURE_CHANGES, Bad).also(&rule::SIGNATURE_FILLED, Unknown),
        golden(&annotated, &rule::SIGNATURE_CHANGES, Unknown),
        golden(&filled, &rule::SIGNATURE_FILLED, Note),
        golden(&otherwise, &rule::SIGNATURE_FILLED, Unknown).also(&rule::SIGNATURE_CHANGES, Unknown),
    ]
}

/// The text field with a value and with what it shows.
fn filling(value: &str, shown: &str) -> Vec<file::Body> {
    vec![body(8, &text_field(value)), file::shown(shown)]
}

/// A certification that allows so much.
fn certified(level: u8) -> Spec {
    Spec {
        signature: format!(
            "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P {level}/V/1.2>>>>]"
        ),
        ..Spec::default()
    }
}

fn permissions() -> Vec<Golden> {
    let locked = Spec {
        signature:
            "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(amount)]>>>>]"
                .to_owned(),
        ..Spec::default()
    };
    let fill = |spec: &Spec| {
        let mut file = spec.signed();
        file.update(&filling("2", "2"), "");
        file
    };
    let mut signed_again = certified(2).signed();
    let field = "<</FT/Sig/T(Second)/Type/Annot/Subtype/Widget/F 4/Rect[300 600 400 700]/P 3 0 R/AP<</N 7 0 R>>/V 21 0 R>>";
    signed_again.update(
        &[
            body(3, &page("6 0 R 8 0 R 20 0 R")),
            body(5, "<</Fields[6 0 R 8 0 R 20 0 R]/SigFlags 3>>"),
            body(20, field),
            body(21, &signature("/Filter/A/SubFilter/GM.sm2cms.detached", "")),
        ],
        "",
    );
    signed_again.sign(&plain);
    vec![
        golden(&fill(&certified(2)), &rule::SIGNATURE_PERMISSION, sealbridge_verify::Status::Good),
        golden(&fill(&certified(1)), &rule::SIGNATURE_PERMISSION, Bad),
        golden(&fill(&locked), &rule::SIGNATURE_PERMISSION, Bad),
        golden(&signed_again, &rule::SIGNATURE_PERMISSION, Unknown),
    ]
}

/// Seals and how they are shown.
fn seals() -> Vec<Golden> {
    let seal = SealSpec::good().write();
    let sealed_in = |image: (String, Vec<u8>), rect| {
        let names = "/Filter/Test.GMPkiLite/SubFilter/GM.sm2seal";
        let mut file = Spec { rect, names, image, ..Spec::default() }.file();
        file.sign(&|content| ValueSpec::good().write(&seal, content, "[0]"));
        file
    };
    // 40 mm, as the seal has it.
    let sealed = |image| sealed_in(image, "100 100 213.4 213.4");
    let pixel = || (RGB.to_owned(), vec![255, 0, 0]);
    let red = sealed(pixel());
    let smaller = sealed_in(pixel(), "100 100 200 200");
    let mut redrawn = Spec {
        names: "/Filter/Test.GMPkiLite/SubFilter/GM.sm2seal",
        image: pixel(),
        rect: "100 100 213.4 213.4",
        ..Spec::default()
    }
    .file();
    redrawn.update(&[body(5, "<</Fields[6 0 R 8 0 R]/SigFlags 3/NeedAppearances true>>")], "");
    redrawn.sign(&|content| ValueSpec::good().write(&seal, content, "[0]"));
    let tiny = sealed_in(pixel(), "100 100 102 102");
    let turned_round = sealed((format!("{RGB}/Decode[1 0 1 0 1 0]"), vec![255, 0, 0]));
    let masked = sealed((format!("{RGB}/Mask[255 255 0 0 0 0]"), vec![255, 0, 0]));
    // The file of the seal's picture as it is: no reader draws a PNG.
    let picture = formats::ses::Seal::parse(&seal, formats::asn1::Mode::Tolerant).expect("a seal").0.picture;
    let undrawable = RGB.replace("/Width 1/Height 1", "/Width 9/Height 9");
    let undrawable = sealed((undrawable, picture.data));
    let blue = sealed((RGB.to_owned(), vec![0, 0, 255]));
    let unreadable = sealed((format!("{GRAY}/Filter/JPXDecode"), vec![0; 4]));
    let unseen = Spec { rect: "0 0 0 0", ..Spec::default() };
    let hidden = Spec { flags: 6, ..Spec::default() };
    vec![
        golden(&red, &rule::SEAL_PICTURE, sealbridge_verify::Status::Good),
        golden(&unreadable, &rule::SEAL_PICTURE, Note),
        golden(&smaller, &rule::SEAL_PICTURE, Note),
        golden(&redrawn, &rule::SEAL_PICTURE, Note),
        golden(&tiny, &rule::SEAL_PICTURE, Unknown),
        golden(&turned_round, &rule::SEAL_PICTURE, Unknown),
        golden(&masked, &rule::SEAL_PICTURE, Unknown),
        golden(&undrawable, &rule::SEAL_PICTURE, Unknown),
        golden(&blue, &rule::SEAL_PICTURE, Unknown),
        golden(&blue, &rule::SEAL_PICTURE, Bad).strict(),
        golden(&unseen.signed(), &rule::SEAL_PLACE, Note),
        golden(&hidden.signed(), &rule::SEAL_PLACE, Unknown),
    ]
}

/// Every byte that is signed counts, and no part of a file is taken for the whole.
#[test]
fn every_prefix_and_every_flip_of_a_pdf_is_seen() {
    let mut file = Spec::default().signed();
    let end = file.bytes.len();
    file.update(&filling("2", "2"), "");
    let judged = |bytes: Vec<u8>| golden_bytes(bytes, &rule::SIGNATURE_FILLED, Note).judge().0;
    assert_eq!(judged(file.bytes.clone()), sealbridge_verify::Verdict::Valid);
    let start = file.bytes.windows(11).position(|window| window == b"/Contents <").expect("a value") + 10;
    let close = start + file.bytes[start..].iter().position(|byte| *byte == b'>').expect("its end");
    // A digit of the value in another case, or of what fills up its place, is no change of what is signed.
    for at in (0..end).filter(|at| !(start..=close).contains(at)).step_by(23) {
        let mut bytes = file.bytes.clone();
        bytes[at] ^= 1;
        assert_ne!(judged(bytes), sealbridge_verify::Verdict::Valid, "a flip at {at}");
    }
    for length in (0..file.bytes.len()).step_by(331) {
        // The first revision by itself is what was signed.
        if length < end - 1 {
            assert_ne!(
                judged(file.bytes[..length].to_vec()),
                sealbridge_verify::Verdict::Valid,
                "cut at {length}"
            );
        }
    }
}
