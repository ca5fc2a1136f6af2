//! What the tests of sealing share: documents of our own, the three steps, and what must be true of every result.

use crate::support::{at, pki, seal_draft};
use crypto::Signer as _;
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::cms::SignedData;
use sealbridge_formats::ofd::Stamp;
use sealbridge_formats::ofd::compose::{Composer, FontFace};
use sealbridge_formats::pdf::compose::to_pdf;
use sealbridge_formats::pdf::seal::{Kind, Placement, Prepared, embed, prepare};
use sealbridge_formats::pdf::update::Update;
use sealbridge_formats::pdf::{Dictionary, Field, Limits, Object, ObjectId, Pdf};
use sealbridge_formats::ses::{Picture, SesSignature};

/// The signing time of all tests.
pub(crate) const TIME: &str = "2026-03-01T02:03:04Z";

/// A document of `pages` A4 pages.
pub(crate) fn document(pages: usize) -> Vec<u8> {
    let mut composer = Composer::new("0", "测试", at("2025-01-01T00:00:00Z"));
    for number in 1..=pages {
        composer.page(|page| {
            page.text(20.0, 20.0, 5.0, FontFace::Song, &format!("Page {number} of a contract"));
            page.line((20.0, 30.0), (190.0, 30.0), 0.3);
        });
    }
    to_pdf(&composer, None).unwrap()
}

/// A picture of 40 by 40 mm: a red ring with nothing in it, and a bar at the top, so that it has an upper side.
pub(crate) fn ring() -> Picture {
    let side = 160_u32;
    let mut pixels = Vec::new();
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        let far = (f64::from(x) - 79.5).hypot(f64::from(y) - 79.5);
        let is_bar = (20..32).contains(&y) && (60..100).contains(&x);
        let is_ring = (70.0..79.0).contains(&far);
        pixels.extend_from_slice(if is_ring || is_bar { &[220, 20, 20, 255] } else { &[0; 4] });
    }
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    Picture { kind: "PNG".to_owned(), data, width_mm: 40, height_mm: 40 }
}

/// A seal with that picture.
pub(crate) fn seal() -> Vec<u8> {
    let mut draft = seal_draft();
    draft.picture = ring();
    draft.sign(&pki().maker.key, pki().maker.der()).unwrap()
}

/// A seal on the first page.
pub(crate) fn sealing() -> Placement {
    Placement::seal(seal(), vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)], at(TIME), [7; 32])
}

/// A plain signature that is not shown.
pub(crate) fn signing() -> Placement {
    Placement::sign(at(TIME), [7; 32])
}

/// Signs and embeds.
pub(crate) fn finish(prepared: &Prepared) -> Vec<u8> {
    let signer = &pki().signer;
    let signature = crypto::Signer::sign(&signer.key, prepared.to_sign()).unwrap();
    let chain = [pki().sub.der().to_vec()];
    embed(prepared, &prepared.value(signer.der(), &signature, &chain, None).unwrap()).unwrap()
}

/// Prepares, signs, embeds, and checks what must always be true.
#[track_caller]
pub(crate) fn applied(before: &[u8], placement: &Placement) -> Vec<u8> {
    let prepared = prepare(before, placement, &Limits::default()).unwrap();
    let after = finish(&prepared);
    assert!(after.starts_with(before), "the old bytes are not a prefix");
    let signed = check(&after, prepared.field());
    assert_eq!(signed.range, prepared.byte_range());
    assert_eq!(signed.range[2] + signed.range[3], after.len(), "the whole file");
    if matches!(placement.kind, Kind::Seal(_)) {
        assert!(signed.is_seal);
    }
    let earlier = fields(before).into_iter().filter(|field| field.value.is_some() && is_signature(field));
    for field in earlier.filter(|field| field.name != prepared.field() && is_sm2(&after, field)) {
        check(&after, &field.name);
    }
    after
}

/// The code of the refusal.
#[track_caller]
pub(crate) fn refusal(before: &[u8], placement: &Placement) -> &'static str {
    prepare(before, placement, &Limits::default()).unwrap_err().code()
}

/// A signature that is right.
pub(crate) struct Signed {
    pub(crate) range: [usize; 4],
    pub(crate) is_seal: bool,
    pub(crate) dictionary: Dictionary,
}

