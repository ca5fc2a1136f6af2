//! A signature without a seal: GB/T 35275 SignedData over the description, as GM/T 0099 has it.
//!
//! Three forms are met. (a) The content is the digest of the original, no attributes, and the content is
//! signed. (b) Detached, with attributes whose messageDigest is the digest of the original. (c) As (a), with
//! the digest as Base64 text. The bare number pair (d) is refused before it comes here.

use std::sync::Arc;

use crypto::{DigestAlgorithm, SignatureAlgorithm, VerifyingKey};
use formats::asn1::{BitString, Deviation, DeviationKind};
use formats::cms::{SignedAttributes, SignedData, SignerInfo};
use formats::oid;
use jiff::Timestamp;

use super::{
    Judged, Original, judge_algorithm, judge_form, judge_method, judge_signer, judge_stamp, judge_time,
    judge_unseen, signed_messages,
};
use crate::catalogue as rule;
use crate::certificate::{CertificateFacts, Prepared};
use crate::checks::{CheckId, Checks, Outcomes, PendingCheck, Signed};
use crate::deviation;
use crate::finding::Findings;
use crate::options::Options;
use crate::report::CertificateSummary;
use crate::stamp::{Over, StampFacts, find_signer};
use crate::text::Detail;
use crate::trust::Trust;
use crate::verdict::Status;

/// Time stamps over one value that are looked at beside the first; each needs an authority of its own.
const MAX_STAMPS: usize = 64;

/// What is known of a signed message before any signature was verified.
#[derive(Debug)]
pub(super) struct CmsFacts {
    signer_count: usize,
    signer_info: Option<SignerInfo>,
    notes: Vec<DeviationKind>,
    /// What is wrong with its form, where it could be read all the same.
    fault: Option<String>,
    signer: Option<CertificateFacts>,
    value: Option<CheckId>,
    hash: Hash,
    /// The first time stamp, and more that are over the value.
    stamps: Vec<StampFacts>,
}

/// How the message is tied to the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    /// By a digest that is right or not.
    Compared(DigestAlgorithm, bool),
    /// The original itself is what is signed, so the signature value tells.
    Signed,
    /// By a digest that is not supported.
    Unsupported,
    /// By a digest that was not handed over.
    Unseen,
}

impl CmsFacts {
    pub(super) fn gather(
        data: &SignedData,
        notes: &[Deviation],
        original: &Original<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let mut notes: Vec<DeviationKind> = deviation::kinds(notes).collect();
        let signer_info = data.signers.first().cloned();
        let attributes = signer_info.as_ref().and_then(|info| info.signed_attributes.as_ref());
        let archived = attributes.and_then(SignedAttributes::adobe_revocation);
        let trust = &*trust.with_embedded(&data.crls, archived.as_ref());
        let beside = Prepared::parse_beside(&data.certificates);
        let mut facts = Self {
            signer_count: data.signers.len(),
            signer_info: None,
            notes: Vec::new(),
            fault: None,
            signer: None,
            value: None,
            hash: Hash::Unsupported,
            stamps: Vec::new(),
        };
        if let Some(info) = &signer_info {
            let leaf = find_signer(info, data.content.as_deref(), &beside, trust, checks);
            let key = leaf.as_ref().and_then(|leaf| leaf.key());
            let (hash, messages) = tie(data, info, original, key, &mut notes);
            facts.hash = hash;
            facts.value = key.zip(info.algorithm()).zip(messages).map(|((key, algorithm), messages)| {
                let value = BitString::from_bytes(&info.signature);
                checks.add(PendingCheck::over(key.clone(), algorithm, messages, &value))
            });
            if let Some(leaf) = &leaf {
                notes.extend(deviation::kinds(&leaf.certificate.deviations));
            }
            facts.signer = leaf.map(|leaf| CertificateFacts::gather(&leaf, &beside, trust, checks));
            facts.stamps = gather_stamps(info, trust, checks);
        }
        Self { signer_info, notes, ..facts }
    }

    /// Tells what is wrong with its form.
    pub(super) fn bears(&mut self, fault: Option<String>) {
        self.fault = fault;
    }

    /// The time stamp that counts. Nobody signs which stand beside a value, so of several it is the earliest of those that
    /// are good in every respect, and where none is, the first.
    fn stamp(&self, options: &Options, outcomes: &Outcomes) -> Option<&StampFacts> {
        let first = self.stamps.first()?;
        if self.stamps.len() == 1 {
            return Some(first);
        }
        let good = self.stamps.iter().filter(|stamp| stamp.is_good(options, outcomes));
        Some(good.min_by_key(|stamp| stamp.time()).unwrap_or(first))
    }

