//! What a rehearsal (`--dry-run`) remembers of the rows before: nothing is written, so the register does not know
//! them. It takes about fifty octets of memory a row.

use std::collections::HashMap;

use protocol::lists::SealType;
use protocol::{ApiError, Code};
use storage::platform::filing::Filing;
use storage::platform::seals::SealState;

/// The first half of a digest: enough to tell rows apart.
type Short = [u8; 16];

/// Rows that would be filed.
#[derive(Debug, Default)]
pub(super) struct Rehearsal {
    rows: HashMap<Short, Short>,
}

impl Rehearsal {
    /// Judges a row, which the register would take, against the rows before it; `true` when it is new.
    ///
    /// # Errors
    /// 30004, as filing has it.
    pub(super) fn judge(&mut self, filing: &Filing, no_second_official: bool) -> Result<bool, ApiError> {
        let print = short(&[&filing.content.fingerprint]);
        let revoked = filing.state == SealState::Revoked;
        let key = match &filing.code {
            _ if revoked => short(&["revoked", &filing.natural_key, &filing.content.fingerprint]),
            Some(code) => short(&["code", code]),
            None => short(&["natural", &filing.natural_key]),
        };
        match self.rows.insert(key, print) {
            Some(earlier) if earlier == print => return Ok(false),
            Some(_) => return Err(ApiError::new(Code::FiledOtherwise)),
            None => {}
        }
        let number = filing.content.cert_number.as_deref().filter(|_| no_second_official);
        if filing.seal_type == SealType::Legal.text()
            && filing.state == SealState::Enabled
            && let Some(number) = number
        {
            let key = short(&["official", &filing.possessor_cert_no_index, number]);
            if self.rows.insert(key, print).is_some() {
                let (zh, en) =
                    ("同一证书的法定名称章已备案", "an official seal with this certificate is filed already");
                return Err(ApiError::explained(Code::FiledOtherwise, zh, en));
            }
        }
        Ok(true)
    }
}

fn short(parts: &[&str]) -> Short {
    let digest = crypto::sm3::digest(parts.join("\n").as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}
