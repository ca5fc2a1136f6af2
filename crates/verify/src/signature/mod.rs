//! One signature: what is known of it, and what that means. The format of the document does not matter
//! here: a signature value stands over an original, which in OFD is the description of the signature.

mod alone;
mod beside;
mod cms;
mod content;
mod rsa;
mod ses;

pub use alone::{SignerReport, verify_signer};
pub(crate) use beside::SealBeside;
pub(crate) use content::{Content, Digests, Known};

use formats::asn1::{DeviationKind, Mode, der_form};
use formats::cms::{SignedMessage, SignerInfo, contents_octets};
use formats::oid::{self, Oid};
use formats::ses::SesSignature;
use jiff::Timestamp;

use crate::catalogue as rule;
use crate::catalogue::{Scheme, SubIndication};
use crate::certificate::{CertificateFacts, Moment, Party, Proof, Rules, judge_party};
use crate::checks::{Checks, Outcomes};
use crate::finding::Findings;
use crate::options::{Options, Profile};
use crate::report::{CertificateSummary, SealSummary, SignatureKind};
use crate::stamp::{CLOCK_SKEW, StampFacts};
use crate::text::{Detail, moment};
use crate::trust::{SealIdentity, Trust};
use crate::verdict::Status;

const SIGNER: Party = Party {
    rules: Rules {
        chain: &rule::SIGNER_CHAIN,
        key_usage: &rule::SIGNER_KEY_USAGE,
        period: &rule::SIGNER_PERIOD,
        revocation: &rule::SIGNER_REVOCATION,
        stamps: false,
    },
    purpose: &rule::SIGNER_PURPOSE,
    answers: &rule::SIGNER_ANSWERS,
    now: &rule::SIGNER_NOW,
    policy: &rule::SIGNER_POLICY,
};

/// The time that a description names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeclaredTime {
    /// The time; taken as China's where no zone is told.
    pub(crate) at: Timestamp,
    /// Whether a zone is told.
    pub(crate) has_zone: bool,
}

impl DeclaredTime {
    /// True when it may be this time, to the minute. Without a zone it may be China's time or UTC: both are
    /// met.
    fn may_be(self, at: Timestamp) -> bool {
        let apart = (self.at - at).as_secs().abs();
        apart <= 60 || (!self.has_zone && (apart - 8 * 3600).abs() <= 60)
    }
}

/// The seal file that may stand beside a signature value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SealFile<T> {
    /// The description names none.
    NotNamed,
    /// It is named and cannot be read.
    Unreadable,
    /// Its content.
    There(T),
}

/// What a signature value stands over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Original<'a> {
    /// The bytes whose digest is in the value.
    pub(crate) content: Content<'a>,
    /// Their absolute path in the document. Empty in PDF, where they are the document itself: nothing beside the value
    /// names a method or a path then.
    pub(crate) path: &'a str,
    /// The time that the original names, which a plain signature may rely on.
    pub(crate) declared_time: Option<DeclaredTime>,
    /// The signature method that the original names.
    pub(crate) method: Option<&'a str>,
    /// The seal file beside the value.
    pub(crate) seal_file: SealFile<&'a [u8]>,
    /// The time of a later time stamp over the document with this signature in it (PDF).
    pub(crate) stamped_later: Option<Timestamp>,
}

/// What is known of a signature value before any signature was verified.
#[derive(Debug)]
pub(crate) struct ValueFacts {
    form: Form,
    /// True when the value has the form of the other kind of signature.
    is_other_kind: bool,
}

#[derive(Debug)]
enum Form {
    Seal(Box<ses::SesFacts>),
    Plain(Box<cms::CmsFacts>),
    /// A bare RSA value with its certificates beside it.
    Rsa(Box<rsa::RsaFacts>),
    /// A bare number pair with no certificate.
    Bare,
    Unreadable(String),
}

