//! Keys, messages and signatures: fresh ones for every round, made outside the timed part.

use crypto::{Random, Signer, Sm2KeyPair};

use crate::op::Outcome;

/// Keys of `verify_512_keys`.
const MANY: usize = 512;
/// Signatures of a round by the known key, and by the 512 keys; longer runs go through them again.
const SIGNED: usize = 512;
/// Keys of a round that nobody has seen before; no run is longer.
pub(crate) const FRESH: usize = 288;
/// Bytes that are hashed.
pub(crate) const MEBIBYTE: usize = 1 << 20;

/// A public key in the forms that implementations read.
#[derive(Clone)]
pub(crate) struct Public {
    /// `SubjectPublicKeyInfo` in DER.
    pub(crate) spki: Vec<u8>,
    /// `04 || x || y`.
    pub(crate) point: [u8; 65],
}

/// A message with its signature.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) message: [u8; 32],
    /// SM3(Z || M) with the default user id.
    pub(crate) e: [u8; 32],
    pub(crate) der: Vec<u8>,
    /// r and s, 32 bytes each.
    pub(crate) raw: [u8; 64],
}

/// The known key with its secret, for signing.
pub(crate) struct Known {
    pub(crate) pair: Sm2KeyPair,
    pub(crate) public: Public,
    pub(crate) scalar: [u8; 32],
}

/// What one round works on.
pub(crate) struct Round {
    pub(crate) known: Known,
    pub(crate) by_known: Vec<Signed>,
    /// Each with the place of its key among the 512, chosen at random.
    pub(crate) by_many: Vec<(usize, Signed)>,
    pub(crate) by_fresh: Vec<(Public, Signed)>,
    /// [`MEBIBYTE`] random bytes.
    pub(crate) bytes: Vec<u8>,
}

/// What makes the rounds, and the 512 keys that live through all of them.
pub(crate) struct Source {
    random: Random,
    many: Vec<Sm2KeyPair>,
}

impl Source {
    pub(crate) fn new() -> Outcome<Self> {
        let random = Random::system();
        let many = (0..MANY).map(|_| generate(&random)).collect::<Outcome<_>>()?;
        Ok(Self { random, many })
    }

    /// The 512 keys, each with a signature.
    pub(crate) fn many(&self) -> Outcome<Vec<(Public, Signed)>> {
        self.many.iter().map(|pair| Ok((public(pair)?, signed(pair, &self.random)?))).collect()
    }

    pub(crate) fn round(&self) -> Outcome<Round> {
        let scalar = self.random.bytes();
        let pair = Sm2KeyPair::from_scalar(&scalar, &self.random).map_err(|error| error.to_string())?;
        let by_known = (0..SIGNED).map(|_| signed(&pair, &self.random)).collect::<Outcome<_>>()?;
        let by_many = (0..SIGNED).map(|_| self.by_one_of_many()).collect::<Outcome<_>>()?;
        let by_fresh = (0..FRESH).map(|_| self.by_fresh()).collect::<Outcome<_>>()?;
        let mut bytes = vec![0; MEBIBYTE];
        self.random.fill(&mut bytes);
        let known = Known { public: public(&pair)?, pair, scalar };
        Ok(Round { known, by_known, by_many, by_fresh, bytes })
    }

    fn by_one_of_many(&self) -> Outcome<(usize, Signed)> {
        let place = usize::from(u16::from_le_bytes(self.random.bytes())) % MANY;
        let pair = self.many.get(place).ok_or("fewer keys than wanted")?;
        Ok((place, signed(pair, &self.random)?))
    }

    fn by_fresh(&self) -> Outcome<(Public, Signed)> {
        let pair = generate(&self.random)?;
        Ok((public(&pair)?, signed(&pair, &self.random)?))
    }
}

impl Round {
    /// The same round where no signature is right any more.
    pub(crate) fn spoil(&mut self) {
        let known = self.by_known.iter_mut();
        let many = self.by_many.iter_mut().map(|(_, signed)| signed);
        let fresh = self.by_fresh.iter_mut().map(|(_, signed)| signed);
        for signed in known.chain(many).chain(fresh) {
            signed.e[31] ^= 1;
            signed.message[31] ^= 1;
        }
    }
}

fn generate(random: &Random) -> Outcome<Sm2KeyPair> {
    Sm2KeyPair::generate(random).map_err(|error| error.to_string())
}

fn public(pair: &Sm2KeyPair) -> Outcome<Public> {
    let key = pair.verifying_key();
    let point = *key.sm2_point().ok_or("an SM2 key without a point")?;
    Ok(Public { spki: key.spki_der().to_vec(), point })
}

fn signed(pair: &Sm2KeyPair, random: &Random) -> Outcome<Signed> {
    let message: [u8; 32] = random.bytes();
    let mut hasher = crypto::sm3::Sm3::new();
    hasher.update(&pair.verifying_key().sm2_z());
    hasher.update(&message);
    let e = hasher.finalize();
    let signature = pair.sign_digest(&e).map_err(|error| error.to_string())?;
    Ok(Signed { message, e, der: signature.to_der(), raw: signature.to_raw64() })
}
