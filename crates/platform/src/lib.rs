//! sealbridge platform.
