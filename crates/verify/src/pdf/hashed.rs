//! Hash-only verification of a PDF (仅提交杂凑值; see [`crate::handed`]): each signature's value with the digests of its
//! ranges (ISO 32000-1 §12.8.1).
//!
//! Digests are made by judging: those that the value of a signature asks for are handed over, no others. Where the bytes
//! themselves are signed with SM2, that is SM3(Z || bytes) for the signer's key. Every step of the value is judged as
//! ever; the revisions, what came after a signature, and how it is shown are not seen.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::DigestAlgorithm;
use formats::pdf::{Dictionary, Object, ObjectId, Pdf, text_of};
use serde::{Deserialize, Serialize};

use super::file::{File, Opened};
use super::found::{Found, Signatures, State};
use super::gather::Gathered;
use super::{damaged, evidence, judge, limits, report};
use crate::catalogue as rule;
use crate::catalogue::Scheme;
use crate::checks::Checks;
use crate::finding::Findings;
use crate::handed::{self, DigestsError, Document, FORM, MAX_LEN};
use crate::options::Options;
use crate::report::Report;
use crate::signature::{Digests, Known};
use crate::text::Detail;
use crate::trust::{Evidence, SealIdentity, Trust};
use crate::verdict::Status;

/// What tells it from the digests of an OFD.
const KIND: &str = "pdf";
/// Signatures of one document.
const MAX_SIGNATURES: usize = 1000;
/// Numbers of a `ByteRange`, digests of one signature: far more than are used.
const MAX_FEW: usize = 16;
/// Certificates beside one value.
const MAX_CERTIFICATES: usize = 256;
/// Certificates, lists and answers of each kind that a document keeps.
const MAX_KEPT: usize = evidence::MOST;
/// Characters of a name or a time.
const MAX_TEXT: usize = 1024;

/// What is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    form: String,
    kind: String,
    document: Document,
    signatures: Vec<Signature>,
    /// What the document keeps for those who judge (DSS).
    #[serde(default)]
    evidence: Kept,
}

/// One signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Signature {
    /// Name of its field; empty where none is known.
    field: String,
    /// Number and generation of its object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<(u32, u16)>,
    /// Where its value stands in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub_filter: Option<String>,
    /// The time that it claims (`M`), as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    byte_range: Vec<i64>,
    /// The value in Base64, without its padding.
    contents: String,
    /// The certificates beside it (`Cert`) in Base64, where the value is a bare one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<String>,
    digests: Vec<Digest>,
    /// Where the bytes themselves are signed with SM2: SM3(Z || bytes).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    with_key: Vec<WithKey>,
}

/// A digest of the ranges, in Base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    method: String,
    value: String,
}

/// A digest of the ranges with what the key puts before them, in Base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithKey {
    /// SM3(Z), which tells the key.
    z: String,
    value: String,
}

/// Certificates, revocation lists and answers in Base64.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    certificates: Vec<String>,
    lists: Vec<String>,
    answers: Vec<String>,
}

/// True when these bytes are the digests of a PDF.
pub(crate) fn is_handed(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        kind: Option<String>,
    }
    handed::is_handed(bytes)
        && bytes.len() <= MAX_LEN
        && serde_json::from_slice::<Head>(bytes).is_ok_and(|head| head.kind.as_deref() == Some(KIND))
}

/// Makes what is handed over of a PDF.
///
/// # Errors
/// [`DigestsError`].
pub(crate) fn digests_of(bytes: &[u8], options: &Options) -> Result<Vec<u8>, DigestsError> {
    if bytes.len() > options.limits.file_len {
        return Err(DigestsError::TooLarge);
    }
    let file = File::open(bytes, limits(options), MAX_SIGNATURES);
    if let Opened::Not(error) = &file.opened {
        return Err(error.clone().into());
    }
    let view = file.view.as_deref();
    let form = view.and_then(|view| view.form().ok());
    let found = Signatures::find(&file, form.as_ref(), MAX_SIGNATURES);
    if found.is_cut_off || !file.dictionaries.is_whole {
        return Err(DigestsError::TooLarge);
    }
    let kept = view.map(evidence::kept).unwrap_or_default();
    if kept.is_cut_off {
        return Err(DigestsError::TooLarge);
    }
    let (trust, mut checks) = (Trust::new(), Checks::default());
    let gathered = Gathered::all(&file, found, &trust.with_evidence(&kept), &mut checks);
    if file.is_spent() {
        return Err(DigestsError::TooLarge);
    }
    if gathered.is_empty() {
        return Err(DigestsError::Unsigned);
    }
    let handed = Handed {
        form: FORM.to_owned(),
        kind: KIND.to_owned(),
        document: Document::of(bytes),
        signatures: gathered.iter().map(|one| Signature::of(one, view)).collect(),
        evidence: Kept::of(&kept),
    };
    let json = serde_json::to_vec(&handed).map_err(|error| DigestsError::Form(error.to_string()))?;
    // What cannot be used is not made.
    Handed::read(&json)?;
    Ok(json)
}

