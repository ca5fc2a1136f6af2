//! Writing PKCS#12 files: certificates and key each encrypted with SM4-CBC, the MAC with SM3.

use der::asn1::{AnyRef, BmpString, ObjectIdentifier, OctetStringRef, SetOfVec};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{
    CERT_BAG, CertBag, ContentInfo, DATA, DigestInfo, ENCRYPTED_DATA, EncryptedContentInfo, EncryptedData,
    FRIENDLY_NAME, LOCAL_KEY_ID, MALFORMED, MacData, Pfx, SHROUDED_KEY_BAG, SafeBag, X509_CERTIFICATE,
};
use crate::error::KeyError;
use crate::keypair::Sm2KeyPair;
use crate::random::Random;
use crate::{DigestAlgorithm, Signer, kdf, pbe, pkcs8};

const SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401");

/// ```text
/// PKCS12Attribute ::= SEQUENCE { attrId OBJECT IDENTIFIER, attrValues SET OF ANY }
/// ```
#[derive(Sequence)]
struct Attribute<'a> {
    id: ObjectIdentifier,
    values: SetOfVec<AnyRef<'a>>,
}

/// Writes the key and its chain, the key's own certificate first.
pub(crate) fn write(
    key: &Sm2KeyPair,
    chain: &[Vec<u8>],
    password: &str,
    friendly_name: &str,
    random: &Random,
) -> Result<Vec<u8>, KeyError> {
    let shrouded = pkcs8::encrypt(key, password, random)?;
    let key_id = key.verifying_key().spki_sm3();
    encode(&shrouded, &key_id, chain, password, friendly_name, random).map_err(|_| MALFORMED)
}

fn encode(
    shrouded: &[u8],
    key_id: &[u8],
    chain: &[Vec<u8>],
    password: &str,
    friendly_name: &str,
    random: &Random,
) -> der::Result<Vec<u8>> {
    let name = attribute(FRIENDLY_NAME, &BmpString::from_utf8(friendly_name)?.to_der()?)?;
    let id = attribute(LOCAL_KEY_ID, &OctetStringRef::new(key_id)?.to_der()?)?;
    let own = attribute_set(&[name, id])?;
    let mut certificates = Vec::new();
    for (index, certificate) in chain.iter().enumerate() {
        let bag = CertBag { id: X509_CERTIFICATE, value: OctetStringRef::new(certificate)? }.to_der()?;
        let attributes = (index == 0).then_some(own.as_slice());
        certificates.extend(safe_bag(CERT_BAG, &bag, attributes)?);
    }
    let certificates = encrypted_info(&sequence(&certificates)?, password, random)?;
    let keys = data_info(&sequence(&safe_bag(SHROUDED_KEY_BAG, shrouded, Some(&own))?)?)?;
    let safes = sequence(&[certificates, keys].concat())?;
    pfx(&safes, password, random)
}

fn pfx(safes: &[u8], password: &str, random: &Random) -> der::Result<Vec<u8>> {
    let salt: [u8; 16] = random.bytes();
    let password = kdf::bmp_password(password);
    let key = kdf::pkcs12(DigestAlgorithm::Sm3, kdf::Purpose::Mac, &password, &salt, pbe::ITERATIONS, 32);
    let digest = super::hmac(DigestAlgorithm::Sm3, &key, safes);
    let content = data_info(safes)?;
    Pfx {
        version: 3,
        auth_safe: ContentInfo::from_der(&content)?,
        mac: Some(MacData {
            mac: DigestInfo {
                algorithm: AlgorithmIdentifierRef { oid: SM3, parameters: Some(AnyRef::NULL) },
                digest: OctetStringRef::new(&digest)?,
            },
            salt: OctetStringRef::new(&salt)?,
            iterations: Some(pbe::ITERATIONS),
        }),
    }
    .to_der()
}

fn encrypted_info(plain: &[u8], password: &str, random: &Random) -> der::Result<Vec<u8>> {
    let (algorithm, cipher) = pbe::encrypt(plain, password, random)?;
    // [0] IMPLICIT OCTET STRING: an octet string under another tag.
    let mut implicit = OctetStringRef::new(&cipher)?.to_der()?;
    if let Some(tag) = implicit.first_mut() {
        *tag = 0x80;
    }
    let data = EncryptedData {
        version: 0,
        content: EncryptedContentInfo {
            content_type: DATA,
            algorithm: AlgorithmIdentifierRef::from_der(&algorithm)?,
            encrypted: AnyRef::from_der(&implicit)?,
        },
    }
    .to_der()?;
    ContentInfo { content_type: ENCRYPTED_DATA, content: AnyRef::from_der(&data)? }.to_der()
}

fn data_info(content: &[u8]) -> der::Result<Vec<u8>> {
    let octets = Zeroizing::new(OctetStringRef::new(content)?.to_der()?);
    ContentInfo { content_type: DATA, content: AnyRef::from_der(&octets)? }.to_der()
}

fn safe_bag(id: ObjectIdentifier, value: &[u8], attributes: Option<&[u8]>) -> der::Result<Vec<u8>> {
    let attributes = attributes.map(AnyRef::from_der).transpose()?;
    SafeBag { id, value: AnyRef::from_der(value)?, attributes }.to_der()
}

fn attribute(id: ObjectIdentifier, value: &[u8]) -> der::Result<Vec<u8>> {
    Attribute { id, values: SetOfVec::try_from(vec![AnyRef::from_der(value)?])? }.to_der()
}

fn attribute_set(attributes: &[Vec<u8>]) -> der::Result<Vec<u8>> {
    let parsed = attributes.iter().map(|der| AnyRef::from_der(der)).collect::<der::Result<Vec<_>>>()?;
    SetOfVec::try_from(parsed)?.to_der()
}

fn sequence(content: &[u8]) -> der::Result<Vec<u8>> {
    AnyRef::new(der::Tag::Sequence, content)?.to_der()
}
