//! sealbridge protocol.