/// What a judged value tells beside its findings.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) seal: Option<SealSummary>,
    pub(crate) seal_code: Option<String>,
    pub(crate) seal_type: Option<String>,
    pub(crate) sign_time: Option<Timestamp>,
    pub(crate) stamp_time: Option<Timestamp>,
    pub(crate) signer: Option<CertificateSummary>,
    pub(crate) maker: Option<CertificateSummary>,
}

impl ValueFacts {
    /// Reads a value as the kind it is said to be, else as the other kind.
    pub(crate) fn gather(
        kind: SignatureKind,
        value: &[u8],
        original: &Original<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let first = read(kind, value, original, trust, checks);
        let (form, is_other_kind) = match first {
            Ok(form) => (form, false),
            Err(error) => {
                let other = match kind {
                    SignatureKind::Seal => SignatureKind::Sign,
                    SignatureKind::Sign | SignatureKind::Stamp => SignatureKind::Seal,
                };
                match read(other, value, original, trust, checks) {
                    Ok(form) => (form, true),
                    Err(_) => (Form::Unreadable(error), false),
                }
            }
        };
        Self { form, is_other_kind }
    }

    /// The same value beside another original, without reading it again. `None` when it has to be read: what other forms
    /// tell depends on the original.
    pub(crate) fn beside(&self, original: &Original<'_>, checks: &mut Checks) -> Option<Self> {
        let Form::Seal(facts) = &self.form else { return None };
        let form = Form::Seal(Box::new(facts.beside(original, checks)));
        Some(Self { form, is_other_kind: self.is_other_kind })
    }

    /// Whether there is a seal in it, with which a seal's file is compared.
    pub(crate) const fn holds_seal(&self) -> bool {
        matches!(self.form, Form::Seal(_))
    }

    /// Whether it could be read as a signature without a seal.
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.form, Form::Plain(_) | Form::Rsa(_))
    }

    /// What a seal's value signs, as stored.
    pub(crate) fn signed_part(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Seal(facts) => Some(facts.signed_part()),
            _ => None,
        }
    }

    /// Reads a bare RSA value in an OCTET STRING (`adbe.x509.rsa_sha1`, ISO 32000-1 §12.8.3.2). The certificates stand
    /// beside it, the signer's first.
    pub(crate) fn gather_rsa(
        value: &[u8],
        certificates: &[Vec<u8>],
        original: &Original<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let (number, notes) = match contents_octets(value) {
            Ok(read) => read,
            Err(error) => return Self::missing(error.to_string()),
        };
        let notes = crate::deviation::kinds(&notes).collect();
        let facts = rsa::RsaFacts::gather(&number, notes, certificates, original, trust, checks);
        Self { form: Form::Rsa(Box::new(facts)), is_other_kind: false }
    }

    /// A value that is not there.
    pub(crate) fn missing(why: String) -> Self {
        Self { form: Form::Unreadable(why), is_other_kind: false }
    }

    /// The procedure that judges it.
    pub(crate) fn scheme(&self, kind: SignatureKind) -> Scheme {
        match (&self.form, kind) {
            (Form::Seal(facts), _) => facts.scheme(),
            (Form::Plain(_) | Form::Rsa(_) | Form::Bare, _)
            | (Form::Unreadable(_), SignatureKind::Sign | SignatureKind::Stamp) => Scheme::Plain,
            (Form::Unreadable(_), SignatureKind::Seal) => Scheme::Gbt38540,
        }
    }

    /// The seal inside, for a look into a register beforehand.
    pub(crate) fn seal_identity(&self) -> Option<SealIdentity> {
        match &self.form {
            Form::Seal(facts) => Some(facts.seal_identity()),
            _ => None,
        }
    }

    /// Judges the value.
    pub(crate) fn judge(
        &self,
        original: &Original<'_>,
        trust: &Trust,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) -> Judged {
        if self.is_other_kind {
            // The list is not covered unless the document is locked: anybody can flip the type.
            let status = if options.profile == Profile::Strict { Status::Bad } else { Status::Unknown };
            findings.add(&rule::SIGNATURE_KIND, status);
        }
        match &self.form {
            Form::Seal(facts) => facts.judge(original, trust, options, outcomes, findings),
            Form::Plain(facts) => facts.judge(original, options, outcomes, findings),
            Form::Rsa(facts) => facts.judge(original, options, outcomes, findings),
            Form::Bare => {
                let detail =
                    Detail::new("裸签名值，不含证书", "a bare signature value that holds no certificate");
                findings.add_with(&rule::SIGNATURE_FORMAT, Status::Bad, detail);
                findings.add(&rule::SIGNATURE_VALUE, Status::Unknown);
                Judged::default()
            }
            Form::Unreadable(why) => {
                findings.add_with(&rule::SIGNATURE_FORMAT, Status::Bad, Detail::same(why));
                Judged::default()
            }
        }
    }
}

