//! A time stamp over the signature value (GB/T 38540 §7.1, GB/T 20520).

use client::{STAMP_BOUNDS, time_stamp};

use super::{Application, ApplicationError, Stamping};

impl Application {
    /// Asks the authority of this system for a stamp, if there is one. Without a stamp the document goes on only
    /// where the rules allow it, and says so.
    pub(super) async fn stamp(
        &self,
        signature: &[u8],
    ) -> Result<(Option<Vec<u8>>, Stamping), ApplicationError> {
        let Some(rules) = &self.system.parts.time_stamp else { return Ok((None, Stamping::NotWanted)) };
        let (now, random) = (self.system.now(), self.system.random());
        match time_stamp(&rules.url, signature, now, random, STAMP_BOUNDS).await {
            Ok(token) => Ok((Some(token), Stamping::Stamped)),
            Err(why) if rules.required => Err(ApplicationError::TimeStamp(why.to_string())),
            Err(why) => {
                let why = why.to_string();
                tracing::warn!(why, "a document goes without time stamp");
                Ok((None, Stamping::Missing(why)))
            }
        }
    }
}
