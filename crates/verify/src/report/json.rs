//! The report as JSON, one object a line and file. Other programs depend on the shape: it only grows.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::people::LISTED;
use super::{Coverage, Extent, Report, SignatureKind, SignatureReport};

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Report", 11)?;
        out.serialize_field("file", &self.file)?;
        out.serialize_field("verdict", &self.verdict)?;
        out.serialize_field("signCount", &self.signatures.len())?;
        out.serialize_field("signatures", &self.signatures)?;
        out.serialize_field("findings", &self.findings)?;
        out.serialize_field("format", self.format.as_str())?;
        out.serialize_field("at", &text(self.at))?;
        out.serialize_field("trustId", &self.trust_id)?;
        out.serialize_field("policyId", &self.policy_id)?;
        out.serialize_field("subIndication", &self.sub_indication())?;
        out.serialize_field("roots", &self.roots())?;
        out.end()
    }
}

impl Serialize for SignatureReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self.kind {
            SignatureKind::Seal => "seal",
            SignatureKind::Sign => "sign",
            SignatureKind::Stamp => "timestamp",
        };
        let mut out = serializer.serialize_struct("Signature", 13)?;
        out.serialize_field("verdict", &self.verdict)?;
        out.serialize_field("sealCode", &self.seal_code)?;
        out.serialize_field("signTime", &self.sign_time.map(text))?;
        out.serialize_field("certOwner", &self.signer.as_ref().map(|signer| &signer.owner))?;
        out.serialize_field("findings", &self.findings)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("kind", kind)?;
        out.serialize_field("sealName", &self.seal.as_ref().map(|seal| &seal.name))?;
        out.serialize_field("stampTime", &self.stamp_time.map(text))?;
        out.serialize_field("coversWholeDocument", &self.coverage.is_whole())?;
        out.serialize_field("coverage", &Covers::of(&self.coverage))?;
        out.serialize_field("exit", &self.exit().map(|clause| clause.text))?;
        out.serialize_field("subIndication", &self.sub_indication())?;
        out.end()
    }
}

/// What a signature covers: how many names there are, and so many of them as are listed on every report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Covers<'a> {
    covered: Names<'a>,
    changed: Names<'a>,
    shown_uncovered: Names<'a>,
    locks: bool,
    is_unseen: bool,
    /// The revision that is signed and how many there are, of a file that is written by appending (PDF).
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<Extent>,
}

#[derive(Serialize)]
struct Names<'a> {
    count: usize,
    names: &'a [String],
}

impl<'a> Covers<'a> {
    fn of(coverage: &'a Coverage) -> Self {
        let names = |all: &'a [String]| Names { count: all.len(), names: all.get(..LISTED).unwrap_or(all) };
        Self {
            covered: names(&coverage.covered),
            changed: names(&coverage.changed),
            shown_uncovered: names(&coverage.shown_uncovered),
            locks: coverage.locks,
            is_unseen: coverage.is_unseen,
            revision: coverage.extent,
        }
    }
}

/// RFC 3339 in UTC, whole seconds.
fn text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
