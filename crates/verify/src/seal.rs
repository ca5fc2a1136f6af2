//! A seal: its form, its maker's signature and certificate, its period, its filing (GB/T 38540 §6.3 and
//! §7.3 d, GM/T 0031 §6.1.2).

mod maker;
mod period;
mod register;

use formats::asn1::{DeviationKind, Mode, der_form, is_der_form};
use formats::oid;
use formats::ses::{CertList, ExtData, Seal, SealVersion};
use formats::x509::Certificate;
use jiff::Timestamp;

use crate::catalogue as rule;
use crate::catalogue::{Rule, Scheme};
use crate::certificate::{CertificateFacts, Moment, Party, Prepared, Proof, Rules, judge_party};
use crate::checks::{CheckId, Checks, DigestId, Outcomes, PendingCheck};
use crate::deviation;
use crate::finding::Findings;
use crate::options::{Options, Profile};
use crate::report::{CertificateSummary, SealReport, SealSummary, seal_name};
use crate::text::Detail;
use crate::trust::{SealIdentity, Trust};
use crate::verdict::{Status, Verdict};

pub(crate) use register::judge as judge_register;

const MAKER: Party = Party {
    rules: Rules {
        chain: &rule::MAKER_CHAIN,
        key_usage: &rule::MAKER_KEY_USAGE,
        period: &rule::MAKER_PERIOD,
        revocation: &rule::MAKER_REVOCATION,
        stamps: false,
    },
    purpose: &rule::MAKER_PURPOSE,
    answers: &rule::MAKER_ANSWERS,
    now: &rule::MAKER_NOW,
    policy: &rule::MAKER_POLICY,
};

/// What is known of a seal before any signature was verified.
#[derive(Debug)]
pub(crate) struct SealFacts {
    maker: Option<CertificateFacts>,
    check: Option<CheckId>,
    /// Over the seal as stored.
    sm3: DigestId,
    /// True when the maker's certificate, or another one of its key, is one of those that the seal was made for.
    maker_is_listed: bool,
}

/// When a seal is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Occasion {
    /// By itself, for the time of verification.
    Alone,
    /// Inside a signature.
    Signed {
        /// When it was made, as it says.
        at: Timestamp,
        /// The time of a time stamp over the signature.
        stamped: Option<Timestamp>,
        /// By when the seal was there, as a time stamp or a register has it.
        proven: Option<Timestamp>,
    },
}

/// What a seal is used for, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used<'a> {
    pub(crate) occasion: Occasion,
    /// The certificate of whoever signed with it.
    pub(crate) signer: Option<&'a Certificate>,
    /// True when the register has it, which asked for its maker when it took it.
    pub(crate) is_filed: bool,
}

impl Occasion {
    fn proof(self) -> Proof {
        match self {
            Self::Alone => Proof::Before(None),
            Self::Signed { proven, .. } => Proof::Before(proven),
        }
    }
}

impl SealFacts {
    /// Gathers the facts of a seal.
    pub(crate) fn gather(seal: &Seal, trust: &Trust, checks: &mut Checks) -> Self {
        let maker = Prepared::parse(&seal.maker_cert);
        let check = maker.as_ref().and_then(|maker| {
            let key = maker.key()?.clone();
            let algorithm = oid::signature_algorithm(&seal.sign_alg)?;
            let messages = stored_and_der(&seal.signed_bytes());
            Some(checks.add(PendingCheck::new(key, algorithm, &messages, &seal.signature)))
        });
        let maker_is_listed = maker.as_ref().is_some_and(|maker| maker::is_listed(seal, &maker.certificate));
        let maker = maker.map(|leaf| CertificateFacts::gather(&leaf, &[], trust, checks));
        Self { maker, check, sm3: checks.add_digest(seal.raw()), maker_is_listed }
    }

    /// SM3 over the seal as stored.
    pub(crate) fn sm3(&self, outcomes: &Outcomes) -> [u8; 32] {
        outcomes.digest(self.sm3)
    }

    /// The maker's certificate.
    pub(crate) fn maker(&self) -> Option<CertificateSummary> {
        self.maker.as_ref().map(|maker| CertificateSummary::of(&maker.leaf.certificate))
    }

    /// The maker's certificate as it is.
    pub(crate) fn maker_certificate(&self) -> Option<&Certificate> {
        self.maker.as_ref().map(|maker| &maker.leaf.certificate)
    }

