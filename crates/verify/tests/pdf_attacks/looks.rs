//! What is laid over the page after signing, and what is done to the seal that is shown: annotations, later signatures
//! that cover text, a seal moved, exchanged, hidden or taken away.

use formats::ofd::Stamp;
use sealbridge_verify::catalogue as rule;
use testkit::lab::{SealSpec, ValueSpec};
use testkit::pki::pki;

use crate::Case;
use crate::base::*;
use crate::shadow::with_annotation;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = annotations();
    all.extend(signatures());
    all.extend(seals());
    all.extend(removed());
    all
}

/// The sealed contract with one more annotation on the first page.
fn annotated(seal: &Sealed, annotation: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let list = with_annotation(&seal.body(PAGE), 61).unwrap();
    seal.updated(&[&[(PAGE, list.as_str()), (61, annotation)], more].concat())
}

/// Kinds of annotation that can cover text (ISO 32000-1 §12.5.6).
const COVERS: [(&str, &str, &str, &str); 6] = [
    (
        "eaa-free-text",
        "自由文本批注盖住金额",
        "free text over the amount",
        "/Subtype/FreeText/DA(/Helv 14 Tf)/Contents(Amount 99600.00)",
    ),
    ("eaa-stamp", "图章批注盖住金额", "a stamp over the amount", "/Subtype/Stamp/Name/Approved"),
    (
        "eaa-redact",
        "密文批注盖住金额",
        "a redaction over the amount",
        "/Subtype/Redact/IC[1 1 1]/OverlayText(99600.00)",
    ),
    (
        "eaa-ink",
        "墨迹批注盖住金额",
        "ink over the amount",
        "/Subtype/Ink/InkList[[60 720 460 720]]/BS<</W 30>>/C[1 1 1]",
    ),
    (
        "eaa-square",
        "白色矩形批注盖住金额",
        "a white square over the amount",
        "/Subtype/Square/IC[1 1 1]/C[1 1 1]",
    ),
    (
        "eaa-widget",
        "带图像的按钮盖住金额",
        "a button with a picture over the amount",
        "/Subtype/Widget/FT/Btn/Ff 65536/T(x)",
    ),
];

fn annotations() -> Vec<Case> {
    let seal = usual(By::Cms);
    let appearance = cover(&format!("Amount {FORGED}"), 400, 40);
    let mut all: Vec<Case> = COVERS
        .iter()
        .map(|(name, zh, en, entries)| {
            let annotation =
                format!("<</Type/Annot/Rect[60 700 460 740]/F 4/P 3 0 R/AP<</N 62 0 R>>{entries}>>");
            Case::of(name, annotated(&seal, &annotation, &[(62, &appearance)]))
                .says(zh, en)
                .unknown(&rule::SIGNATURE_CHANGES)
        })
        .collect();
    // A comment with a look of its own is no comment; neither is one that opens over the page.
    let note = "<</Type/Annot/Subtype/Text/Rect[60 700 460 740]/F 4/AP<</N 62 0 R>>/Contents(read)>>";
    all.push(
        Case::of("eaa-note-with-look", annotated(&seal, note, &[(62, &appearance)]))
            .says("便签批注自带外观，盖住金额", "a note that brings a look of its own covers the amount")
            .unknown(&rule::SIGNATURE_CHANGES),
    );
    let below = Doc::contract()
        .set(40, "<</Type/Annot/Subtype/Square/Rect[60 700 460 740]/F 2/P 3 0 R/AP<</N 41 0 R>>>>")
        .set(41, cover(&format!("Amount {FORGED}"), 400, 40))
        .with(PAGE, "/Annots[40 0 R]");
    let below = sealed(&below, By::Cms);
    all.push(
        Case::of("eaa-unhidden", below.changed(40, |text| text.replace("/F 2", "/F 4")))
            .says("签名时隐藏的批注事后显示", "an annotation that was hidden when it was signed is shown")
            .unknown(&rule::SIGNATURE_CHANGES),
    );
    all
}

