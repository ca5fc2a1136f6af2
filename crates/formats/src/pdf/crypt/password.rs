//! From a password to the key of an encrypted file (ISO 32000-1 §7.6.3, ISO 32000-2 §7.6.4).

use crypto::DigestAlgorithm::{Md5, Sha256, Sha384, Sha512};
use crypto::file_ciphers::{aes_cbc_decrypt, aes128_cbc_encrypt_blocks, aes256_block_decrypt, rc4};
use zeroize::Zeroizing;

use crate::pdf::{Dictionary, Object, PdfError};

/// What fills a short password up (§7.6.3.3, algorithm 2 a).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E,
    0x2E, 0x00, 0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];
/// Longer passwords are cut, from R 5 on.
const MOST_PASSWORD: usize = 127;
/// The last byte of a block ends the iterated digest after 287 rounds at the latest.
const MOST_ROUNDS: u32 = 288;

type Key = Zeroizing<Vec<u8>>;

/// The entries of the standard handler that the key depends on.
pub(super) struct Handler<'a> {
    revision: i64,
    /// Lengths of the key in bytes that are tried.
    key_lens: Vec<usize>,
    owner: &'a [u8],
    user: &'a [u8],
    owner_key: &'a [u8],
    user_key: &'a [u8],
    perms: Option<&'a [u8; 16]>,
    id0: &'a [u8],
    pub(super) permissions: i32,
    pub(super) encrypt_metadata: bool,
}

/// What a right password gives.
pub(super) struct Unlocked {
    pub(super) key: Key,
    pub(super) permissions_intact: Option<bool>,
}

impl<'a> Handler<'a> {
    /// Reads the entries and their lengths.
    pub(super) fn read(dictionary: &'a Dictionary, version: i64, id0: &'a [u8]) -> Result<Self, PdfError> {
        let revision = dictionary.integer(b"R").unwrap_or(0);
        let fits = match version {
            1 | 2 => revision == 2 || revision == 3,
            4 => revision == 4,
            _ => revision == 5 || revision == 6,
        };
        if !fits {
            return Err(PdfError::Encryption("revision"));
        }
        let string = |key: &[u8], len: usize| {
            let bytes = dictionary.get(key).and_then(Object::as_string).unwrap_or_default();
            // Some programs fill the strings up with zeros.
            bytes.get(..len).ok_or(PdfError::Encryption("a string of the security handler is too short"))
        };
        let strings = if version == 5 { 48 } else { 32 };
        let keys = if version == 5 { 32 } else { 0 };
        Ok(Self {
            revision,
            key_lens: key_lens(dictionary, version),
            owner: string(b"O", strings)?,
            user: string(b"U", strings)?,
            owner_key: string(b"OE", keys)?,
            user_key: string(b"UE", keys)?,
            perms: string(b"Perms", 16).ok().and_then(|perms| perms.try_into().ok()),
            id0,
            permissions: permissions(dictionary),
            encrypt_metadata: dictionary.get(b"EncryptMetadata") != Some(&Object::Boolean(false)),
        })
    }

    /// The key, when the password is the user's or the owner's.
    pub(super) fn unlock(&self, password: &[u8]) -> Result<Unlocked, PdfError> {
        if self.revision >= 5 {
            let password = password.get(..MOST_PASSWORD).unwrap_or(password);
            let key = self.modern(password).ok_or(PdfError::PasswordNeeded)?;
            let permissions_intact = Some(self.permissions_intact(&key));
            return Ok(Unlocked { key, permissions_intact });
        }
        let lens = self.key_lens.iter().copied();
        let user = padded(password);
        let found = lens.into_iter().find_map(|len| {
            self.as_user(&user, len).or_else(|| {
                self.users_passwords(&user, len).into_iter().find_map(|user| self.as_user(&user, len))
            })
        });
        let key = found.ok_or(PdfError::PasswordNeeded)?;
        Ok(Unlocked { key, permissions_intact: None })
    }

    /// The key when the padded password is the user's (algorithms 2 and 4 to 6).
    fn as_user(&self, password: &[u8; 32], len: usize) -> Option<Key> {
        let key = self.file_key(password, len);
        let right = if self.revision == 2 {
            rc4(&key, &PADDING) == self.user
        } else {
            let first = rc4(&key, &Md5.digest(&[PADDING.as_slice(), self.id0].concat()));
            let check = (1..=19).fold(first, |data, round| rc4(&mixed(&key, round), &data));
            self.user.starts_with(&check)
        };
        right.then_some(key)
    }

    /// Algorithm 2.
    fn file_key(&self, password: &[u8; 32], len: usize) -> Key {
        let mut data = Zeroizing::new(password.to_vec());
        data.extend_from_slice(self.owner);
        data.extend_from_slice(&self.permissions.to_le_bytes());
        data.extend_from_slice(self.id0);
        if self.revision >= 4 && !self.encrypt_metadata {
            data.extend_from_slice(&[0xFF; 4]);
        }
        self.repeated(&data, len, len)
    }

    /// MD5, from R 3 on another fifty times over the first `of` bytes; the first `len` bytes of it.
    fn repeated(&self, data: &[u8], of: usize, len: usize) -> Key {
        let mut digest = Zeroizing::new(Md5.digest(data));
        if self.revision >= 3 {
            for _ in 0..50 {
                digest = Zeroizing::new(Md5.digest(digest.get(..of).unwrap_or(&digest)));
            }
        }
        digest.truncate(len);
        digest
    }

