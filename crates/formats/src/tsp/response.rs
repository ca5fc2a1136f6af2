//! The answer.
//!
//! ```text
//! TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken ContentInfo OPTIONAL }
//! PKIStatusInfo ::= SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL, failInfo BIT STRING OPTIONAL }
//! ```

use super::TspError;
use crate::asn1::{Asn1ErrorKind, BitString, Context, Deviation, Limits, Mode, Tag, Writer};

/// Longest answer accepted, in bytes.
const MAX_LEN: usize = 1024 * 1024;
/// Texts in one status.
const MAX_TEXTS: usize = 16;

/// Status of an answer (PKIStatus).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkiStatus {
    /// A token is there as asked for.
    Granted,
    /// A token is there, with changes.
    GrantedWithMods,
    /// Refused.
    Rejection,
    /// Not ready yet.
    Waiting,
    /// A revocation is imminent.
    RevocationWarning,
    /// A revocation has taken place.
    RevocationNotification,
}

impl PkiStatus {
    const ALL: [Self; 6] = [
        Self::Granted,
        Self::GrantedWithMods,
        Self::Rejection,
        Self::Waiting,
        Self::RevocationWarning,
        Self::RevocationNotification,
    ];

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    fn number(self) -> i64 {
        let index = Self::ALL.iter().position(|status| *status == self).unwrap_or(0);
        i64::try_from(index).unwrap_or(0)
    }

    /// True when a token must be there.
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Granted | Self::GrantedWithMods)
    }
}

/// Why a request was refused (PKIFailureInfo).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailInfo {
    /// The digest algorithm is not accepted.
    BadAlg,
    /// The request is not permitted or not supported.
    BadRequest,
    /// The data is malformed.
    BadDataFormat,
    /// The source of time is not available.
    TimeNotAvailable,
    /// The policy asked for is not supported.
    UnacceptedPolicy,
    /// An extension asked for is not supported.
    UnacceptedExtension,
    /// Additional information is not understood or not available.
    AddInfoNotAvailable,
    /// The system failed.
    SystemFailure,
}

impl FailInfo {
    /// The reason in a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::BadAlg => "the digest algorithm is not accepted",
            Self::BadRequest => "the request is not permitted or not supported",
            Self::BadDataFormat => "the request is malformed",
            Self::TimeNotAvailable => "the time is not available",
            Self::UnacceptedPolicy => "the policy is not supported",
            Self::UnacceptedExtension => "an extension is not supported",
            Self::AddInfoNotAvailable => "additional information is not available",
            Self::SystemFailure => "the authority has failed",
        }
    }

    const ALL: [(Self, usize); 8] = [
        (Self::BadAlg, 0),
        (Self::BadRequest, 2),
        (Self::BadDataFormat, 5),
        (Self::TimeNotAvailable, 14),
        (Self::UnacceptedPolicy, 15),
        (Self::UnacceptedExtension, 16),
        (Self::AddInfoNotAvailable, 17),
        (Self::SystemFailure, 25),
    ];

    fn bit(self) -> usize {
        Self::ALL.iter().find(|(info, _)| *info == self).map_or(25, |(_, bit)| *bit)
    }

    fn from_bits(bits: &BitString) -> Option<Self> {
        Self::ALL.iter().find(|(_, bit)| bits.bit(*bit)).map(|(info, _)| *info)
    }
}

/// An answer of a time-stamp authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampResp {
    /// Status.
    pub status: PkiStatus,
    /// Texts for people.
    pub texts: Vec<String>,
    /// Why it was refused, when that is told.
    pub fail_info: Option<FailInfo>,
    /// The token.
    pub token: Option<Vec<u8>>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl TimeStampResp {
    /// Reads an answer. The token in it is not read here.
    ///
    /// # Errors
    /// When the bytes are none, or token and status contradict each other.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, TspError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let mut info = outer.sequence()?;
        let status_value = info.read(Tag::INTEGER)?;
        let status = PkiStatus::from_number(status_value.integer()?)
            .ok_or_else(|| status_value.error(Asn1ErrorKind::Content("PKIStatus")))?;
        let mut texts = Vec::new();
        if let Some(list) = info.read_optional(Tag::SEQUENCE)? {
            let mut list = list.children()?;
            while let Some(text) = list.read_any()? {
                if texts.len() >= MAX_TEXTS {
                    return Err(text.error(Asn1ErrorKind::TooLarge).into());
                }
                texts.push(text.text_as(Tag::UTF8_STRING)?);
            }
        }
        let bits = info.read_optional(Tag::BIT_STRING)?.map(|value| value.bit_string()).transpose()?;
        info.finish()?;
        let token = outer.read_optional(Tag::SEQUENCE)?.map(|value| value.raw().to_vec());
        outer.finish()?;
        if status.is_granted() != token.is_some() {
            return Err(value.error(Asn1ErrorKind::Shape("time-stamp answer")).into());
        }
        let fail_info = bits.as_ref().and_then(FailInfo::from_bits);
        Ok(Self { status, texts, fail_info, token, deviations: context.take_notes() })
    }

    /// The encoding.
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.integer(self.status.number());
                    if !self.texts.is_empty() {
                        w.sequence(|w| self.texts.iter().for_each(|text| w.string(Tag::UTF8_STRING, text)));
                    }
                    if let Some(info) = self.fail_info {
                        let mut bits = [0_u8; 4];
                        if let Some(octet) = bits.get_mut(info.bit() / 8) {
                            *octet = 0x80 >> (info.bit() % 8);
                        }
                        w.named_bits(&bits);
                    }
                });
                if let Some(token) = &self.token {
                    w.raw(token);
                }
            });
        })
    }
}
