//! The register, asked for the state of a seal when it was used (GB/T 38540 §7.3 d4).

use formats::ses::Seal;
use jiff::Timestamp;

use super::identity;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::{Detail, moment, printable};
use crate::trust::{Filing, RegisterAnswer, SealRegister, SealState, Trust};
use crate::verdict::Status;

/// Asks the register for the state of the seal at the signing time, and at the time that a time stamp proves where there
/// is one; gives the filing where there is one.
///
/// The signing time is the signer's claim: a seal that was in force then and not when the stamp was made may have been
/// used in between, so the two contradict each other.
pub(crate) fn judge(
    seal: &Seal,
    (at, stamped): (Timestamp, Option<Timestamp>),
    trust: &Trust,
    findings: &mut Findings,
) -> Option<Filing> {
    let Some(register) = trust.register() else {
        findings.add_with(&rule::SEAL_REGISTER, Status::Note, Detail::new("未查询", "not asked"));
        return None;
    };
    match register.state_at(&identity(seal), at) {
        RegisterAnswer::NotFiled => {
            findings.add_with(&rule::SEAL_REGISTER, Status::Note, Detail::new("未备案", "not filed"));
            None
        }
        RegisterAnswer::Unavailable => {
            findings.add(&rule::SEAL_REGISTER, Status::Unknown);
            None
        }
        RegisterAnswer::Filed(filing) => {
            let is_in_force = filing.state == SealState::InForce;
            let proven = stamped.filter(|stamped| is_in_force && stamped.as_second() != at.as_second());
            if let Some(words) = proven.and_then(|proven| contradiction(seal, proven, register)) {
                findings.add_with(&rule::SEAL_REGISTER, Status::Unknown, words);
            } else {
                let status = if is_in_force { Status::Good } else { Status::Bad };
                findings.add_with(&rule::SEAL_REGISTER, status, words(&filing));
            }
            Some(filing)
        }
    }
}

fn words(filing: &Filing) -> Detail {
    let (zh, en) = filing.state.name();
    let since = filing.since.map_or_else(|| Detail::same(""), moment);
    let code = printable(&filing.seal_code);
    Detail::new(format!("{code}，{zh} {}", since.zh), format!("{code}, {en} {}", since.en))
}

/// What the register says otherwise of the stamped time than of the signing time, when the seal was in force.
fn contradiction(seal: &Seal, stamped: Timestamp, register: &dyn SealRegister) -> Option<Detail> {
    let when = moment(stamped);
    let told = match register.state_at(&identity(seal), stamped) {
        RegisterAnswer::Filed(filing) if filing.state == SealState::InForce => return None,
        RegisterAnswer::Filed(filing) => words(&filing),
        RegisterAnswer::NotFiled | RegisterAnswer::Unavailable => Detail::new("状态未知", "not known"),
    };
    Some(Detail::new(
        format!("自述的签章时间启用，时间戳时间 {} 则为：{}", when.zh, told.zh),
        format!("in force at the claimed signing time, and at the stamped time {}: {}", when.en, told.en),
    ))
}
