//! `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`

use crate::asn1::{Asn1Error, Reader, Tag, Writer};
use crate::oid::{self, Oid};

/// The parameters beside an algorithm's identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// None: right for SM2 with SM3.
    Absent,
    /// NULL: what many certification authorities write, and right for RSA.
    Null,
    /// Anything else, as its encoding.
    Other(Vec<u8>),
}

/// An algorithm with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// The identifier.
    pub oid: Oid,
    /// Its parameters.
    pub parameters: Parameters,
}

impl AlgorithmIdentifier {
    /// An identifier without parameters.
    pub fn plain(oid: Oid) -> Self {
        Self { oid, parameters: Parameters::Absent }
    }

    /// What certificates and lists write for a signature algorithm: NULL for RSA, nothing for the others.
    pub fn of_signature(algorithm: crypto::SignatureAlgorithm) -> Self {
        let oid = oid::of_signature_algorithm(algorithm);
        let is_rsa = oid.is_under(&RSA_ARC);
        Self { oid, parameters: if is_rsa { Parameters::Null } else { Parameters::Absent } }
    }

    /// Reads the next value as an algorithm.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let mut fields = reader.sequence()?;
        let oid = fields.read(Tag::OID)?.oid()?;
        let parameters = match fields.read_any()? {
            None => Parameters::Absent,
            Some(value) if value.tag() == Tag::NULL && value.content().is_empty() => Parameters::Null,
            Some(value) => Parameters::Other(value.raw().to_vec()),
        };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Writes the encoding.
    pub fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.oid(&self.oid);
            match &self.parameters {
                Parameters::Absent => {}
                Parameters::Null => w.null(),
                Parameters::Other(encoded) => w.raw(encoded),
            }
        });
    }
}

/// pkcs-1.
const RSA_ARC: Oid = Oid::from_arcs(&[1, 2, 840, 113_549, 1, 1]);
