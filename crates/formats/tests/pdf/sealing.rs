//! Seals and signatures put in, and read again.

use crate::build::Builder;
use crate::signing::*;
use crate::support::{at, pki};
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::ofd::{Along, Edge, RidingSeal, Stamp};
use sealbridge_formats::oid;
use sealbridge_formats::pdf::seal::{
    About, FieldChoice, Kind, Notice, Prepared, Profile, SealError, embed, notices, prepare, sheets,
};
use sealbridge_formats::pdf::{Dictionary, Limits, Object, Pdf, SectionKind};
use sealbridge_formats::ses::{Picture, Seal};

#[test]
fn a_seal_is_put_in_and_everything_before_it_is_kept() {
    let before = document(2);
    let mut placement = sealing();
    placement.about = About {
        name: Some("测试单位".to_owned()),
        reason: Some("合同".to_owned()),
        location: Some("海河".to_owned()),
        contact: Some("a@b".to_owned()),
        application: None,
    };
    let after = applied(&before, &placement);
    let pdf = Pdf::open(&after, &Limits::default()).unwrap();
    assert_eq!(pdf.sections().len(), 2);
    assert_eq!(pdf.sections()[0].kind, SectionKind::Table);
    let signed = check(&after, "Signature1").dictionary;
    assert!(signed.has_name(b"Filter", b"Sealbridge.GMPkiLite"));
    assert_eq!(signed.get(b"M").unwrap().as_string(), Some(&b"D:20260301100304+08'00'"[..]));
    assert_eq!(signed.get(b"Name"), Some(&Object::text("测试单位")));
    let form = pdf.form().unwrap();
    assert_eq!(form.dictionary.integer(b"SigFlags"), Some(3));
    let widget = &form.fields[0].widgets[0];
    assert_eq!((form.fields[0].widgets.len(), widget.page), (1, Some(0)));
    assert_eq!(widget.dictionary.integer(b"F"), Some(132));
    // 40 mm are 113.39 points; the seal's corner is 120 mm from the left and 200 mm from the top of 297.
    let points = 72.0 / 25.4;
    assert!((widget.rect.left - 120.0 * points).abs() < 1e-3, "{:?}", widget.rect);
    assert!((widget.rect.top - 97.0 * points).abs() < 1e-3, "{:?}", widget.rect);
    assert!((widget.rect.width() - 40.0 * points).abs() < 1e-3);
    let appearance = pdf.dictionary(&widget.dictionary, b"AP").unwrap().unwrap();
    let form = pdf.get(&appearance, b"N").unwrap().unwrap();
    let resources = pdf.dictionary(form.as_dictionary().unwrap(), b"Resources").unwrap().unwrap();
    let images = pdf.dictionary(&resources, b"XObject").unwrap().unwrap();
    let image = pdf.dictionary(&images, b"Seal").unwrap().unwrap();
    assert_eq!((image.integer(b"Width"), image.integer(b"Height")), (Some(160), Some(160)));
    assert!(pdf.get(&image, b"SMask").unwrap().is_some(), "the picture has transparent parts");
}

#[test]
fn a_plain_signature_names_the_algorithm_that_is_asked_for() {
    for algorithm in [oid::SM2_WITH_SM3, oid::SM2_SIGN] {
        let mut placement = signing();
        placement.profile.signature_algorithm = algorithm;
        let after = applied(&document(1), &placement);
        let signed = check(&after, "Signature1");
        assert!(!signed.is_seal && signed.dictionary.has_name(b"SubFilter", b"GM.sm2cms.detached"));
        let [_, first, second, _] = signed.range;
        let value = hex::decode(&after[first + 1..second - 1]).unwrap();
        let named = sealbridge_formats::asn1::Writer::build(|w| w.oid(&algorithm));
        // Behind the digest's identifier stands the signature's.
        assert!(value.windows(named.len()).any(|window| window == named), "{algorithm}");
    }
    let mut placement = signing();
    placement.profile = Profile { filter: "Adobe.PPKLite".to_owned(), ..Profile::cms() };
    let after = applied(&document(1), &placement);
    assert!(check(&after, "Signature1").dictionary.has_name(b"Filter", b"Adobe.PPKLite"));
    placement.profile.filter = "名".to_owned();
    assert_eq!(refusal(&document(1), &placement), "pdf.profile");
}