/// Reads a value as one kind of signature.
fn read(
    kind: SignatureKind,
    value: &[u8],
    original: &Original<'_>,
    trust: &Trust,
    checks: &mut Checks,
) -> Result<Form, String> {
    match kind {
        SignatureKind::Seal => {
            let parsed =
                SesSignature::parse_bearing(value, Mode::Tolerant).map_err(|error| error.to_string())?;
            Ok(Form::Seal(Box::new(ses::SesFacts::gather(parsed, original, trust, checks))))
        }
        SignatureKind::Sign | SignatureKind::Stamp => {
            match SignedMessage::parse_bearing(value, Mode::Tolerant).map_err(|error| error.to_string())? {
                (SignedMessage::SignedData(data), notes, fault) => {
                    let mut facts = cms::CmsFacts::gather(&data, &notes, original, trust, checks);
                    facts.bears(fault.map(|fault| fault.to_string()));
                    Ok(Form::Plain(Box::new(facts)))
                }
                (SignedMessage::Bare(_), ..) => Ok(Form::Bare),
            }
        }
    }
}

/// The form of a value that could be read: right, or wrong in a part that the other steps can do without. Those are
/// judged all the same.
fn judge_form(fault: Option<&str>, findings: &mut Findings) {
    match fault {
        None => findings.add(&rule::SIGNATURE_FORMAT, Status::Good),
        Some(fault) => findings.add_with(&rule::SIGNATURE_FORMAT, Status::Bad, Detail::same(fault)),
    }
}

/// The messages that a signer of a signed message may have signed: the attributes as stored, then in the
/// forms that writers are known to sign and not to store; or else the content.
pub(crate) fn signed_messages(
    signer: &SignerInfo,
    content: Option<&[u8]>,
) -> Option<Vec<(Vec<u8>, Option<DeviationKind>)>> {
    let stored = signer.signed_bytes(content)?.into_owned();
    let mut messages = vec![(stored.clone(), None)];
    if let Some(attributes) = &signer.signed_attributes {
        let der = der_form(&stored).ok().filter(|der| *der != stored);
        messages.extend(der.map(|der| (der, Some(DeviationKind::DerFormSigned))));
        messages.extend(attributes.in_der_order().map(|der| (der, Some(DeviationKind::DerOrderSigned))));
    }
    Some(messages)
}

/// By when a signature was there. Whether the stamp that says so is good, its own findings tell.
fn proven(stamp: Option<&StampFacts>, original: &Original<'_>) -> Option<Timestamp> {
    stamp.and_then(StampFacts::time).or(original.stamped_later)
}

/// Judges the signer's certificate with the signing time (GB/T 38540 §7.3 e and f, GM/T 0031 §6.2.3 c, d).
fn judge_signer(
    signer: Option<&CertificateFacts>,
    signed_at: Option<Timestamp>,
    stamp: Option<&StampFacts>,
    original: &Original<'_>,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    let Some(signer) = signer else { return findings.add(&rule::SIGNER_CERTIFICATE, Status::Bad) };
    findings.add(&rule::SIGNER_CERTIFICATE, Status::Good);
    let moments = [
        Moment { at: signed_at.unwrap_or(options.at), period: Status::Bad, revocation: Status::Bad },
        Moment { at: options.at, period: Status::Note, revocation: Status::Note },
    ];
    let proof = Proof::Before(proven(stamp, original));
    judge_party(signer, SIGNER, proof, &moments, options, outcomes, findings);
}