/// Later signatures that cover what was signed.
fn signatures() -> Vec<Case> {
    let seal = usual(By::Seal);
    let unsigned =
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[60 700 460 740]/P 3 0 R/AP<</N 62 0 R>>";
    let appearance = cover(&format!("Amount {FORGED}"), 400, 40);
    let list = with_annotation(&seal.body(PAGE), 61).unwrap();
    let fields = |number: u32| seal.body(seal.form).replace("/Fields[", &format!("/Fields[{number} 0 R "));
    let added = |field: &str, more: &[(u32, &str)]| {
        let form = fields(61);
        let objects =
            [(PAGE, list.as_str()), (61, field), (62, appearance.as_str()), (seal.form, form.as_str())];
        seal.updated(&[&objects[..], more].concat())
    };
    let forged =
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 9 19 9]/Contents<3000>>>";
    let shared = format!("{unsigned}/V {} 0 R>>", seal.signature);
    let scripted = "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[0 0 0 0]/P 3 0 R/AA<</PO<</S/JavaScript/JS(app.alert\\('void'\\))>>>>>>";
    let over = Stamp::at(0, 120.0, 200.0, 40.0, 40.0);
    vec![
        Case::of("ssa-empty-field", added(&format!("{unsigned}>>"), &[]))
            .says(
                "新增空签名域，其外观盖住金额",
                "a new empty signature field whose appearance covers the amount",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("ssa-forged", added(&format!("{unsigned}/V 63 0 R>>"), &[(63, forged)]))
            .says("新增伪造签名，其外观盖住金额", "a new forged signature whose appearance covers the amount")
            .bad(&rule::SIGNATURE_FORMAT),
        Case::of("ssa-shared-value", added(&shared, &[]))
            .says(
                "新增签名域借用已有签名值，在别处显示“印章”",
                "a new field shares the value of the seal, and shows it in another place",
            )
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("field-with-script", added(scripted, &[]))
            .says("新增空签名域带有脚本", "a new empty signature field brings a script along")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("seal-covered-by-seal", sealed_again_at(&seal.pdf, over).pdf)
            .says("后盖的章完全盖住先盖的章", "a later seal lies on the first one, so that it cannot be seen")
            .unknown(&rule::SEAL_PLACE),
        Case::of("control-two-seals", sealed_again(&seal.pdf).pdf)
            .says("两个单位先后盖章", "sealed by two parties, one after the other"),
        Case::of("second-seal-covers-text", sealed_by_stranger(&seal.pdf))
            .says("无人信任者再盖一章", "one more seal by somebody whom nobody trusts")
            .bad(&rule::SIGNER_CHAIN),
    ]
}

fn sealed_by_stranger(pdf: &[u8]) -> Vec<u8> {
    let again = sealed_again_at(pdf, Stamp::at(0, 20.0, 35.0, 40.0, 40.0));
    let stranger = &pki().stranger;
    let [zero, first, second, length] = again.range;
    let value = ValueSpec::by(stranger).write(
        &SealSpec::for_signer(stranger).write(),
        &again.covered(),
        &format!("[{zero} {first} {second} {length}]"),
    );
    again.with_value(&value)
}

/// The seal on another page than it was put on.
fn on_second(seal: &Sealed) -> Vec<u8> {
    let field = seal.body(seal.field).replace("/P 3 0 R", "/P 6 0 R");
    let first = seal.body(PAGE).replace(&format!("{} 0 R", seal.field), "");
    let second = entries_added(&seal.body(SECOND), &format!("/Annots[{} 0 R]", seal.field));
    seal.updated(&[(seal.field, &field), (PAGE, &first), (SECOND, &second)])
}

