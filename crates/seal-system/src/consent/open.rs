//! Opening the link of a consent: what the browser that comes may see.

use protocol::ApiError;
use storage::Tx;
use storage::seal_system::consents::{self, Consent, ConsentState};

use super::{View, Visit, digest};
use crate::SealSystem;
use crate::failure::OrRefuse;
use crate::owners::field;

/// Longest description of a browser that is kept, in characters.
const MAX_CLIENT: usize = 200;

/// What a link leads to.
pub(crate) enum Opened {
    /// The signer may decide.
    Deciding {
        /// What is shown.
        view: Box<View>,
        /// The session to be given to this browser, when it has just become the one.
        session: Option<String>,
    },
    /// It is over.
    Ended {
        /// How.
        end: End,
        /// Where the asking system wants the signer afterwards.
        back: Option<String>,
    },
    /// Another browser opened it first.
    Elsewhere,
    /// There is no such link.
    Unknown,
}

/// How a consent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The signer agreed.
    Accepted,
    /// The signer refused.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// The signer agreed and the signature was made.
    Used,
    /// The seal was changed or taken out of use.
    Void,
}

impl SealSystem {
    /// Opens a link. The first browser becomes the only one; `client` says who it is, for the evidence.
    pub(crate) async fn open_link(&self, visit: Visit<'_>, client: &str) -> Result<Opened, ApiError> {
        let now = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        consents::expire(&mut tx, now).await.or_refuse()?;
        let Some(consent) = consents::by_token(&mut tx, &visit.token_sm3()).await.or_refuse()? else {
            return Ok(Opened::Unknown);
        };
        if consent.session_sm3.is_some() && !visit.owns(&consent) {
            return Ok(Opened::Elsewhere);
        }
        if let Some(end) = end(consent.state) {
            tx.commit().await.or_refuse()?;
            return Ok(Opened::Ended { end, back: consent.redirect_url });
        }
        let session = if visit.owns(&consent) {
            None
        } else {
            match self.bind(&mut tx, &consent, client).await? {
                Some(session) => Some(session),
                None => return Ok(Opened::Elsewhere),
            }
        };
        let view = Box::new(self.view(&mut tx, &consent, now).await?);
        tx.commit().await.or_refuse()?;
        Ok(Opened::Deciding { view, session })
    }

    /// Makes this browser the one that decides; gives it its session.
    async fn bind(&self, tx: &mut Tx, consent: &Consent, client: &str) -> Result<Option<String>, ApiError> {
        let session = self.random().hex_id();
        let client: String = client.chars().filter(|c| !c.is_control()).take(MAX_CLIENT).collect();
        let client = self.seal_field(field::CLIENT, &client)?;
        let sm3 = digest(&session);
        let bound =
            consents::open(tx, &consent.auth_id, &sm3, &client, self.now_millis()).await.or_refuse()?;
        Ok(bound.then_some(session))
    }

    /// The picture of the seal, for the browser that decides.
    pub(crate) async fn consent_picture(&self, visit: Visit<'_>) -> Result<Option<Vec<u8>>, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let Some(consent) = self.open_consent(&mut tx, visit).await? else { return Ok(None) };
        let seal = storage::seal_system::seals::find(&mut tx, &consent.seal_id).await.or_refuse()?;
        let Some(seal) = seal else { return Ok(None) };
        let version = storage::seal_system::seals::version(&mut tx, &seal.seal_id, seal.version).await;
        Ok(version
            .or_refuse()?
            .filter(|version| version.picture_kind == "PNG")
            .map(|version| version.picture))
    }
}

fn end(state: ConsentState) -> Option<End> {
    match state {
        ConsentState::Pending => None,
        ConsentState::Passed => Some(End::Accepted),
        ConsentState::Refused => Some(End::Refused),
        ConsentState::Expired => Some(End::Expired),
        ConsentState::Consumed => Some(End::Used),
        ConsentState::Void => Some(End::Void),
    }
}
