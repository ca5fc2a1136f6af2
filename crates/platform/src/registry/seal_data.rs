//! Checking the data of a seal (30010) before the platform relies on it or hands it on: it parses, its maker is
//! on the platform's trust list for that system and signed it, and it is the seal that was filed.

use crypto::{KeyKind, policy::AlgorithmPolicy};
use formats::asn1::Mode;
use formats::ses::{Seal, SesError};
use formats::x509::{Certificate, IdentityKind};
use protocol::{ApiError, CertNumber, Code};

/// What the filing says, and the data have to agree with. `None` was not filed.
#[derive(Debug, Clone, Copy)]
pub struct Filed<'a> {
    /// The seal's name.
    pub name: &'a str,
    /// Serial number of the signing certificate, in normal form.
    pub cert_number: Option<&'a str>,
    /// The credit code, when the owner is an organisation.
    pub credit_code: Option<&'a str>,
    /// First and last moment of validity in milliseconds; whole seconds are compared.
    pub valid: (Option<i64>, Option<i64>),
}

/// A seal that was checked.
#[derive(Clone)]
pub struct Checked {
    /// The seal, as it came.
    pub der: Vec<u8>,
    /// SM3 of it, lower hexadecimal.
    pub sm3: String,
    /// SM3 of its picture, lower hexadecimal.
    pub picture_sm3: String,
    /// What it says.
    pub seal: Seal,
    /// The certificate it signs with.
    pub certificate: Certificate,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked")
            .field("es_id", &self.seal.es_id)
            .field("sm3", &self.sm3)
            .finish_non_exhaustive()
    }
}

impl Checked {
    /// The serial number of the signing certificate, in normal form.
    pub fn cert_number(&self) -> String {
        CertNumber::from_bytes(&self.certificate.serial).as_str().to_owned()
    }
}

/// What is wrong with a seal's data.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SealFault {
    /// It does not parse.
    #[error("not a seal: {0}")]
    Parse(#[from] SesError),
    /// Its maker is not on the trust list of its system.
    #[error("its maker is not trusted")]
    Maker,
    /// The maker's certificate was not in force when the seal was made.
    #[error("its maker's certificate was not in force when it was made")]
    MakerTime,
    /// The maker's signature is wrong.
    #[error("its maker's signature is wrong: {0}")]
    Signature(String),
    /// The maker's signature uses what is not allowed.
    #[error("its maker's signature uses {0}")]
    Algorithm(String),
    /// No certificate was filed or sent that is in the seal's list.
    #[error("no certificate that is in its list")]
    Certificate,
    /// The certificate is not the filed one.
    #[error("its certificate is not the filed one")]
    CertNumber,
    /// The certificate names another owner.
    #[error("its certificate belongs to another organisation")]
    Owner,
    /// It has another name.
    #[error("its name is not the filed one")]
    Name,
    /// Its validity is not the filed one.
    #[error("its validity is not the filed one")]
    Validity,
}

impl SealFault {
    fn zh(&self) -> &'static str {
        match self {
            Self::Parse(_) => "无法解析",
            Self::Maker => "制章人不在信任列表中",
            Self::MakerTime => "制章时制章人证书不在有效期内",
            Self::Signature(_) => "制章人签名错误",
            Self::Algorithm(_) => "制章人签名算法不允许使用",
            Self::Certificate => "缺少印章所列的证书",
            Self::CertNumber => "证书与备案不符",
            Self::Owner => "证书属于其他单位",
            Self::Name => "印章名称与备案不符",
            Self::Validity => "有效期与备案不符",
        }
    }
}

impl From<SealFault> for ApiError {
    fn from(fault: SealFault) -> Self {
        Self::explained(Code::SealDataWrong, fault.zh(), &fault.to_string())
    }
}

/// Checks a seal against the makers that its system may use and against its filing. `certificates` are those
/// that came with it; a seal that lists digests only needs one of them.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(
    der: &[u8],
    filed: &Filed<'_>,
    makers: &[Certificate],
    certificates: &[&[u8]],
) -> Result<Checked, SealFault> {
    let (seal, _tolerated) = Seal::parse(der, Mode::Tolerant)?;
    check_maker(&seal, makers)?;
    let certificate = signer(&seal, filed, certificates)?;
    let of_organisation = |cert: &Certificate| {
        let mut numbers = cert.extensions.identities.iter().filter(|i| i.kind == IdentityKind::Organization);
        numbers.find_map(|identity| identity.text().map(str::to_owned))
    };
    if let (Some(filed), Some(own)) = (filed.credit_code, of_organisation(&certificate))
        && own != filed
        && filed.get(8..17) != Some(own.as_str())
    {
        return Err(SealFault::Owner);
    }
    if seal.name.trim() != filed.name.trim() {
        return Err(SealFault::Name);
    }
    let same = |filed: Option<i64>, own: jiff::Timestamp| {
        filed.is_none_or(|ms| ms.div_euclid(1000) == own.as_second())
    };
    if !same(filed.valid.0, seal.valid_start) || !same(filed.valid.1, seal.valid_end) {
        return Err(SealFault::Validity);
    }
    Ok(Checked {
        der: der.to_vec(),
        sm3: hex::encode(crypto::sm3::digest(der)),
        picture_sm3: hex::encode(crypto::sm3::digest(&seal.picture.data)),
        seal,
        certificate,
    })
}

fn check_maker(seal: &Seal, makers: &[Certificate]) -> Result<(), SealFault> {
    let maker = makers.iter().find(|maker| maker.der() == seal.maker_cert).ok_or(SealFault::Maker)?;
    if !maker.is_in_force(seal.create) {
        return Err(SealFault::MakerTime);
    }
    let key = maker.verifying_key().map_err(|error| SealFault::Signature(error.to_string()))?;
    seal.check_maker_signature(&key).map_err(|error| SealFault::Signature(error.to_string()))?;
    // SM2, or what the policy still allows at the time the seal was made.
    let algorithm = formats::oid::signature_algorithm(&seal.sign_alg)
        .ok_or_else(|| SealFault::Algorithm(seal.sign_alg.to_string()))?;
    AlgorithmPolicy::standard()
        .check_signature(algorithm, key.size(), seal.create)
        .map_err(|refused| SealFault::Algorithm(refused.to_string()))
}

/// The certificate the seal signs with: in its list, and the filed one where a number was filed.
fn signer(seal: &Seal, filed: &Filed<'_>, certificates: &[&[u8]]) -> Result<Certificate, SealFault> {
    let own: &[Vec<u8>] = match &seal.cert_list {
        formats::ses::CertList::Certificates(list) => list,
        _ => &[],
    };
    let mut listed = certificates
        .iter()
        .copied()
        .chain(own.iter().map(Vec::as_slice))
        .filter(|der| seal.cert_list.contains(der))
        .filter_map(|der| Certificate::from_der(der).ok())
        .filter(|cert| {
            cert.verifying_key().is_ok_and(|key| matches!(key.kind(), KeyKind::Sm2 | KeyKind::Rsa))
        })
        .peekable();
    if listed.peek().is_none() {
        return Err(SealFault::Certificate);
    }
    let is_filed = |cert: &Certificate| {
        filed.cert_number.is_none_or(|number| CertNumber::from_bytes(&cert.serial).as_str() == number)
    };
    listed.find(is_filed).ok_or(SealFault::CertNumber)
}
