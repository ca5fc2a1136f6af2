//! What is refused, with the code of the reason.

use crate::build::Builder;
use crate::signing::*;
use sealbridge_formats::ofd::Stamp;
use sealbridge_formats::oid;
use sealbridge_formats::pdf::seal::{Certify, FieldChoice, Kind, Placement};
use sealbridge_formats::pdf::{Dictionary, DictionaryEntry, Name, Object};
use sealbridge_formats::ses::Picture;

fn dictionary(entries: &[(&str, Object)]) -> Dictionary {
    entries
        .iter()
        .fold(Dictionary::new(), |dictionary, (key, value)| dictionary.with(key.as_bytes(), value.clone()))
}

fn texts(items: &[&str]) -> Object {
    Object::Array(items.iter().map(|item| Object::text(item)).collect())
}

/// A signature in the field that is there.
fn in_field(mut placement: Placement) -> Placement {
    placement.field = FieldChoice::FirstEmpty;
    placement.stamps.clear();
    placement
}

#[test]
fn files_that_are_not_whole_are_not_signed() {
    let good = document(1);
    let mut no_table = good.clone();
    let at = good.windows(9).rposition(|window| window == b"startxref").unwrap();
    no_table[at..at + 12].copy_from_slice(b"startxref\n9\n");
    assert_eq!(refusal(&no_table, &sealing()), "pdf.repaired");
    for tail in [&b"x"[..], b"\n\n9 0 obj null endobj\n", b"%comment\n"] {
        assert_eq!(refusal(&[&good, tail].concat(), &sealing()), "pdf.tail");
    }
    applied(&[&good[..], b"\r\n \n"].concat(), &sealing());
    let without_newline = good.strip_suffix(b"\n").unwrap();
    let after = applied(without_newline, &sealing());
    assert_eq!(after[without_newline.len()], b'\n');
    assert_eq!(refusal(&[b"junk\n", &good[..]].concat(), &sealing()), "pdf.structure");
    assert_eq!(refusal(b"no pdf", &sealing()), "pdf.not-pdf");
}

/// Two pages with content of their own.
fn plain() -> Builder {
    let page = |content: usize| {
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents {content} 0 R>>")
    };
    let mut builder = Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>",
        &page(5),
        &page(6),
    ]);
    builder.stream("", "0 0 10 10 re f");
    builder.stream("", "0 0 20 20 re f");
    builder
}

/// The file with the first of these words replaced by others of the same length.
fn with_words(file: &[u8], words: &str, others: &str) -> Vec<u8> {
    assert_eq!(words.len(), others.len());
    let at = file.windows(words.len()).position(|window| window == words.as_bytes()).expect("the words");
    [&file[..at], others.as_bytes(), &file[at + words.len()..]].concat()
}

#[test]
fn a_file_that_readers_repair_is_not_signed() {
    let good = plain().build();
    applied(&good, &sealing());
    let entry = |number: usize| {
        let head = format!("\n{number} 0 obj");
        let at = good.windows(head.len()).position(|window| window == head.as_bytes()).unwrap() + 1;
        format!("{at:010} 00000 n ")
    };
    let (five, six) = (entry(5), entry(6));
    let swapped = with_words(&with_words(&good, &five, "#################  "), &six, &five);
    for (what, file) in [
        ("exchanged entries", with_words(&swapped, "#################  ", &six)),
        ("an entry that is one off", with_words(&good, &five, &entry(6))),
        ("an entry outside the file", with_words(&good, &five, "0000999999 00000 n ")),
        ("an entry of zero", with_words(&good, &five, "0000000000 00000 n ")),
        ("a page's content marked free", with_words(&good, &five, "0000000000 00000 f ")),
        ("a length that is too short", with_words(&good, "/Length 14", "/Length 13")),
        ("a length that is too long", with_words(&good, "/Length 14", "/Length 24")),
        ("no endobj", with_words(&good, "endstream\nendobj\n6", "endstream\n      \n6")),
        ("no endstream", with_words(&good, "\nendstream\nendobj\n6", "\n         \nendobj\n6")),
        ("a count of pages that is too small", with_words(&good, "/Count 2", "/Count 1")),
        ("a page below another node", with_words(&good, "/Parent 2 0 R", "/Parent 1 0 R")),
        ("a size that is too small", with_words(&good, "/Size 7", "/Size 6")),
        ("two places for an object", {
            let at = good.windows(8).position(|window| window == b"trailer\n").unwrap();
            [&good[..at], format!("5 1\n{six}\n").as_bytes(), &good[at..]].concat()
        }),
    ] {
        assert_eq!(refusal(&file, &sealing()), "pdf.repaired", "{what}");
    }
    let endless = with_words(&good, "%%EOF", "%%EOG");
    assert_eq!(refusal(&endless, &sealing()), "pdf.structure");
}

