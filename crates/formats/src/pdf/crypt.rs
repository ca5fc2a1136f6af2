//! The standard security handler (ISO 32000-1 §7.6, ISO 32000-2 §7.6): what is encrypted with a password, taken off
//! and put on.
//!
//! RC4 of 40 to 128 bits (V 1 and 2), crypt filters with RC4 or AES-128 (V 4), AES-256 (V 5, R 5 and 6). A file that
//! anybody may read has the empty password as its user's. The handlers with certificates are not supported.
//! What is never encrypted is left out by the caller: strings in the encryption dictionary, in object streams and in
//! trailers, and the `Contents` of a signature.

mod password;

use crypto::file_ciphers::{AES_BLOCK_LEN, aes_cbc_decrypt, aes_cbc_encrypt, rc4};
use crypto::{DigestAlgorithm, Hasher};
use zeroize::Zeroizing;

use self::password::Handler;
use super::{Dictionary, Name, Object, ObjectId, PdfError};

/// The most crypt filters that are looked at; files have one or two.
const MOST_FILTERS: usize = 32;

/// How strings or streams are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// Not at all.
    Identity,
    /// RC4 under a key of the object.
    Rc4,
    /// AES-128-CBC under a key of the object.
    Aes128,
    /// AES-256-CBC under the file's key.
    Aes256,
}

/// The encryption of an opened file, with its key.
pub(super) struct Encryption {
    key: Zeroizing<Vec<u8>>,
    strings: Method,
    streams: Method,
    /// Of embedded files.
    embedded: Method,
    /// Crypt filters that a stream may name.
    filters: Vec<(Name, Method)>,
    encrypt_metadata: bool,
    permissions: i32,
    permissions_intact: Option<bool>,
}

