//! The signature dictionary (ISO 32000-1 §12.8.1, table 252), without the two entries that the writer adds.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::certification::Lock;
use super::placement::{Certify, Placement};
use crate::pdf::{Dictionary, Object, ObjectId};

/// The program's name where none is given.
const APPLICATION: &str = "sealbridge";

/// Builds the dictionary. `lock` is what the field locks when it is signed, `catalog` what FieldMDP analyses.
pub(super) fn build(
    placement: &Placement,
    signing_time: Timestamp,
    lock: Option<&Lock>,
    catalog: ObjectId,
) -> Dictionary {
    let about = &placement.about;
    let mut out = Dictionary::new()
        .with(b"Type", Object::name("Sig"))
        .with(b"Filter", Object::name(&placement.profile.filter))
        .with(b"SubFilter", Object::name(&placement.profile.sub_filter))
        .with(b"M", Object::text(&date(signing_time)));
    for (key, text) in [
        (&b"Name"[..], &about.name),
        (b"Reason", &about.reason),
        (b"Location", &about.location),
        (b"ContactInfo", &about.contact),
    ] {
        if let Some(text) = text {
            out.set(key, Object::text(text));
        }
    }
    let application = about.application.as_deref().unwrap_or(APPLICATION);
    let app = Dictionary::new().with(b"Name", Object::name(application));
    out.set(b"Prop_Build", Object::Dictionary(Dictionary::new().with(b"App", Object::Dictionary(app))));
    let mut references = Vec::new();
    references.extend(placement.certify.map(document_transform));
    references.extend(lock.map(|lock| field_transform(lock, catalog)));
    if !references.is_empty() {
        out.set(b"Reference", Object::Array(references));
    }
    out
}

/// A date in Beijing time, which is what Chinese programs write (§7.9.4).
fn date(at: Timestamp) -> String {
    let local = Offset::constant(8).to_datetime(at);
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}+08'00'",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )
}

/// A reference to the transform of a certification (§12.8.2.2).
fn document_transform(certify: Certify) -> Object {
    let parameters = Dictionary::new()
        .with(b"Type", Object::name("TransformParams"))
        .with(b"P", Object::Integer(certify.level()))
        .with(b"V", Object::name("1.2"));
    reference("DocMDP", parameters)
}

/// A reference to the transform that locks fields (§12.8.2.4).
fn field_transform(lock: &Lock, catalog: ObjectId) -> Object {
    let mut object = reference("FieldMDP", lock.parameters());
    if let Object::Dictionary(dictionary) = &mut object {
        dictionary.set(b"Data", Object::Reference(catalog));
    }
    object
}

fn reference(method: &str, parameters: Dictionary) -> Object {
    Object::Dictionary(
        Dictionary::new()
            .with(b"Type", Object::name("SigRef"))
            .with(b"TransformMethod", Object::name(method))
            .with(b"TransformParams", Object::Dictionary(parameters)),
    )
}
