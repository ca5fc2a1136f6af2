//! The signer's side of consent (意愿认证, 6.2.2; the values are those of e-signature practice, see the constants).
//!
//! The link that the asking system shows leads to a page here. The first browser that opens it gets a session and
//! is the only one that can go on, so a copied link is of no use. The signer proves to hold the telephone with a
//! one-time code and accepts or refuses; what was decided is stored together with its evidence.

mod code;
mod decide;
mod notice;
mod open;
mod view;

use storage::Tx;
use storage::seal_system::consents::{self, Consent, ConsentState};

use crate::SealSystem;
use crate::failure::OrRefuse;
use protocol::ApiError;

pub(crate) use notice::Notice;
pub(crate) use open::{End, Opened};
pub(crate) use view::View;

/// Lets a one-time code be typed in so long.
const CODE_MILLIS: i64 = 5 * 60 * 1000;
/// At least so long lies between two codes.
const RESEND_MILLIS: i64 = 60 * 1000;
/// A code dies after so many wrong tries.
const MAX_TRIES: i64 = 5;
/// Codes for one telephone in a day.
const MAX_CODES_A_DAY: i64 = 10;
/// A day.
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// The voucher of a given consent can be used so long.
const AUTH_CODE_MILLIS: i64 = 5 * 60 * 1000;

/// What a browser presents: the token of its link, and the session it was given when it first opened it.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) token: &'a str,
    pub(crate) session: Option<&'a str>,
}

impl Visit<'_> {
    fn token_sm3(self) -> String {
        digest(self.token)
    }

    /// Whether the consent was opened by the browser that comes now. Digests are compared, so the time the
    /// comparison takes says nothing about the secret.
    fn owns(self, consent: &Consent) -> bool {
        let presented = self.session.map(digest);
        presented.is_some() && consent.session_sm3 == presented
    }
}

fn digest(text: &str) -> String {
    hex::encode(crypto::sm3::digest(text.as_bytes()))
}

impl SealSystem {
    /// The consent that this browser may decide on now, if there is one.
    async fn open_consent(&self, tx: &mut Tx, visit: Visit<'_>) -> Result<Option<Consent>, ApiError> {
        let found = consents::by_token(tx, &visit.token_sm3()).await.or_refuse()?;
        let now = self.now_millis();
        Ok(found.filter(|consent| {
            visit.owns(consent) && consent.state == ConsentState::Pending && consent.expires_at > now
        }))
    }

    /// Closes consents whose time is over and forgets those that ended long ago and led to nothing.
    pub(crate) async fn tidy_consents(&self) -> Result<(), ApiError> {
        let now = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        consents::expire(&mut tx, now).await.or_refuse()?;
        let before = now.saturating_sub(30 * DAY_MILLIS);
        storage::seal_system::consent_documents::purge(&mut tx, before).await.or_refuse()?;
        consents::purge(&mut tx, before).await.or_refuse()?;
        storage::seal_system::otp::purge(&mut tx, now.saturating_sub(2 * DAY_MILLIS)).await.or_refuse()?;
        tx.commit().await.or_refuse()
    }
}
