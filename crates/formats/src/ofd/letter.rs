//! Where a signature's files depart from the letter of GB/T 33190-2016 §18 and of what GM/T 0099 adds, and are understood
//! all the same. Each departure has a stable code, so that who asks for the letter gets the letter.
//!
//! A relative `BaseLoc` is none: an ST_Loc may be relative (§7.3). `Reference @FileRef` is absolute (§18.2.2). An `ID` is
//! an `xs:ID`, so that it cannot begin with a digit. `MaxSignId` may be absent by the schema; that it is, is told, since
//! the next signer then has nothing to go by. One below an id that is in use is wrong (§18.1).

use super::fact::{Fact, Facts};
use super::root::DocBody;
use crate::asn1::DeviationKind;
use crate::oid::{self, Oid};
use crate::time;
use crate::xml::Element;

/// The children of `SignedInfo` in the order of the schema.
const ORDER: [&str; 7] =
    ["Provider", "SignatureMethod", "SignatureDateTime", "Parameters", "References", "StampAnnot", "Seal"];

/// No largest id is named, which the schema allows.
pub const MAX_ID_ABSENT: &str = "ofd.max-sign-id-absent";

/// Around a path stands white space that is part of a file's name, or what is white space, or nothing at all, to some
/// readers and not to XML.
pub const PATH_BLANK: &str = "ofd.path-blank";

/// A path is no single piece of text: comments, instructions, CDATA, references or elements stand in it. Some readers take
/// the first piece and some the last.
pub const TEXT_IN_PIECES: &str = "ofd.text-in-pieces";

/// A file names pages as a document's root does, and is read as something else.
pub const ROOT_INSIDE: &str = "ofd.root-inside";

/// An element of the entry file or of a list of signatures has another prefix than the root, for the same namespace: a
/// reader that looks for the name as written does not find it.
pub const OTHER_PREFIX: &str = "ofd.other-prefix";

/// Letters that are kept of what is written.
const KEPT: usize = 80;

impl Fact {
    /// A departure from the letter.
    pub(super) fn letter(file: &str, code: &'static str, written: &str) -> Self {
        Self::Letter { file: file.to_owned(), code, written: written.chars().take(KEPT).collect() }
    }
}

/// Gathers departures of one file.
pub(super) struct Letter<'f> {
    file: &'f str,
    facts: &'f mut Facts,
}

impl<'f> Letter<'f> {
    pub(super) fn of(file: &'f str, facts: &'f mut Facts) -> Self {
        Self { file, facts }
    }

    fn tell(&mut self, code: &'static str, written: &str) {
        self.facts.push(Fact::letter(self.file, code, written));
    }

    /// `Signature`: `SignedInfo`, then `SignedValue`.
    pub(super) fn signature(&mut self, root: Element<'_>) {
        let mut names = root.children().map(Element::name);
        if names.find(|name| matches!(*name, "SignedInfo" | "SignedValue")) == Some("SignedValue") {
            self.tell("ofd.element-order", "SignedValue");
        }
    }

    /// `SignedInfo` (§18.2.1).
    pub(super) fn info(&mut self, info: Element<'_>) {
        self.order(info);
        let named =
            |provider: Element<'_>| provider.attribute("ProviderName").is_some_and(|name| !name.is_empty());
        if !info.child("Provider").is_some_and(named) {
            self.tell("ofd.provider-absent", "Provider");
        }
        self.method(info.child_text("SignatureMethod").map(str::trim).unwrap_or_default());
        self.time(info.child_text("SignatureDateTime").map(str::trim).unwrap_or_default());
        let list = info.child("References");
        let digest = list.and_then(|list| list.attribute("CheckMethod")).unwrap_or_default();
        if is_sm3_otherwise(digest) {
            self.tell("ofd.check-method", digest);
        }
        let mut references = list.into_iter().flat_map(|list| list.children_named("Reference"));
        let relative = references.find_map(|reference| {
            reference.attribute("FileRef").map(str::trim).filter(|path| !path.starts_with(['/', '\\']))
        });
        if let Some(relative) = relative {
            self.tell("ofd.file-ref-relative", relative);
        }
        for stamp in info.children_named("StampAnnot").take(1000) {
            self.id(stamp.attribute("ID").unwrap_or_default());
        }
    }

    /// An `xs:ID` begins with a letter or an underscore.
    pub(super) fn id(&mut self, id: &str) {
        let id = id.trim();
        let fits = id.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !fits {
            self.tell("ofd.id-form", id);
        }
    }

    /// The largest id in use (MaxSignId) beside those that are. One that is larger is right: an id is not used again.
    pub(super) fn max_id<'e>(&mut self, max: Option<&str>, ids: impl Iterator<Item = &'e str>) {
        let Some(max) = max.map(str::trim) else { return self.tell(MAX_ID_ABSENT, "MaxSignId") };
        let number = number_of(max);
        let is_below = ids.filter_map(number_of).any(|id| number.is_some_and(|number| id > number));
        if number.is_none() || is_below {
            self.tell("ofd.max-sign-id", max);
        }
    }

    /// Documents of one package have different ids.
    pub(super) fn documents(&mut self, bodies: &[DocBody]) {
        let mut seen = std::collections::HashSet::new();
        for id in bodies.iter().filter_map(|body| body.doc_id.as_deref()).map(str::trim) {
            if !id.is_empty() && !seen.insert(id) {
                self.tell("ofd.repeated-doc-id", id);
            }
        }
    }

    fn order(&mut self, info: Element<'_>) {
        let mut latest = 0;
        for child in info.children() {
            let Some(place) = ORDER.iter().position(|name| *name == child.name()) else { continue };
            if place < latest {
                return self.tell("ofd.element-order", child.name());
            }
            latest = place;
        }
    }

    /// Required by table 67: a signature algorithm, and not the key's. What names no algorithm at all is judged where
    /// it is compared with the value's.
    fn method(&mut self, written: &str) {
        if written.is_empty() {
            return self.tell("ofd.signature-method-absent", "SignatureMethod");
        }
        let is_other_form = match written.parse::<Oid>() {
            Ok(oid) => oid == oid::SM2 || oid == oid::SM2_SIGN,
            Err(_) => written.to_ascii_uppercase().contains("SM2"),
        };
        if is_other_form {
            self.tell("ofd.signature-method", written);
        }
    }

    /// Required by table 67, and written `yyyyMMddHHmmssZ`.
    fn time(&mut self, written: &str) {
        if written.is_empty() {
            return self.tell("ofd.time-absent", "SignatureDateTime");
        }
        let Some(parsed) = time::parse_text(written) else {
            return self.tell("ofd.time-unreadable", written);
        };
        for oddity in parsed.oddities {
            self.tell(time_code(oddity), written);
        }
    }
}

/// The number at the end of an id such as `s001`, `001` or `1`.
fn number_of(id: &str) -> Option<u64> {
    id.rsplit(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// SM3 under another name than its object identifier.
fn is_sm3_otherwise(written: &str) -> bool {
    let written = written.trim();
    written.eq_ignore_ascii_case("SM3") || written == "1.2.156.10197.1.401.1"
}

fn time_code(oddity: DeviationKind) -> &'static str {
    match oddity {
        DeviationKind::TimeWithoutZone => "ofd.time-no-zone",
        DeviationKind::TimeWithOffset => "ofd.time-offset",
        DeviationKind::TimeFraction => "ofd.time-fraction",
        DeviationKind::TimeWithoutSeconds => "ofd.time-no-seconds",
        DeviationKind::TimeTwoDigitYear => "ofd.time-two-digit-year",
        _ => "ofd.time-text",
    }
}
