//! The list of algorithms allowed, with dates (密码算法策略).
//!
//! The national algorithms are always allowed. Foreign ones are accepted in signatures that others made, and
//! never made here. What is broken is refused, SHA-1 only for signatures made after a date, because a
//! document of the time before may be trustworthy by other proof of its age. Dates are judged against the
//! time of the signature, which the caller has to establish.

use jiff::Timestamp;

use crate::{DigestAlgorithm, KeyKind, KeySize, SignatureAlgorithm};

/// 2017-01-01T00:00:00Z, from when on browsers and public certification authorities had given up SHA-1.
const SHA1_END_SECOND: i64 = 1_483_228_800;

/// From when on an algorithm is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Allowed at all times.
    Always,
    /// Allowed for what was made before this time.
    Before(Timestamp),
    /// Allowed at no time.
    Never,
}

/// What an algorithm may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To make signatures and to verify them.
    SignAndVerify,
    /// Only to verify what others made.
    VerifyOnly,
}

/// The rule for one digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestRule {
    /// The algorithm.
    pub algorithm: DigestAlgorithm,
    /// When it is allowed.
    pub validity: Validity,
}

/// The rule for one kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRule {
    /// The kind.
    pub kind: KeyKind,
    /// The least length in bits.
    pub least_bits: u32,
    /// What such a key may be used for.
    pub purpose: Purpose,
}

/// The list of algorithms allowed. What is not on the list is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlgorithmPolicy {
    /// The digests, each at most once.
    pub digests: Vec<DigestRule>,
    /// The kinds of keys, each at most once.
    pub keys: Vec<KeyRule>,
}

/// Which algorithm was refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{algorithm}: {reason}")]
pub struct Refused {
    /// The name of the algorithm or of its part that is not allowed, such as `SHA-1`.
    pub algorithm: &'static str,
    /// Why.
    pub reason: Reason,
}

/// Why an algorithm was refused; the text says it in Chinese first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Not on the list, or on it as never allowed.
    #[error("算法不允许使用 / algorithm is not allowed")]
    NotAllowed,
    /// Made at or after the time the algorithm was given up.
    #[error("{0} 起不再允许使用 / not allowed from {0} on")]
    NotAllowedFrom(Timestamp),
    /// The key is too short.
    #[error("密钥长度 {bits} 位，至少应为 {least} 位 / key has {bits} bits, at least {least} are needed")]
    KeyTooShort {
        /// Length of the key in bits.
        bits: u32,
        /// The least length in bits.
        least: u32,
    },
    /// Allowed to verify with, not to sign with.
    #[error("只允许用于验证 / allowed for verification only")]
    VerifyOnly,
}

impl AlgorithmPolicy {
    /// The policy of the product: SM2 and SM3 always; SHA-224, SHA-256, SHA-384, SHA-512, ECDSA on P-256, P-384, P-521
    /// and brainpoolP256r1, and RSA of at least 2048 bits for verification; SHA-1 only in signatures made before 2017; MD5 never.
    pub fn standard() -> Self {
        let sha1_end = Timestamp::from_second(SHA1_END_SECOND).unwrap_or(Timestamp::MIN);
        let digest = |algorithm, validity| DigestRule { algorithm, validity };
        let key = |kind, least_bits, purpose| KeyRule { kind, least_bits, purpose };
        Self {
            digests: vec![
                digest(DigestAlgorithm::Sm3, Validity::Always),
                digest(DigestAlgorithm::Sha224, Validity::Always),
                digest(DigestAlgorithm::Sha256, Validity::Always),
                digest(DigestAlgorithm::Sha384, Validity::Always),
                digest(DigestAlgorithm::Sha512, Validity::Always),
                digest(DigestAlgorithm::Sha1, Validity::Before(sha1_end)),
                digest(DigestAlgorithm::Md5, Validity::Never),
            ],
            keys: vec![
                key(KeyKind::Sm2, 256, Purpose::SignAndVerify),
                key(KeyKind::P256, 256, Purpose::VerifyOnly),
                key(KeyKind::P384, 384, Purpose::VerifyOnly),
                key(KeyKind::P521, 521, Purpose::VerifyOnly),
                key(KeyKind::BrainpoolP256, 256, Purpose::VerifyOnly),
                key(KeyKind::Rsa, 2048, Purpose::VerifyOnly),
            ],
        }
    }