#[test]
fn a_plain_signature_can_be_shown() {
    let mut placement = signing();
    placement.kind = Kind::Sign(Some(ring()));
    placement.stamps = sealing().stamps;
    let after = applied(&document(1), &placement);
    assert!(fields(&after)[0].widgets[0].rect.width() > 100.0);
    placement.stamps.clear();
    assert_eq!(refusal(&document(1), &placement), "pdf.stamps");
    placement = signing();
    placement.stamps = sealing().stamps;
    assert_eq!(refusal(&document(1), &placement), "pdf.stamps");
    let mut nowhere = sealing();
    nowhere.stamps.clear();
    assert_eq!(refusal(&document(1), &nowhere), "pdf.stamps");
}

#[test]
fn a_prepared_file_can_be_kept_and_is_not_changed_unseen() {
    for placement in [sealing(), signing()] {
        let prepared = prepare(&document(1), &placement, &Limits::default()).unwrap();
        let stored = prepared.to_bytes();
        let back = Prepared::from_bytes(&stored).unwrap();
        assert_eq!(back, prepared);
        assert_eq!((back.field(), back.signing_time()), ("Signature1", at(TIME)));
        check(&finish(&back), "Signature1");
        for place in (0..stored.len()).step_by(stored.len() / 100) {
            let mut damaged = stored.clone();
            damaged[place] ^= 1;
            assert_eq!(Prepared::from_bytes(&damaged).unwrap_err(), SealError::Damaged, "{place}");
            assert_eq!(Prepared::from_bytes(&stored[..place]).unwrap_err(), SealError::Damaged);
        }
        assert!(!format!("{prepared:?}").contains("%PDF"));
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let placement = sealing();
    let make = || prepare(&document(3), &placement, &Limits::default()).unwrap().to_bytes();
    assert!(make() == make());
}

#[test]
fn a_value_must_fit_into_its_room() {
    let mut placement = signing();
    placement.reserve.certificates = 700;
    placement.reserve.time_stamp = 0;
    let prepared = prepare(&document(1), &placement, &Limits::default()).unwrap();
    assert_eq!(prepared.room(), 1724);
    let mut value = vec![0x30; 1725];
    assert_eq!(embed(&prepared, &value).unwrap_err().code(), "pdf.value-too-large");
    value.pop();
    assert!(embed(&prepared, &value).is_ok());
    for bad in [&b""[..], b"\x31\0"] {
        assert_eq!(embed(&prepared, bad).unwrap_err().code(), "pdf.bad-signature-value");
    }
    placement.reserve.certificates = usize::MAX;
    assert_eq!(refusal(&document(1), &placement), "pdf.room");
}

/// A token is carried where each profile has it, in the room kept for it.
#[test]
fn a_time_stamp_goes_into_both_profiles() {
    let token = include_bytes!("../../fixtures/answer.tsr");
    let answer =
        sealbridge_formats::tsp::TimeStampResp::parse(token, sealbridge_formats::asn1::Mode::Tolerant);
    let token = answer.unwrap().token.unwrap();
    for placement in [sealing(), signing()] {
        let prepared = prepare(&document(1), &placement, &Limits::default()).unwrap();
        let signer = &pki().signer;
        let signature = crypto::Signer::sign(&signer.key, prepared.to_sign()).unwrap();
        let value = prepared.value(signer.der(), &signature, &[], Some(&token)).unwrap();
        let after = embed(&prepared, &value).unwrap();
        check(&after, "Signature1");
        assert!(value.windows(token.len()).any(|window| window == token));
    }
}

#[test]
fn later_signatures_keep_the_earlier_ones() {
    let first = applied(&document(2), &sealing());
    let second = applied(&first, &signing());
    let third = applied(&second, &sealing());
    let names: Vec<String> = fields(&third).into_iter().map(|field| field.name).collect();
    assert_eq!(names, ["Signature1", "Signature2", "Signature3"]);
    for name in names {
        check(&third, &name);
    }
}

#[test]
fn one_signature_has_several_places() {
    let mut placement = sealing();
    placement.stamps = vec![
        Stamp::at(0, 20.0, 20.0, 40.0, 40.0),
        Stamp::at(0, 80.0, 20.0, 40.0, 40.0),
        Stamp::at(2, 20.0, 20.0, 40.0, 40.0),
    ];
    let after = applied(&document(3), &placement);
    let all = fields(&after);
    assert_eq!(all.len(), 1);
    let places: Vec<_> = all[0].widgets.iter().map(|widget| widget.page).collect();
    assert_eq!(places, [Some(0), Some(0), Some(2)]);
}

#[test]
fn riding_seals_are_cut_over_few_and_many_pages() {
    for (pages, most) in [(3, 10), (25, 10)] {
        let before = document(pages);
        let pdf = Pdf::open(&before, &Limits::default()).unwrap();
        let sheets = sheets(&pdf).unwrap();
        let riding = RidingSeal {
            width_mm: 40.0,
            height_mm: 40.0,
            edge: Edge::Right,
            along: Along::Middle,
            pages_per_seal: most,
        };
        let mut placement = sealing();
        placement.stamps = riding.stamps(&sheets).unwrap();
        let after = applied(&before, &placement);
        let widgets = fields(&after).remove(0).widgets;
        assert_eq!(widgets.len(), pages);
        let right = 210.0 * 72.0 / 25.4;
        for (index, widget) in widgets.iter().enumerate() {
            assert_eq!(widget.page, Some(index));
            assert!((widget.rect.right - right).abs() < 0.05, "{:?}", widget.rect);
            assert!(widget.rect.width() < 60.0);
        }
        // The slices of the first seal make the whole.
        let slices = if pages == 3 { 3 } else { 9 };
        let whole: f64 = widgets.iter().take(slices).map(|widget| widget.rect.width()).sum();
        assert!((whole - 40.0 * 72.0 / 25.4).abs() < 0.1, "{whole}");
    }
}

#[test]
fn an_empty_field_takes_a_seal_in_its_box() {
    let before = with_field(&document(1), "甲方", [100, 100, 300, 200], &Dictionary::new());
    let mut placement = sealing();
    placement.stamps.clear();
    for choice in [FieldChoice::Existing("甲方".to_owned()), FieldChoice::FirstEmpty] {
        placement.field = choice;
        let after = applied(&before, &placement);
        let all = fields(&after);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].widgets[0].rect.width().to_bits(), 200_f64.to_bits());
        assert!(all[0].dictionary.get(b"AP").is_some());
        assert_eq!(
            refusal(&after, &placement),
            match placement.field {
                FieldChoice::FirstEmpty => "pdf.no-empty-field",
                _ => "pdf.field-signed",
            }
        );
    }
    placement.field = FieldChoice::Existing("乙方".to_owned());
    assert_eq!(refusal(&before, &placement), "pdf.no-field");
    placement.field = FieldChoice::New(Some("甲方".to_owned()));
    placement.stamps = sealing().stamps;
    assert_eq!(refusal(&before, &placement), "pdf.name-taken");
    placement.field = FieldChoice::FirstEmpty;
    assert_eq!(refusal(&before, &placement), "pdf.stamps");
    let nowhere = with_field(&document(1), "x", [0, 0, 0, 0], &Dictionary::new());
    placement.stamps.clear();
    assert_eq!(refusal(&nowhere, &placement), "pdf.stamps");
    let mut plain = signing();
    plain.field = FieldChoice::FirstEmpty;
    applied(&nowhere, &plain);
}