/// What is shown of the seal.
fn seals() -> Vec<Case> {
    let seal = usual(By::Seal);
    let form = seal.appearance();
    let black = stream(
        "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/ASCIIHexDecode",
        "000000>",
    );
    let image: u32 = {
        let text = seal.body(form);
        let at = text.find("/Seal ").unwrap() + 6;
        text[at..].split(' ').next().unwrap().parse().unwrap()
    };
    let rect = |text: &str, to: &str| {
        let at = text.find("/Rect[").unwrap();
        let end = at + text[at..].find(']').unwrap() + 1;
        format!("{}/Rect[{to}]{}", &text[..at], &text[end..])
    };
    let moved = |to: &'static str| seal.changed(seal.field, |text| rect(text, to));
    let own = cover("SEAL", 113, 113);
    let covering =
        "<</Type/Annot/Subtype/Square/Rect[330 150 460 290]/F 4/P 3 0 R/IC[1 1 1]/AP<</N 62 0 R>>>>";
    vec![
        Case::of("seal-look-exchanged", seal.updated(&[(form, &own)]))
            .says("印章外观流被换", "the appearance stream of the seal is exchanged")
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-look-redirected", {
            let field = seal.body(seal.field).replace(&format!("/N {form} 0 R"), "/N 62 0 R");
            seal.updated(&[(seal.field, &field), (62, &own)])
        })
        .says("印章外观改指另一流", "the appearance of the seal leads to another stream")
        .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-picture-exchanged", seal.updated(&[(image, &black)]))
            .says("印章图片对象被换", "the picture object of the seal is exchanged")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("seal-moved", moved("72 700 185 813"))
            .says("印章移到金额处", "the seal is moved onto the amount")
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-on-other-page", on_second(&seal))
            .says("印章移到第二页", "the seal is moved to the second page")
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-off-page", moved("2000 2000 2113 2113"))
            .says("印章移出页面", "the seal is moved off the page")
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-hidden", seal.changed(seal.field, |text| text.replace("/F 132", "/F 2")))
            .says("印章标志改为隐藏", "the flags of the seal hide it")
            .bad(&rule::SIGNATURE_APPEARANCE),
        Case::of("seal-covered", annotated(&seal, covering, &[(62, &cover("", 130, 140))]))
            .says("其后的批注盖住印章", "a later annotation covers the seal")
            .unknown(&rule::SEAL_PLACE),
        Case::of("seal-shows-other-picture", other_picture())
            .says(
                "签章者显示的图片不是印章内的图片",
                "who sealed shows another picture than that inside the seal",
            )
            .unknown(&rule::SEAL_PICTURE),
        Case::of("seal-signed-hidden", signed_hidden())
            .says("印章签名时即为隐藏", "the seal was hidden when it was signed")
            .unknown(&rule::SEAL_PLACE),
    ]
}

/// Signed again over a file in which the same bytes stand otherwise.
pub(crate) fn signed_otherwise(seal: Sealed, change: impl Fn(&mut Vec<u8>, &Sealed)) -> Vec<u8> {
    resigned(seal, change).pdf
}

/// The same with what its sealing left behind.
pub(crate) fn resigned(mut seal: Sealed, change: impl Fn(&mut Vec<u8>, &Sealed)) -> Sealed {
    let mut pdf = seal.pdf.clone();
    change(&mut pdf, &seal);
    seal.pdf = pdf;
    let [zero, first, second, length] = seal.range;
    let info = format!("[{zero} {first} {second} {length}]");
    let value = ValueSpec::good().write(&SealSpec::good().write(), &seal.covered(), &info);
    seal.pdf = seal.with_value(&value);
    seal
}

fn signed_hidden() -> Vec<u8> {
    signed_otherwise(usual(By::Seal), |pdf, _| *pdf = patched(pdf, "/F 132", "/F 2  "))
}

