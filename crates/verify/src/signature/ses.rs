//! A seal signature: GB/T 38540 §7.3 and GM/T 0031 §6.2.3.

use std::sync::Arc;

use formats::asn1::{Deviation, DeviationKind};
use formats::oid;
use formats::ses::{SesError, SesSignature};
use jiff::Timestamp;

use super::{
    Judged, Original, SealFile, judge_algorithm, judge_form, judge_method, judge_signer, judge_stamp,
    judge_time, judge_unseen, proven,
};
use crate::catalogue as rule;
use crate::catalogue::Scheme;
use crate::certificate::{CertificateFacts, Prepared};
use crate::checks::{CheckId, Checks, DigestId, Outcomes, PendingCheck};
use crate::deviation;
use crate::finding::Findings;
use crate::identity;
use crate::options::{Options, Profile};
use crate::report::CertificateSummary;
use crate::seal::{self, Occasion, SealFacts, Used, stored_and_der};
use crate::stamp::{Over, StampFacts};
use crate::text::{Detail, printable};
use crate::trust::{SealIdentity, Trust};
use crate::verdict::Status;

/// What is known of a seal signature before any signature was verified.
#[derive(Debug)]
pub(super) struct SesFacts {
    /// What its bytes tell, which is the same for every original that they are set beside.
    read: Arc<Read>,
    hash: Hash,
}

/// What the bytes of a seal signature tell.
#[derive(Debug)]
struct Read {
    signature: SesSignature,
    notes: Vec<DeviationKind>,
    /// What is wrong with its form, where it could be read all the same.
    fault: Option<String>,
    signer: Option<CertificateFacts>,
    value: Option<CheckId>,
    seal: SealFacts,
    stamp: Option<StampFacts>,
}

/// The digest of the original, to be compared with dataHash.
#[derive(Clone, Copy, Debug)]
enum Hash {
    /// It is computed with the checks.
    Sm3(DigestId),
    /// Another digest, or of long content: whether it is the same; `None` when it was not handed over.
    Compared(Option<bool>),
}

impl Hash {
    fn gather(signature: &SesSignature, original: &Original<'_>, checks: &mut Checks) -> Self {
        let algorithm = oid::signature_algorithm(&signature.signature_alg);
        // GB/T 38540 pairs SM2 with SM3; GM/T 0031 also has RSA with the digest of its signature.
        let digest = algorithm.map_or(crypto::DigestAlgorithm::Sm3, crypto::SignatureAlgorithm::digest);
        match (digest, original.content.short()) {
            (crypto::DigestAlgorithm::Sm3, Some(bytes)) => Self::Sm3(checks.add_digest(bytes)),
            (other, _) => {
                let digest = original.content.digest(other);
                Self::Compared(digest.map(|digest| signature.signed.hash_is(&digest)))
            }
        }
    }
}

impl SesFacts {
    pub(super) fn gather(
        (signature, notes, fault): (SesSignature, Vec<Deviation>, Option<SesError>),
        original: &Original<'_>,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let algorithm = oid::signature_algorithm(&signature.signature_alg);
        let signer = Prepared::parse(&signature.signer_cert);
        let value = signer.as_ref().and_then(|signer| {
            let messages = stored_and_der(signature.tbs());
            let key = signer.key()?.clone();
            Some(checks.add(PendingCheck::new(key, algorithm?, &messages, &signature.signature)))
        });
        let mut notes: Vec<DeviationKind> = deviation::kinds(&notes).collect();
        if let Some(signer) = &signer {
            notes.extend(deviation::kinds(&signer.certificate.deviations));
        }
        let signer = signer.map(|leaf| CertificateFacts::gather(&leaf, &[], trust, checks));
        let seal = SealFacts::gather(&signature.signed.seal, trust, checks);
        let hash = Hash::gather(&signature, original, checks);
        let stamp = gather_stamp(&signature, trust, checks);
        let fault = fault.map(|fault| fault.to_string());
        Self { read: Arc::new(Read { signature, notes, fault, signer, value, seal, stamp }), hash }
    }

    /// The same signature beside another original.
    pub(super) fn beside(&self, original: &Original<'_>, checks: &mut Checks) -> Self {
        let hash = Hash::gather(&self.read.signature, original, checks);
        Self { read: Arc::clone(&self.read), hash }
    }

    pub(super) fn scheme(&self) -> Scheme {
        seal::scheme(self.read.signature.signed.seal.version)
    }

    /// What the value signs, as stored.
    pub(super) fn signed_part(&self) -> &[u8] {
        self.read.signature.tbs()
    }

    pub(super) fn seal_identity(&self) -> SealIdentity {
        seal::identity(&self.read.signature.signed.seal)
    }

