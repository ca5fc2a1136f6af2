//! Revocation information among the signed attributes, as Acrobat writes it (ISO 32000-1 §12.8.3.3).
//!
//! ```text
//! RevocationInfoArchival ::= SEQUENCE {
//!     crl [0] EXPLICIT SEQUENCE OF CertificateList OPTIONAL,
//!     ocsp [1] EXPLICIT SEQUENCE OF OCSPResponse OPTIONAL,
//!     otherRevInfo [2] EXPLICIT SEQUENCE OF OtherRevInfo OPTIONAL }
//! ```

use crate::asn1::{Asn1Error, Asn1ErrorKind, Context, Limits, Mode, Tag, Value};

/// Entries of one kind; a chain has fewer certificates.
const MAX_ENTRIES: usize = 64;
/// Longest attribute, in bytes; lists of revoked certificates may be inside.
const MAX_LEN: usize = 64 * 1024 * 1024;

/// The encodings inside the attribute; none of them is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdobeRevocation {
    /// Revocation lists in DER.
    pub crls: Vec<Vec<u8>>,
    /// `OCSPResponse`s in DER.
    pub ocsps: Vec<Vec<u8>>,
}

impl AdobeRevocation {
    /// Reads the value of the attribute.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, Asn1Error> {
        let context = Context::with_limits(Mode::Tolerant, Limits { max_len: MAX_LEN, ..Limits::default() });
        let mut fields = context.top(encoded)?.sequence()?;
        let crls = list(fields.read_optional(Tag::context(0))?)?;
        let ocsps = list(fields.read_optional(Tag::context(1))?)?;
        Ok(Self { crls, ocsps })
    }
}

fn list(tagged: Option<Value<'_>>) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let Some(tagged) = tagged else { return Ok(Vec::new()) };
    let mut list = tagged.explicit()?.sequence()?;
    let mut encodings = Vec::new();
    while let Some(element) = list.read_any()? {
        if encodings.len() >= MAX_ENTRIES {
            return Err(element.error(Asn1ErrorKind::TooLarge));
        }
        encodings.push(element.raw().to_vec());
    }
    Ok(encodings)
}
