//! sealbridge client.
