//! The request.
//!
//! ```text
//! TimeStampReq ::= SEQUENCE { version INTEGER (1), messageImprint, reqPolicy OBJECT IDENTIFIER OPTIONAL,
//!     nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE, extensions [0] IMPLICIT Extensions OPTIONAL }
//! MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }
//! ```

use crypto::Random;

use super::TspError;
use crate::asn1::{Asn1Error, Context, Deviation, DeviationKind, Limits, Mode, Reader, Tag, Writer};
use crate::oid::{self, Oid};
use crate::x509::{AlgorithmIdentifier, Parameters};

/// Longest request accepted, in bytes; a request holds no more than a digest and some numbers.
const MAX_LEN: usize = 16 * 1024;

/// The digest that is stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageImprint {
    /// Digest algorithm.
    pub algorithm: AlgorithmIdentifier,
    /// The digest.
    pub digest: Vec<u8>,
}

impl MessageImprint {
    /// The imprint of some data with SM3.
    pub fn sm3(data: &[u8]) -> Self {
        Self { algorithm: AlgorithmIdentifier::plain(oid::SM3), digest: crypto::sm3::digest(data).to_vec() }
    }

    /// True when this is the imprint of `data`; false also when the algorithm is not known.
    pub fn is_of(&self, data: &[u8]) -> bool {
        let algorithm = oid::digest_algorithm(&self.algorithm.oid);
        algorithm.is_some_and(|algorithm| algorithm.digest(data) == self.digest)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let value = reader.read(Tag::SEQUENCE)?;
        let mut fields = value.children()?;
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        if matches!(algorithm.parameters, Parameters::Other(_)) {
            value.note(DeviationKind::AlgorithmParameters)?;
        }
        let digest = fields.read(Tag::OCTET_STRING)?.octets()?.into_owned();
        fields.finish()?;
        Ok(Self { algorithm, digest })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            self.algorithm.write(w);
            w.octets(&self.digest);
        });
    }
}

/// A request for a time stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampReq {
    /// What is to be stamped.
    pub imprint: MessageImprint,
    /// Policy asked for.
    pub policy: Option<Oid>,
    /// Content octets of the nonce.
    pub nonce: Option<Vec<u8>>,
    /// The authority's certificate is to be inside the token.
    pub cert_req: bool,
    /// Identifiers of the extensions in the request.
    pub extensions: Vec<Oid>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl TimeStampReq {
    /// A request for a stamp over some data with SM3, with a random nonce, asking for the certificate.
    pub fn new(data: &[u8], random: &Random) -> Self {
        let mut nonce = [0; 9];
        random.fill(nonce.get_mut(1..).unwrap_or_default());
        // The first random octet stays below 0x80 and above zero, so that the number is positive and minimal.
        let digits = nonce.get_mut(1..).unwrap_or_default();
        if let Some(first) = digits.first_mut() {
            *first = (*first & 0x7F) | 0x40;
        }
        Self {
            imprint: MessageImprint::sm3(data),
            policy: None,
            nonce: Some(digits.to_vec()),
            cert_req: true,
            extensions: Vec::new(),
            deviations: Vec::new(),
        }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, TspError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let mut fields = context.top(der)?.sequence()?;
        let version = fields.read(Tag::INTEGER)?;
        if version.integer()? != 1 {
            version.note(DeviationKind::TsaVersion)?;
        }
        let imprint = MessageImprint::read(&mut fields)?;
        let policy = fields.read_optional(Tag::OID)?.map(|value| value.oid()).transpose()?;
        let nonce = fields.read_optional(Tag::INTEGER)?.map(|value| value.integer_bytes()).transpose()?;
        let cert_req = match fields.read_optional(Tag::BOOLEAN)? {
            None => false,
            Some(flag) => {
                let wanted = flag.boolean()?;
                if !wanted {
                    flag.note(DeviationKind::DefaultEncoded)?;
                }
                wanted
            }
        };
        let mut extensions = Vec::new();
        if let Some(list) = fields.read_optional(Tag::context(0))? {
            let mut list = list.children()?;
            while !list.is_empty() {
                extensions.push(crate::x509::read_extension(&mut list)?.0);
            }
        }
        fields.finish()?;
        let nonce = nonce.map(<[u8]>::to_vec);
        Ok(Self { imprint, policy, nonce, cert_req, extensions, deviations: context.take_notes() })
    }

    /// The encoding; extensions are never asked for.
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.integer(1);
                self.imprint.write(w);
                if let Some(policy) = &self.policy {
                    w.oid(policy);
                }
                if let Some(nonce) = &self.nonce {
                    w.value(Tag::INTEGER, nonce);
                }
                if self.cert_req {
                    w.boolean(true);
                }
            });
        })
    }
}
