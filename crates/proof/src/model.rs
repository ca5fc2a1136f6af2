//! The lines of a bundle. Times are milliseconds UTC; hashes are lower-case hexadecimal, other octets standard Base64.

use protocol::resources::PublishedKeys;
use protocol::{AppId, Base64Data};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The format's name in the first line.
pub const FORMAT: &str = "sealbridge-evidence-1";

/// An SM3 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom("a hash is 64 lower-case hexadecimal digits");
        let bytes: [u8; 32] =
            hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Err(wrong()) } else { Ok(Self(bytes)) }
    }
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub enum Line {
    /// The first: what is proved.
    Bundle(Head),
    /// The platform's keys, signed by its root key.
    Keys(PublishedKeys),
    /// A key of the caller or of the seal system.
    Key(Key),
    /// A certificate.
    Certificate(Certificate),
    /// A revocation list.
    Crl(RevocationList),
    /// The seal.
    Seal(SealData),
    /// What the register says of the seal.
    Register(Register),
    /// A checkpoint of the evidence log.
    Checkpoint(Checkpoint),
    /// An entry of the evidence log.
    Entry(Entry),
    /// The last: the platform's signature over everything before.
    End(End),
}

/// Which signing it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Head {
    /// [`FORMAT`].
    pub format: String,
    /// The platform whose log it is.
    pub platform: AppId,
    /// When the bundle was made.
    pub exported_at: i64,
    /// The seal's system.
    pub system: AppId,
    /// Who asked for the signature.
    pub caller: AppId,
    /// The seal.
    pub seal_code: String,
    /// The version of the seal's content.
    pub seal_version: i64,
    /// 签名ID.
    pub sign_id: String,
    /// The consent (意愿认证标识); empty for a UKey.
    pub auth_id: String,
    /// Where the key is, when it is not in the seal's system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// When the signature was handed out; by a UKey, when the platform allowed it.
    pub signed_at: i64,
    /// The requests that led to it, by their names in the log.
    pub requests: Requests,
}

/// The requests that led to a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requests {
    /// Got the seal and the signId.
    pub query: Option<String>,
    /// Applied for the consent.
    pub apply: Option<String>,
    /// Fetched the consent's voucher.
    pub result: Option<String>,
    /// Got the signature; for a UKey the question of the seal's system.
    pub sign: String,
}

/// Where the key is that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// In a UKey of the signer.
    Ukey,
}

/// A public key of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// Whose.
    pub owner: AppId,
    /// SM3 of the key.
    pub key_id: Hash,
    /// SubjectPublicKeyInfo, DER.
    pub public_key: Base64Data,
    /// From when it may sign.
    pub not_before: i64,
    /// Until when.
    pub not_after: i64,
}

/// What a certificate is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateRole {
    /// Signs with the seal.
    Signer,
    /// Made the seal.
    Maker,
    /// Issued one of the others.
    Ca,
    /// Stamps time.
    Tsa,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// What for.
    pub role: CertificateRole,
    /// DER.
    pub data: Base64Data,
}

/// A revocation list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationList {
    /// DER.
    pub data: Base64Data,
}

/// The seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealData {
    /// DER (GB/T 38540 or GM/T 0031).
    pub data: Base64Data,
}

/// What the register says of the seal when the signature was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// The seal's name.
    pub name: String,
    /// 01 to 08.
    pub seal_type: String,
    /// The organisation's code, or that of the organisation a person belongs to.
    pub org_code: String,
    /// The seal's state: enabled, disabled, revoked.
    pub state: String,
    /// Since when.
    pub since: i64,
    /// The state of its system, and since when.
    pub system_state: String,
    /// Since when.
    pub system_since: i64,
    /// The seal's validity as filed.
    pub valid_start: Option<i64>,
    /// Its end.
    pub valid_end: Option<i64>,
    /// Every change of the seal's state until then.
    pub history: Vec<StateChange>,
}

/// A change of the seal's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateChange {
    /// From 1.
    pub version: i64,
    /// The state after.
    pub state: String,
    /// When.
    pub at: i64,
}

/// A checkpoint of the evidence log; see [`protocol::log::Checkpoint`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    /// From 1.
    pub number: i64,
    /// The first entry that it covers.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// The last entry's hash.
    pub last_hash: Hash,
    /// The root of the tree.
    pub root: Hash,
    /// SM3 of what the checkpoint before signs.
    pub previous: Option<Hash>,
    /// When it was made.
    pub at: i64,
    /// The key that signed.
    pub key_id: String,
    /// The signature, Base64 DER.
    pub sign: String,
    /// A time stamp over the signature's octets, where there is one.
    pub time_stamp: Option<Base64Data>,
}

impl Checkpoint {
    /// What is signed.
    pub fn signed(&self) -> protocol::log::Checkpoint {
        protocol::log::Checkpoint {
            number: self.number,
            first: self.first,
            last: self.last,
            last_hash: self.last_hash.0,
            root: self.root.0,
            previous: self.previous.map(|hash| hash.0),
            at: self.at,
            key_id: self.key_id.clone(),
        }
    }
}

/// An entry of the evidence log with the proof that it stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: i64,
    /// What kind of event.
    pub kind: String,
    /// The request it belongs to.
    pub request_id: String,
    /// What it is about.
    pub subject: String,
    /// The exact text of the details (JSON); null when they were erased.
    pub payload: Option<String>,
    /// SM3 of the details.
    pub payload_sm3: Hash,
    /// The hash of the entry before.
    pub prev: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// The checkpoint that covers it.
    pub checkpoint: i64,
    /// The hashes that lead from it to the checkpoint's root.
    pub path: Vec<Hash>,
    /// What is encrypted in the details, in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opened>,
}

/// What is encrypted in the details of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opened {
    /// The string that a caller signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The exact body of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct End {
    /// How many lines there are, this one too.
    pub lines: u64,
    /// The platform's key that signed.
    pub key_id: String,
    /// Its signature over every byte before this line; see [`protocol::log::verify_bundle`].
    pub sign: String,
}

/// A bundle that was read.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What is proved.
    pub head: Head,
    /// The platform's keys.
    pub keys: PublishedKeys,
    /// Keys of the caller and of the seal system.
    pub system_keys: Vec<Key>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<RevocationList>,
    /// The seal.
    pub seal: SealData,
    /// What the register says.
    pub register: Register,
    /// Checkpoints.
    pub checkpoints: Vec<Checkpoint>,
    /// Entries, in the order of their numbers.
    pub entries: Vec<Entry>,
    /// The end.
    pub end: End,
    /// Every byte before the last line.
    pub signed: Vec<u8>,
}
