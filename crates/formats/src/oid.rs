//! Object identifiers, and those of the field (GB/T 33560, GB/T 35275, GB/T 20518, RFC 5280, 5652, 3161).

use std::fmt;
use std::str::FromStr;

/// Content octets that fit; the longest in use (a UUID under 2.25) needs 20.
const CAPACITY: usize = 39;

/// An object identifier, kept as its DER content octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid {
    len: u8,
    octets: [u8; CAPACITY],
}

impl Oid {
    /// The identifier with these arcs. For constants: arcs that do not fit do not compile.
    pub const fn from_arcs(arcs: &[u32]) -> Self {
        let mut oid = Self { len: 0, octets: [0; CAPACITY] };
        let first = arcs[0] * 40 + arcs[1];
        oid = oid.push_arc(first);
        let mut index = 2;
        while index < arcs.len() {
            oid = oid.push_arc(arcs[index]);
            index += 1;
        }
        oid
    }

    const fn push_arc(mut self, arc: u32) -> Self {
        let mut shift = 28;
        while shift > 0 && arc >> shift == 0 {
            shift -= 7;
        }
        loop {
            let more = if shift > 0 { 0x80 } else { 0 };
            self.octets[self.len as usize] = ((arc >> shift) & 0x7F) as u8 | more;
            self.len += 1;
            if shift == 0 {
                return self;
            }
            shift -= 7;
        }
    }

    /// The identifier with these DER content octets; `None` when they are malformed or too long.
    pub fn from_der_content(content: &[u8]) -> Option<Self> {
        let mut octets = [0; CAPACITY];
        octets.get_mut(..content.len())?.copy_from_slice(content);
        let oid = Self { len: u8::try_from(content.len()).ok()?, octets };
        let is_complete = content.last().is_some_and(|last| last & 0x80 == 0);
        (is_complete && oid.arcs().is_some()).then_some(oid)
    }