    /// May a signature made at `at` with such a key be relied on?
    ///
    /// # Errors
    /// [`Refused`] names the digest or the key, and the reason. A key that cannot make such signatures is not allowed.
    pub fn check_signature(
        &self,
        algorithm: SignatureAlgorithm,
        key: KeySize,
        at: Timestamp,
    ) -> Result<(), Refused> {
        self.check_digest(algorithm.digest(), at)?;
        self.key_rule(algorithm, key).map(|_| ())
    }

    /// May a digest computed at `at` be relied on?
    ///
    /// # Errors
    /// [`Refused`] names the digest and the reason.
    pub fn check_digest(&self, algorithm: DigestAlgorithm, at: Timestamp) -> Result<(), Refused> {
        let refuse = |reason| Err(Refused { algorithm: algorithm.name(), reason });
        match self.digests.iter().find(|rule| rule.algorithm == algorithm).map(|rule| rule.validity) {
            Some(Validity::Always) => Ok(()),
            Some(Validity::Before(end)) if at < end => Ok(()),
            Some(Validity::Before(end)) => refuse(Reason::NotAllowedFrom(end)),
            Some(Validity::Never) | None => refuse(Reason::NotAllowed),
        }
    }

    /// May this product make signatures of this kind now?
    ///
    /// # Errors
    /// [`Refused`] as for [`Self::check_signature`], and for keys that are for verification only.
    pub fn check_signing(
        &self,
        algorithm: SignatureAlgorithm,
        key: KeySize,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.check_digest(algorithm.digest(), now)?;
        match self.key_rule(algorithm, key)?.purpose {
            Purpose::SignAndVerify => Ok(()),
            Purpose::VerifyOnly => Err(Refused { algorithm: algorithm.name(), reason: Reason::VerifyOnly }),
        }
    }

