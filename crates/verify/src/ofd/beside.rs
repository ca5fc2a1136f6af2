//! What a signature shows as a seal whose value holds none: the seal in the file that its description names, or nothing
//! that anybody vouches for.

use super::gather::Gathered;
use crate::catalogue as rule;
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::Options;
use crate::signature::Judged;
use crate::text::Detail;
use crate::trust::Trust;
use crate::verdict::Status;

/// Judges the seal beside a value. A stamp without one shows a picture that nobody's signature as a maker is over.
pub(super) fn judge(
    gathered: &Gathered<'_>,
    shows: bool,
    judged: &mut Judged,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    match gathered.beside.as_deref() {
        Some(Ok(seal)) => {
            findings.add(&rule::SEAL_BESIDE, Status::Good);
            seal.judge(judged, trust, options, outcomes, findings);
        }
        Some(Err(why)) => {
            let detail = Detail::new(
                format!("印章文件缺失或不是印章：{why}"),
                format!("the file of the seal is missing or is none: {why}"),
            );
            findings.add_with(&rule::SEAL_BESIDE, Status::Unknown, detail);
        }
        None if shows && gathered.value.is_plain() => {
            let detail = Detail::new("没有指明印章", "no seal is named");
            findings.add_with(&rule::SEAL_BESIDE, Status::Unknown, detail);
        }
        None => {}
    }
}
