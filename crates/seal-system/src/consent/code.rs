//! One-time codes (短信验证码): six digits, five minutes, five tries, a minute apart, ten a day for one telephone.
//! Stored is an HMAC-SM3 under the system's index key, so the database does not help in guessing.

use std::sync::Arc;

use crypto::Random;
use protocol::ApiError;
use storage::seal_system::consents::{self, Consent, Try};
use storage::seal_system::otp;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{CODE_MILLIS, DAY_MILLIS, MAX_CODES_A_DAY, MAX_TRIES, Notice, RESEND_MILLIS, Visit};
use crate::SealSystem;
use crate::failure::{OrRefuse, fault};
use crate::owners::field;
use crate::sender::OneTimeCode;

/// What stands before the code in the message.
const PURPOSE: &str = "【电子印章】您正在确认一份文件的电子签章，验证码";

impl SealSystem {
    /// Sends a new code to the signer's telephone. `None` when this browser has nothing to decide.
    pub(crate) async fn send_code(&self, visit: Visit<'_>) -> Result<Option<Notice>, ApiError> {
        let now = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let Some(consent) = self.open_consent(&mut tx, visit).await? else { return Ok(None) };
        let since = now.saturating_sub(DAY_MILLIS);
        if otp::count_since(&mut tx, &consent.mobile_index, since).await.or_refuse()? >= MAX_CODES_A_DAY {
            return Ok(Some(Notice::TooMany));
        }
        let code = six_digits(self.random());
        let stored = self.code_digest(&consent.auth_id, &code);
        let times = (now, now.saturating_add(CODE_MILLIS).min(consent.expires_at));
        let last = now.saturating_sub(RESEND_MILLIS);
        if !consents::set_otp(&mut tx, &consent.auth_id, &stored, times, last).await.or_refuse()? {
            return Ok(Some(Notice::TooSoon));
        }
        otp::record(&mut tx, &consent.auth_id, &consent.mobile_index, now).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        // Only now: a code that leaves the house is one that counts.
        Ok(Some(self.deliver(&consent, code).await?))
    }

    async fn deliver(&self, consent: &Consent, code: Zeroizing<String>) -> Result<Notice, ApiError> {
        let mobile = Zeroizing::new(self.open_field(field::MOBILE, &consent.mobile)?);
        let (sender, auth_id) = (Arc::clone(&self.parts.sender), consent.auth_id.clone());
        let work = move || {
            sender.send(&OneTimeCode { mobile: &mobile, code: &code, auth_id: &auth_id, purpose: PURPOSE })
        };
        match tokio::task::spawn_blocking(work).await.map_err(fault)? {
            Ok(()) => Ok(Notice::Sent),
            Err(error) => {
                tracing::warn!(auth_id = consent.auth_id, %error, "a one-time code was not delivered");
                Ok(Notice::NotDelivered)
            }
        }
    }

    /// Whether the text typed in is the code that was sent. The try is counted and committed before anything is
    /// compared, so that tries at the same time cannot exceed their number.
    pub(super) async fn check_code(&self, visit: Visit<'_>, typed: &str) -> Result<Checked, ApiError> {
        let Some(typed) = digits(typed) else { return Ok(Checked::No(Notice::WrongCode)) };
        let mut tx = self.database().begin().await.or_refuse()?;
        let Some(consent) = self.open_consent(&mut tx, visit).await? else { return Ok(Checked::Closed) };
        let tried =
            consents::try_otp(&mut tx, &consent.auth_id, MAX_TRIES, self.now_millis()).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        let (Try::Compare, Some(sent)) = (tried, &consent.otp_hmac) else {
            return Ok(Checked::No(Notice::DeadCode));
        };
        let presented = self.code_digest(&consent.auth_id, &typed);
        if bool::from(presented.as_bytes().ct_eq(sent.as_bytes())) {
            return Ok(Checked::Right(Box::new(consent)));
        }
        let last = consent.otp_tries + 1 >= MAX_TRIES;
        Ok(Checked::No(if last { Notice::DeadCode } else { Notice::WrongCode }))
    }

    /// Bound to the consent, so that a digest cannot be moved to another.
    fn code_digest(&self, auth_id: &str, code: &str) -> String {
        self.index("consent.otp", &Zeroizing::new(format!("{auth_id}|{code}")))
    }
}

/// What a typed code came to.
pub(super) enum Checked {
    /// It is the one, for this consent.
    Right(Box<Consent>),
    /// It is not.
    No(Notice),
    /// This browser has nothing to decide.
    Closed,
}

/// Six digits, each value as likely as any other.
fn six_digits(random: &Random) -> Zeroizing<String> {
    const VALUES: u32 = 1_000_000;
    // The part of the range that is a whole number of times the values; what lies beyond is drawn again.
    const FAIR: u32 = u32::MAX - u32::MAX % VALUES;
    loop {
        let drawn = u32::from_le_bytes(random.bytes());
        if drawn < FAIR {
            return Zeroizing::new(format!("{:06}", drawn % VALUES));
        }
    }
}

/// The six digits in what somebody typed: blanks are forgiven, and so are the wide digits of Chinese keyboards.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let mut found = Zeroizing::new(String::with_capacity(6));
    for character in typed.chars().filter(|character| !character.is_whitespace() && *character != '-') {
        let narrow = match u32::from(character) {
            wide @ 0xFF10..=0xFF19 => char::from_u32(wide - 0xFF10 + 0x30)?,
            _ => character,
        };
        if !narrow.is_ascii_digit() || found.len() == 6 {
            return None;
        }
        found.push(narrow);
    }
    (found.len() == 6).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_digits_and_unfair_draws_are_repeated() {
        let draws = std::sync::Mutex::new(vec![7_u32, u32::MAX, 1_234_567]);
        let random = Random::from_fn(move |buffer| {
            let next = draws.lock().unwrap().pop().unwrap();
            buffer.copy_from_slice(&next.to_le_bytes());
        });
        assert_eq!(&*six_digits(&random), "234567");
        assert_eq!(&*six_digits(&random), "000007", "the draw beyond the fair range was not used");
    }

    #[test]
    fn what_people_type_is_read_kindly() {
        assert_eq!(digits(" 123 456 ").as_deref().map(String::as_str), Some("123456"));
        assert_eq!(digits("１２３-４５６").as_deref().map(String::as_str), Some("123456"));
        for bad in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"] {
            assert!(digits(bad).is_none(), "{bad}");
        }
    }
}