#[test]
fn the_list_of_annotations_may_be_an_object_and_is_not_shared() {
    let before = document(2);
    let shared = edited(&before, |update, _, _, _, _| {
        let pdf = Pdf::open(&before, &Limits::default()).unwrap();
        let list = update.add(Object::Array(Vec::new()));
        for page in pdf.pages().unwrap() {
            let dictionary = page.dictionary.with(b"Annots", Object::Reference(list));
            update.put(page.id.unwrap(), Object::Dictionary(dictionary));
        }
    });
    let own = edited(&before, |update, _, _, page, dictionary| {
        let list = update.add(Object::Array(Vec::new()));
        update.put(page, Object::Dictionary(dictionary.with(b"Annots", Object::Reference(list))));
    });
    for file in [shared, own] {
        let after = applied(&file, &sealing());
        let pdf = Pdf::open(&after, &Limits::default()).unwrap();
        let pages = pdf.pages().unwrap();
        let count = |index: usize| {
            let list = pdf.get(&pages[index].dictionary, b"Annots").unwrap();
            list.as_ref().and_then(Object::as_array).map_or(0, <[Object]>::len)
        };
        assert_eq!((count(0), count(1)), (1, 0));
    }
}

/// To validators that compare objects, a page with another number in it is another page, and an earlier signature broken.
#[test]
fn a_page_that_is_written_again_keeps_its_numbers() {
    let numbers = "[0 -0.0 595.2755905511812 842.0]/UserUnit 1.0/X[.000001 1234567.125]";
    let before = Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        &format!("<</Type/Page/Parent 2 0 R/Resources<<>>/MediaBox{numbers}>>"),
    ])
    .build();
    let after = applied(&before, &sealing());
    let read = |bytes: &[u8]| {
        let pdf = Pdf::open(bytes, &Limits::default()).unwrap();
        let page = pdf.pages().unwrap()[0].dictionary.clone();
        [&b"MediaBox"[..], b"UserUnit", b"X"].map(|key| page.get(key).cloned().unwrap())
    };
    assert_eq!(read(&before), read(&after));
    assert!(matches!(read(&after)[1], Object::Real(_)), "a whole real stays one");
}