impl Encryption {
    /// Opens the encryption of a file: `dictionary` is `Encrypt` with every value direct, `id0` the first string of
    /// the trailer's `ID` (empty where there is none), `password` the user's or the owner's, in PDFDocEncoding up to
    /// R 4 and in UTF-8 (prepared by SASLprep, when it is not ASCII) from R 5 on.
    ///
    /// # Errors
    /// [`PdfError::PasswordNeeded`] when the password is neither, [`PdfError::Encryption`] when the dictionary is
    /// not understood.
    pub(super) fn open(dictionary: &Dictionary, id0: &[u8], password: &[u8]) -> Result<Self, PdfError> {
        if !dictionary.has_name(b"Filter", b"Standard") {
            return Err(PdfError::Encryption("not the standard security handler"));
        }
        let version = dictionary.integer(b"V").unwrap_or(0);
        let filters = if version >= 4 { filters(dictionary)? } else { Vec::new() };
        let (strings, streams, embedded) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4, Method::Rc4),
            4 | 5 => {
                let streams = default_filter(dictionary, &filters, b"StmF", Method::Identity)?;
                let strings = default_filter(dictionary, &filters, b"StrF", Method::Identity)?;
                (strings, streams, default_filter(dictionary, &filters, b"EFF", streams)?)
            }
            _ => return Err(PdfError::Encryption("version")),
        };
        let methods = [strings, streams, embedded];
        if methods.iter().any(|method| !fits(*method, version)) {
            return Err(PdfError::Encryption("a crypt filter does not fit the version"));
        }
        let handler = Handler::read(dictionary, version, id0)?;
        let unlocked = handler.unlock(password)?;
        Ok(Self {
            key: unlocked.key,
            strings,
            streams,
            embedded,
            filters,
            encrypt_metadata: handler.encrypt_metadata,
            permissions: handler.permissions,
            permissions_intact: unlocked.permissions_intact,
        })
    }

    /// What users may do: the bits of `P` (ISO 32000-1 table 22).
    pub(super) fn permissions(&self) -> i32 {
        self.permissions
    }

    /// Whether `Perms`, which only somebody with the file's key can write, says the same as `P` and
    /// `EncryptMetadata`. None before R 5, where there is no `Perms`.
    pub(super) fn permissions_intact(&self) -> Option<bool> {
        self.permissions_intact
    }

    /// A string of an object, decrypted. A string that is no ciphertext stays as it is: some programs leave strings
    /// as they were.
    pub(super) fn string(&self, owner: ObjectId, bytes: Vec<u8>) -> Vec<u8> {
        self.decrypt(self.strings, owner, &bytes).unwrap_or(bytes)
    }

    /// The stored bytes of a stream, decrypted and not decoded.
    ///
    /// # Errors
    /// [`PdfError::Encryption`] when the bytes are no ciphertext, or the stream names a crypt filter that is not
    /// there.
    pub(super) fn stream(
        &self,
        owner: ObjectId,
        dictionary: &Dictionary,
        bytes: &[u8],
    ) -> Result<Vec<u8>, PdfError> {
        self.decrypt(self.method_of(dictionary)?, owner, bytes)
    }

    /// A string of an object, encrypted. The initial vector must be a new random one.
    ///
    /// # Errors
    /// [`PdfError::Encryption`] when the file's key is too short for its method.
    pub(super) fn encrypt_string(
        &self,
        owner: ObjectId,
        bytes: &[u8],
        iv: [u8; AES_BLOCK_LEN],
    ) -> Result<Vec<u8>, PdfError> {
        self.encrypt(self.strings, owner, bytes, iv)
    }

    /// The encoded bytes of a stream, encrypted. The initial vector must be a new random one.
    ///
    /// # Errors
    /// [`PdfError::Encryption`] when the stream names a crypt filter that is not there.
    pub(super) fn encrypt_stream(
        &self,
        owner: ObjectId,
        dictionary: &Dictionary,
        bytes: &[u8],
        iv: [u8; AES_BLOCK_LEN],
    ) -> Result<Vec<u8>, PdfError> {
        self.encrypt(self.method_of(dictionary)?, owner, bytes, iv)
    }

    /// How a stream is encrypted: as its own `Crypt` filter says (§7.4.10), else by what it is.
    fn method_of(&self, dictionary: &Dictionary) -> Result<Method, PdfError> {
        if dictionary.has_name(b"Type", b"XRef") {
            return Ok(Method::Identity);
        }
        if let Some(name) = own_filter(dictionary) {
            return named(&self.filters, name.as_bytes());
        }
        if dictionary.has_name(b"Type", b"Metadata") && !self.encrypt_metadata {
            return Ok(Method::Identity);
        }
        Ok(if dictionary.has_name(b"Type", b"EmbeddedFile") { self.embedded } else { self.streams })
    }

    fn decrypt(&self, method: Method, owner: ObjectId, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        let refused = PdfError::Encryption("what should be encrypted is no ciphertext");
        match method {
            Method::Identity => Ok(bytes.to_vec()),
            Method::Rc4 => Ok(rc4(&self.object_key(owner, false), bytes)),
            Method::Aes128 | Method::Aes256 => {
                let Some((iv, cipher)) = bytes.split_first_chunk() else {
                    return if bytes.is_empty() { Ok(Vec::new()) } else { Err(refused) };
                };
                let plain = match method {
                    Method::Aes128 => aes_cbc_decrypt(&self.object_key(owner, true), iv, cipher),
                    _ => aes_cbc_decrypt(&self.key, iv, cipher),
                };
                plain.map(|plain| without_padding(&plain).to_vec()).map_err(|_| refused)
            }
        }
    }

    fn encrypt(
        &self,
        method: Method,
        owner: ObjectId,
        bytes: &[u8],
        iv: [u8; AES_BLOCK_LEN],
    ) -> Result<Vec<u8>, PdfError> {
        let cipher = match method {
            Method::Identity => return Ok(bytes.to_vec()),
            Method::Rc4 => return Ok(rc4(&self.object_key(owner, false), bytes)),
            Method::Aes128 => aes_cbc_encrypt(&self.object_key(owner, true), &iv, bytes),
            Method::Aes256 => aes_cbc_encrypt(&self.key, &iv, bytes),
        };
        let cipher = cipher.map_err(|_| PdfError::Encryption("length of the key"))?;
        Ok([iv.as_slice(), &cipher].concat())
    }

    /// The key of one object (§7.6.2, algorithm 1).
    fn object_key(&self, owner: ObjectId, aes: bool) -> Zeroizing<Vec<u8>> {
        let mut hasher = Hasher::new(DigestAlgorithm::Md5);
        hasher.update(&self.key);
        hasher.update(owner.number.to_le_bytes().get(..3).unwrap_or_default());
        hasher.update(&owner.generation.to_le_bytes());
        if aes {
            hasher.update(b"sAlT");
        }
        let mut key = Zeroizing::new(hasher.finalize());
        key.truncate(self.key.len().saturating_add(5).min(16));
        key
    }
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encryption")
            .field("strings", &self.strings)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// Without its PKCS#7 padding; where that is wrong, as in files of some programs, everything is kept.