    /// Judges everything but the register.
    pub(crate) fn judge(
        &self,
        seal: &Seal,
        used: Used<'_>,
        trust: &Trust,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        let occasion = used.occasion;
        judge_version(seal, findings);
        judge_extensions(seal, options.profile, findings);
        self.judge_maker_signature(seal, options, outcomes, findings);
        let moments = moments(seal, occasion, findings.scheme(), options.at);
        match &self.maker {
            Some(maker) => {
                findings.add(&rule::MAKER_CERTIFICATE, Status::Good);
                judge_party(maker, MAKER, occasion.proof(), &moments, options, outcomes, findings);
                let chain_at = moments.first().map_or(options.at, |moment| moment.at);
                maker::judge_listed(maker, used, chain_at, trust, options, outcomes, findings);
                maker::judge_apart(maker, used.signer, self.maker_is_listed, trust, findings);
            }
            None => findings.add(&rule::MAKER_CERTIFICATE, Status::Bad),
        }
        period::judge(seal, occasion, options, findings);
    }

    fn judge_maker_signature(
        &self,
        seal: &Seal,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        let size = self.maker.as_ref().and_then(|maker| maker.leaf.key()).map(crypto::VerifyingKey::size);
        let refusal = match oid::signature_algorithm(&seal.sign_alg) {
            None => Some(seal.sign_alg.to_string()),
            Some(algorithm) => size
                .and_then(|size| options.algorithms.check_signature(algorithm, size, seal.create).err())
                .map(|refused| refused.to_string()),
        };
        match refusal {
            None => findings.add(&rule::SEAL_ALGORITHM, Status::Good),
            Some(why) => findings.add_with(&rule::SEAL_ALGORITHM, Status::Bad, Detail::same(why)),
        }
        match self.check {
            None => findings.add(&rule::MAKER_SIGNATURE, Status::Unknown),
            Some(check) => {
                findings.good_or_bad(&rule::MAKER_SIGNATURE, outcomes.is_good(check));
                let kinds: Vec<DeviationKind> = outcomes.deviation(check).into_iter().collect();
                deviation::report(&rule::SEAL_DEVIATION, &kinds, options.profile, findings);
            }
        }
    }
}

/// A structure as stored, then in its DER form where it is stored in BER: writers are known that sign the
/// one and store the other.
pub(crate) fn stored_and_der(stored: &[u8]) -> Vec<(Vec<u8>, Option<DeviationKind>)> {
    let mut messages = vec![(stored.to_vec(), None)];
    if is_der_form(stored) {
        return messages;
    }
    if let Some(der) = der_form(stored).ok().filter(|der| der != stored) {
        messages.push((der, Some(DeviationKind::DerFormSigned)));
    }
    messages
}

/// The procedure for a seal.
pub(crate) fn scheme(version: SealVersion) -> Scheme {
    if version.is_0031() { Scheme::Gmt0031 } else { Scheme::Gbt38540 }
}

/// When the maker's certificate should have been good, and what it means if it was not.
///
/// By itself a seal is judged for now. In a signature of GB/T 38540 an expired or revoked maker is a hint
/// (§7.3 d2); GM/T 0031 has no such relief for the signing time. Under both a maker who was revoked when
/// the seal was made never made it rightly, and one out of its period leaves that open.
fn moments(seal: &Seal, occasion: Occasion, scheme: Scheme, now: Timestamp) -> Vec<Moment> {
    let made = Moment { at: seal.create, period: Status::Unknown, revocation: Status::Bad };
    match occasion {
        Occasion::Alone => vec![Moment { at: now, period: Status::Bad, revocation: Status::Bad }, made],
        Occasion::Signed { at: signed_at, .. } => {
            let then = if scheme == Scheme::Gmt0031 { Status::Bad } else { Status::Note };
            vec![
                Moment { at: signed_at, period: then, revocation: then },
                made,
                Moment { at: now, period: Status::Note, revocation: Status::Note },
            ]
        }
    }
}

/// Version 5 has no text here to judge it by.
fn judge_version(seal: &Seal, findings: &mut Findings) {
    if seal.version == SealVersion::V5 {
        findings.add(&rule::SEAL_VERSION, Status::Note);
    }
}

/// What a critical extension asks of a verifier, the standard does not say: it is told, and under the strict
/// profile it leaves the seal open.
fn judge_extensions(seal: &Seal, profile: Profile, findings: &mut Findings) {
    judge_critical(&seal.ext_datas, &rule::SEAL_EXTENSION, profile, findings);
}

