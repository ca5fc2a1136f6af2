//! Seals and signatures written: version 4 of GB/T 38540, to the letter.
//!
//! Making a seal and signing are each three steps, so that a device or another system can stand in the
//! middle: what is to be signed, the signature, the assembled structure.

use std::fmt;

use crypto::Signer;
use jiff::Timestamp;

use super::{CertList, ExtData, Picture, Seal, SealVersion, SesError};
use crate::asn1::{Mode, Tag, Writer};
use crate::oid;
use crate::x509::Certificate;

/// The version that is written.
const VERSION: i64 = 4;

/// A seal to be made.
#[derive(Clone)]
pub struct SealDraft {
    /// Who made the system that makes the seal (Vid), ASCII.
    pub vid: String,
    /// Identifier of the seal (esID), ASCII.
    pub es_id: String,
    /// Type of the seal.
    pub seal_type: i64,
    /// Name of the seal.
    pub name: String,
    /// Who may sign with it.
    pub cert_list: CertList,
    /// When it is made.
    pub create: Timestamp,
    /// From when it may be used.
    pub valid_start: Timestamp,
    /// Until when it may be used.
    pub valid_end: Timestamp,
    /// Its picture.
    pub picture: Picture,
    /// Its extensions.
    pub ext_datas: Vec<ExtData>,
}

impl fmt::Debug for SealDraft {
    /// The name may be a person's, so that the identifier must do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealDraft({:?})", self.es_id)
    }
}

impl SealDraft {
    /// SES_SealInfo: the bytes for the maker to sign.
    ///
    /// # Errors
    /// When a field does not fit its type or the standard.
    pub fn info_der(&self) -> Result<Vec<u8>, SesError> {
        self.check()?;
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.string(Tag::IA5_STRING, "ES");
                    w.integer(VERSION);
                    w.string(Tag::IA5_STRING, &self.vid);
                });
                w.string(Tag::IA5_STRING, &self.es_id);
                w.sequence(|w| {
                    w.integer(self.seal_type);
                    w.string(Tag::UTF8_STRING, &self.name);
                    w.integer(self.cert_list.list_type());
                    self.cert_list.write(w);
                    w.generalized_time(self.create);
                    w.generalized_time(self.valid_start);
                    w.generalized_time(self.valid_end);
                });
                self.picture.write(w);
                if !self.ext_datas.is_empty() {
                    ExtData::write_list(w, &self.ext_datas);
                }
            });
        }))
    }

    /// Makes the seal with the maker's key.
    ///
    /// # Errors
    /// When a field does not fit, the key is not that of the certificate, or it refuses to sign.
    pub fn sign(&self, maker: &dyn Signer, maker_cert_der: &[u8]) -> Result<Vec<u8>, SesError> {
        let certificate = Certificate::from_der(maker_cert_der).map_err(|_| SesError::Certificate)?;
        if certificate.spki_der() != maker.verifying_key().spki_der() {
            return Err(SesError::WrongKey);
        }
        let info = self.info_der()?;
        let signature = maker.sign(&info)?;
        Ok(assemble_seal(&info, maker_cert_der, &signature))
    }

    fn check(&self) -> Result<(), SesError> {
        ascii(&self.vid, "Vid")?;
        ascii(&self.es_id, "esID")?;
        ascii(&self.picture.kind, "picture type")?;
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return Err(SesError::Text("seal name"));
        }
        if matches!(self.cert_list, CertList::Text(_)) || self.cert_list.is_empty() {
            return Err(SesError::Range("certificate list"));
        }
        if let CertList::Digests(digests) = &self.cert_list {
            digests.iter().try_for_each(|digest| ascii(&digest.kind, "certificate digest type"))?;
        }
        if self.valid_start > self.valid_end {
            return Err(SesError::Range("period of validity"));
        }
        if self.picture.width_mm < 1 || self.picture.height_mm < 1 || self.picture.data.is_empty() {
            return Err(SesError::Range("picture"));
        }
        Ok(())
    }
}

/// Puts a seal together from SES_SealInfo, the maker's certificate and the maker's SM2 signature over it.
pub fn assemble_seal(info_der: &[u8], maker_cert_der: &[u8], signature_der: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(info_der);
            w.octets(maker_cert_der);
            w.oid(&oid::SM2_WITH_SM3);
            w.bits(signature_der);
        });
    })
}

/// A signature to be made with a seal.
#[derive(Clone)]
pub struct TbsSignDraft {
    /// The seal, byte for byte.
    pub seal_der: Vec<u8>,
    /// Signing time; written in whole seconds.
    pub time: Timestamp,
    /// SM3 of what is protected; in OFD of Signature.xml as stored.
    pub data_hash: [u8; 32],
    /// What is protected, ASCII; in OFD the path of Signature.xml.
    pub property_info: String,
    /// Extensions.
    pub ext_datas: Vec<ExtData>,
}

impl fmt::Debug for TbsSignDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TbsSignDraft({}, {})", self.time, hex::encode(self.data_hash))
    }
}

impl TbsSignDraft {
    /// TBS_Sign: the message for the signer to sign (待签名数据).
    ///
    /// # Errors
    /// When the seal cannot be read or is not of version 4, or a text does not fit its type.
    pub fn to_der(&self) -> Result<Vec<u8>, SesError> {
        let (seal, _) = Seal::parse(&self.seal_der, Mode::Tolerant)?;
        if seal.version != SealVersion::V4 {
            return Err(SesError::Version(seal.header_version));
        }
        ascii(&self.property_info, "propertyInfo")?;
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.integer(VERSION);
                w.raw(seal.raw());
                w.generalized_time(self.time);
                w.bits(&self.data_hash);
                w.string(Tag::IA5_STRING, &self.property_info);
                if !self.ext_datas.is_empty() {
                    w.explicit(0, |w| ExtData::write_list(w, &self.ext_datas));
                }
            });
        }))
    }
}

/// Puts a signature together from TBS_Sign, the signer's certificate, the SM2 signature over TBS_Sign (DER),
/// and optionally a time-stamp token over the signature value.
pub fn assemble_signature(
    tbs_der: &[u8],
    signer_cert_der: &[u8],
    signature_der: &[u8],
    timestamp: Option<&[u8]>,
) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(tbs_der);
            w.octets(signer_cert_der);
            w.oid(&oid::SM2_WITH_SM3);
            w.bits(signature_der);
            if let Some(token) = timestamp {
                w.explicit(0, |w| w.bits(token));
            }
        });
    })
}

fn ascii(text: &str, field: &'static str) -> Result<(), SesError> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control());
    if fits { Ok(()) } else { Err(SesError::Text(field)) }
}