/// Objects that something names, or that stand in the data of a stream, are no strays; one that only a search finds is.
#[test]
fn objects_that_nothing_names_count_where_the_document_uses_their_number() {
    let mut builder = plain();
    builder.stream("/Type/EmbeddedFile", "%PDF-1.4\n5 0 obj\n<</Length 1>>\nendobj\n");
    let attached = builder.build();
    applied(&attached, &sealing());
    let stray = |number: usize| {
        let object = format!("{number} 0 obj\n(another)\nendobj\n");
        let good = plain().build();
        let table = good.windows(5).rposition(|window| window == b"xref\n").unwrap();
        let table = good[..table].windows(5).rposition(|window| window == b"xref\n").map_or(table, |at| at);
        let start = (table + object.len()).to_string();
        let mut file = [&good[..table], object.as_bytes(), &good[table..]].concat();
        let at = file.windows(9).rposition(|window| window == b"startxref").unwrap();
        file.truncate(at);
        file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        file
    };
    assert_eq!(refusal(&stray(5), &sealing()), "pdf.repaired");
    applied(&stray(9), &sealing());
}

#[test]
fn a_field_that_has_its_place_takes_no_other() {
    let file = with_field(&document(1), "x", [50, 50, 150, 150], &Dictionary::new());
    let mut placement = in_field(sealing());
    placement.stamps = sealing().stamps;
    assert_eq!(refusal(&file, &placement), "pdf.stamps");
}

#[test]
fn a_signature_names_its_algorithm() {
    let mut placement = signing();
    placement.profile.signature_algorithm = oid::SM2_SIGN;
    applied(&document(1), &placement);
    placement.profile.signature_algorithm = oid::SM3;
    assert_eq!(refusal(&document(1), &placement), "pdf.signature-algorithm");
}

#[test]
fn a_key_that_stands_twice_is_not_edited() {
    let twice = |dictionary: &Dictionary, key: &str| {
        let mut out = dictionary.clone();
        for _ in 0..2 {
            out.push(DictionaryEntry { key: Name::new(key), value: Object::Integer(1), span: 0..0 });
        }
        Object::Dictionary(out)
    };
    let catalog = edited(&document(1), |update, id, root, _, _| update.put(id, twice(&root, "PieceInfo")));
    let page = edited(&document(1), |update, _, _, id, page| update.put(id, twice(&page, "Dur")));
    let form = edited(&document(1), |update, id, root, _, _| {
        let form = twice(&dictionary(&[("Fields", Object::Array(Vec::new()))]), "Q");
        update.put(id, Object::Dictionary(root.with(b"AcroForm", form)));
    });
    for file in [catalog, page, form] {
        assert_eq!(refusal(&file, &sealing()), "pdf.doubled-key");
    }
}