    pub(super) fn judge(
        &self,
        original: &Original<'_>,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) -> Judged {
        let info = match (&self.signer_info, self.signer_count) {
            (Some(info), 1) => info,
            (_, count) => {
                let detail = Detail::new(format!("签名者数目为 {count}"), format!("it has {count} signers"));
                findings.add_with(&rule::SIGNATURE_FORMAT, Status::Bad, detail);
                return Judged::default();
            }
        };
        judge_form(self.fault.as_deref(), findings);
        let mut kinds = self.notes.clone();
        kinds.extend(self.value.and_then(|value| outcomes.deviation(value)));
        deviation::report(&rule::SIGNATURE_DEVIATION, &kinds, options.profile, findings);
        let signed_at = signing_time(info, original);
        let stamp = self.stamp(options, outcomes);
        let is_good = self.value.map(|value| outcomes.is_good(value));
        self.judge_value(info, signed_at, original, is_good, options, findings);
        judge_signer(self.signer.as_ref(), signed_at, stamp, original, options, outcomes, findings);
        judge_time(signed_at, original, stamp.is_some(), options, findings);
        judge_stamp(stamp, signed_at, self.signer.as_ref(), options, outcomes, findings);
        Judged {
            sign_time: signed_at,
            stamp_time: stamp.and_then(StampFacts::time),
            signer: self.signer.as_ref().map(|signer| CertificateSummary::of(&signer.leaf.certificate)),
            ..Judged::default()
        }
    }

    /// RFC 5035 §5: the certificate that the signer tied the signature to. Where he tied it to none, another certificate of
    /// the same key may be put in its place: a plain signature in OFD has nothing else that names it.
    fn judge_named(&self, info: &SignerInfo, original: &Original<'_>, findings: &mut Findings) {
        let Some(signer) = &self.signer else { return };
        let named = info.signed_attributes.as_ref().and_then(SignedAttributes::signing_certificate);
        let Some(named) = named else {
            if !original.path.is_empty() {
                findings.add(&rule::SIGNING_CERTIFICATE, Status::Note);
            }
            return;
        };
        match named.names(signer.leaf.certificate.der()) {
            Some(is_named) => findings.good_or_bad(&rule::SIGNING_CERTIFICATE, is_named),
            None => findings.add(&rule::SIGNING_CERTIFICATE, Status::Unknown),
        }
    }

    fn judge_value(
        &self,
        info: &SignerInfo,
        signed_at: Option<Timestamp>,
        original: &Original<'_>,
        is_good: Option<bool>,
        options: &Options,
        findings: &mut Findings,
    ) {
        let at = signed_at.unwrap_or(options.at);
        let algorithm = info.algorithm().filter(|algorithm| digest_fits(info, *algorithm));
        let algorithm = algorithm.filter(|_| info.algorithms_are_protected() != Some(false));
        let named = &info.signature_algorithm.oid;
        if is_unsupported(info) {
            findings.add_with(&rule::SIGNATURE_ALGORITHM, Status::Unknown, Detail::same(unsupported(info)));
        } else {
            judge_algorithm(named, algorithm, self.signer.as_ref(), at, options, findings);
        }
        judge_method(original, info.algorithm(), options.profile, findings);
        match is_good {
            Some(is_good) => findings.good_or_bad(&rule::SIGNATURE_VALUE, is_good),
            None => findings.add(&rule::SIGNATURE_VALUE, Status::Unknown),
        }
        self.judge_named(info, original, findings);
        match self.hash {
            Hash::Compared(by, is_right) => match options.algorithms.check_digest(by, at) {
                Err(refused) if is_right => {
                    findings.add_with(&rule::DATA_HASH, Status::Bad, Detail::same(refused.to_string()));
                }
                _ => findings.good_or_bad(&rule::DATA_HASH, is_right),
            },
            Hash::Signed => findings.good_or_bad(&rule::DATA_HASH, is_good == Some(true)),
            Hash::Unsupported => {
                let detail = Detail::new("杂凑算法不受支持", "the algorithm is not supported");
                findings.add_with(&rule::DATA_HASH, Status::Unknown, detail);
            }
            Hash::Unseen => judge_unseen(findings),
        }
    }
}

fn gather_stamps(info: &SignerInfo, trust: &Trust, checks: &mut Checks) -> Vec<StampFacts> {
    let readings: Vec<Vec<u8>> =
        info.signature_candidates().into_iter().map(|candidate| candidate.der).collect();
    let over = Over::Value(&readings);
    let mut tokens = info.time_stamp_tokens();
    let first = tokens.next();
    let more = tokens.filter(|token| StampFacts::is_over(token, &over)).take(MAX_STAMPS);
    let all: Vec<&[u8]> = first.into_iter().chain(more).collect();
    all.into_iter().map(|token| StampFacts::gather(token, &over, trust, checks)).collect()
}

/// True when the value cannot be verified here, and nothing is known against its algorithm.
fn is_unsupported(info: &SignerInfo) -> bool {
    let (digest, signature) = (&info.digest_algorithm.oid, &info.signature_algorithm.oid);
    let is_supported = oid::digest_algorithm(digest).is_some() && info.algorithm().is_some();
    !is_supported && !oid::is_broken(digest) && !oid::is_broken(signature)
}

/// The identifiers of an algorithm that is not supported.
fn unsupported(info: &SignerInfo) -> String {
    format!("{}, {}", info.digest_algorithm.oid, info.signature_algorithm.oid)
}

/// Digest and signature algorithm must name one pair: SM2 goes with SM3 alone.
fn digest_fits(info: &SignerInfo, algorithm: SignatureAlgorithm) -> bool {
    oid::digest_algorithm(&info.digest_algorithm.oid) == Some(algorithm.digest())
}