    /// The user's padded password, when the padded password is the owner's (algorithm 7). With keys shorter than
    /// 128 bits programs differ in how much of a digest the next one is made of, so that there are two.
    fn users_passwords(&self, owner: &[u8; 32], len: usize) -> Vec<[u8; 32]> {
        let of = if self.revision == 2 || len == 16 { vec![16] } else { vec![16, len] };
        let open = |of: usize| {
            let key = self.repeated(owner, of, len);
            let last = if self.revision == 2 { 0 } else { 19 };
            let rounds = (0..=last).rev();
            rounds.fold(self.owner.to_vec(), |data, round| rc4(&mixed(&key, round), &data))
        };
        of.into_iter().filter_map(|of| open(of).try_into().ok()).collect()
    }

    /// The key of R 5 and 6 (ISO 32000-2 algorithm 2.A).
    fn modern(&self, password: &[u8]) -> Option<Key> {
        let parts = |string: &'a [u8]| {
            let (check, salts) = string.split_first_chunk::<32>()?;
            let (validation, key) = salts.split_first_chunk::<8>()?;
            Some((check, validation, key))
        };
        let owned = [(self.owner, self.owner_key, self.user), (self.user, self.user_key, &[])];
        owned.into_iter().find_map(|(string, wrapped, user)| {
            let (check, validation_salt, key_salt) = parts(string)?;
            if self.digest(password, validation_salt, user)[..] != check[..] {
                return None;
            }
            aes_cbc_decrypt(&self.digest(password, key_salt, user), &[0; 16], wrapped).ok()
        })
    }

    /// SHA-256 in R 5, the iterated digest in R 6 (ISO 32000-2 algorithm 2.B); always 32 bytes.
    fn digest(&self, password: &[u8], salt: &[u8], user: &[u8]) -> Key {
        let first = Zeroizing::new([password, salt, user].concat());
        let mut key = Zeroizing::new(Sha256.digest(&first));
        if self.revision >= 6 {
            for round in 1..=MOST_ROUNDS {
                let (next, last) = one_round(password, &key, user);
                key = next;
                if round >= 64 && u32::from(last) <= round.saturating_sub(32) {
                    break;
                }
            }
        }
        key.truncate(32);
        key
    }

    /// Compares `Perms` with what stands beside it (ISO 32000-2 algorithm 13).
    fn permissions_intact(&self, key: &[u8]) -> bool {
        let (Some(perms), Ok(key)) = (self.perms, key.try_into()) else { return false };
        let plain = aes256_block_decrypt(key, perms);
        let metadata = if self.encrypt_metadata { b'T' } else { b'F' };
        plain.starts_with(&self.permissions.to_le_bytes())
            && plain.get(8..12) == Some(&[metadata, b'a', b'd', b'b'])
    }
}

/// One round of algorithm 2.B: the next digest, and the last byte that decides about the end.
fn one_round(password: &[u8], key: &[u8], user: &[u8]) -> (Key, u8) {
    let mut data = Zeroizing::new([password, key, user].concat().repeat(64));
    let (Some(cipher_key), Some(iv)) = (key.first_chunk::<16>(), key.get(16..).and_then(|k| k.first_chunk()))
    else {
        return (Zeroizing::new(key.to_vec()), 0);
    };
    aes128_cbc_encrypt_blocks(cipher_key, iv, &mut data);
    // A number of 128 bits modulo three is the sum of its bytes modulo three, since 256 leaves one.
    let sum: u32 = data.iter().take(16).map(|byte| u32::from(*byte)).sum();
    let algorithm = match sum % 3 {
        0 => Sha256,
        1 => Sha384,
        _ => Sha512,
    };
    (Zeroizing::new(algorithm.digest(&data)), data.last().copied().unwrap_or_default())
}

fn padded(password: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let from = password.iter().chain(&PADDING);
    out.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    out
}

/// The key with each byte changed by the number of the round.
fn mixed(key: &[u8], round: u8) -> Key {
    Zeroizing::new(key.iter().map(|byte| byte ^ round).collect())
}

/// Version 1 has 40 bits, version 2 what `Length` says. Version 4 has 128 bits; some programs take `Length` of the
/// dictionary or of the crypt filter (in bits or in bytes) there too, so that this is tried next.
fn key_lens(dictionary: &Dictionary, version: i64) -> Vec<usize> {
    let bytes = |bits: Option<i64>| bits.and_then(|bits| usize::try_from(bits / 8).ok());
    let declared = bytes(dictionary.integer(b"Length")).filter(|len| (5..=16).contains(len));
    match version {
        1 => vec![5],
        2 => vec![declared.unwrap_or(5)],
        4 => {
            let mut lens = vec![16];
            lens.extend(declared.filter(|len| *len != 16));
            lens
        }
        _ => Vec::new(),
    }
}

/// `P` is a signed number of 32 bits; some programs write it without its sign.
fn permissions(dictionary: &Dictionary) -> i32 {
    let written = dictionary.integer(b"P").unwrap_or(0).to_le_bytes();
    written.first_chunk().map_or(0, |low| i32::from_le_bytes(*low))
}