#[test]
fn documents_that_a_signature_would_break_are_left_alone() {
    let with = |key: &str, value: Object| {
        edited(&document(1), |update, id, root, _, _| {
            update.put(id, Object::Dictionary(root.with(key.as_bytes(), value)));
        })
    };
    let rights = Object::Dictionary(dictionary(&[("UR3", Object::Dictionary(Dictionary::new()))]));
    assert_eq!(refusal(&with("Perms", rights), &sealing()), "pdf.usage-rights");
    assert_eq!(refusal(&with("NeedsRendering", Object::Boolean(true)), &sealing()), "pdf.xfa-dynamic");
    let xfa = dictionary(&[("XFA", texts(&["template"])), ("Fields", Object::Array(Vec::new()))]);
    assert_eq!(refusal(&with("AcroForm", Object::Dictionary(xfa)), &sealing()), "pdf.xfa-new-field");
}

#[test]
fn stamps_lie_on_their_pages() {
    let mut placement = sealing();
    for (stamp, code) in [
        (Stamp::at(1, 20.0, 20.0, 40.0, 40.0), "pdf.no-page"),
        (Stamp::at(0, 180.0, 20.0, 40.0, 40.0), "pdf.off-page"),
        (Stamp::at(0, 20.0, f64::NAN, 40.0, 40.0), "pdf.bad-stamp"),
        (Stamp::at(0, 20.0, 20.0, 0.0, 40.0), "pdf.bad-stamp"),
    ] {
        placement.stamps = vec![stamp];
        assert_eq!(refusal(&document(1), &placement), code);
    }
    for name in ["", " ", "a.b", "a\nb"] {
        let mut placement = sealing();
        placement.field = FieldChoice::New(Some(name.to_owned()));
        assert_eq!(refusal(&document(1), &placement), "pdf.bad-name", "{name:?}");
    }
    let mut placement = signing();
    placement.stamps = sealing().stamps;
    placement.kind = Kind::Sign(Some(Picture { data: b"<svg/>".to_vec(), ..ring() }));
    assert_eq!(refusal(&document(1), &placement), "pdf.picture-kind");
}

#[test]
fn a_certification_is_kept_to() {
    let empty = with_field(&document(1), "later", [50, 50, 150, 150], &Dictionary::new());
    for (certify, level) in [(Certify::NoChanges, 1), (Certify::Forms, 2), (Certify::Annotations, 3)] {
        let mut placement = sealing();
        placement.certify = Some(certify);
        let certified = applied(&empty, &placement);
        let signed = check(&certified, "Signature1").dictionary;
        let references = signed.get(b"Reference").unwrap().as_array().unwrap();
        let parameters = references[0].as_dictionary().unwrap().get(b"TransformParams").unwrap();
        assert_eq!(parameters.as_dictionary().unwrap().integer(b"P"), Some(level));
        assert_eq!(refusal(&certified, &sealing()), "pdf.certified");
        if level == 1 {
            assert_eq!(refusal(&certified, &in_field(sealing())), "pdf.certified");
        } else {
            applied(&certified, &in_field(sealing()));
        }
        let mut again = in_field(sealing());
        again.certify = Some(certify);
        assert_eq!(refusal(&certified, &again), "pdf.certify-not-first");
    }
}

