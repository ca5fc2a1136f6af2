//! SM3 (GB/T 32905) and HMAC-SM3 (GB/T 15852.2).

use hmac::{KeyInit, Mac};
use sm3::Digest;
use sm3::digest::common::hazmat::{SerializableState, SerializedState};
use subtle::ConstantTimeEq;

/// Length of an SM3 digest in bytes.
pub const DIGEST_LEN: usize = 32;

/// The SM3 digest of `data`.
pub fn digest(data: &[u8]) -> [u8; 32] {
    sm3::Sm3::digest(data).into()
}

/// Messages from which on vector lanes are faster (measured: two side by side, however short they are).
const MANY: usize = 2;

/// The SM3 digests of independent messages, in their order; many at once where the processor can.
///
/// Give as many as there are: sixteen messages of a few kilobytes take little more time than three. States and
/// blocks stay on the stack unwiped, so this is for public data; a secret goes through [`digest`] or [`Sm3`].
pub fn digest_many(messages: &[&[u8]]) -> Vec<[u8; 32]> {
    match lanes::sm3::Lanes::detect() {
        Some(lanes) if messages.len() >= MANY => lanes.digest_many(messages, &mut finish),
        _ => messages.iter().map(|message| digest(message)).collect(),
    }
}

/// Goes on with a message where the lanes left it.
fn finish(rest: lanes::sm3::Rest<'_>) -> [u8; 32] {
    resume(&rest).unwrap_or_else(|| digest(rest.message))
}

fn resume(rest: &lanes::sm3::Rest<'_>) -> Option<[u8; 32]> {
    let behind = rest.message.get(rest.done..)?;
    // RustCrypto's form of a state: the words and the number of blocks, little-endian, and an empty buffer.
    let mut stored = SerializedState::<sm3::Sm3>::default();
    let (words, others) = stored.split_at_mut_checked(32)?;
    for (to, word) in words.as_chunks_mut::<4>().0.iter_mut().zip(rest.state) {
        *to = word.to_le_bytes();
    }
    *others.first_chunk_mut()? = u64::try_from(rest.done / 64).ok()?.to_le_bytes();
    let mut sm3 = sm3::Sm3::deserialize(&stored).ok()?;
    sm3.update(behind);
    Some(sm3.finalize().into())
}

/// SM3 over data that comes in pieces.
#[derive(Clone, Default)]
pub struct Sm3(sm3::Sm3);

impl Sm3 {
    /// A digest over nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `data` at the end.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all that was added.
    pub fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl std::fmt::Debug for Sm3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The state of an HMAC's inner digest is a secret, so no state is ever printed.
        f.write_str("Sm3")
    }
}

/// HMAC-SM3 of `data` under `key` (any length).
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    hmac_parts(key, &[data])
}

/// HMAC-SM3 of the concatenation of `parts` under `key`.
pub(crate) fn hmac_parts(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC keys have no wrong length: a short key is padded and a long one hashed, here as in RFC 2104,
    // which spares a `Result` that could never be an error.
    let mut block = zeroize::Zeroizing::new([0_u8; 64]);
    if key.len() > block.len() {
        block.iter_mut().zip(digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let mut mac = hmac::Hmac::<sm3::Sm3>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// True when `tag` is the HMAC-SM3 of `data` under `key`; compared in constant time.
pub fn hmac_verify(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    hmac(key, data).as_slice().ct_eq(tag).into()
}

#[cfg(test)]
mod tests {
    use super::{MANY, digest, digest_many, resume};
    use lanes::sm3::Rest;
    use sm3::Digest;
    use sm3::digest::common::hazmat::SerializableState;

    #[test]
    fn a_state_is_taken_up_where_it_was_left() {
        let message: Vec<u8> = (0..=255).cycle().take(500).collect();
        for done in [0, 64, 128, 448] {
            let mut sm3 = sm3::Sm3::new();
            sm3.update(&message[..done]);
            let stored = sm3.serialize();
            let state =
                std::array::from_fn(|i| u32::from_le_bytes(stored[4 * i..4 * i + 4].try_into().unwrap()));
            let rest = Rest { message: &message, done, state };
            assert_eq!(resume(&rest), Some(digest(&message)), "after {done} bytes");
            assert_ne!(resume(&Rest { state: [7; 8], ..rest }), Some(digest(&message)), "the state counts");
            assert_eq!(resume(&Rest { done: 512, ..rest }), None, "more than there is");
        }
    }

    #[test]
    fn many_are_the_same_as_one_by_one() {
        let data: Vec<u8> =
            (0..100_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        for count in 0..40 {
            // One long message among short ones ends alone, in `resume`.
            let messages: Vec<&[u8]> =
                (0..count).map(|i| if i == 3 { &data[..] } else { &data[i..i * 70] }).collect();
            let expected: Vec<_> = messages.iter().map(|message| digest(message)).collect();
            assert_eq!(digest_many(&messages), expected, "{count} messages, lanes from {MANY}");
        }
    }
}
