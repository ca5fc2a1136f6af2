//! The seal (电子印章).
//!
//! ```text
//! GB/T 38540 §6.1:  SESeal ::= SEQUENCE { eSealInfo SES_SealInfo, cert OCTET STRING, signAlgID OBJECT IDENTIFIER, signedValue BIT STRING }
//! "version 5":      the same and timeStamp [0] BIT STRING OPTIONAL
//! GM/T 0031 §6.1:   SESeal ::= SEQUENCE { esealInfo SES_SealInfo, signInfo SEQUENCE { cert, signatureAlgorithm, signData } }
//! SES_SealInfo ::= SEQUENCE { header, esID IA5String, property, picture, extDatas OPTIONAL }
//! SES_Header ::= SEQUENCE { ID IA5String "ES", version INTEGER, Vid IA5String }
//! SES_ESPropertyInfo ::= SEQUENCE { type INTEGER, name UTF8String, [38540 only: certListType INTEGER,]
//!     certList SES_CertList, createDate, validStart, validEnd (0031: UTCTime, 38540: GeneralizedTime) }
//! ```

use std::borrow::Cow;
use std::fmt;

use crypto::{VerifyError, VerifyingKey};
use jiff::Timestamp;

use super::{CertList, ExtData, Picture, SesError, ext_data, fields, known_algorithm};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind as Kind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Reader,
    Span, Tag, Value, Writer, der_form,
};
use crate::oid::Oid;
use crate::signature_value::{SignatureCandidate, signature_candidates, verify_candidates};
use crate::x509::{Certificate, SignatureFault};

/// Longest seal accepted, in bytes; bitmaps make seals of 200 kB.
pub(super) const MAX_LEN: usize = 16 * 1024 * 1024;

/// The version of a seal, by its shape first and its number second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SealVersion {
    /// GM/T 0031-2014, header version 1 (or one that no standard gives).
    V1,
    /// GM/T 0031-2014, header version 2.
    V2,
    /// GM/T 0031-2014, header version 3.
    V3,
    /// GB/T 38540-2020.
    V4,
    /// As GB/T 38540 with an optional time stamp, header version 5.
    V5,
}

impl SealVersion {
    /// True for the structure of GM/T 0031-2014.
    pub fn is_0031(self) -> bool {
        self < Self::V4
    }
}

/// The three times of a seal as they stand in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTimes {
    /// createDate.
    pub create: String,
    /// validStart.
    pub valid_start: String,
    /// validEnd.
    pub valid_end: String,
}

/// A seal: its bytes as received, and what they say.
///
/// `Debug` shows version and identifier alone: the name of a seal may be a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct Seal {
    raw: Vec<u8>,
    info: Span,
    maker_cert_field: Span,
    sign_alg_field: Span,
    /// Version, by shape.
    pub version: SealVersion,
    /// Version number in the header.
    pub header_version: i64,
    /// Who made the system that made the seal (Vid).
    pub vid: String,
    /// Identifier of the seal (esID): the seal's code.
    pub es_id: String,
    /// Type of the seal; free in GB/T 38540, 1 unit and 2 person in GM/T 0031.
    pub seal_type: i64,
    /// Name of the seal.
    pub name: String,
    /// certListType as written; `None` in the structure of GM/T 0031.
    pub cert_list_type: Option<i64>,
    /// Who may sign with it.
    pub cert_list: CertList,
    /// When it was made.
    pub create: Timestamp,
    /// From when it may be used.
    pub valid_start: Timestamp,
    /// Until when it may be used.
    pub valid_end: Timestamp,
    /// The texts of these times.
    pub raw_times: RawTimes,
    /// Its picture.
    pub picture: Picture,
    /// Its extensions.
    pub ext_datas: Vec<ExtData>,
    /// The maker's certificate in DER.
    pub maker_cert: Vec<u8>,
    /// The maker's signature algorithm.
    pub sign_alg: Oid,
    /// The maker's signature value.
    pub signature: BitString,
    /// Time-stamp token of the "version 5".
    pub time_stamp: Option<Vec<u8>>,
}

impl Seal {
    /// Reads a seal.
    ///
    /// # Errors
    /// When the bytes are no seal, or depart from the standard in strict mode.
    pub fn parse(der: &[u8], mode: Mode) -> Result<(Self, Vec<Deviation>), SesError> {
        match Self::parse_bearing(der, mode)? {
            (seal, notes, None) => Ok((seal, notes)),
            (_, _, Some(fault)) => Err(fault),
        }
    }

