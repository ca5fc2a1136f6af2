//! Tests of the crate from outside, in one program: strictness, key files, and comparisons with other
//! implementations.

#[cfg(test)]
mod batches;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod key_files;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod other_implementations;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod support;
