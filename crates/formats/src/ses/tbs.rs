//! What a signer signs with a seal (待签名数据).
//!
//! ```text
//! GB/T 38540 §7.1: TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo GeneralizedTime,
//!     dataHash BIT STRING, propertyInfo IA5String, extDatas [0] ExtensionDatas OPTIONAL }
//! GM/T 0031 §6.2:  TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo BIT STRING,
//!     dataHash BIT STRING, propertyInfo IA5String, cert OCTET STRING, signatureAlgorithm OBJECT IDENTIFIER }
//! ```

use std::fmt;

use jiff::Timestamp;

use super::seal::MAX_LEN;
use super::{ExtData, Seal, SesError, ext_data, fields};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind as Kind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Tag, Value,
    Writer,
};
use crate::oid::Oid;

/// Position of the time among the fields.
const TIME_FIELD: usize = 2;

/// The signed part of a seal signature. `Debug` shows the seal's identifier and the time alone.
#[derive(Clone, PartialEq, Eq)]
pub struct TbsSign {
    raw: Vec<u8>,
    /// Version number, which should be the seal's.
    pub version: i64,
    /// The seal.
    pub seal: Seal,
    /// When the signer says it was signed.
    pub time: Timestamp,
    /// The text of that time in the file.
    pub time_text: String,
    /// The time-stamp token that took the place of the time (GM/T 0031 allows it).
    pub time_token: Option<Vec<u8>>,
    /// Digest of what is protected.
    pub data_hash: BitString,
    /// What is protected; in OFD the path of Signature.xml.
    pub property_info: String,
    /// Extensions (GB/T 38540).
    pub ext_datas: Vec<ExtData>,
    /// The signer's certificate and algorithm, which GM/T 0031 has inside the signed part.
    pub signer: Option<(Vec<u8>, Oid)>,
}

impl TbsSign {
    /// The whole structure as received: what the signature covers.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The same without the time: what a token in its place could have been over.
    pub fn without_time(&self) -> Option<Vec<u8>> {
        let limits = Limits { max_len: MAX_LEN, ..Limits::default() };
        let context = Context::with_limits(Mode::Tolerant, limits);
        let mut list = context.top(&self.raw).ok()?.sequence().ok()?;
        let mut kept = Vec::with_capacity(self.raw.len());
        for position in 0.. {
            let Some(field) = list.read_any().ok()? else { break };
            if position != TIME_FIELD {
                kept.extend_from_slice(field.raw());
            }
        }
        Some(Writer::build(|w| w.sequence(|w| w.raw(&kept))))
    }

    /// True when the digest is `hash`; zeros that a writer cut off its end are restored.
    pub fn hash_is(&self, hash: &[u8]) -> bool {
        self.data_hash.restored(hash.len()).is_some_and(|restored| restored == hash)
    }

    pub(super) fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut list = value.sequence()?;
        let version_value = list.read(Tag::INTEGER)?;
        let version = version_value.integer()?;
        let seal = Seal::read(fields::unwrapped(fields::any(&mut list, Tag::SEQUENCE)?)?)?;
        if version != seal.header_version {
            version_value.note(DeviationKind::SignatureVersion)?;
        }
        let time_value = fields::any(&mut list, Tag::GENERALIZED_TIME)?;
        let hash_value = fields::any(&mut list, Tag::BIT_STRING)?;
        let info = fields::any(&mut list, Tag::IA5_STRING)?;
        let property_info = fields::borne(&info, fields::property_info(&info), String::new())?;
        let (mut ext_datas, mut signer) = (Vec::new(), None);
        // The certificate and the algorithm of GM/T 0031, or the extensions of GB/T 38540.
        if list.count()? >= 2 && list.peek() != Some(Tag::context(0)) {
            let cert = fields::certificate(&fields::any(&mut list, Tag::OCTET_STRING)?)?;
            signer = Some((cert, fields::algorithm(&fields::any(&mut list, Tag::OID)?)?));
        } else if let Some(value) = list.read_any()? {
            ext_datas = fields::borne(&value, ext_data::of_signature(&value), Vec::new())?;
        }
        list.finish_bearing()?;
        if signer.is_some() != seal.version.is_0031() {
            value.note(DeviationKind::SignatureStructure)?;
        }
        let time = if signer.is_some() {
            fields::time_info(&time_value)?
        } else {
            fields::time_field(&time_value, Tag::GENERALIZED_TIME)?
        };
        let data_hash = fields::borne(&hash_value, read_hash(&hash_value), BitString::from_bytes(&[]))?;
        Ok(Self {
            raw: value.raw().to_vec(),
            version,
            seal,
            time: time.at,
            time_text: time.text,
            time_token: time.token,
            data_hash,
            property_info,
            ext_datas,
            signer,
        })
    }
}

impl fmt::Debug for TbsSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TbsSign({:?}, {})", self.seal, self.time)
    }
}

/// Digests have lengths of their own; one that is a little shorter was trimmed.
fn read_hash(value: &Value<'_>) -> Result<BitString, Asn1Error> {
    let bits = fields::bits(value)?;
    match bits.bytes.len() {
        16 | 20 | 32 | 48 | 64 => {}
        28..=31 => value.note(DeviationKind::BitsTrimmed)?,
        _ if bits.bytes.len() > 64 => return Err(value.error(Kind::Content("digest"))),
        _ => {}
    }
    Ok(bits)
}

/// Reads the message that a signer is asked to sign, so that seal, time and digest can be compared with
/// what was consented to.
///
/// # Errors
/// When the bytes are no TBS_Sign.
pub fn parse_tbs(der: &[u8], mode: Mode) -> Result<(TbsSign, Vec<Deviation>), SesError> {
    let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
    let tbs = TbsSign::read(&context.top(der)?)?;
    context.take_fault().map_or(Ok(()), Err)?;
    Ok((tbs, context.take_notes()))
}