impl Signature {
    fn of(one: &Gathered<'_>, view: Option<&Pdf<'_>>) -> Self {
        let dictionary = &one.found.dictionary;
        let name = |key: &[u8]| dictionary.name(key).map(|name| short(&name.to_text()));
        let entry = |key: &[u8]| {
            let value = dictionary.get(key)?;
            view.map_or_else(|| Some(value.clone()), |view| Some(view.resolve(value).ok()?.into_owned()))
        };
        let range = entry(b"ByteRange");
        let range = range.as_ref().and_then(Object::as_array).unwrap_or_default().iter().take(MAX_FEW);
        let Known { plain, with_key } = one.known();
        Self {
            field: short(&one.found.name),
            object: one.found.id.map(|id| (id.number, id.generation)),
            at: one.found.contents.first().map(|span| span.start),
            filter: name(b"Filter"),
            sub_filter: name(b"SubFilter"),
            time: entry(b"M").as_ref().and_then(Object::as_string).map(|time| short(&text_of(time))),
            // What is no whole number is none of a range.
            byte_range: range
                .map(|number| if let Object::Integer(number) = number { *number } else { -1 })
                .collect(),
            contents: STANDARD.encode(&one.bytes),
            certificates: one.certificates.iter().map(|der| STANDARD.encode(der)).collect(),
            digests: plain
                .iter()
                .map(|(method, value)| Digest {
                    method: method.name().to_owned(),
                    value: STANDARD.encode(value),
                })
                .collect(),
            with_key: with_key
                .iter()
                .map(|(z, value)| WithKey { z: STANDARD.encode(z), value: STANDARD.encode(value) })
                .collect(),
        }
    }

    /// What the value asks for, of what was handed over.
    fn known(&self) -> Result<Known, DigestsError> {
        let malformed = |what: &str| DigestsError::Form(format!("{what} of {}", self.field));
        let decode = |text: &str, len: usize| STANDARD.decode(text).ok().filter(|value| value.len() == len);
        if self.digests.len() > MAX_FEW || self.with_key.len() > MAX_FEW || self.byte_range.len() > MAX_FEW {
            return Err(DigestsError::TooLarge);
        }
        if [&self.filter, &self.sub_filter, &self.time].into_iter().flatten().any(|text| is_long(text))
            || is_long(&self.field)
        {
            return Err(DigestsError::TooLarge);
        }
        let mut known = Known::default();
        let mut seen = BTreeSet::new();
        for digest in &self.digests {
            let algorithm = algorithm(&digest.method).ok_or_else(|| malformed("method"))?;
            let value = decode(&digest.value, algorithm.len()).ok_or_else(|| malformed("value"))?;
            if !seen.insert(algorithm.name()) {
                return Err(malformed("a second value"));
            }
            known.plain.push((algorithm, value));
        }
        for one in &self.with_key {
            let z = decode(&one.z, DigestAlgorithm::Sm3.len()).ok_or_else(|| malformed("z"))?;
            let value = decode(&one.value, DigestAlgorithm::Sm3.len()).ok_or_else(|| malformed("value"))?;
            if known.with_key.iter().any(|(of, _)| *of == z) {
                return Err(malformed("a second value"));
            }
            known.with_key.push((z, value));
        }
        Ok(known)
    }

    /// The certificates beside the value.
    fn certificates(&self) -> Result<Vec<Object>, DigestsError> {
        if self.certificates.len() > MAX_CERTIFICATES {
            return Err(DigestsError::TooLarge);
        }
        let all = self.certificates.iter().map(|text| STANDARD.decode(text).map(Object::String));
        let all: Result<Vec<Object>, _> = all.collect();
        all.map_err(|_| DigestsError::Form(format!("certificates of {}", self.field)))
    }

