//! What a token says.
//!
//! ```text
//! TSTInfo ::= SEQUENCE { version INTEGER (1), policy OBJECT IDENTIFIER, messageImprint, serialNumber INTEGER,
//!     genTime GeneralizedTime, accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL,
//!     tsa [0] EXPLICIT GeneralName OPTIONAL, extensions [1] IMPLICIT OPTIONAL }
//! Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] INTEGER OPTIONAL, micros [1] INTEGER OPTIONAL }
//! ```

use jiff::Timestamp;

use super::request::MessageImprint;
use crate::asn1::{Asn1Error, Asn1ErrorKind, Context, Deviation, DeviationKind, Mode, Tag, Value, Writer};
use crate::oid::Oid;
use crate::time;

/// How far the time may be off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// Seconds.
    pub seconds: u32,
    /// Milliseconds, below 1000.
    pub millis: u16,
    /// Microseconds, below 1000.
    pub micros: u16,
}

/// The statement that some data existed at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo {
    /// Policy under which it was made.
    pub policy: Oid,
    /// What is stamped.
    pub imprint: MessageImprint,
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
    /// The time.
    pub gen_time: Timestamp,
    /// How exact it is.
    pub accuracy: Option<Accuracy>,
    /// Stamps of this authority can be ordered by time alone.
    pub ordering: bool,
    /// Content octets of the nonce of the request.
    pub nonce: Option<Vec<u8>>,
    /// Identifiers of critical extensions, none of which is understood here.
    pub critical_extensions: Vec<Oid>,
}

impl TstInfo {
    /// Reads TSTInfo.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn parse(der: &[u8], mode: Mode) -> Result<(Self, Vec<Deviation>), Asn1Error> {
        let context = Context::new(mode);
        let info = Self::read(&context.top(der)?)?;
        Ok((info, context.take_notes()))
    }

    fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut fields = value.sequence()?;
        let version = fields.read(Tag::INTEGER)?;
        if version.integer()? != 1 {
            version.note(DeviationKind::TsaVersion)?;
        }
        let policy = fields.read(Tag::OID)?.oid()?;
        let imprint = MessageImprint::read(&mut fields)?;
        let serial = fields.read(Tag::INTEGER)?.integer_bytes()?.to_vec();
        let gen_time = time::read_precise(&fields.read(Tag::GENERALIZED_TIME)?)?;
        let accuracy = fields.read_optional(Tag::SEQUENCE)?.map(|value| read_accuracy(&value)).transpose()?;
        let mut ordering = false;
        if let Some(flag) = fields.read_optional(Tag::BOOLEAN)? {
            ordering = flag.boolean()?;
            if !ordering {
                flag.note(DeviationKind::DefaultEncoded)?;
            }
        }
        let nonce = fields.read_optional(Tag::INTEGER)?.map(|value| value.integer_bytes()).transpose()?;
        let nonce = nonce.map(<[u8]>::to_vec);
        fields.read_optional(Tag::context(0))?;
        let mut critical_extensions = Vec::new();
        if let Some(list) = fields.read_optional(Tag::context(1))? {
            let mut list = list.children()?;
            while !list.is_empty() {
                let (oid, critical, _) = crate::x509::read_extension(&mut list)?;
                if critical {
                    critical_extensions.push(oid);
                }
            }
        }
        fields.finish()?;
        Ok(Self { policy, imprint, serial, gen_time, accuracy, ordering, nonce, critical_extensions })
    }

    /// The serial number in upper-case hexadecimal digits.
    pub fn serial_hex(&self) -> String {
        crate::x509::serial_hex(&self.serial)
    }

    /// The encoding; time in whole seconds, no name of the authority, no extensions.
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.integer(1);
                w.oid(&self.policy);
                self.imprint.write(w);
                w.value(Tag::INTEGER, &self.serial);
                w.generalized_time(self.gen_time);
                if let Some(accuracy) = self.accuracy {
                    write_accuracy(w, accuracy);
                }
                if self.ordering {
                    w.boolean(true);
                }
                if let Some(nonce) = &self.nonce {
                    w.value(Tag::INTEGER, nonce);
                }
            });
        })
    }
}

fn read_accuracy(value: &Value<'_>) -> Result<Accuracy, Asn1Error> {
    let mut accuracy = Accuracy::default();
    let mut fields = value.children()?;
    while let Some(field) = fields.read_any()? {
        let invalid = || field.error(Asn1ErrorKind::Content("accuracy"));
        let number = small(field.content()).ok_or_else(invalid)?;
        match field.tag() {
            Tag::INTEGER => accuracy.seconds = number,
            tag if tag == Tag::context_primitive(0) => {
                accuracy.millis = below_1000(number).ok_or_else(invalid)?;
            }
            tag if tag == Tag::context_primitive(1) => {
                accuracy.micros = below_1000(number).ok_or_else(invalid)?;
            }
            _ => return Err(invalid()),
        }
    }
    Ok(accuracy)
}

/// A number of at most four octets that is not negative.
fn small(content: &[u8]) -> Option<u32> {
    let is_negative = content.first().is_none_or(|first| *first >= 0x80);
    if is_negative || content.len() > 4 {
        return None;
    }
    Some(content.iter().fold(0, |sum, &octet| (sum << 8) | u32::from(octet)))
}

fn below_1000(number: u32) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number < 1000)
}

fn write_accuracy(writer: &mut Writer, accuracy: Accuracy) {
    writer.sequence(|w| {
        if accuracy.seconds > 0 {
            w.integer(i64::from(accuracy.seconds));
        }
        for (number, value) in [(0, accuracy.millis), (1, accuracy.micros)] {
            if value > 0 {
                // An implicit tag changes the header alone: two octets, since the number is small.
                let encoded = Writer::build(|w| w.unsigned(&value.to_be_bytes()));
                let content = encoded.get(2..).unwrap_or_default();
                w.implicit_primitive(number, content);
            }
        }
    });
}