/// The pixel of the picture is another colour: its stream stands in the file as the seal has it.
fn other_picture() -> Vec<u8> {
    let seal = usual(By::Seal);
    let bytes = seal.pdf.clone();
    let file = formats::pdf::Pdf::open(&bytes, &formats::pdf::Limits::default()).unwrap();
    let form = file.object(formats::pdf::ObjectId::new(seal.appearance())).unwrap();
    let resources = file.dictionary(form.object.as_dictionary().unwrap(), b"Resources").unwrap().unwrap();
    let images = file.dictionary(&resources, b"XObject").unwrap().unwrap();
    let image = file.get(&images, b"Seal").unwrap().unwrap();
    let stream = image.as_stream().unwrap();
    let formats::pdf::StreamData::File { range, .. } = &stream.data else { panic!("a stream of the file") };
    // A stored block of deflate of the same length, with black pixels.
    let data = file.data(stream).unwrap();
    let range = range.clone();
    let black = deflated(&vec![0; data.len()], range.len());
    // Of this very file: the length of a signature, and with it every place, differs from one sealing to the next.
    signed_otherwise(seal, |pdf, _| pdf[range.clone()].copy_from_slice(&black))
}

/// Compressed to just this length, filled up behind the end.
fn deflated(data: &[u8], length: usize) -> Vec<u8> {
    let mut out = miniz_oxide::deflate::compress_to_vec_zlib(data, 9);
    assert!(out.len() <= length, "{} in {length}", out.len());
    out.resize(length, 0);
    out
}

/// The signature taken away.
fn removed() -> Vec<Case> {
    let seal = usual(By::Seal);
    let page = seal.body(PAGE).replace(&format!("{} 0 R", seal.field), "");
    let form_entry = format!("/AcroForm {} 0 R", seal.form);
    let catalog = seal.body(CATALOG).replace(&form_entry, "");
    let rights = entries_added(&catalog, &format!("/Perms<</UR3 {} 0 R>>", seal.signature));
    let no_fields = seal.body(seal.form).replace(&format!("{} 0 R", seal.field), "");
    let content = content(&format!("Contract, page 1. Amount {FORGED}"));
    let two = sealed_again(&seal.pdf);
    let two_fields = two.body(two.form).replace(&format!("{} 0 R ", seal.field), "");
    assert_ne!(catalog, seal.body(CATALOG));
    let before = &seal.pdf[..find(&seal.pdf, b"%%EOF\n") + 6];
    vec![
        Case::of("removed-form", seal.updated(&[(CATALOG, &catalog), (PAGE, &page), (CONTENT, &content)]))
            .says("移除表单，文档看似未盖章", "the form is taken out: the document looks unsealed")
            .bad(&rule::SIGNATURE_REACHED),
        Case::of("removed-field", seal.updated(&[(seal.form, &no_fields), (PAGE, &page)]))
            .says("移除签名域", "the signature field is taken out")
            .bad(&rule::SIGNATURE_REACHED),
        Case::of(
            "removed-value",
            seal.changed(seal.field, |text| text.replace(&format!("/V {} 0 R", seal.signature), "")),
        )
        .says("移除签名域的值，印章图片还在", "the value of the field is taken out, the picture stays")
        .bad(&rule::SIGNATURE_REACHED),
        Case::of("removed-from-page", seal.updated(&[(PAGE, &page)]))
            .says("印章从页面移除，仍在表单中", "the seal is taken off the page and stays in the form")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("removed-first-of-two", two.updated(&[(two.form, &two_fields)]))
            .says("两个章中的第一个被移除", "the first of two seals is taken out")
            .bad(&rule::SIGNATURE_REACHED),
        Case::of(
            "removed-as-usage-rights",
            seal.updated(&[(CATALOG, &rights), (PAGE, &page), (CONTENT, &content)]),
        )
        .says(
            "移除签名域，并把签名冒充为阅读器使用权限",
            "the field is taken out and the signature passed off as usage rights of a reader",
        )
        .bad(&rule::SIGNATURE_REACHED),
        Case::of("removed-wholly", before.to_vec())
            .says(
                "截去签名所在的修订版，文档变成未盖章",
                "the revision with the seal is cut off: the document is unsealed",
            )
            .unknown(&rule::SIGNATURES_NONE),
    ]
}