    /// As if it had been found in a document.
    fn found(&self) -> Result<Found, DigestsError> {
        let range = self.byte_range.iter().map(|number| Object::Integer(*number)).collect();
        let mut dictionary = Dictionary::new().with(b"ByteRange", Object::Array(range));
        for (key, name) in [(&b"Filter"[..], &self.filter), (b"SubFilter", &self.sub_filter)] {
            if let Some(name) = name {
                dictionary.set(key, Object::name(name));
            }
        }
        if let Some(time) = &self.time {
            dictionary.set(b"M", Object::text(time));
        }
        let certificates = self.certificates()?;
        if !certificates.is_empty() {
            dictionary.set(b"Cert", Object::Array(certificates));
        }
        Ok(Found {
            name: self.field.clone(),
            id: self.object.map(|(number, generation)| ObjectId { number, generation }),
            dictionary,
            contents: self.at.map(|at| at..at).into_iter().collect(),
            state: State::Field,
            widgets: Vec::new(),
            duplicates: 0,
        })
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

fn is_long(text: &str) -> bool {
    text.chars().count() > MAX_TEXT
}

fn algorithm(name: &str) -> Option<DigestAlgorithm> {
    use DigestAlgorithm as A;
    let all = [A::Sm3, A::Sha224, A::Sha256, A::Sha384, A::Sha512, A::Sha1, A::Md5];
    all.into_iter().find(|algorithm| algorithm.name() == name)
}

impl Kept {
    fn of(kept: &Evidence) -> Self {
        let all = |list: &[Vec<u8>]| list.iter().map(|der| STANDARD.encode(der)).collect();
        Self { certificates: all(&kept.certificates), lists: all(&kept.lists), answers: all(&kept.answers) }
    }

    fn read(&self) -> Result<Evidence, DigestsError> {
        let all = |list: &[String]| -> Result<Vec<Vec<u8>>, DigestsError> {
            if list.len() > MAX_KEPT {
                return Err(DigestsError::TooLarge);
            }
            let all: Result<_, _> = list.iter().map(|text| STANDARD.decode(text)).collect();
            all.map_err(|_| DigestsError::Form("evidence".to_owned()))
        };
        Ok(Evidence {
            certificates: all(&self.certificates)?,
            lists: all(&self.lists)?,
            answers: all(&self.answers)?,
            is_cut_off: false,
        })
    }
}

/// One signature as it was handed over, all of it readable.
struct Read {
    found: Found,
    value: Vec<u8>,
    known: Known,
}

/// All that was handed over, readable.
struct Whole {
    document: Document,
    signatures: Vec<Read>,
    evidence: Evidence,
}

impl Handed {
    fn read(bytes: &[u8]) -> Result<Whole, DigestsError> {
        if bytes.len() > MAX_LEN {
            return Err(DigestsError::TooLarge);
        }
        let handed: Self =
            serde_json::from_slice(bytes).map_err(|error| DigestsError::Form(error.to_string()))?;
        if handed.form != FORM || handed.kind != KIND {
            return Err(DigestsError::Form("form".to_owned()));
        }
        if handed.signatures.len() > MAX_SIGNATURES {
            return Err(DigestsError::TooLarge);
        }
        let read = |one: &Signature| {
            let value = STANDARD.decode(&one.contents);
            let value = value.map_err(|_| DigestsError::Form(format!("contents of {}", one.field)))?;
            Ok(Read { known: one.known()?, found: one.found()?, value })
        };
        let signatures: Result<Vec<Read>, DigestsError> = handed.signatures.iter().map(read).collect();
        Ok(Whole { signatures: signatures?, evidence: handed.evidence.read()?, document: handed.document })
    }
}

impl Whole {
    /// Gathers what is known of every signature.
    fn gather(self, trust: &Trust, checks: &mut Checks) -> Vec<Gathered<'static>> {
        let len = usize::try_from(self.document.size).unwrap_or(usize::MAX);
        let one = |one: Read| {
            let digests = Digests::given(one.known);
            Gathered::unseen(one.found, len, &one.value, digests, trust, checks)
        };
        let mut all: Vec<Gathered<'static>> = self.signatures.into_iter().map(one).collect();
        Gathered::prove_times(&mut all);
        all
    }
}

/// Judges what was handed over.
pub(crate) fn verify(bytes: &[u8], trust: &Trust, options: &Options) -> Report {
    let mut findings = Findings::new(Scheme::Plain);
    let mut handed = match Handed::read(bytes) {
        Ok(handed) => handed,
        Err(error) => {
            error.judge(&mut findings);
            return damaged(report(bytes, trust, options, findings, Vec::new()));
        }
    };
    handed.document.judge(&mut findings);
    if handed.signatures.len() > options.limits.signatures {
        handed.signatures.truncate(options.limits.signatures);
        let detail = Detail::new("签名数目超出上限", "more signatures than are judged");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
    let mut checks = Checks::default();
    let evidence = std::mem::take(&mut handed.evidence);
    let gathered = handed.gather(&trust.with_evidence(&evidence), &mut checks);
    let outcomes = checks.run();
    let judge = |one| judge::judge_unseen(one, &gathered, trust, options, &outcomes);
    let reports: Vec<_> = gathered.iter().map(judge).collect();
    super::judge_none(gathered.iter().map(|one| one.kind), &mut findings);
    report(bytes, trust, options, findings, reports)
}

/// The seals in what was handed over.
pub(crate) fn seals_in(bytes: &[u8], options: &Options) -> Vec<SealIdentity> {
    let Ok(mut handed) = Handed::read(bytes) else { return Vec::new() };
    handed.signatures.truncate(options.limits.signatures);
    let gathered = handed.gather(&Trust::new(), &mut Checks::default());
    gathered.iter().filter_map(|one| one.value.seal_identity()).collect()
}