/// A file whose table hides the list of annotations in an object stream that only `XRefStm` names (§7.5.8.4).
fn hybrid() -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut offsets = Vec::new();
    let sections: [&[u8]; 4] = [
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Annots 4 0 R>>\nendobj\n",
        b"5 0 obj\n<</Type/ObjStm/N 1/First 4/Length 7>>\nstream\n4 0 [ ]\nendstream\nendobj\n",
    ];
    for section in sections {
        offsets.push(out.len());
        out.extend_from_slice(section);
    }
    let stream = out.len();
    let entries: Vec<u8> =
        [&[2, 0, 5, 0][..], &[1], &u16::try_from(offsets[3]).unwrap().to_be_bytes(), &[0]].concat();
    out.extend_from_slice(
        b"6 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Index[4 2]/Root 1 0 R/Length 8>>\nstream\n",
    );
    out.extend_from_slice(&entries);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let table = out.len();
    out.extend_from_slice(b"xref\n0 7\n0000000004 65535 f \n");
    for offset in &offsets[..3] {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    for next in ["5", "6", "0"] {
        out.extend_from_slice(format!("{next:0>10} 00000 f \n").as_bytes());
    }
    let end = format!("trailer\n<</Size 7/Root 1 0 R/XRefStm {stream}>>\nstartxref\n{table}\n%%EOF\n");
    out.extend_from_slice(end.as_bytes());
    out
}

