//! A time stamp over the signature value (GB/T 38540 §7.1, GB/T 20520).

use client::{Bounds, request_time_stamp};
use formats::asn1::Mode;
use formats::tsp::{TimeStampReq, TimeStampResp, TimeStampToken};

use super::{Application, ApplicationError, Stamping};

impl Application {
    /// Asks the authority of this system for a stamp, if there is one. Without a stamp the document goes on only
    /// where the rules allow it, and says so.
    pub(super) async fn stamp(
        &self,
        signature: &[u8],
    ) -> Result<(Option<Vec<u8>>, Stamping), ApplicationError> {
        let Some(rules) = &self.system.parts.time_stamp else { return Ok((None, Stamping::NotWanted)) };
        let request = TimeStampReq::new(signature, self.system.random());
        let result = match request_time_stamp(&rules.url, request.to_der(), Bounds::default()).await {
            Ok(answer) => token(&request, signature, &answer),
            Err(error) => Err(error.to_string()),
        };
        match result {
            Ok(token) => Ok((Some(token), Stamping::Stamped)),
            Err(why) if rules.required => Err(ApplicationError::TimeStamp(why)),
            Err(why) => {
                tracing::warn!(why, "a document goes without time stamp");
                Ok((None, Stamping::Missing(why)))
            }
        }
    }
}

/// The token in an answer, checked as far as can be done without judging the authority: it is over this signature,
/// answers this request, and is signed by the certificate inside.
fn token(request: &TimeStampReq, signature: &[u8], answer: &[u8]) -> Result<Vec<u8>, String> {
    let answer = TimeStampResp::parse(answer, Mode::Tolerant).map_err(|error| error.to_string())?;
    let granted = answer.status.is_granted();
    let token = answer.token.filter(|_| granted).ok_or_else(|| format!("refused: {:?}", answer.texts))?;
    let read = TimeStampToken::parse(&token, Mode::Tolerant).map_err(|error| error.to_string())?;
    if !read.is_over(signature) || read.info.nonce != request.nonce {
        return Err("the stamp is over something else".to_owned());
    }
    let certificate = read.certificate().ok_or("the stamp has no certificate inside")?;
    let key = certificate.verifying_key().map_err(|error| error.to_string())?;
    read.check_signature(&key).map_err(|error| error.to_string())?;
    Ok(token)
}
