//! `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`

use crypto::{DigestAlgorithm, PssParameters, SignatureAlgorithm};

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

    /// What certificates and lists write for a signature algorithm: its parameters for RSASSA-PSS, NULL for the
    /// rest of RSA, nothing for the others.
    pub fn of_signature(algorithm: SignatureAlgorithm) -> Self {
        let oid = oid::of_signature_algorithm(algorithm);
        let parameters = match algorithm {
            SignatureAlgorithm::RsaPss(parameters) => Parameters::Other(pss_parameters(parameters)),
            _ if oid.is_under(&RSA_ARC) => Parameters::Null,
            _ => Parameters::Absent,
        };
        Self { oid, parameters }
    }

    /// The signature algorithm that this names. RSASSA-PSS must have its parameters (RFC 4055 §3.1); what stands
    /// beside another algorithm does not change which it is.
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        if self.oid != oid::RSA_PSS {
            return oid::signature_algorithm(&self.oid);
        }
        match &self.parameters {
            Parameters::Other(der) => PssParameters::from_der(der).map(SignatureAlgorithm::RsaPss),
            Parameters::Absent | Parameters::Null => None,
        }
    }

    /// True when both name one algorithm with the same parameters; NULL is as good as none.
    pub fn is_same(&self, other: &Self) -> bool {
        let encoded = |algorithm: &Self| match &algorithm.parameters {
            Parameters::Absent | Parameters::Null => None,
            Parameters::Other(encoded) => Some(encoded.clone()),
        };
        self.oid == other.oid && encoded(self) == encoded(other)
    }

    /// Reads the next value as an algorithm.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        Self::read_fields(reader.sequence()?)
    }

    /// Reads the fields of an algorithm whose own tag was read already.
    pub(crate) fn read_fields(mut fields: Reader<'_>) -> Result<Self, Asn1Error> {
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

/// `RSASSA-PSS-params`, with the defaults (SHA-1, a salt of 20) left out.
fn pss_parameters(parameters: PssParameters) -> Vec<u8> {
    let digest = |w: &mut Writer, algorithm: DigestAlgorithm| {
        AlgorithmIdentifier { oid: oid::of_digest_algorithm(algorithm), parameters: Parameters::Null }
            .write(w);
    };
    Writer::build(|w| {
        w.sequence(|w| {
            if parameters.digest != PssParameters::DEFAULT.digest {
                w.explicit(0, |w| digest(w, parameters.digest));
            }
            if parameters.mask_digest != PssParameters::DEFAULT.mask_digest {
                w.explicit(1, |w| {
                    w.sequence(|w| {
                        w.oid(&oid::MGF1);
                        digest(w, parameters.mask_digest);
                    });
                });
            }
            if parameters.salt_len != PssParameters::DEFAULT.salt_len {
                w.explicit(2, |w| w.integer(i64::from(parameters.salt_len)));
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pss_parameters_go_there_and_back() {
        let sha256 = PssParameters {
            digest: DigestAlgorithm::Sha256,
            mask_digest: DigestAlgorithm::Sha256,
            salt_len: 32,
        };
        for parameters in [PssParameters::DEFAULT, sha256, PssParameters { salt_len: 478, ..sha256 }] {
            let algorithm = SignatureAlgorithm::RsaPss(parameters);
            let written = AlgorithmIdentifier::of_signature(algorithm);
            assert_eq!(written.signature_algorithm(), Some(algorithm));
        }
    }

    #[test]
    fn pss_without_its_parameters_is_no_algorithm() {
        for parameters in [Parameters::Absent, Parameters::Null, Parameters::Other(vec![0x30, 1, 0])] {
            let algorithm = AlgorithmIdentifier { oid: oid::RSA_PSS, parameters };
            assert_eq!(algorithm.signature_algorithm(), None);
        }
    }
}