#[test]
fn a_hybrid_file_gets_a_table_and_keeps_what_it_hides() {
    let before = hybrid();
    let kind = |file: &[u8]| Pdf::open(file, &Limits::default()).unwrap().sections()[0].kind;
    assert_eq!(kind(&before), SectionKind::Hybrid);
    crate::other_tools::qpdf_is_content(&before);
    let after = applied(&before, &sealing());
    assert_eq!(kind(&after), SectionKind::Table);
    let pdf = Pdf::open(&after, &Limits::default()).unwrap();
    assert!(pdf.sections()[0].trailer.get(b"XRefStm").is_none());
    // The list was rewritten as an ordinary object.
    let list = pdf.get(&pdf.pages().unwrap()[0].dictionary, b"Annots").unwrap().unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
    crate::other_tools::qpdf_is_content(&after);
}

/// The file with a form that asks readers to draw its fields, one of them a text field with these entries.
fn asking(file: &[u8], entries: &Dictionary) -> Vec<u8> {
    edited(file, |update, catalog, root, _, _| {
        let mut text = Dictionary::new()
            .with(b"FT", Object::name("Tx"))
            .with(b"T", Object::text("amount"))
            .with(b"Subtype", Object::name("Widget"))
            .with(b"Rect", Object::Array([10, 10, 90, 30].map(Object::Integer).to_vec()));
        entries.entries().iter().for_each(|entry| text.push(entry.clone()));
        let text = update.add(Object::Dictionary(text));
        let form = Dictionary::new()
            .with(b"Fields", Object::Array(vec![Object::Reference(text)]))
            .with(b"NeedAppearances", Object::Boolean(true));
        update.put(catalog, Object::Dictionary(root.with(b"AcroForm", Object::Dictionary(form))));
    })
}

#[test]
fn a_form_that_is_drawn_anew_keeps_its_appearances() {
    let asks = |file: &[u8]| {
        let form = Pdf::open(file, &Limits::default()).unwrap().form().unwrap();
        form.dictionary.get(b"NeedAppearances").cloned()
    };
    let drawn = Dictionary::new().with(b"N", Object::Dictionary(Dictionary::new()));
    let drawn = asking(&document(1), &Dictionary::new().with(b"AP", Object::Dictionary(drawn)));
    assert_eq!(asks(&applied(&drawn, &sealing())), Some(Object::Boolean(false)));
    let picture = sealing_picture();
    let notices = |file: &[u8]| notices(file, &picture, None, &Limits::default()).unwrap();
    assert_eq!(notices(&drawn), [Notice::AppearancesKept]);
    assert_eq!(notices(&document(1)), []);
    // Nothing is shown of a plain signature: the form stays as it is.
    assert_eq!(asks(&applied(&drawn, &signing())), Some(Object::Boolean(true)));
    // A field that only a reader draws would vanish.
    let bare = asking(&document(1), &Dictionary::new());
    assert_eq!(refusal(&bare, &sealing()), "pdf.need-appearances");
    applied(&bare, &signing());
    let hidden = asking(&document(1), &Dictionary::new().with(b"F", Object::Integer(2)));
    assert_eq!(asks(&applied(&hidden, &sealing())), Some(Object::Boolean(false)));
}

#[test]
fn a_seal_that_is_shown_smaller_is_told() {
    let field = |rect| with_field(&document(1), "x", rect, &Dictionary::new());
    let told =
        |rect, name| notices(&field(rect), &sealing_picture(), Some(name), &Limits::default()).unwrap();
    // 40 mm are 113.4 points.
    assert_eq!(told([100, 100, 300, 220], "x"), []);
    let all = told([100, 100, 300, 150], "x");
    let [Notice::Smaller { shown_mm, own_mm }] = all.as_slice() else { panic!("{all:?}") };
    assert!((shown_mm.0 - 17.64).abs() < 0.01 && (shown_mm.1 - 17.64).abs() < 0.01, "{shown_mm:?}");
    assert_eq!(own_mm.0.to_bits(), 40_f64.to_bits());
    assert_eq!(told([100, 100, 300, 150], "new"), []);
}

fn sealing_picture() -> Picture {
    let Kind::Seal(der) = sealing().kind else { panic!("a seal") };
    Seal::parse(&der, Mode::Tolerant).unwrap().0.picture
}
