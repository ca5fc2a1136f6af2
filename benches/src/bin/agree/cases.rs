//! Signatures by a few keys, and what becomes of them when bits and bytes change.

use std::fmt;

use crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};

use crate::Outcome;

const KEYS: usize = 16;

/// A digest and a signature over it, or not.
pub(crate) struct Case {
    pub(crate) key: VerifyingKey,
    pub(crate) e: [u8; 32],
    pub(crate) signature: Vec<u8>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [key, e, signature] = [self.key.spki_der(), &self.e, &self.signature].map(hex::encode);
        write!(f, "key {key}, e {e}, signature {signature}")
    }
}

pub(crate) struct Source {
    random: Random,
    pairs: Vec<Sm2KeyPair>,
}

impl Source {
    pub(crate) fn new() -> Outcome<Self> {
        let random = Random::system();
        let pairs = (0..KEYS)
            .map(|_| Sm2KeyPair::generate(&random).map_err(|error| error.to_string()))
            .collect::<Outcome<_>>()?;
        Ok(Self { random, pairs })
    }

    pub(crate) fn cases(&mut self, count: usize) -> Outcome<Vec<Case>> {
        (0..count).map(|_| self.case()).collect()
    }

    fn case(&mut self) -> Outcome<Case> {
        let mut e: [u8; 32] = self.random.bytes();
        let place = self.below(KEYS);
        let pair = self.pairs.get(place).ok_or("no such key")?;
        let key = pair.verifying_key().clone();
        let mut signature = pair.sign_digest(&e).map_err(|error| error.to_string())?.to_der();
        match self.below(12) {
            0..4 => {}
            4 => self.flip(&mut e),
            5 | 6 => self.flip(&mut signature),
            7 => self.replace(&mut signature),
            8 => self.cut(&mut signature),
            9 => self.numbers_at_edges(&mut signature),
            10 => swapped(&mut signature),
            _ => self.replace(&mut e),
        }
        Ok(Case { key, e, signature })
    }

    /// The key of one of the pairs with one bit of its point changed.
    pub(crate) fn bent_key(&mut self) -> Outcome<Vec<u8>> {
        let place = self.below(KEYS);
        let mut spki = self.pairs.get(place).ok_or("no such key")?.verifying_key().spki_der().to_vec();
        let start = spki.len().saturating_sub(64);
        self.flip(spki.get_mut(start..).ok_or("a key without a point")?);
        Ok(spki)
    }

    fn below(&mut self, end: usize) -> usize {
        let word: [u8; 4] = self.random.bytes();
        usize::try_from(u32::from_le_bytes(word)).unwrap_or_default() % end.max(1)
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let (place, bit) = (self.below(bytes.len()), self.below(8));
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << bit;
        }
    }

    /// A run of bytes becomes zeros, ones or anything.
    fn replace(&mut self, bytes: &mut [u8]) {
        let from = self.below(bytes.len());
        let length = self.below(bytes.len() - from) + 1;
        let run = bytes.iter_mut().skip(from).take(length);
        match self.below(3) {
            0 => run.for_each(|byte| *byte = 0),
            1 => run.for_each(|byte| *byte = 0xff),
            _ => {
                let anything: [u8; 32] = self.random.bytes();
                run.zip(anything.iter().cycle()).for_each(|(byte, other)| *byte = *other);
            }
        }
    }

    fn cut(&mut self, bytes: &mut Vec<u8>) {
        if self.below(2) == 0 {
            bytes.truncate(self.below(bytes.len()));
        } else {
            bytes.insert(self.below(bytes.len()), 0);
        }
    }

    /// r and s are 0, 1, n - 1, n, 2^256 - 1 or random.
    fn numbers_at_edges(&mut self, signature: &mut Vec<u8>) {
        let mut body = Vec::new();
        for _ in 0..2 {
            let number = match self.below(6) {
                0 => vec![0],
                1 => vec![1],
                2 => N_LESS_1.to_vec(),
                3 => [&N_LESS_1[..31], &[0x23]].concat(),
                4 => vec![0xff; 32],
                _ => self.random.bytes::<32>().to_vec(),
            };
            push_integer(&mut body, &number);
        }
        *signature = vec![0x30, u8::try_from(body.len()).unwrap_or_default()];
        signature.extend(body);
    }
}

/// n - 1.
const N_LESS_1: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x72,
    0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x22,
];

/// A big-endian number in DER.
fn push_integer(to: &mut Vec<u8>, number: &[u8]) {
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len().saturating_sub(1));
    let number = number.get(first..).unwrap_or_default();
    let pad = number.first().is_some_and(|byte| byte & 0x80 != 0);
    to.extend([2, u8::try_from(number.len() + usize::from(pad)).unwrap_or_default()]);
    to.extend(pad.then_some(0));
    to.extend_from_slice(number);
}

/// s, then r.
fn swapped(signature: &mut [u8]) {
    let Some(length) = signature.get(3).map(|length| usize::from(*length)) else { return };
    if let Some(body) = signature.get_mut(2..) {
        body.rotate_left((length + 2).min(body.len()));
    }
}
