//! sealbridge http.
