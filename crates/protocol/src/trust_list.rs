//! The trust list of a platform (信任列表), by which platforms know one another (联邦): its keys, the code spaces of the
//! systems that joined it, and the certificates it vouches for, for a time, under a number that only grows, signed by
//! its root key.

use crypto::{SignError, Signer, VerifyingKey, sm3};
use jiff::{SignedDuration, Timestamp};

use crate::ids::AppId;
use crate::resources::PublishedKey;
use crate::schema::answer_table;
use crate::values::{Base64Data, MillisTime};
use crate::wire::{self, Detail, SignatureFault, key_id};

/// How long a code space is: the four characters that stand for a system in a seal code.
pub const CODE_SPACE: usize = 4;

/// The first line of what is signed.
const SCHEME: &str = "CCUA-SEAL-TRUST-1";
/// Clocks may differ by this.
const SKEW: SignedDuration = SignedDuration::from_secs(300);
/// Entries of each kind at most.
const MOST: usize = 4_096;

answer_table! {
    /// A trusted certificate.
    table ours clause "4.1" interface "trust_list" part "response.data.anchors[]"
    pub struct TrustAnchor {
        /// What it is trusted for: `ca`, `tsa` or `maker`.
        purpose: String = answer "purpose" String,
        /// The certificate, Base64 of the DER.
        certificate: Base64Data = answer "certificate" String,
        /// The system whose seals a maker makes; absent for the others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app_id: Option<AppId> = answer "appId" String,
    }
}

answer_table! {
    /// What the platform trusts, and what it stands for.
    table ours clause "4.1" interface "trust_list" part "response.data"
    pub struct TrustList {
        /// Whose list it is: the audience of requests.
        id: AppId = answer "id" String,
        /// Its number, decimal; a list with other contents has a higher one.
        sequence: String = answer "sequence" String,
        /// When the list was last changed, milliseconds since 1970 UTC.
        changed_at: String = answer "changedAt" String,
        /// When this copy was signed, milliseconds since 1970 UTC.
        issued_at: String = answer "issuedAt" String,
        /// Until when it may be relied on, milliseconds since 1970 UTC.
        not_after: String = answer "notAfter" String,
        /// The four characters that stand for each of its systems in seal codes.
        code_spaces: Vec<String> = answer "codeSpaces" Array,
        /// The keys that sign its answers and its requests.
        keys: Vec<PublishedKey> = answer "keys" Array,
        /// The certificates.
        anchors: Vec<TrustAnchor> = answer "anchors" Array,
        /// The root key's signature over `CCUA-SEAL-TRUST-1`, id, sequence, issuedAt, notAfter, changedAt, and one line
        /// for each code space (`space CODE`), key (`key keyId notBefore notAfter`) and anchor (`anchor purpose appId
        /// SM3`, with - for no appId), each line ended by 0x0A.
        sign: String = answer "sign" String,
    }
}

/// Why a trust list is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustListFault {
    /// It is another platform's.
    #[error("the list is of another platform")]
    OtherPlatform,
    /// The root key did not sign it.
    #[error("the list is not signed by the root key: {0}")]
    Signature(#[from] SignatureFault),
    /// A field of it is out of form.
    #[error("the list is malformed: {0}")]
    Malformed(&'static str),
    /// Its time is over.
    #[error("the list has expired")]
    Expired,
    /// It was signed in the future.
    #[error("the list is from the future")]
    Future,
}

/// A key of a list, with its times.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// The key.
    pub key: VerifyingKey,
    /// First use.
    pub not_before: Timestamp,
    /// End of use: never later than the list's own end.
    pub not_after: Timestamp,
}

fn time(text: &str, field: &'static str) -> Result<Timestamp, TrustListFault> {
    MillisTime::parse(text).map(MillisTime::timestamp).map_err(|_| TrustListFault::Malformed(field))
}