    /// All steps that can be judged are, in the order of GB/T 38540 §7.3; the rank of each rule keeps the
    /// order of the standard that applies.
    pub(super) fn judge(
        &self,
        original: &Original<'_>,
        trust: &Trust,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) -> Judged {
        let read = &*self.read;
        let signed = &read.signature.signed;
        let signed_at = Some(signed.time);
        judge_form(read.fault.as_deref(), findings);
        self.judge_extensions(options.profile, findings);
        self.judge_deviations(options, outcomes, findings);
        self.judge_value(original, options, outcomes, findings);
        seal::judge_signer_in_seal(&signed.seal, &read.signature.signer_cert, findings);
        self.judge_seal_file(original, findings);
        // What could not be read of the seal is told of the value that it stands in.
        findings.add(&rule::SEAL_FORMAT, Status::Good);
        let stamped = read.stamp.as_ref().and_then(StampFacts::time);
        let filing = seal::judge_register(&signed.seal, (signed.time, stamped), trust, findings);
        // The seal was there when the register took it, and when somebody stamped what was signed with it.
        let filed = filing.as_ref().and_then(|filing| filing.since);
        let proven = proven(read.stamp.as_ref(), original).into_iter().chain(filed).min();
        let signer = read.signer.as_ref().map(|signer| &signer.leaf.certificate);
        let occasion = Occasion::Signed { at: signed.time, stamped, proven };
        let used = Used { occasion, signer, is_filed: filing.is_some() };
        read.seal.judge(&signed.seal, used, trust, options, outcomes, findings);
        if filing.is_some() {
            identity::judge(&self.seal_identity(), signer, read.seal.maker_certificate(), trust, findings);
        }
        judge_signer(
            read.signer.as_ref(),
            signed_at,
            read.stamp.as_ref(),
            original,
            options,
            outcomes,
            findings,
        );
        judge_time(signed_at, original, self.is_stamped(), options, findings);
        let hash_is_right = match self.hash {
            Hash::Sm3(digest) => Some(signed.hash_is(&outcomes.digest(digest))),
            Hash::Compared(is_right) => is_right,
        };
        match hash_is_right {
            Some(is_right) => findings.good_or_bad(&rule::DATA_HASH, is_right),
            None => judge_unseen(findings),
        }
        self.judge_property_info(original, options, findings);
        judge_stamp(read.stamp.as_ref(), signed_at, read.signer.as_ref(), options, outcomes, findings);
        self.judge_inside_stamp(original, findings);
        let seal = seal::summary(&signed.seal, signer, read.seal.sm3(outcomes));
        let (code, kind) = filing.map_or_else(
            || (signed.seal.es_id.clone(), seal.name.clone()),
            |filing| (filing.seal_code, filing.seal_type),
        );
        Judged {
            seal: Some(seal),
            seal_code: Some(printable(&code)),
            seal_type: Some(printable(&kind)),
            sign_time: signed_at,
            stamp_time: stamped,
            signer: signer.map(CertificateSummary::of),
            maker: read.seal.maker(),
        }
    }

    /// True when there is a time stamp other than one inside the signed part, which is the signer's word alone.
    fn is_stamped(&self) -> bool {
        self.read.stamp.as_ref().is_some_and(|stamp| !stamp.is_inside())
    }

    /// A time stamp inside the signed part that is over what that part is for is the signer's word all the same; one over
    /// something else was taken from somewhere.
    fn judge_inside_stamp(&self, original: &Original<'_>, findings: &mut Findings) {
        let Some(stamp) = &self.read.stamp else { return };
        match stamp.is_of_signed(&self.read.signature.signed, &original.content) {
            Some(true) => findings.add(&rule::STAMP_IMPRINT, Status::Note),
            Some(false) => findings.add(&rule::STAMP_IMPRINT, Status::Unknown),
            None => {}
        }
    }

    /// An extension of the signed part that asks to be understood is told as one of the seal's is.
    fn judge_extensions(&self, profile: Profile, findings: &mut Findings) {
        seal::judge_critical(
            &self.read.signature.signed.ext_datas,
            &rule::SIGNATURE_EXTENSION,
            profile,
            findings,
        );
    }

    fn judge_deviations(&self, options: &Options, outcomes: &Outcomes, findings: &mut Findings) {
        let mut kinds = self.read.notes.clone();
        kinds.extend(self.read.value.and_then(|value| outcomes.deviation(value)));
        deviation::report(&rule::SIGNATURE_DEVIATION, &kinds, options.profile, findings);
    }

    fn judge_value(
        &self,
        original: &Original<'_>,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        let algorithm = oid::signature_algorithm(&self.read.signature.signature_alg);
        let at: Timestamp = self.read.signature.signed.time;
        judge_algorithm(
            &self.read.signature.signature_alg,
            algorithm,
            self.read.signer.as_ref(),
            at,
            options,
            findings,
        );
        judge_method(original, algorithm, options.profile, findings);
        match self.read.value {
            Some(value) => findings.good_or_bad(&rule::SIGNATURE_VALUE, outcomes.is_good(value)),
            None => findings.add(&rule::SIGNATURE_VALUE, Status::Unknown),
        }
    }

    fn judge_seal_file(&self, original: &Original<'_>, findings: &mut Findings) {
        match original.seal_file {
            SealFile::NotNamed => {}
            SealFile::Unreadable => findings.add(&rule::SEAL_FILE, Status::Bad),
            SealFile::There(file) => {
                findings.good_or_bad(&rule::SEAL_FILE, file == self.read.signature.signed.seal.raw());
            }
        }
    }

    fn judge_property_info(&self, original: &Original<'_>, options: &Options, findings: &mut Findings) {
        if original.path.is_empty() {
            return;
        }
        let info = self.read.signature.signed.property_info.trim();
        let names_original = info.trim_start_matches('/') == original.path.trim_start_matches('/');
        if !names_original {
            findings.add_with(
                &rule::PROPERTY_INFO,
                deviation::worth(options.profile),
                Detail::same(printable(info)),
            );
        }
    }
}

/// The time stamp over the signature value, or the one that GM/T 0031 allows in place of the time, inside what is
/// signed.
fn gather_stamp(signature: &SesSignature, trust: &Trust, checks: &mut Checks) -> Option<StampFacts> {
    if let Some(token) = &signature.time_stamp {
        let readings: Vec<Vec<u8>> =
            signature.signature_candidates().into_iter().map(|candidate| candidate.der).collect();
        return Some(StampFacts::gather(token, &Over::Value(&readings), trust, checks));
    }
    let token = signature.signed.time_token.as_ref()?;
    Some(StampFacts::gather(token, &Over::Inside, trust, checks))
}