/// The critical ones among the extensions of a seal or of a signed part. None is known to the standards.
pub(crate) fn judge_critical(
    extensions: &[ExtData],
    rule: &'static Rule,
    profile: Profile,
    findings: &mut Findings,
) {
    let critical: Vec<String> =
        extensions.iter().filter(|data| data.critical).map(|data| data.oid.to_string()).collect();
    if !critical.is_empty() {
        let names = Detail::list(critical.iter().map(String::as_str), 3);
        let status = if profile == Profile::Strict { Status::Unknown } else { Status::Note };
        findings.add_with(rule, status, names);
    }
}

/// Judges whether a certificate is one of those that the seal is for (GB/T 38540 §7.3 c). GM/T 0031 asks for it when a
/// signature is made (§6.2.2 c); a signature made against that rule is no better for not being asked again.
pub(crate) fn judge_signer_in_seal(seal: &Seal, signer: &[u8], findings: &mut Findings) {
    let list = &seal.cert_list;
    if matches!(list, CertList::Text(_)) || list.is_empty() {
        return findings.add(&rule::SIGNER_IN_SEAL, Status::Unknown);
    }
    findings.good_or_bad(&rule::SIGNER_IN_SEAL, list.contains(signer));
}

/// What identifies a seal in a register.
pub(crate) fn identity(seal: &Seal) -> SealIdentity {
    SealIdentity {
        es_id: seal.es_id.clone(),
        vendor_id: seal.vid.clone(),
        sm3: crypto::sm3::digest(seal.raw()),
    }
}

/// The seal as a report tells it.
pub(crate) fn summary(seal: &Seal, signer: Option<&Certificate>, sm3: [u8; 32]) -> SealSummary {
    SealSummary {
        es_id: seal.es_id.clone(),
        vendor_id: seal.vid.clone(),
        version: seal.header_version,
        seal_type: seal.seal_type,
        name: seal_name(&seal.name, seal.seal_type, signer),
        created: seal.create,
        valid_start: seal.valid_start,
        valid_end: seal.valid_end,
        picture_type: seal.picture.kind.clone(),
        picture: seal.picture.data.clone(),
        width_mm: seal.picture.width_mm,
        height_mm: seal.picture.height_mm,
        sm3,
    }
}

/// Judges a seal by itself (GB/T 38540 §6.3, GM/T 0031 §6.1.2), for the time of the options.
pub fn verify_seal(bytes: &[u8], trust: &Trust, options: &Options) -> SealReport {
    let (seal, notes, fault) = match Seal::parse_bearing(bytes, Mode::Tolerant) {
        Ok(parsed) => parsed,
        Err(error) => {
            let mut findings = Findings::new(Scheme::Gbt38540);
            findings.add_with(&rule::SEAL_FORMAT, Status::Bad, Detail::same(error.to_string()));
            return SealReport {
                verdict: Verdict::Invalid,
                seal: None,
                maker: None,
                findings: findings.into_list(),
                at: options.at,
                trust_id: trust.id(),
            };
        }
    };
    let mut findings = Findings::new(scheme(seal.version));
    let mut checks = Checks::default();
    let facts = SealFacts::gather(&seal, trust, &mut checks);
    let outcomes = checks.run();
    match fault {
        None => findings.add(&rule::SEAL_FORMAT, Status::Good),
        Some(fault) => findings.add_with(&rule::SEAL_FORMAT, Status::Bad, Detail::same(fault.to_string())),
    }
    let kinds: Vec<DeviationKind> = deviation::kinds(&notes).collect();
    deviation::report(&rule::SEAL_DEVIATION, &kinds, options.profile, &mut findings);
    let filing = judge_register(&seal, (options.at, None), trust, &mut findings);
    let used = Used { occasion: Occasion::Alone, signer: None, is_filed: filing.is_some() };
    facts.judge(&seal, used, trust, options, &outcomes, &mut findings);
    if filing.is_some() {
        crate::identity::judge(&identity(&seal), None, facts.maker_certificate(), trust, &mut findings);
    }
    SealReport {
        verdict: findings.verdict(),
        seal: Some(summary(&seal, None, facts.sm3(&outcomes))),
        maker: facts.maker(),
        findings: findings.into_list(),
        at: options.at,
        trust_id: trust.id(),
    }
}