fn is_code_space(text: &str) -> bool {
    text.len() == CODE_SPACE && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

impl TrustList {
    /// Signs the list with the root key.
    ///
    /// # Errors
    /// The signer's.
    pub fn signed(mut self, root: &dyn Signer) -> Result<Self, SignError> {
        self.sign = wire::sign(root, self.canonical().as_bytes())?;
        Ok(self)
    }

    /// Checks that it is the list of `id`, signed by `root`, in form and in force at `now`.
    ///
    /// # Errors
    /// [`TrustListFault`].
    pub fn verify(&self, id: &AppId, root: &VerifyingKey, now: Timestamp) -> Result<(), TrustListFault> {
        if self.id != *id {
            return Err(TrustListFault::OtherPlatform);
        }
        self.check_form()?;
        wire::verify(root, self.canonical().as_bytes(), &self.sign, Detail::Terse)?;
        if self.end()? < now {
            return Err(TrustListFault::Expired);
        }
        if time(&self.issued_at, "issuedAt")?.duration_since(now) > SKEW {
            return Err(TrustListFault::Future);
        }
        self.keys()?;
        Ok(())
    }

    /// What is signed has one reading only: no text in it may hold a space or a line feed.
    fn check_form(&self) -> Result<(), TrustListFault> {
        let malformed = |field| Err(TrustListFault::Malformed(field));
        if self.number().is_none() {
            return malformed("sequence");
        }
        for (text, field) in
            [(&self.changed_at, "changedAt"), (&self.issued_at, "issuedAt"), (&self.not_after, "notAfter")]
        {
            time(text, field)?;
        }
        if self.code_spaces.len() > MOST || !self.code_spaces.iter().all(|space| is_code_space(space)) {
            return malformed("codeSpaces");
        }
        let purposes = ["ca", "tsa", "maker"];
        let known = |anchor: &TrustAnchor| purposes.contains(&anchor.purpose.as_str());
        if self.anchors.len() > MOST || !self.anchors.iter().all(known) {
            return malformed("anchors");
        }
        if self.keys.len() > MOST {
            return malformed("keys");
        }
        Ok(())
    }

    /// Its number.
    pub fn number(&self) -> Option<u64> {
        let number: u64 = self.sequence.parse().ok()?;
        // One spelling for one number.
        (number.to_string() == self.sequence).then_some(number)
    }

    /// Until when it may be relied on.
    ///
    /// # Errors
    /// [`TrustListFault::Malformed`].
    pub fn end(&self) -> Result<Timestamp, TrustListFault> {
        time(&self.not_after, "notAfter")
    }

    /// When this copy was signed.
    ///
    /// # Errors
    /// [`TrustListFault::Malformed`].
    pub fn issued(&self) -> Result<Timestamp, TrustListFault> {
        time(&self.issued_at, "issuedAt")
    }

    /// Its keys. None of them may be used longer than the list.
    ///
    /// # Errors
    /// [`TrustListFault::Malformed`] when one does not have the id it is listed under.
    pub fn keys(&self) -> Result<Vec<ListedKey>, TrustListFault> {
        let malformed = || TrustListFault::Malformed("keys");
        let end = self.end()?;
        let mut keys = Vec::with_capacity(self.keys.len());
        for listed in &self.keys {
            let key = VerifyingKey::prepared(listed.public_key.bytes()).map_err(|_| malformed())?;
            if key_id(&key) != listed.key_id {
                return Err(malformed());
            }
            let not_before = time(&listed.not_before, "keys")?;
            let not_after = time(&listed.not_after, "keys")?.min(end);
            keys.push(ListedKey { key, not_before, not_after });
        }
        Ok(keys)
    }

    /// SM3 of everything but number and times, in lower hexadecimal: two lists with one number have to agree in it.
    pub fn content_sm3(&self) -> String {
        hex::encode(sm3::digest(self.content().as_bytes()))
    }

    fn content(&self) -> String {
        let mut text = String::new();
        let mut line = |parts: &[&str]| {
            text.push_str(&parts.join(" "));
            text.push('\n');
        };
        for space in &self.code_spaces {
            line(&["space", space]);
        }
        for key in &self.keys {
            line(&["key", &key.key_id, &key.not_before, &key.not_after]);
        }
        for anchor in &self.anchors {
            let app_id = anchor.app_id.as_ref().map_or("-", AppId::as_str);
            let sm3 = hex::encode(sm3::digest(anchor.certificate.bytes()));
            line(&["anchor", &anchor.purpose, app_id, &sm3]);
        }
        text
    }

    fn canonical(&self) -> String {
        let Self { id, sequence, issued_at, not_after, changed_at, .. } = self;
        format!("{SCHEME}\n{id}\n{sequence}\n{issued_at}\n{not_after}\n{changed_at}\n{}", self.content())
    }
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Sm2KeyPair};

    /// What makes a list malformed.
    type Spoil = fn(&mut TrustList);

    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn list(key: &VerifyingKey) -> TrustList {
        let millis = |at: Timestamp| MillisTime::of(at).to_string();
        TrustList {
            id: AppId::parse("platform-2").unwrap(),
            sequence: "7".to_owned(),
            changed_at: millis(now()),
            issued_at: millis(now()),
            not_after: millis(now() + DAY),
            code_spaces: vec!["0B01".to_owned()],
            keys: vec![PublishedKey::new(key, now() - DAY, now() + DAY * 30)],
            anchors: vec![TrustAnchor {
                purpose: "maker".to_owned(),
                certificate: Base64Data::from(vec![0x30, 0]),
                app_id: Some(AppId::parse("SYSB").unwrap()),
            }],
            sign: String::new(),
        }
    }

    #[test]
    fn every_part_of_it_is_signed() {
        let random = Random::system();
        let [root, key, other] = [(); 3].map(|()| Sm2KeyPair::generate(&random).unwrap());
        let id = AppId::parse("platform-2").unwrap();
        let good = list(key.verifying_key()).signed(&root).unwrap();
        good.verify(&id, root.verifying_key(), now()).unwrap();
        assert_eq!(good.keys().unwrap()[0].not_after, now() + DAY, "no key outlives the list");
        let by_other = good.verify(&id, other.verifying_key(), now());
        assert!(matches!(by_other, Err(TrustListFault::Signature(_))));
        let changes: [fn(&mut TrustList); 8] = [
            |list| list.sequence = "8".to_owned(),
            |list| list.changed_at = "1767225600001".to_owned(),
            |list| list.issued_at = "1767225600001".to_owned(),
            |list| list.not_after = "1799999999999".to_owned(),
            |list| list.code_spaces.push("0C01".to_owned()),
            |list| list.keys[0].not_after = "1799999999999".to_owned(),
            |list| list.anchors[0].certificate = Base64Data::from(vec![0x30, 1]),
            |list| list.anchors[0].app_id = None,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = good.clone();
            change(&mut changed);
            let found = changed.verify(&id, root.verifying_key(), now());
            assert!(matches!(found, Err(TrustListFault::Signature(_))), "{number}: {found:?}");
        }
    }

    #[test]
    fn it_is_for_one_platform_one_time_and_one_form() {
        let random = Random::system();
        let [root, key, other] = [(); 3].map(|()| Sm2KeyPair::generate(&random).unwrap());
        let id = AppId::parse("platform-2").unwrap();
        let verify = |list: TrustList, at| list.signed(&root).unwrap().verify(&id, root.verifying_key(), at);
        let good = || list(key.verifying_key());
        let elsewhere = AppId::parse("platform-3").unwrap();
        let signed = good().signed(&root).unwrap();
        assert_eq!(
            signed.verify(&elsewhere, root.verifying_key(), now()),
            Err(TrustListFault::OtherPlatform)
        );
        assert_eq!(verify(good(), now() + DAY), Ok(()));
        assert_eq!(verify(good(), now() + DAY * 2), Err(TrustListFault::Expired));
        assert_eq!(verify(good(), now() - DAY), Err(TrustListFault::Future));
        let malformed: [(Spoil, &str); 5] = [
            (|list| list.sequence = "07".to_owned(), "sequence"),
            (|list| list.code_spaces = vec!["0B01\nkey".to_owned()], "codeSpaces"),
            (|list| list.code_spaces = vec!["0b01".to_owned()], "codeSpaces"),
            (|list| list.anchors[0].purpose = "x y".to_owned(), "anchors"),
            (|list| list.not_after = "soon".to_owned(), "notAfter"),
        ];
        for (change, field) in malformed {
            let mut list = good();
            change(&mut list);
            assert_eq!(verify(list, now()), Err(TrustListFault::Malformed(field)));
        }
        let mut swapped = good();
        swapped.keys[0].public_key = other.verifying_key().spki_der().to_vec().into();
        assert_eq!(verify(swapped, now()), Err(TrustListFault::Malformed("keys")));
    }

    #[test]
    fn contents_are_compared_without_number_and_times() {
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        let one = list(key.verifying_key());
        let later = TrustList { sequence: "9".to_owned(), issued_at: "1".to_owned(), ..one.clone() };
        assert_eq!(one.content_sm3(), later.content_sm3());
        let other = TrustList { code_spaces: Vec::new(), ..one.clone() };
        assert_ne!(one.content_sm3(), other.content_sm3());
    }
}
