//! sealbridge crypto.