/// Finds the signature of a field and checks range, digest and value.
#[track_caller]
pub(crate) fn check(file: &[u8], name: &str) -> Signed {
    let pdf = Pdf::open(file, &Limits::default()).unwrap();
    let field = pdf.form().unwrap().fields.into_iter().find(|field| field.name == name).unwrap();
    let dictionary = value_of(&pdf, &field);
    let numbers = dictionary.get(b"ByteRange").unwrap().as_array().unwrap();
    let range: Vec<usize> =
        numbers.iter().map(|number| usize::try_from(number.as_integer().unwrap()).unwrap()).collect();
    let range: [usize; 4] = range.try_into().unwrap();
    let [zero, first, second, length] = range;
    assert_eq!(zero, 0);
    assert_eq!((file[first], file[second - 1]), (b'<', b'>'));
    let message = [&file[..first], &file[second..second + length]].concat();
    let digest = crypto::sm3::digest(&message);
    let contents = dictionary.get(b"Contents").unwrap().as_string().unwrap();
    assert_eq!(hex::encode_upper(contents).as_bytes(), &file[first + 1..second - 1]);
    let key = pki().signer.key.verifying_key();
    let length = der_len(contents);
    assert!(contents[length..].iter().all(|byte| *byte == 0));
    let value = &contents[..length];
    let is_seal = dictionary.has_name(b"SubFilter", b"GM.sm2seal");
    if is_seal {
        let (value, deviations) = SesSignature::parse(value, Mode::Strict).unwrap();
        assert_eq!(deviations, []);
        assert!(value.signed.hash_is(&digest));
        let [a, b, c, d] = range;
        assert_eq!(value.signed.property_info, format!("[{a} {b} {c} {d}]"));
        assert_eq!(value.check_signature(key), Ok(vec![]));
    } else {
        let value = SignedData::parse(value, Mode::Strict).unwrap();
        let signer = &value.signers[0];
        let attributes = signer.signed_bytes(None).unwrap();
        key.verify(crypto::SignatureAlgorithm::Sm2Sm3, &attributes, &signer.signature).unwrap();
        assert!(attributes.windows(32).any(|window| window == digest));
    }
    Signed { range, is_seal, dictionary }
}

/// Length of a DER value with its head.
fn der_len(bytes: &[u8]) -> usize {
    match bytes[1] {
        short @ 0..0x80 => usize::from(short) + 2,
        long => {
            let count = usize::from(long & 0x7F);
            2 + count + bytes[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
    }
}

fn value_of(pdf: &Pdf<'_>, field: &Field) -> Dictionary {
    let value = pdf.resolve(field.value.as_ref().unwrap()).unwrap();
    value.as_dictionary().unwrap().clone()
}

fn is_signature(field: &Field) -> bool {
    field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig")
}

fn is_sm2(file: &[u8], field: &Field) -> bool {
    let pdf = Pdf::open(file, &Limits::default()).unwrap();
    value_of(&pdf, field).name(b"SubFilter").is_some_and(|name| name.as_bytes().starts_with(b"GM."))
}

/// The fields of a form.
pub(crate) fn fields(file: &[u8]) -> Vec<Field> {
    Pdf::open(file, &Limits::default()).unwrap().form().unwrap().fields
}

/// A file with an update: `edit` gets the update, the catalogue and the object of the first page.
pub(crate) fn edited(
    file: &[u8],
    edit: impl FnOnce(&mut Update<'_, '_>, ObjectId, Dictionary, ObjectId, Dictionary),
) -> Vec<u8> {
    let pdf = Pdf::open(file, &Limits::default()).unwrap();
    let catalog = pdf.catalog().unwrap();
    let pages = pdf.pages().unwrap();
    let page = pages[0].id.unwrap();
    let mut update = Update::new(&pdf, [1; 32]).unwrap();
    let root = catalog.object.as_dictionary().unwrap().clone();
    edit(&mut update, catalog.id, root, page, pages[0].dictionary.clone());
    update.finish().unwrap().bytes
}

/// The file with an empty signature field at this box (points), with further entries.
pub(crate) fn with_field(file: &[u8], name: &str, rect: [i64; 4], entries: &Dictionary) -> Vec<u8> {
    edited(file, |update, catalog, root, page_id, page| {
        let mut field = Dictionary::new()
            .with(b"FT", Object::name("Sig"))
            .with(b"T", Object::text(name))
            .with(b"Type", Object::name("Annot"))
            .with(b"Subtype", Object::name("Widget"))
            .with(b"Rect", Object::Array(rect.map(Object::Integer).to_vec()))
            .with(b"P", Object::Reference(page_id));
        for entry in entries.entries() {
            field.push(entry.clone());
        }
        let field = update.add(Object::Dictionary(field));
        let mut form = root.get(b"AcroForm").and_then(Object::as_dictionary).cloned().unwrap_or_default();
        let mut list = form.get(b"Fields").and_then(Object::as_array).unwrap_or_default().to_vec();
        list.push(Object::Reference(field));
        form.set(b"Fields", Object::Array(list));
        update.put(catalog, Object::Dictionary(root.with(b"AcroForm", Object::Dictionary(form))));
        let mut annots = page.get(b"Annots").and_then(Object::as_array).unwrap_or_default().to_vec();
        annots.push(Object::Reference(field));
        update.put(page_id, Object::Dictionary(page.with(b"Annots", Object::Array(annots))));
    })
}
