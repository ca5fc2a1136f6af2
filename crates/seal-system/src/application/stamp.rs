//! A time stamp over the signature value (GB/T 38540 §7.1, GB/T 20520).

use client::{Stamper, check_time_stamp, time_stamp};
use protocol::tables::SignatureValueData;

use super::{Application, ApplicationError, Stamping};

impl Application {
    /// The time stamp for a signature: of the authority of this system, if there is one, else the one that the
    /// platform has sent along. Without a stamp the document goes on only where the rules allow it, and says so.
    pub(super) async fn stamp(
        &self,
        answer: &SignatureValueData,
    ) -> Result<(Option<Vec<u8>>, Stamping), ApplicationError> {
        let why = match self.own_stamp(answer.sign_data.bytes()).await {
            Some(Ok(token)) => return Ok((Some(token), Stamping::Stamped)),
            Some(Err(why)) => Some(why),
            None => None,
        };
        if let Some(token) = self.brought_stamp(answer) {
            return Ok((Some(token), Stamping::Stamped));
        }
        let is_required = self.system.parts.time_stamp.as_ref().is_some_and(|rules| rules.required);
        match why.or_else(|| answer.time_stamp_hint.clone()) {
            Some(why) if is_required => Err(ApplicationError::TimeStamp(why)),
            Some(why) => {
                tracing::warn!(why, "a document goes without time stamp");
                Ok((None, Stamping::Missing(why)))
            }
            None => Ok((None, Stamping::NotWanted)),
        }
    }

    /// A stamp of this system's own authority; `None` where it has none.
    async fn own_stamp(&self, signature: &[u8]) -> Option<Result<Vec<u8>, String>> {
        let rules = self.system.parts.time_stamp.as_ref()?;
        let (now, random) = (self.system.now(), self.system.random());
        let token = time_stamp(&Stamper::at(&rules.url), signature, now, random).await;
        Some(token.map_err(|why| why.to_string()))
    }

    /// The stamp that the platform has sent along, if it is one over this signature.
    fn brought_stamp(&self, answer: &SignatureValueData) -> Option<Vec<u8>> {
        let token = answer.time_stamp.as_ref()?.bytes();
        match check_time_stamp(token, answer.sign_data.bytes(), self.system.now()) {
            Ok(()) => Some(token.to_vec()),
            Err(why) => {
                tracing::warn!(%why, "the platform's time stamp is not used");
                None
            }
        }
    }
}
