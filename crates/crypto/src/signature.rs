//! The SM2 signature value of GB/T 35276 §7.3: `SEQUENCE { r INTEGER, s INTEGER }`, strictly in DER.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

use crate::error::VerifyError;

/// ```text
/// SM2Signature ::= SEQUENCE { R INTEGER, S INTEGER }
/// ```
#[derive(Sequence)]
struct Asn1<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// An SM2 signature whose numbers are known to be in range: 1 ≤ r, s < n.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sm2Signature(sm2::dsa::Signature);

impl Sm2Signature {
    /// Reads strict DER: minimal lengths and integers, nothing behind the sequence, 1 ≤ r, s < n.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] for everything else.
    pub fn from_der(der: &[u8]) -> Result<Self, VerifyError> {
        let parsed = Asn1::from_der(der).map_err(|_| VerifyError::Malformed)?;
        let mut raw = [0; 64];
        let (r, s) = raw.split_at_mut(32);
        left_pad(parsed.r.as_bytes(), r).ok_or(VerifyError::Malformed)?;
        left_pad(parsed.s.as_bytes(), s).ok_or(VerifyError::Malformed)?;
        Self::from_raw64(&raw)
    }

    /// Reads r and s as two big-endian numbers of 32 bytes.
    ///
    /// # Errors
    /// [`VerifyError::Malformed`] when a number is not in 1 to n-1.
    pub fn from_raw64(raw: &[u8; 64]) -> Result<Self, VerifyError> {
        sm2::dsa::Signature::from_slice(raw).map(Self).map_err(|_| VerifyError::Malformed)
    }

    /// The DER form, 8 to 72 bytes.
    pub fn to_der(&self) -> Vec<u8> {
        let raw = self.to_raw64();
        let (r, s) = raw.split_at(32);
        let encode = || Asn1 { r: UintRef::new(r)?, s: UintRef::new(s)? }.to_der();
        // Two numbers of at most 32 bytes always have an encoding.
        encode().unwrap_or_default()
    }

    /// r and s as two big-endian numbers of 32 bytes.
    pub fn to_raw64(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }

    pub(crate) fn inner(&self) -> &sm2::dsa::Signature {
        &self.0
    }
}

impl From<sm2::dsa::Signature> for Sm2Signature {
    fn from(signature: sm2::dsa::Signature) -> Self {
        Self(signature)
    }
}

impl std::fmt::Debug for Sm2Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sm2Signature({})", hex::encode(self.to_raw64()))
    }
}

/// Copies a big-endian number to the end of `to`; `None` when it is longer.
pub(crate) fn left_pad(number: &[u8], to: &mut [u8]) -> Option<()> {
    let start = to.len().checked_sub(number.len())?;
    to.get_mut(start..)?.copy_from_slice(number);
    Some(())
}
