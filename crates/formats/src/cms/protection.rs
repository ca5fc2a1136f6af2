//! The attribute that protects the algorithms of a signer against exchange (RFC 6211).
//!
//! `CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, [1] signatureAlgorithm OPTIONAL, [2] macAlgorithm OPTIONAL }`

use crate::asn1::{Asn1Error, Context, Mode, Tag};
use crate::x509::AlgorithmIdentifier;

/// The algorithms as the signer protected them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmProtection {
    /// The digest algorithm.
    pub digest: AlgorithmIdentifier,
    /// The signature algorithm; a signed message has to name it.
    pub signature: Option<AlgorithmIdentifier>,
}

impl AlgorithmProtection {
    /// Reads the value of the attribute.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, Asn1Error> {
        let context = Context::new(Mode::Tolerant);
        let mut fields = context.top(encoded)?.sequence()?;
        let digest = AlgorithmIdentifier::read(&mut fields)?;
        let signature = match fields.read_optional(Tag::context(1))? {
            Some(value) => Some(AlgorithmIdentifier::read_fields(value.children()?)?),
            None => None,
        };
        fields.read_optional(Tag::context(2))?;
        fields.finish()?;
        Ok(Self { digest, signature })
    }
}