/// The digest of the original cannot be compared, because it was not handed over.
pub(crate) fn judge_unseen(findings: &mut Findings) {
    let detail = Detail::new("未提交该杂凑值", "the digest was not handed over");
    findings.add_because(&rule::DATA_HASH, Status::Unknown, SubIndication::SignedDataNotFound, Some(detail));
}

/// Judges the signing time by itself: there, not in the future, and proven or only claimed.
fn judge_time(
    signed_at: Option<Timestamp>,
    original: &Original<'_>,
    is_stamped: bool,
    options: &Options,
    findings: &mut Findings,
) {
    let Some(signed_at) = signed_at else { return findings.add(&rule::SIGNING_TIME, Status::Unknown) };
    let when = moment(signed_at);
    if options.at.checked_add(CLOCK_SKEW).is_ok_and(|latest| signed_at > latest) {
        findings.add_with(&rule::SIGNING_TIME, Status::Unknown, when);
    } else if !is_stamped {
        findings.add_with(&rule::SIGNING_TIME, Status::Note, when);
    }
    if let Some(declared) = original.declared_time.filter(|declared| !declared.may_be(signed_at)) {
        findings.add_with(&rule::DECLARED_TIME, Status::Note, moment(declared.at));
    }
}

/// Judges a time stamp, or says that there is none.
fn judge_stamp(
    stamp: Option<&StampFacts>,
    signed_at: Option<Timestamp>,
    signer: Option<&CertificateFacts>,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    match stamp {
        Some(stamp) => stamp.judge(signed_at, signer, options, outcomes, findings),
        None => findings.add(&rule::STAMP_PRESENT, Status::Note),
    }
}

/// Judges the algorithm of the value: known as a signature algorithm, and allowed for this key and time.
fn judge_algorithm(
    named: &Oid,
    algorithm: Option<crypto::SignatureAlgorithm>,
    signer: Option<&CertificateFacts>,
    at: Timestamp,
    options: &Options,
    findings: &mut Findings,
) {
    let size = signer.and_then(|signer| signer.leaf.key()).map(crypto::VerifyingKey::size);
    let refusal = match (algorithm, size) {
        (None, _) => Some(named.to_string()),
        (Some(_), None) => None,
        (Some(algorithm), Some(size)) => {
            options.algorithms.check_signature(algorithm, size, at).err().map(|refused| refused.to_string())
        }
    };
    match refusal {
        None => findings.add(&rule::SIGNATURE_ALGORITHM, Status::Good),
        Some(why) => findings.add_with(&rule::SIGNATURE_ALGORITHM, Status::Bad, Detail::same(why)),
    }
}

/// Compares the method that the description names with the algorithm of the value. A method that names
/// another algorithm is a contradiction; one that names none that is known is a departure of form.
fn judge_method(
    original: &Original<'_>,
    algorithm: Option<crypto::SignatureAlgorithm>,
    profile: Profile,
    findings: &mut Findings,
) {
    if original.path.is_empty() {
        return;
    }
    let Some(method) = original.method.map(str::trim).filter(|method| !method.is_empty()) else {
        let detail = Detail::new("未写明", "none is named");
        return findings.add_with(&rule::SIGNATURE_METHOD, crate::deviation::worth(profile), detail);
    };
    let sm2 = crypto::SignatureAlgorithm::Sm2Sm3;
    let named = match method.parse::<Oid>() {
        Ok(oid::SM2) => Some(sm2),
        Ok(oid) => oid::signature_algorithm(&oid),
        // Some writers name the algorithm in words.
        Err(_) => method.to_ascii_uppercase().contains("SM2").then_some(sm2),
    };
    let status = match named {
        Some(_) if named == algorithm => return findings.add(&rule::SIGNATURE_METHOD, Status::Good),
        Some(_) => Status::Bad,
        None => crate::deviation::worth(profile),
    };
    findings.add_with(&rule::SIGNATURE_METHOD, status, Detail::same(crate::text::printable(method)));
}
