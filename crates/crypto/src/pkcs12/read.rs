//! Reading PKCS#12 files, ours and those of Java, OpenSSL and certification authorities.

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, Tagged};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    CERT_BAG, CertBag, DATA, ENCRYPTED_DATA, EncryptedData, KEY_BAG, MAC_DIGESTS, MALFORMED, MacData, Pfx,
    SHROUDED_KEY_BAG, SafeBag, X509_CERTIFICATE,
};
use crate::error::KeyError;
use crate::keypair::Sm2KeyPair;
use crate::pbe::{self, Budget};
use crate::random::Random;
use crate::{Signer, ber, kdf, pkcs8};

/// Longer files are not looked at.
const MAX_LEN: usize = 1024 * 1024;
/// More bags than any key file has.
const MAX_BAGS: usize = 64;

/// What was found in the bags.
#[derive(Default)]
struct Found {
    keys: Vec<Sm2KeyPair>,
    certificates: Vec<Vec<u8>>,
    bags: usize,
}

/// Reads the one SM2 key of the file and its certificates, the key's own first.
pub(crate) fn read(
    file: &[u8],
    password: &str,
    random: &Random,
) -> Result<(Sm2KeyPair, Vec<Vec<u8>>), KeyError> {
    if file.len() > MAX_LEN {
        return Err(KeyError::Limit("length"));
    }
    let definite = ber::to_definite(file)?;
    let pfx = Pfx::from_der(&definite).map_err(|_| MALFORMED)?;
    if pfx.version != 3 || pfx.auth_safe.content_type != DATA {
        return Err(MALFORMED);
    }
    let safes = octets(pfx.auth_safe.content)?;
    let mut budget = Budget::new();
    let mac = pfx.mac.ok_or(KeyError::Malformed("PKCS#12 without MAC"))?;
    check_mac(&mac, safes, password, &mut budget)?;
    let mut found = Found::default();
    for_each(&ber::to_definite(safes)?, |info: super::ContentInfo<'_>| {
        match info.content_type {
            DATA => found.read_bags(octets(info.content)?, password, random, &mut budget),
            ENCRYPTED_DATA => {
                let contents = decrypt(info.content, password, &mut budget)?;
                found.read_bags(&contents, password, random, &mut budget)
            }
            // Enveloped data is for a recipient's key, not for a password.
            other => Err(KeyError::Unsupported(other.to_string())),
        }
    })?;
    found.finish()
}