#[test]
fn a_lock_is_written_and_kept_to() {
    let lock = |entries: &[(&str, Object)]| dictionary(&[("Lock", Object::Dictionary(dictionary(entries)))]);
    let include = [
        ("Type", Object::name("SigFieldLock")),
        ("Action", Object::name("Include")),
        ("Fields", texts(&["乙方"])),
    ];
    let file = with_field(&document(1), "甲方", [50, 50, 150, 150], &lock(&include));
    let file = with_field(&file, "乙方", [250, 50, 350, 150], &Dictionary::new());
    let file = with_field(&file, "丙方", [250, 250, 350, 350], &Dictionary::new());
    let locked = applied(&file, &in_field(sealing()));
    let signed = check(&locked, "甲方").dictionary;
    let references = signed.get(b"Reference").unwrap().as_array().unwrap();
    let reference = references[0].as_dictionary().unwrap();
    assert!(reference.has_name(b"TransformMethod", b"FieldMDP"));
    let parameters = reference.get(b"TransformParams").unwrap().as_dictionary().unwrap();
    assert!(parameters.has_name(b"Action", b"Include"));
    assert_eq!(parameters.get(b"Fields"), Some(&texts(&["乙方"])));
    let mut placement = in_field(sealing());
    placement.field = FieldChoice::Existing("乙方".to_owned());
    assert_eq!(refusal(&locked, &placement), "pdf.locked");
    placement.field = FieldChoice::Existing("丙方".to_owned());
    applied(&locked, &placement);
    applied(&locked, &sealing());
    let all = with_field(&document(1), "甲方", [50, 50, 150, 150], &lock(&[("Action", Object::name("All"))]));
    let all = applied(&all, &in_field(sealing()));
    assert_eq!(refusal(&all, &sealing()), "pdf.locked");
    // A lock of PDF 2.0 that names a level binds like a certification.
    let level =
        [("Action", Object::name("Exclude")), ("Fields", texts(&["Signature1"])), ("P", Object::Integer(1))];
    let level = with_field(&document(1), "甲方", [50, 50, 150, 150], &lock(&level));
    let level = applied(&level, &in_field(sealing()));
    assert_eq!(refusal(&level, &sealing()), "pdf.certified");
}

#[test]
fn demands_of_a_field_are_met_or_named() {
    let file = |entries: &[(&str, Object)]| {
        let seed = dictionary(&[("SV", Object::Dictionary(dictionary(entries)))]);
        with_field(&document(1), "x", [50, 50, 150, 150], &seed)
    };
    let flags = |bits: i64| ("Ff", Object::Integer(bits));
    let names = |names: &[&str]| Object::Array(names.iter().map(Object::name).collect());
    let level = |level: i64| ("MDP", Object::Dictionary(dictionary(&[("P", Object::Integer(level))])));
    let met: [&[(&str, Object)]; 6] = [
        &[("Filter", Object::name("Adobe.PPKLite"))],
        &[flags(1), ("Filter", Object::name("Sealbridge.GMPkiLite"))],
        &[flags(2), ("SubFilter", names(&["adbe.pkcs7.detached", "GM.sm2seal"]))],
        &[flags(64), ("DigestMethod", texts(&["SHA256", "SM3"]))],
        &[flags(8), ("Reasons", texts(&["."]))],
        &[level(0)],
    ];
    for entries in met {
        applied(&file(entries), &in_field(sealing()));
    }
    let certificate = dictionary(&[("Ff", Object::Integer(1))]);
    let stamp = dictionary(&[("Ff", Object::Integer(1))]);
    let stamped = [("TimeStamp", Object::Dictionary(stamp))];
    let unmet: [&[(&str, Object)]; 10] = [
        &stamped,
        &[flags(4), ("V", Object::Integer(4))],
        &[flags(1), ("Filter", Object::name("Adobe.PPKLite"))],
        &[flags(2), ("SubFilter", names(&["adbe.pkcs7.detached"]))],
        &[flags(64), ("DigestMethod", texts(&["SHA256"]))],
        &[flags(8), ("Reasons", texts(&["合同"]))],
        &[flags(32), ("AddRevInfo", Object::Boolean(true))],
        &[flags(16), ("LegalAttestation", texts(&["x"]))],
        &[level(2)],
        &[("Cert", Object::Dictionary(certificate))],
    ];
    for entries in unmet {
        assert_eq!(refusal(&file(entries), &in_field(sealing())), "pdf.seed-value", "{entries:?}");
    }
    let mut reasoned = in_field(sealing());
    reasoned.about.reason = Some("合同".to_owned());
    applied(&file(&[flags(8), ("Reasons", texts(&["合同"]))]), &reasoned);
    let mut certifying = in_field(sealing());
    certifying.certify = Some(Certify::Forms);
    applied(&file(&[level(2)]), &certifying);
    applied(&file(&stamped), &Placement { is_stamped: true, ..in_field(sealing()) });
    applied(&file(&[flags(4), ("V", Object::Integer(2))]), &in_field(sealing()));
}