    /// The same for a verifier, which judges what can be read of a seal that is wrong in one part: an error in a part
    /// that the rest can do without comes beside what was read.
    ///
    /// # Errors
    /// When too little can be read for a seal.
    pub fn parse_bearing(
        der: &[u8],
        mode: Mode,
    ) -> Result<(Self, Vec<Deviation>, Option<SesError>), SesError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let seal = Self::read(fields::unwrapped(context.top(der)?)?)?;
        Ok((seal, context.take_notes(), context.take_fault().map(SesError::from)))
    }

    /// Reads a seal that is a value of a larger structure.
    pub(super) fn read(value: Value<'_>) -> Result<Self, Asn1Error> {
        let mut outer = value.sequence()?;
        let info_value = fields::unwrapped(fields::any(&mut outer, Tag::SEQUENCE)?)?;
        let info = SealInfo::read(&info_value)?;
        let by_0031 = outer.count()? == 1;
        let sign = if by_0031 {
            let sign_info = fields::unwrapped(fields::any(&mut outer, Tag::SEQUENCE)?)?;
            let mut inner = sign_info.children()?;
            let sign = MakerSign::read(&mut inner)?;
            inner.finish_bearing()?;
            sign
        } else {
            MakerSign::read(&mut outer)?
        };
        let time_stamp = fields::borne(&value, fields::time_stamp(&mut outer), None)?;
        outer.finish_bearing()?;
        let version = info.version(by_0031, time_stamp.is_some(), &info_value)?;
        info.check_times(version)?;
        let origin = value.offset();
        Ok(Self {
            raw: value.raw().to_vec(),
            info: info_value.span().relative_to(origin),
            maker_cert_field: sign.cert_field.relative_to(origin),
            sign_alg_field: sign.alg_field.relative_to(origin),
            version,
            header_version: info.header_version,
            vid: info.vid,
            es_id: info.es_id,
            seal_type: info.seal_type,
            name: info.name,
            cert_list_type: info.cert_list_type,
            cert_list: info.cert_list,
            create: info.create.1,
            valid_start: info.valid_start.1,
            valid_end: info.valid_end.1,
            raw_times: info.raw_times,
            picture: info.picture,
            ext_datas: info.ext_datas,
            maker_cert: sign.cert,
            sign_alg: sign.alg,
            signature: sign.value,
            time_stamp,
        })
    }

    /// The whole seal as received.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// SES_SealInfo as received.
    pub fn info(&self) -> &[u8] {
        self.info.of(&self.raw)
    }

    /// The bytes that the maker signed: SES_SealInfo (GB/T 38540 §6.1.5), or for GM/T 0031 §6.1.1.2 the
    /// `SEQUENCE { SES_SealInfo, cert, signatureAlgorithm }` put together from the stored slices.
    pub fn signed_bytes(&self) -> Cow<'_, [u8]> {
        if !self.version.is_0031() {
            return Cow::Borrowed(self.info());
        }
        Cow::Owned(Writer::build(|w| {
            w.sequence(|w| {
                w.raw(self.info());
                w.raw(self.maker_cert_field.of(&self.raw));
                w.raw(self.sign_alg_field.of(&self.raw));
            });
        }))
    }

    /// The readings of the maker's signature value, the one in the file first.
    pub fn signature_candidates(&self) -> Vec<SignatureCandidate> {
        signature_candidates(&self.signature)
    }

    /// The maker's certificate.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn maker_certificate(&self) -> Result<Certificate, crate::x509::X509Error> {
        Certificate::from_der(&self.maker_cert)
    }

    /// Checks the maker's signature with a key; tells what had to be tolerated.
    ///
    /// # Errors
    /// When the signature is not one of this key over this seal.
    pub fn check_maker_signature(&self, key: &VerifyingKey) -> Result<Vec<DeviationKind>, SignatureFault> {
        let algorithm = known_algorithm(&self.sign_alg)?;
        check_forms(&self.signed_bytes(), |message| {
            verify_candidates(key, algorithm, message, &self.signature)
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal({:?}, {:?})", self.version, self.es_id)
    }
}

/// Tries the stored form, then the DER form where the stored one is BER.
pub(super) fn check_forms(
    stored: &[u8],
    verify: impl Fn(&[u8]) -> Result<Option<DeviationKind>, VerifyError>,
) -> Result<Vec<DeviationKind>, SignatureFault> {
    let error = match verify(stored) {
        Ok(deviation) => return Ok(deviation.into_iter().collect()),
        Err(error) => error,
    };
    let der = der_form(stored).ok().filter(|der| der != stored);
    match der.map(|der| verify(&der)) {
        Some(Ok(deviation)) => Ok(std::iter::once(DeviationKind::DerFormSigned).chain(deviation).collect()),
        _ => Err(error.into()),
    }
}

/// The maker's part.
struct MakerSign {
    cert: Vec<u8>,
    cert_field: Span,
    alg: Oid,
    alg_field: Span,
    value: BitString,
}

impl MakerSign {
    fn read(list: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let cert = fields::any(list, Tag::OCTET_STRING)?;
        let alg = fields::any(list, Tag::OID)?;
        let value = fields::any(list, Tag::BIT_STRING)?;
        Ok(Self {
            cert: fields::certificate(&cert)?,
            cert_field: cert.span(),
            alg: fields::algorithm(&alg)?,
            alg_field: alg.span(),
            value: fields::signature_value(&value)?,
        })
    }
}

/// SES_SealInfo while it is being read. The times keep their value until the version is known, which
/// decides what type they should have.
struct SealInfo<'a> {
    header_version: i64,
    vid: String,
    es_id: String,
    seal_type: i64,
    name: String,
    cert_list_type: Option<i64>,
    cert_list: CertList,
    create: (Value<'a>, Timestamp),
    valid_start: (Value<'a>, Timestamp),
    valid_end: (Value<'a>, Timestamp),
    raw_times: RawTimes,
    picture: Picture,
    ext_datas: Vec<ExtData>,
}

impl<'a> SealInfo<'a> {
    fn read(value: &Value<'a>) -> Result<Self, Asn1Error> {
        let mut list = value.sequence()?;
        let (header_version, vid) = read_header(list.read(Tag::SEQUENCE)?)?;
        let es_id = fields::any(&mut list, Tag::IA5_STRING)?.text_as(Tag::IA5_STRING)?;

        let mut property = list.sequence()?;
        let seal_type = fields::integer(&mut property)?;
        let name = fields::any(&mut property, Tag::UTF8_STRING)?.text_as(Tag::UTF8_STRING)?;
        let list_type = property.read_optional(Tag::INTEGER)?;
        let cert_list = CertList::read(&property.read(Tag::SEQUENCE)?)?;
        let cert_list_type = match list_type {
            None => None,
            Some(number) => {
                let written = number.integer()?;
                if written != cert_list.list_type() {
                    number.note(DeviationKind::CertListType)?;
                }
                Some(written)
            }
        };
        let mut raw_times = RawTimes::default();
        let create = read_time(&mut property, &mut raw_times.create)?;
        let valid_start = read_time(&mut property, &mut raw_times.valid_start)?;
        let valid_end = read_time(&mut property, &mut raw_times.valid_end)?;
        property.finish_bearing()?;

        let picture_value = list.read(Tag::SEQUENCE)?;
        let none = Picture { kind: String::new(), data: Vec::new(), width_mm: 0, height_mm: 0 };
        let picture = fields::borne(&picture_value, Picture::read(&picture_value), none)?;
        let ext_datas = fields::borne(value, ext_data::of_seal(&mut list), Vec::new())?;
        list.finish_bearing()?;
        Ok(Self {
            header_version,
            vid,
            es_id,
            seal_type,
            name,
            cert_list_type,
            cert_list,
            create,
            valid_start,
            valid_end,
            raw_times,
            picture,
            ext_datas,
        })
    }

    /// Shape decides; a number or a list of properties that says otherwise is a deviation.
    fn version(&self, by_0031: bool, has_time_stamp: bool, at: &Value<'_>) -> Result<SealVersion, Asn1Error> {
        let version = match (by_0031, self.header_version) {
            (true, 2) => SealVersion::V2,
            (true, 3) => SealVersion::V3,
            (true, _) => SealVersion::V1,
            (false, 5) => SealVersion::V5,
            (false, _) if has_time_stamp => SealVersion::V5,
            (false, _) => SealVersion::V4,
        };
        let number_fits = match version {
            // The text of GM/T 0031 gives no list of versions, but 4 and 5 belong to the other structure.
            SealVersion::V1 | SealVersion::V2 | SealVersion::V3 => !matches!(self.header_version, 4 | 5),
            SealVersion::V4 => self.header_version == 4,
            SealVersion::V5 => self.header_version == 5,
        };
        if !number_fits || by_0031 == self.cert_list_type.is_some() {
            at.note(DeviationKind::SealVersion)?;
        }
        Ok(version)
    }

    /// Notes times of another type than the version's.
    fn check_times(&self, version: SealVersion) -> Result<(), Asn1Error> {
        let expected = if version.is_0031() { Tag::UTC_TIME } else { Tag::GENERALIZED_TIME };
        for (value, _) in [&self.create, &self.valid_start, &self.valid_end] {
            if value.tag() != expected {
                value.note(DeviationKind::TimeType)?;
            }
        }
        Ok(())
    }
}

fn read_header(value: Value<'_>) -> Result<(i64, String), Asn1Error> {
    let mut header = value.children()?;
    let id_value = fields::any(&mut header, Tag::IA5_STRING)?;
    let id = id_value.text_as(Tag::IA5_STRING)?;
    if !id.eq_ignore_ascii_case("ES") {
        return Err(id_value.error(Kind::Shape("seal header")));
    }
    if id != "ES" {
        id_value.note(DeviationKind::HeaderId)?;
    }
    let version = fields::integer(&mut header)?;
    let vid = fields::any(&mut header, Tag::IA5_STRING)?.text_as(Tag::IA5_STRING)?;
    header.finish_bearing()?;
    Ok((version, vid))
}

fn read_time<'a>(list: &mut Reader<'a>, text: &mut String) -> Result<(Value<'a>, Timestamp), Asn1Error> {
    let value = fields::any(list, Tag::GENERALIZED_TIME)?;
    let time = fields::time_field(&value, value.tag())?;
    *text = time.text;
    Ok((value, time.at))
}