impl Found {
    fn read_bags(
        &mut self,
        contents: &[u8],
        password: &str,
        random: &Random,
        budget: &mut Budget,
    ) -> Result<(), KeyError> {
        let definite = Zeroizing::new(ber::to_definite(contents)?);
        for_each(&definite, |bag: SafeBag<'_>| {
            self.bags += 1;
            if self.bags > MAX_BAGS {
                return Err(KeyError::Limit("bags"));
            }
            match bag.id {
                KEY_BAG => self.add_key(&encoding(bag.value)?, random),
                SHROUDED_KEY_BAG => {
                    let key = pkcs8::decrypt(&encoding(bag.value)?, password, budget)?;
                    self.add_key(&key, random)
                }
                CERT_BAG => self.add_certificate(bag.value),
                // CRLs, secrets and nested bags are none of our business.
                _ => Ok(()),
            }
        })
    }

    fn add_key(&mut self, der: &[u8], random: &Random) -> Result<(), KeyError> {
        match pkcs8::read(der, random) {
            Ok(key) => self.keys.push(key),
            // A file may hold an RSA key beside the SM2 key.
            Err(KeyError::Unsupported(_)) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn add_certificate(&mut self, bag: AnyRef<'_>) -> Result<(), KeyError> {
        let bag: CertBag<'_> = bag.decode_as().map_err(|_| MALFORMED)?;
        if bag.id == X509_CERTIFICATE {
            self.certificates.push(bag.value.as_bytes().to_vec());
        }
        Ok(())
    }

    fn finish(self) -> Result<(Sm2KeyPair, Vec<Vec<u8>>), KeyError> {
        let count = self.keys.len();
        let [key] = <[Sm2KeyPair; 1]>::try_from(self.keys).map_err(|_| KeyError::KeyCount(count))?;
        let own = |certificate: &Vec<u8>| spki(certificate) == Some(key.verifying_key().spki_der());
        let (mut chain, others): (Vec<_>, Vec<_>) = self.certificates.into_iter().partition(own);
        chain.extend(others);
        Ok((key, chain))
    }
}

/// Compares the MAC in constant time; a wrong password shows here.
fn check_mac(mac: &MacData<'_>, content: &[u8], password: &str, budget: &mut Budget) -> Result<(), KeyError> {
    let oid = mac.mac.algorithm.oid;
    let (_, digest) = MAC_DIGESTS
        .into_iter()
        .find(|(known, _)| *known == oid)
        .ok_or_else(|| KeyError::Unsupported(oid.to_string()))?;
    let (salt, iterations) = (mac.salt.as_bytes(), mac.iterations.unwrap_or(1));
    budget.grant(salt, iterations)?;
    let password = kdf::bmp_password(password);
    let key = kdf::pkcs12(digest, kdf::Purpose::Mac, &password, salt, iterations, digest.len());
    let matches = super::hmac(digest, &key, content).ct_eq(mac.mac.digest.as_bytes());
    if bool::from(matches) { Ok(()) } else { Err(KeyError::WrongPassword) }
}

fn decrypt(content: AnyRef<'_>, password: &str, budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let data: EncryptedData<'_> = content.decode_as().map_err(|_| MALFORMED)?;
    let info = data.content;
    if data.version != 0 || info.content_type != DATA {
        return Err(MALFORMED);
    }
    let Tag::ContextSpecific { constructed, number } = info.encrypted.tag() else {
        return Err(MALFORMED);
    };
    if number.value() != 0 {
        return Err(MALFORMED);
    }
    let pieces;
    let cipher = if constructed {
        pieces = ber::joined(info.encrypted.value())?;
        &pieces
    } else {
        info.encrypted.value()
    };
    pbe::decrypt(info.algorithm, password, cipher, budget)
}

/// Reads a `SEQUENCE OF` and hands on its elements one by one.
fn for_each<'a, T>(der: &'a [u8], mut each: impl FnMut(T) -> Result<(), KeyError>) -> Result<(), KeyError>
where
    T: Decode<'a>,
{
    let sequence = AnyRef::from_der(der).map_err(|_| MALFORMED)?;
    if sequence.tag() != Tag::Sequence {
        return Err(MALFORMED);
    }
    let mut reader = SliceReader::new(sequence.value()).map_err(|_| MALFORMED)?;
    while !reader.is_finished() {
        each(T::decode(&mut reader).map_err(|_| MALFORMED)?)?;
    }
    Ok(())
}

fn octets(any: AnyRef<'_>) -> Result<&[u8], KeyError> {
    any.decode_as::<&OctetStringRef>().map(OctetStringRef::as_bytes).map_err(|_| MALFORMED)
}

/// The element with its tag and length again, in memory that is wiped.
fn encoding(any: AnyRef<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    use der::Encode;
    any.to_der().map(Zeroizing::new).map_err(|_| MALFORMED)
}

/// The encoded public key of a certificate, found by its place (RFC 5280 §4.1); nothing else is judged.
fn spki(certificate: &[u8]) -> Option<&[u8]> {
    let tbs = AnyRef::from_der(certificate).ok()?.value();
    let tbs = AnyRef::decode(&mut SliceReader::new(tbs).ok()?).ok()?;
    let mut fields = SliceReader::new(tbs.value()).ok()?;
    if Tag::peek(&fields).ok()?.is_context_specific() {
        fields.tlv_bytes().ok()?;
    }
    // serialNumber, signature, issuer, validity, subject
    for _ in 0..5 {
        fields.tlv_bytes().ok()?;
    }
    fields.tlv_bytes().ok()
}
