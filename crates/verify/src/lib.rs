//! sealbridge verify.
