//! When a seal was made, and its period (GB/T 38540 §6.3 d and §7.3 d3, GM/T 0031 §6.1.2 d and §6.2.3 f).

use formats::ses::Seal;
use jiff::Timestamp;

use super::Occasion;
use crate::catalogue as rule;
use crate::catalogue::{Scheme, SubIndication};
use crate::finding::Findings;
use crate::options::{Options, Profile};
use crate::stamp::CLOCK_SKEW;
use crate::text::{Detail, moment, outside_period};
use crate::verdict::Status;

pub(super) fn judge(seal: &Seal, occasion: Occasion, options: &Options, findings: &mut Findings) {
    judge_created(seal, occasion, options, findings);
    let now = options.at;
    match occasion {
        Occasion::Signed { at: signed_at, stamped, .. } => {
            judge_now(seal, now, findings);
            judge_signed(seal, signed_at, stamped, findings);
        }
        // A seal outside of a signature is judged for the time of verification: GB/T 38540 §6.3 d, GM/T 0031 §6.1.2 d.
        Occasion::Alone => {
            let when =
                if findings.scheme() == Scheme::Gmt0031 { &rule::SEAL_NOW } else { &rule::SEAL_PERIOD };
            match is_outside(seal, now) {
                None => findings.add(when, Status::Good),
                Some(reason) => {
                    let detail = outside_period(seal.valid_start, seal.valid_end, now);
                    findings.add_because(when, Status::Bad, reason, Some(detail));
                }
            }
        }
    }
}

/// What a time of Beijing is late by where it is labelled as UTC, in seconds.
const BEIJING: i64 = 8 * 3600;

/// Nobody signs with a seal before it is made (createDate). What clocks may differ by is told, and so is what makers are
/// late by who write Beijing time and label it as UTC (`Z`).
fn judge_created(seal: &Seal, occasion: Occasion, options: &Options, findings: &mut Findings) {
    let used = match occasion {
        Occasion::Alone => options.at,
        Occasion::Signed { at, stamped, .. } => stamped.map_or(at, |stamped| stamped.min(at)),
    };
    let later_by = seal.create.as_second().saturating_sub(used.as_second());
    if later_by <= 0 {
        return findings.add(&rule::SEAL_CREATED, Status::Good);
    }
    let (skew, zone) =
        if options.profile == Profile::Compat { (CLOCK_SKEW.as_secs(), BEIJING) } else { (0, 0) };
    let status = if later_by > zone.saturating_add(skew) { Status::Unknown } else { Status::Note };
    let (made, used) = (moment(seal.create), moment(used));
    let mut detail = Detail::new(
        format!("制章时间 {}，用章时间 {}", made.zh, used.zh),
        format!("made {}, used {}", made.en, used.en),
    );
    if status == Status::Note && later_by > skew {
        detail.zh.push_str("，北京时间标成了 UTC（time.beijing-as-utc）");
        detail.en.push_str(", Beijing time that is labelled as UTC (time.beijing-as-utc)");
    }
    findings.add_with(&rule::SEAL_CREATED, status, detail);
}

/// What has ended since is a hint.
fn judge_now(seal: &Seal, now: Timestamp, findings: &mut Findings) {
    if is_outside(seal, now).is_none() {
        findings.add(&rule::SEAL_NOW, Status::Good);
    } else {
        let detail = outside_period(seal.valid_start, seal.valid_end, now);
        findings.add_with(&rule::SEAL_NOW, Status::Note, detail);
    }
}

/// The period decides at the signing time. That is the signer's claim: where a time stamp proves a time, the seal has to
/// be in its period then too, or nobody knows whether it was when it was used.
fn judge_signed(seal: &Seal, signed_at: Timestamp, stamped: Option<Timestamp>, findings: &mut Findings) {
    let outside = |at| is_outside(seal, at).map(|reason| (reason, at));
    let (status, (reason, at)) = match (outside(signed_at), stamped.and_then(outside)) {
        (Some(signed), _) => (Status::Bad, signed),
        (None, Some(proven)) => (Status::Unknown, proven),
        (None, None) => return findings.add(&rule::SEAL_PERIOD, Status::Good),
    };
    let detail = outside_period(seal.valid_start, seal.valid_end, at);
    findings.add_because(&rule::SEAL_PERIOD, status, reason, Some(detail));
}

/// How a time is outside the period of the seal; both ends belong to it, and fractions of a second do not count.
fn is_outside(seal: &Seal, at: Timestamp) -> Option<SubIndication> {
    if at.as_second() < seal.valid_start.as_second() {
        Some(SubIndication::SealNotYetValid)
    } else if at.as_second() > seal.valid_end.as_second() {
        Some(SubIndication::SealExpired)
    } else {
        None
    }
}