/// The signing time: the signed attribute, else the time in the description, which the digest covers.
fn signing_time(info: &SignerInfo, original: &Original<'_>) -> Option<Timestamp> {
    let attributes = info.signed_attributes.as_ref();
    attributes
        .and_then(formats::cms::SignedAttributes::signing_time)
        .or(original.declared_time.map(|time| time.at))
}

type Messages = Vec<(Signed, Option<DeviationKind>)>;

fn message(bytes: &[u8]) -> Signed {
    Signed::Message(Arc::from(bytes))
}

/// Finds out how the message is tied to the original, and what was signed; no messages when that was not handed over.
fn tie(
    data: &SignedData,
    info: &SignerInfo,
    original: &Original<'_>,
    key: Option<&VerifyingKey>,
    notes: &mut Vec<DeviationKind>,
) -> (Hash, Option<Messages>) {
    let digest = oid::digest_algorithm(&info.digest_algorithm.oid);
    let messages = || {
        let stored = signed_messages(info, data.content.as_deref()).unwrap_or_default();
        Some(stored.into_iter().map(|(bytes, form)| (message(&bytes), form)).collect())
    };
    match (&info.signed_attributes, digest) {
        (Some(attributes), Some(digest)) => {
            let stated = attributes.message_digest();
            (is_tied(data, stated, digest, original, notes), messages())
        }
        (None, Some(digest)) => match &data.content {
            Some(content) => {
                let (hash, messages) = tie_content(data, content, digest, original, notes);
                (hash, Some(messages))
            }
            None => match signed_itself(info, original, key, digest) {
                Some(messages) => (Hash::Signed, Some(messages)),
                None => (Hash::Unseen, None),
            },
        },
        (_, None) => (Hash::Unsupported, messages()),
    }
}

/// Detached and without attributes: the original itself is signed, or its digest.
fn signed_itself(
    info: &SignerInfo,
    original: &Original<'_>,
    key: Option<&VerifyingKey>,
    digest: DigestAlgorithm,
) -> Option<Messages> {
    let whole = match key.zip(info.algorithm()) {
        Some((key, algorithm)) => {
            Some((Signed::Prehash(Arc::from(original.content.prehash(key, algorithm)?)), None))
        }
        None => None,
    };
    let digest = (message(&original.content.digest(digest)?), None);
    Some(whole.into_iter().chain([digest]).collect())
}

/// With attributes: messageDigest is the digest of the original when it is detached or embedded whole. When
/// the digest of the original is embedded, it is the digest of that digest, or (some writers) the digest. Embedded may
/// be SHA-1 whatever the signer's digest is (`adbe.pkcs7.sha1`, ISO 32000-1 §12.8.3.3).
fn is_tied(
    data: &SignedData,
    stated: Option<Vec<u8>>,
    digest: DigestAlgorithm,
    original: &Original<'_>,
    notes: &mut Vec<DeviationKind>,
) -> Hash {
    let Some(stated) = stated else { return Hash::Compared(digest, false) };
    let content = match &data.content {
        Some(content) => match original.content.is(content, digest) {
            Some(true) => None,
            Some(false) => Some(content),
            None => return Hash::Unseen,
        },
        None => None,
    };
    let Some(content) = content else {
        let right = original.content.digest(digest);
        return right.map_or(Hash::Unseen, |right| Hash::Compared(digest, stated == right));
    };
    let sha1 = DigestAlgorithm::Sha1;
    let by = if content.len() == sha1.len() { sha1 } else { digest };
    let Some((inside, deviation)) = data.content_as_digest(by.len()) else {
        return Hash::Compared(by, false);
    };
    notes.extend(deviation);
    let Some(right) = original.content.digest(by) else { return Hash::Unseen };
    let is_hashed = stated == digest.digest(content);
    let is_stated = stated == inside || is_hashed;
    if is_stated && !is_hashed {
        notes.push(DeviationKind::DigestNotHashed);
    }
    Hash::Compared(by, inside == right && is_stated)
}

/// Without attributes: the content is signed, and is the digest of the original (a), its Base64 text (c), or
/// the original.
fn tie_content(
    data: &SignedData,
    content: &[u8],
    digest: DigestAlgorithm,
    original: &Original<'_>,
    notes: &mut Vec<DeviationKind>,
) -> (Hash, Messages) {
    let stored = (message(content), None);
    match original.content.is(content, digest) {
        Some(true) => return (Hash::Compared(digest, true), vec![stored]),
        Some(false) => {}
        None => return (Hash::Unseen, vec![stored]),
    }
    let Some((inside, deviation)) = data.content_as_digest(digest.len()) else {
        return (Hash::Compared(digest, false), vec![stored]);
    };
    notes.extend(deviation);
    let right = original.content.digest(digest);
    let hash = right.map_or(Hash::Unseen, |right| Hash::Compared(digest, inside == right));
    let mut messages = vec![stored];
    if deviation.is_some() {
        messages.push((message(&inside), None));
    }
    (hash, messages)
}