fn without_padding(plain: &[u8]) -> &[u8] {
    let Some(last) = plain.last().map(|last| usize::from(*last)).filter(|last| (1..=16).contains(last))
    else {
        return plain;
    };
    match plain.len().checked_sub(last).and_then(|len| plain.split_at_checked(len)) {
        Some((text, padding)) if padding.iter().all(|byte| usize::from(*byte) == last) => text,
        _ => plain,
    }
}

fn fits(method: Method, version: i64) -> bool {
    match method {
        Method::Identity => true,
        Method::Rc4 | Method::Aes128 => version < 5,
        Method::Aes256 => version == 5,
    }
}

/// The crypt filters (§7.6.5).
fn filters(dictionary: &Dictionary) -> Result<Vec<(Name, Method)>, PdfError> {
    let Some(Object::Dictionary(filters)) = dictionary.get(b"CF") else { return Ok(Vec::new()) };
    if filters.entries().len() > MOST_FILTERS {
        return Err(PdfError::Limit("crypt filters"));
    }
    let read = |filter: &Dictionary| match filter.name(b"CFM").map_or(b"None".as_slice(), Name::as_bytes) {
        b"None" => Ok(Method::Identity),
        b"V2" => Ok(Method::Rc4),
        b"AESV2" => Ok(Method::Aes128),
        b"AESV3" => Ok(Method::Aes256),
        _ => Err(PdfError::Encryption("method of a crypt filter")),
    };
    let entries = filters.entries().iter();
    entries
        .map(|entry| {
            let filter = entry.value.as_dictionary().ok_or(PdfError::Encryption("crypt filter"))?;
            Ok((entry.key.clone(), read(filter)?))
        })
        .collect()
}

fn default_filter(
    dictionary: &Dictionary,
    filters: &[(Name, Method)],
    key: &[u8],
    absent: Method,
) -> Result<Method, PdfError> {
    dictionary.name(key).map_or(Ok(absent), |name| named(filters, name.as_bytes()))
}

fn named(filters: &[(Name, Method)], name: &[u8]) -> Result<Method, PdfError> {
    if name == b"Identity" {
        return Ok(Method::Identity);
    }
    let found = filters.iter().rev().find(|(filter, _)| filter.as_bytes() == name);
    found.map(|(_, method)| *method).ok_or(PdfError::Encryption("a crypt filter is not there"))
}

/// What the stream's own `Crypt` filter names, when it has one: at the head of its filters, the name in the
/// parameters of the same place.
fn own_filter(dictionary: &Dictionary) -> Option<Name> {
    let is_crypt = |object: &Object| object.as_name().is_some_and(|name| name.as_bytes() == b"Crypt");
    let parameters = dictionary.get(b"DecodeParms");
    let parameters = match dictionary.get(b"Filter")? {
        Object::Array(filters) => {
            let position = filters.iter().position(is_crypt)?;
            match parameters {
                Some(Object::Array(parameters)) => parameters.get(position),
                other => other.filter(|_| position == 0),
            }
        }
        filter if is_crypt(filter) => parameters,
        _ => return None,
    };
    let name = parameters.and_then(Object::as_dictionary).and_then(|parameters| parameters.name(b"Name"));
    Some(name.cloned().unwrap_or_else(|| Name::new("Identity")))
}

#[cfg(test)]
mod tests;
