//! A signature's description, `Signature.xml` (GB/T 33190-2016 §18.2). Its stored bytes are what the seal's
//! value signs, so they are kept.

use super::error::OfdError;
use super::fact::{Fact, Facts};
use super::letter::Letter;
use super::loc::Location;
use super::package::Package;
use super::reference::{self, References};
use super::schema;
use super::values::Rect;
use super::xmlfile::XmlFile;
use crate::xml::Element;

/// Bytes that a stamp takes beside its ids.
const STAMP_LEN: usize = 160;

/// A signature as its file describes it.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Path of the file.
    pub path: String,
    /// The file as stored; the value's digest is over exactly these bytes.
    pub raw: Vec<u8>,
    /// What is signed and how.
    pub signed_info: SignedInfo,
    /// The file with the signature value.
    pub signed_value: Option<Location>,
    /// What is unusual about the file.
    pub facts: Vec<Fact>,
}

/// What is signed, by whose software, when and how (§18.2.1).
#[derive(Debug, Clone)]
pub struct SignedInfo {
    /// The software that signed.
    pub provider: Option<Provider>,
    /// The signature algorithm, an object identifier as written.
    pub signature_method: Option<String>,
    /// The time as written; forms and zones differ, the time in the value counts.
    pub date_time: Option<String>,
    /// Parameters of GM/T 0099.
    pub parameters: Vec<Parameter>,
    /// The files it covers.
    pub references: References,
    /// Where the seal is shown.
    pub stamps: Vec<StampAnnot>,
    /// The seal's own file.
    pub seal: Option<SealRef>,
}

/// The software that signed (§18.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// ProviderName.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Company.
    pub company: Option<String>,
}

/// A parameter of GM/T 0099.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The place of a seal on a page (§18.2.3), in millimetres from the page's left upper corner.
#[derive(Debug, Clone, PartialEq)]
pub struct StampAnnot {
    /// Its id.
    pub id: String,
    /// The id of the page.
    pub page_ref: String,
    /// The whole seal.
    pub boundary: Option<Rect>,
    /// The part of it that is shown, from the corner of the boundary; all of it without.
    pub clip: Option<Rect>,
    /// Whether a clip is named that is no box, or an empty one: what is shown then is each reader's choice.
    pub clip_is_odd: bool,
}

/// The seal's own file (§18.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRef {
    /// Where it is.
    pub location: Location,
}

/// Reads the signature in the file at `path`.
pub(super) fn read(package: &Package<'_>, path: &str) -> Result<Signature, OfdError> {
    let mut facts = Facts::default();
    let file = XmlFile::read(package, path, "Signature", "", &mut facts)?;
    let info = file.single(file.root(), "SignedInfo", &mut facts);
    let info = info.ok_or_else(|| file.missing("SignedInfo"))?;
    Letter::of(&file.path, &mut facts).signature(file.root());
    schema::note_description(&file, &mut facts);
    let signed_value = file.single_loc(file.root(), "SignedValue", &mut facts);
    let signed_info = read_info(&file, info, &mut facts)?;
    Ok(Signature {
        path: file.path,
        raw: file.bytes.into_owned(),
        signed_info,
        signed_value,
        facts: package.keep_facts(facts),
    })
}

fn read_info(file: &XmlFile<'_, '_>, info: Element<'_>, facts: &mut Facts) -> Result<SignedInfo, OfdError> {
    Letter::of(&file.path, facts).info(info);
    let provider = file.single(info, "Provider", facts).map(|element| Provider {
        name: element.attribute("ProviderName").unwrap_or_default().to_owned(),
        version: element.attribute("Version").map(str::to_owned),
        company: element.attribute("Company").map(str::to_owned),
    });
    let mut text = |name| file.single(info, name, facts).map(|element| element.text().to_owned());
    let signature_method = text("SignatureMethod");
    let date_time = text("SignatureDateTime");
    let parameters = file.single(info, "Parameters", facts).map(parameters).unwrap_or_default();
    let references = reference::read(file, info, facts)?;
    let mut stamps = Vec::new();
    for element in info.children_named("StampAnnot") {
        file.at_most(stamps.len() + 1, file.package.limits().references, "stamps")?;
        let stamp = stamp(file, element, facts);
        file.package.take_room(&file.path, stamp.id.len() + stamp.page_ref.len() + STAMP_LEN)?;
        stamps.push(stamp);
    }
    let seal = file.single(info, "Seal", facts).and_then(|seal| file.single_loc(seal, "BaseLoc", facts));
    let seal = seal.map(|location| SealRef { location });
    Ok(SignedInfo { provider, signature_method, date_time, parameters, references, stamps, seal })
}

fn parameters(list: Element<'_>) -> Vec<Parameter> {
    list.children_named("Parameter")
        .map(|element| Parameter {
            name: element.attribute("Name").unwrap_or_default().to_owned(),
            value: element.text().to_owned(),
        })
        .collect()
}

fn stamp(file: &XmlFile<'_, '_>, element: Element<'_>, facts: &mut Facts) -> StampAnnot {
    let mut rect = |name: &'static str, required: bool| {
        let written = element.attribute(name);
        let rect = written.and_then(Rect::parse);
        if rect.is_none() && (required || written.is_some()) {
            facts.push(Fact::bad_value(&file.path, name, written.unwrap_or_default()));
        }
        rect
    };
    let (boundary, clip) = (rect("Boundary", true), rect("Clip", false));
    StampAnnot {
        boundary,
        clip,
        clip_is_odd: clip.is_none() && element.attribute("Clip").is_some(),
        id: element.attribute("ID").unwrap_or_default().trim().to_owned(),
        page_ref: element.attribute("PageRef").unwrap_or_default().trim().to_owned(),
    }
}
