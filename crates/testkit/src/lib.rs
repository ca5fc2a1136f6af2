//! sealbridge testkit.