    /// The DER content octets.
    pub fn der_content(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The arcs; `None` when one is above 128 bits or not minimal.
    fn arcs(&self) -> Option<Vec<u128>> {
        let mut arcs = Vec::new();
        let mut arc = 0_u128;
        let mut fresh = true;
        for &octet in self.der_content() {
            if fresh && octet == 0x80 {
                return None;
            }
            arc = arc.checked_mul(128)? | u128::from(octet & 0x7F);
            fresh = octet & 0x80 == 0;
            if fresh {
                if arcs.is_empty() {
                    let root = (arc / 40).min(2);
                    arcs.push(root);
                    arc = arc.checked_sub(root.checked_mul(40)?)?;
                }
                arcs.push(arc);
                arc = 0;
            }
        }
        Some(arcs)
    }

    /// True when this is `root` or lies below it.
    pub fn is_under(&self, root: &Self) -> bool {
        self.der_content().starts_with(root.der_content())
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arc) in self.arcs().unwrap_or_default().iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{arc}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no object identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier")]
pub struct OidError;

impl FromStr for Oid {
    type Err = OidError;

    /// Reads the dotted form; each arc fits 32 bits.
    fn from_str(text: &str) -> Result<Self, OidError> {
        let arcs: Vec<u32> =
            text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| OidError)?;
        let &[root, second, ref rest @ ..] = arcs.as_slice() else { return Err(OidError) };
        if root > 2 || (root < 2 && second > 39) {
            return Err(OidError);
        }
        let first = root.checked_mul(40).and_then(|root| root.checked_add(second)).ok_or(OidError)?;
        let mut content = Vec::new();
        for arc in std::iter::once(first).chain(rest.iter().copied()) {
            let shifts = [28_u32, 21, 14, 7].into_iter().filter(|shift| arc >> shift != 0);
            content.extend(shifts.map(|shift| u8::try_from((arc >> shift) & 0x7F).unwrap_or(0) | 0x80));
            content.push(u8::try_from(arc & 0x7F).unwrap_or(0));
        }
        Self::from_der_content(&content).ok_or(OidError)
    }
}

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = [$($arc:literal),*];)*) => {
        $($(#[$doc])* pub const $name: Oid = Oid::from_arcs(&[$($arc),*]);)*
    };
}

oids! {
    /// SM2 elliptic curve (named curve) and key algorithm.
    SM2 = [1, 2, 156, 10197, 1, 301];
    /// SM2 signature; GB/T 35275 writes it as the signature algorithm of a signer.
    SM2_SIGN = [1, 2, 156, 10197, 1, 301, 1];
    /// SM2 encryption.
    SM2_ENCRYPT = [1, 2, 156, 10197, 1, 301, 3];
    /// SM3.
    SM3 = [1, 2, 156, 10197, 1, 401];
    /// SM3 without a key.
    SM3_UNKEYED = [1, 2, 156, 10197, 1, 401, 1];
    /// SM3 with a key (HMAC-SM3): not a digest, though some files name it as one.
    SM3_KEYED = [1, 2, 156, 10197, 1, 401, 2];
    /// SM2 with SM3.
    SM2_WITH_SM3 = [1, 2, 156, 10197, 1, 501];
    /// SM2 with SM3 as some writers misspell it, an arc left out.
    SM2_WITH_SM3_SHORT = [1, 2, 156, 10197, 501];
    /// Data of GB/T 35275.
    GM_DATA = [1, 2, 156, 10197, 6, 1, 4, 2, 1];
    /// SignedData of GB/T 35275.
    GM_SIGNED_DATA = [1, 2, 156, 10197, 6, 1, 4, 2, 2];
    /// Data of RFC 5652.
    PKCS7_DATA = [1, 2, 840, 113_549, 1, 7, 1];
    /// SignedData of RFC 5652.
    PKCS7_SIGNED_DATA = [1, 2, 840, 113_549, 1, 7, 2];
    /// Attribute contentType.
    CONTENT_TYPE = [1, 2, 840, 113_549, 1, 9, 3];
    /// Attribute messageDigest.
    MESSAGE_DIGEST = [1, 2, 840, 113_549, 1, 9, 4];
    /// Attribute signingTime.
    SIGNING_TIME = [1, 2, 840, 113_549, 1, 9, 5];
    /// PKCS#9 extensionRequest, in a certification request.
    EXTENSION_REQUEST = [1, 2, 840, 113_549, 1, 9, 14];
    /// Attribute signingCertificate (ESS, SHA-1).
    SIGNING_CERTIFICATE = [1, 2, 840, 113_549, 1, 9, 16, 2, 12];
    /// Unsigned attribute with a time-stamp token over the signature value.
    TIME_STAMP_TOKEN = [1, 2, 840, 113_549, 1, 9, 16, 2, 14];
    /// Attribute signingCertificateV2 (ESS, any digest).
    SIGNING_CERTIFICATE_V2 = [1, 2, 840, 113_549, 1, 9, 16, 2, 47];
    /// Content type TSTInfo.
    TST_INFO = [1, 2, 840, 113_549, 1, 9, 16, 1, 4];
    /// e-mail address in a name.
    EMAIL_ADDRESS = [1, 2, 840, 113_549, 1, 9, 1];
    /// RSA key.
    RSA_ENCRYPTION = [1, 2, 840, 113_549, 1, 1, 1];
    /// RSA with SHA-1.
    RSA_SHA1 = [1, 2, 840, 113_549, 1, 1, 5];
    /// RSA with MD2.
    RSA_MD2 = [1, 2, 840, 113_549, 1, 1, 2];
    /// RSA with MD4.
    RSA_MD4 = [1, 2, 840, 113_549, 1, 1, 3];
    /// RSA with MD5.
    RSA_MD5 = [1, 2, 840, 113_549, 1, 1, 4];
    /// RSA with SHA-224.
    RSA_SHA224 = [1, 2, 840, 113_549, 1, 1, 14];
    /// RSA with SHA-256.
    RSA_SHA256 = [1, 2, 840, 113_549, 1, 1, 11];
    /// RSA with SHA-384.
    RSA_SHA384 = [1, 2, 840, 113_549, 1, 1, 12];
    /// RSA with SHA-512.
    RSA_SHA512 = [1, 2, 840, 113_549, 1, 1, 13];
    /// RSASSA-PSS, whose parameters name the digests (RFC 4055).
    RSA_PSS = [1, 2, 840, 113_549, 1, 1, 10];
    /// The mask of RSASSA-PSS.
    MGF1 = [1, 2, 840, 113_549, 1, 1, 8];
    /// Attribute with the algorithms of a signer, protected (RFC 6211).
    ALGORITHM_PROTECTION = [1, 2, 840, 113_549, 1, 9, 52];
    /// Attribute with revocation information, as Acrobat writes it (ISO 32000-1 §12.8.3.3).
    ADOBE_REVOCATION = [1, 2, 840, 113_583, 1, 1, 8];
    /// Elliptic-curve key.
    EC_PUBLIC_KEY = [1, 2, 840, 10045, 2, 1];
    /// ECDSA with SHA-1.
    ECDSA_SHA1 = [1, 2, 840, 10045, 4, 1];
    /// ECDSA with SHA-224.
    ECDSA_SHA224 = [1, 2, 840, 10045, 4, 3, 1];
    /// ECDSA with SHA-256.
    ECDSA_SHA256 = [1, 2, 840, 10045, 4, 3, 2];
    /// ECDSA with SHA-384.
    ECDSA_SHA384 = [1, 2, 840, 10045, 4, 3, 3];
    /// ECDSA with SHA-512.
    ECDSA_SHA512 = [1, 2, 840, 10045, 4, 3, 4];
    /// MD5.
    MD5 = [1, 2, 840, 113_549, 2, 5];
    /// SHA-1.
    SHA1 = [1, 3, 14, 3, 2, 26];
    /// MD2.
    MD2 = [1, 2, 840, 113_549, 2, 2];
    /// MD4.
    MD4 = [1, 2, 840, 113_549, 2, 4];
    /// SHA-224.
    SHA224 = [2, 16, 840, 1, 101, 3, 4, 2, 4];
    /// SHA-256.
    SHA256 = [2, 16, 840, 1, 101, 3, 4, 2, 1];
    /// SHA-384.
    SHA384 = [2, 16, 840, 1, 101, 3, 4, 2, 2];
    /// SHA-512.
    SHA512 = [2, 16, 840, 1, 101, 3, 4, 2, 3];
    /// Name: common name.
    COMMON_NAME = [2, 5, 4, 3];
    /// Name: surname.
    SURNAME = [2, 5, 4, 4];
    /// Name: serial number.
    SERIAL_NUMBER = [2, 5, 4, 5];
    /// Name: country.
    COUNTRY = [2, 5, 4, 6];
    /// Name: locality.
    LOCALITY = [2, 5, 4, 7];
    /// Name: state or province.
    STATE = [2, 5, 4, 8];
    /// Name: street.
    STREET = [2, 5, 4, 9];
    /// Name: organisation.
    ORGANIZATION = [2, 5, 4, 10];
    /// Name: unit of the organisation.
    ORGANIZATIONAL_UNIT = [2, 5, 4, 11];
    /// Name: title.
    TITLE = [2, 5, 4, 12];
    /// Name: given name.
    GIVEN_NAME = [2, 5, 4, 42];
    /// Name: domain component.
    DOMAIN_COMPONENT = [0, 9, 2342, 19_200_300, 100, 1, 25];
    /// Name: user id.
    USER_ID = [0, 9, 2342, 19_200_300, 100, 1, 1];
    /// Extension subjectKeyIdentifier.
    SUBJECT_KEY_IDENTIFIER = [2, 5, 29, 14];
    /// Extension keyUsage.
    KEY_USAGE = [2, 5, 29, 15];
    /// Extension subjectAltName.
    SUBJECT_ALT_NAME = [2, 5, 29, 17];
    /// Extension basicConstraints.
    BASIC_CONSTRAINTS = [2, 5, 29, 19];
    /// CRL extension cRLNumber.
    CRL_NUMBER = [2, 5, 29, 20];
    /// CRL entry extension reasonCode.
    CRL_REASON = [2, 5, 29, 21];
    /// CRL entry extension invalidityDate.
    INVALIDITY_DATE = [2, 5, 29, 24];
    /// CRL extension deltaCRLIndicator.
    DELTA_CRL_INDICATOR = [2, 5, 29, 27];
    /// CRL extension issuingDistributionPoint.
    ISSUING_DISTRIBUTION_POINT = [2, 5, 29, 28];
    /// CRL entry extension certificateIssuer.
    CERTIFICATE_ISSUER = [2, 5, 29, 29];
    /// Extension nameConstraints.
    NAME_CONSTRAINTS = [2, 5, 29, 30];
    /// Extension cRLDistributionPoints.
    CRL_DISTRIBUTION_POINTS = [2, 5, 29, 31];
    /// Extension certificatePolicies.
    CERTIFICATE_POLICIES = [2, 5, 29, 32];
    /// Extension authorityKeyIdentifier.
    AUTHORITY_KEY_IDENTIFIER = [2, 5, 29, 35];
    /// Extension extKeyUsage.
    EXTENDED_KEY_USAGE = [2, 5, 29, 37];
    /// Extension authorityInfoAccess.
    AUTHORITY_INFO_ACCESS = [1, 3, 6, 1, 5, 5, 7, 1, 1];
    /// Access method OCSP.
    ACCESS_OCSP = [1, 3, 6, 1, 5, 5, 7, 48, 1];
    /// Access method of the issuer's certificate.
    ACCESS_CA_ISSUERS = [1, 3, 6, 1, 5, 5, 7, 48, 2];
    /// Purpose: server of TLS.
    EKU_SERVER_AUTH = [1, 3, 6, 1, 5, 5, 7, 3, 1];
    /// Purpose: client of TLS.
    EKU_CLIENT_AUTH = [1, 3, 6, 1, 5, 5, 7, 3, 2];
    /// Purpose: signing of programs.
    EKU_CODE_SIGNING = [1, 3, 6, 1, 5, 5, 7, 3, 3];
    /// Purpose: time stamps.
    EKU_TIME_STAMPING = [1, 3, 6, 1, 5, 5, 7, 3, 8];
    /// Purpose: OCSP answers.
    EKU_OCSP_SIGNING = [1, 3, 6, 1, 5, 5, 7, 3, 9];
    /// Form of revocation information in a signed message: an OCSP answer (RFC 5940).
    RI_OCSP_RESPONSE = [1, 3, 6, 1, 5, 5, 7, 16, 2];
    /// Certificate policy: any.
    ANY_POLICY = [2, 5, 29, 32, 0];
    /// Type of a signed OCSP answer.
    OCSP_BASIC = [1, 3, 6, 1, 5, 5, 7, 48, 1, 1];
    /// Extension of OCSP: the nonce.
    OCSP_NONCE = [1, 3, 6, 1, 5, 5, 7, 48, 1, 2];
    /// Extension: the status of this responder of OCSP is not asked for.
    OCSP_NO_CHECK = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
    /// Identity extensions of GB/T 20518 (SM2 arc).
    GM_IDENTITY = [1, 2, 156, 10260, 4, 1];
    /// Identity code of a person (个人身份标识码).
    GM_IDENTITY_PERSON = [1, 2, 156, 10260, 4, 1, 1];
    /// Social insurance number of a person.
    GM_IDENTITY_INSURANCE = [1, 2, 156, 10260, 4, 1, 2];
    /// Business registration number of an enterprise.
    GM_IDENTITY_REGISTRATION = [1, 2, 156, 10260, 4, 1, 3];
    /// Organisation code; in practice the unified social credit code (统一社会信用代码).
    GM_IDENTITY_ORGANIZATION = [1, 2, 156, 10260, 4, 1, 4];
    /// Tax number of an enterprise.
    GM_IDENTITY_TAX = [1, 2, 156, 10260, 4, 1, 5];
    /// Identity extensions of the 2006 edition (RSA arc).
    OLD_IDENTITY = [1, 2, 86, 11, 7];
}

/// The signature algorithm that an identifier names, parameters aside: so not RSASSA-PSS, whose parameters tell
/// which it is ([`crate::x509::AlgorithmIdentifier::signature_algorithm`]).
///
/// The key's own identifier 1.2.156.10197.1.301.1 stands for SM2 with SM3 in GB/T 35275.
pub fn signature_algorithm(oid: &Oid) -> Option<crypto::SignatureAlgorithm> {
    use crypto::SignatureAlgorithm as Algorithm;
    match *oid {
        SM2_WITH_SM3 | SM2_SIGN => Some(Algorithm::Sm2Sm3),
        RSA_SHA1 => Some(Algorithm::RsaPkcs1Sha1),
        RSA_SHA224 => Some(Algorithm::RsaPkcs1Sha224),
        RSA_SHA256 => Some(Algorithm::RsaPkcs1Sha256),
        RSA_SHA384 => Some(Algorithm::RsaPkcs1Sha384),
        RSA_SHA512 => Some(Algorithm::RsaPkcs1Sha512),
        ECDSA_SHA224 => Some(Algorithm::EcdsaSha224),
        ECDSA_SHA256 => Some(Algorithm::EcdsaSha256),
        ECDSA_SHA384 => Some(Algorithm::EcdsaSha384),
        ECDSA_SHA512 => Some(Algorithm::EcdsaSha512),
        _ => None,
    }
}

/// True for what is not verified because it is broken: such signatures are refused, where others that are not verified
/// leave it open what they are.
pub fn is_broken(oid: &Oid) -> bool {
    [RSA_MD2, RSA_MD4, RSA_MD5, ECDSA_SHA1, MD2, MD4, MD5, SHA1].contains(oid)
}

/// The identifier that certificates use for a signature algorithm.
pub fn of_signature_algorithm(algorithm: crypto::SignatureAlgorithm) -> Oid {
    use crypto::SignatureAlgorithm as Algorithm;
    match algorithm {
        Algorithm::Sm2Sm3 => SM2_WITH_SM3,
        Algorithm::RsaPkcs1Sha1 => RSA_SHA1,
        Algorithm::RsaPkcs1Sha224 => RSA_SHA224,
        Algorithm::RsaPkcs1Sha256 => RSA_SHA256,
        Algorithm::RsaPkcs1Sha384 => RSA_SHA384,
        Algorithm::RsaPkcs1Sha512 => RSA_SHA512,
        Algorithm::RsaPss(_) => RSA_PSS,
        Algorithm::EcdsaSha224 => ECDSA_SHA224,
        Algorithm::EcdsaSha256 => ECDSA_SHA256,
        Algorithm::EcdsaSha384 => ECDSA_SHA384,
        Algorithm::EcdsaSha512 => ECDSA_SHA512,
    }
}

/// The digest that an identifier names. Keyed SM3 is no digest and gives `None`.
pub fn digest_algorithm(oid: &Oid) -> Option<crypto::DigestAlgorithm> {
    use crypto::DigestAlgorithm as Algorithm;
    match *oid {
        SM3 | SM3_UNKEYED => Some(Algorithm::Sm3),
        SHA224 => Some(Algorithm::Sha224),
        SHA256 => Some(Algorithm::Sha256),
        SHA384 => Some(Algorithm::Sha384),
        SHA512 => Some(Algorithm::Sha512),
        SHA1 => Some(Algorithm::Sha1),
        MD5 => Some(Algorithm::Md5),
        _ => None,
    }
}

/// The identifier of a digest.
pub fn of_digest_algorithm(algorithm: crypto::DigestAlgorithm) -> Oid {
    use crypto::DigestAlgorithm as Algorithm;
    match algorithm {
        Algorithm::Sm3 => SM3,
        Algorithm::Sha224 => SHA224,
        Algorithm::Sha256 => SHA256,
        Algorithm::Sha384 => SHA384,
        Algorithm::Sha512 => SHA512,
        Algorithm::Sha1 => SHA1,
        Algorithm::Md5 => MD5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_encodings() {
        assert_eq!(hex::encode(SM2_WITH_SM3.der_content()), "2a811ccf55018375");
        assert_eq!(hex::encode(SM2.der_content()), "2a811ccf5501822d");
        assert_eq!(hex::encode(SM3.der_content()), "2a811ccf55018311");
        assert_eq!(hex::encode(GM_SIGNED_DATA.der_content()), "2a811ccf550601040202");
        assert_eq!(SHA256.to_string(), "2.16.840.1.101.3.4.2.1");
    }

    #[test]
    fn text_and_back() {
        for text in
            ["1.2.156.10197.1.501", "2.999.4294967295", "0.9.2342.19200300.100.1.25", "1.2.156.10260.4.1.1"]
        {
            assert_eq!(text.parse::<Oid>().unwrap().to_string(), text);
        }
        for text in ["", "1", "3.1", "1.40", "1.2.", "1.2.4294967296", "a.b"] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
    }

    #[test]
    fn malformed_content_is_refused() {
        for content in [&[][..], &[0x80, 0x01], &[0x2A, 0x81], &[0x2A, 0x80, 0x01], &[0x2A; 40]] {
            assert!(Oid::from_der_content(content).is_none(), "{content:02x?}");
        }
        let uuid = [
            0x69, 0x83, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFF, 0xFF, 0xFF, 0x7F,
        ];
        assert!(Oid::from_der_content(&uuid).is_some());
    }
}