    fn key_rule(&self, algorithm: SignatureAlgorithm, key: KeySize) -> Result<KeyRule, Refused> {
        let KeySize { kind, bits } = key;
        let refused = |reason| Refused { algorithm: kind.name(), reason };
        let listed = self.keys.iter().find(|rule| rule.kind == kind && algorithm.fits(kind));
        let rule = listed.ok_or(refused(Reason::NotAllowed))?;
        if bits < rule.least_bits {
            return Err(refused(Reason::KeyTooShort { bits, least: rule.least_bits }));
        }
        Ok(*rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PssParameters;
    use SignatureAlgorithm as A;

    fn size(kind: KeyKind, bits: u32) -> KeySize {
        KeySize { kind, bits }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn national_algorithms_are_always_allowed() {
        let policy = AlgorithmPolicy::standard();
        for time in [Timestamp::MIN, at("2014-01-01T00:00:00Z"), Timestamp::MAX] {
            assert_eq!(policy.check_signature(A::Sm2Sm3, size(KeyKind::Sm2, 256), time), Ok(()));
            assert_eq!(policy.check_signing(A::Sm2Sm3, size(KeyKind::Sm2, 256), time), Ok(()));
        }
    }

    #[test]
    fn sha1_is_refused_from_its_date_on() {
        let policy = AlgorithmPolicy::standard();
        let end = at("2017-01-01T00:00:00Z");
        assert_eq!(
            policy.check_signature(A::RsaPkcs1Sha1, size(KeyKind::Rsa, 2048), at("2016-12-31T23:59:59Z")),
            Ok(())
        );
        let refused = policy.check_signature(A::RsaPkcs1Sha1, size(KeyKind::Rsa, 2048), end).unwrap_err();
        assert_eq!(refused, Refused { algorithm: "SHA-1", reason: Reason::NotAllowedFrom(end) });
        assert_eq!(
            refused.to_string(),
            "SHA-1: 2017-01-01T00:00:00Z 起不再允许使用 / not allowed from 2017-01-01T00:00:00Z on"
        );
    }

    #[test]
    fn md5_and_short_rsa_are_never_allowed() {
        let policy = AlgorithmPolicy::standard();
        let early = at("1999-01-01T00:00:00Z");
        let md5 = policy.check_digest(DigestAlgorithm::Md5, early).unwrap_err();
        assert_eq!(md5.reason, Reason::NotAllowed);
        let short = policy.check_signature(A::RsaPkcs1Sha256, size(KeyKind::Rsa, 2047), early).unwrap_err();
        assert_eq!(short.reason, Reason::KeyTooShort { bits: 2047, least: 2048 });
        assert_eq!(policy.check_signature(A::RsaPkcs1Sha256, size(KeyKind::Rsa, 2048), early), Ok(()));
    }

    #[test]
    fn foreign_keys_only_verify() {
        let policy = AlgorithmPolicy::standard();
        let now = at("2026-11-01T00:00:00Z");
        let pss = PssParameters { digest: DigestAlgorithm::Sha256, ..PssParameters::DEFAULT };
        let keys = [
            (A::EcdsaSha224, size(KeyKind::P256, 256)),
            (A::RsaPkcs1Sha224, size(KeyKind::Rsa, 2048)),
            (A::EcdsaSha256, size(KeyKind::P256, 256)),
            (A::EcdsaSha384, size(KeyKind::P384, 384)),
            (A::EcdsaSha512, size(KeyKind::P521, 521)),
            (A::EcdsaSha256, size(KeyKind::BrainpoolP256, 256)),
            (A::RsaPkcs1Sha512, size(KeyKind::Rsa, 4096)),
            (A::RsaPss(pss), size(KeyKind::Rsa, 2048)),
        ];
        for (algorithm, key) in keys {
            assert_eq!(policy.check_signature(algorithm, key, now), Ok(()));
            let refused = policy.check_signing(algorithm, key, now).unwrap_err();
            assert_eq!(refused, Refused { algorithm: algorithm.name(), reason: Reason::VerifyOnly });
        }
    }

    #[test]
    fn the_digest_of_pss_counts_and_that_of_its_mask_does_not() {
        let policy = AlgorithmPolicy::standard();
        let (key, now) = (size(KeyKind::Rsa, 2048), at("2026-11-01T00:00:00Z"));
        let refused = policy.check_signature(A::RsaPss(PssParameters::DEFAULT), key, now).unwrap_err();
        assert_eq!(refused.algorithm, "SHA-1");
        let masked = PssParameters { digest: DigestAlgorithm::Sha256, ..PssParameters::DEFAULT };
        assert_eq!(policy.check_signature(A::RsaPss(masked), key, now), Ok(()));
    }

    #[test]
    fn a_key_of_another_kind_is_not_allowed() {
        let policy = AlgorithmPolicy::standard();
        let refused = policy.check_signature(A::EcdsaSha256, size(KeyKind::Sm2, 256), Timestamp::MIN);
        assert_eq!(refused.unwrap_err(), Refused { algorithm: "SM2", reason: Reason::NotAllowed });
    }

    #[test]
    fn what_is_not_listed_is_refused() {
        let policy = AlgorithmPolicy { digests: Vec::new(), keys: Vec::new() };
        assert!(policy.check_digest(DigestAlgorithm::Sm3, Timestamp::UNIX_EPOCH).is_err());
        let policy = AlgorithmPolicy { keys: Vec::new(), ..AlgorithmPolicy::standard() };
        assert!(policy.check_signature(A::Sm2Sm3, size(KeyKind::Sm2, 256), Timestamp::UNIX_EPOCH).is_err());
    }
}
