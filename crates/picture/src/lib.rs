//! sealbridge picture.
