//! The one source of randomness: handed down as an argument, never reached for.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// A source of random bytes, cheap to clone and safe to share between threads.
#[derive(Clone)]
pub struct Random {
    fill: Arc<Fill>,
}

impl Random {
    /// The generator of the operating system.
    ///
    /// Should the operating system ever fail to give randomness, the process is aborted: no key, nonce or
    /// identifier made without it could be trusted, and going on would be the greater harm.
    pub fn system() -> Self {
        Self::from_fn(|buffer| {
            if getrandom::fill(buffer).is_err() {
                std::process::abort();
            }
        })
    }

    /// A source made from a function, for tests and for devices. The function must fill the whole buffer.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self { fill: Arc::new(fill) }
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        (self.fill)(buffer);
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes that are wiped when dropped.
    pub fn secret<const N: usize>(&self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        self.fill(bytes.as_mut_slice());
        bytes
    }

    /// A random identifier of 128 bits as 32 lower-case hexadecimal digits.
    pub fn hex_id(&self) -> String {
        hex::encode(self.bytes::<16>())
    }

    /// The same source in the shape the RustCrypto crates ask for.
    pub fn rng(&self) -> Rng<'_> {
        Rng { source: self }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// [`Random`] seen as a `rand_core` generator; made by [`Random::rng`].
#[derive(Debug)]
pub struct Rng<'a> {
    source: &'a Random,
}

impl TryRng for Rng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.source.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.source.bytes()))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.source.fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for Rng<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_32_lower_hex_digits_and_differ() {
        let random = Random::system();
        let (first, second) = (random.hex_id(), random.hex_id());
        assert_eq!(first.len(), 32);
        assert!(first.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_ne!(first, second);
    }

    #[test]
    fn a_function_is_used_as_given() {
        let random = Random::from_fn(|buffer| buffer.fill(7));
        assert_eq!(random.bytes::<5>(), [7; 5]);
        assert_eq!(random.hex_id(), "07".repeat(16));
        assert_eq!(random.rng().try_next_u32(), Ok(0x0707_0707));
    }
}
