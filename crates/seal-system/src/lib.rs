//! sealbridge seal-system.
