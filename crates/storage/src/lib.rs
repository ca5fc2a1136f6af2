//! sealbridge storage.
