//! The errors of this crate: one enum for each thing a caller may attempt, variants that say who must act.

/// Why a key could not be read, made or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are not the structure they should be.
    #[error("key is malformed: {0}")]
    Malformed(&'static str),
    /// A well-formed key of a kind this product does not use.
    #[error("key algorithm is not supported: {0}")]
    Unsupported(String),
    /// The public key is no point of its curve, or the RSA numbers are out of range.
    #[error("public key is invalid")]
    InvalidPublicKey,
    /// The secret number is not in the range 1 to n-2.
    #[error("private key is out of range")]
    InvalidPrivateKey,
    /// The private key does not belong to the public key that is stored with it.
    #[error("private and public key do not belong together")]
    Mismatch,
    /// The password is wrong, or the file was altered.
    #[error("password is wrong or the key file was altered")]
    WrongPassword,
    /// The key file holds no SM2 private key, or more than one.
    #[error("key file must hold exactly one SM2 private key, found {0}")]
    KeyCount(usize),
    /// A number in the key file asks for more work than is granted.
    #[error("key file exceeds a limit: {0}")]
    Limit(&'static str),
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature is not strict DER, or a number in it is out of range.
    #[error("signature is malformed")]
    Malformed,
    /// The key is of another kind than the algorithm asks for.
    #[error("signature algorithm does not fit the key")]
    WrongKeyKind,
    /// The user id is longer than 8191 bytes.
    #[error("user id is too long")]
    UserIdTooLong,
    /// Everything was in order, and the signature is not one of this message under this key.
    #[error("signature is wrong")]
    Mismatch,
}

/// Why no signature was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The engine refused; with sound randomness this does not happen.
    #[error("signing failed")]
    Failed,
    /// The user id is longer than 8191 bytes.
    #[error("user id is too long")]
    UserIdTooLong,
    /// The device or service that holds the key did not do its work; the text is for the log.
    #[error("key is not available: {0}")]
    Unavailable(String),
}

/// Why something was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// The ciphertext does not have the form it should have.
    #[error("ciphertext is malformed")]
    Malformed,
    /// The ciphertext was altered, or it was made for another key or context.
    #[error("ciphertext was refused")]
    Refused,
    /// The input is empty where SM2 needs at least one byte.
    #[error("nothing to encrypt")]
    Empty,
    /// The input is longer than the mode allows.
    #[error("input is too long")]
    TooLong,
    /// The key is not an SM2 key.
    #[error("key is of the wrong kind")]
    WrongKeyKind,
}
