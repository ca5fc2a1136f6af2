//! sealbridge formats.
