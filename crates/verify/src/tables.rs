//! A report as tables 26 to 28 of the standard put it, for every server that verifies documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use protocol::lists::{Indication, StepStatus};
use protocol::tables::{DocumentReport, SignatureDetail, VerifyStep};
use protocol::{ApiError, BeijingTime, Code};

use crate::catalogue as rule;
use crate::catalogue::SubIndication;
use crate::report::{Readability, Report, SignatureReport, StepResult};
use crate::verdict::{Status, Verdict};

/// Table 26, with the details of tables 27 and 28.
pub fn document_report(report: &Report) -> DocumentReport {
    DocumentReport {
        file_name: report.file.clone(),
        file_size: report.file_size,
        sign_count: u32::try_from(report.signatures.len()).unwrap_or(u32::MAX),
        verify_result: report.verify_result(),
        details: report.signatures.iter().map(|signature| detail(report, signature)).collect(),
        indication: indication(report.verdict),
        sub_indication: word(report.sub_indication()),
        hint: hint(report),
        report: None,
        report_key_id: None,
        report_sign: None,
    }
}

/// Why a document cannot be judged as a whole, as the refusal of table 24; none for one that was. It says when a
/// password is what is lacking.
pub fn refusal(report: &Report) -> Option<ApiError> {
    let is_locked_up = report
        .findings
        .iter()
        .any(|finding| finding.id() == rule::PDF_ENCRYPTION.id && finding.status() == Status::Unknown);
    match report.readability {
        Readability::Readable => None,
        Readability::UnknownFormat => Some(ApiError::new(Code::NotPdfOrOfd)),
        Readability::Damaged if is_locked_up => Some(ApiError::explained(
            Code::FileDamaged,
            "需要口令才能打开,请提供无需口令的文件",
            "it opens only with a password; send it without one",
        )),
        Readability::Damaged => Some(ApiError::new(Code::FileDamaged)),
    }
}

/// Table 27 for one signature.
fn detail(report: &Report, signature: &SignatureReport) -> SignatureDetail {
    let signer = signature.signer.as_ref();
    let picture = signature.seal.as_ref().map(|seal| &seal.picture);
    let time = |time: Option<Timestamp>| time.map(BeijingTime::of);
    SignatureDetail {
        seal_type: signature.seal_type.clone(),
        sign_time: time(signature.sign_time),
        provider: Some(signature.provider.name.clone()).filter(|name| !name.is_empty()),
        cert_issuer: signer.map(|certificate| certificate.issuer.clone()),
        cert_owner: signer.map(|certificate| certificate.owner.clone()),
        cert_sn: signer.map(|certificate| certificate.serial.clone()),
        cert_valid_start: time(signer.map(|certificate| certificate.not_before)),
        cert_valid_end: time(signer.map(|certificate| certificate.not_after)),
        seal_pic_base64: picture
            .filter(|picture| !picture.is_empty())
            .map(|picture| STANDARD.encode(picture)),
        seal_code: signature.seal_code.clone(),
        flow_vo_list: report.steps(signature).iter().map(step).collect(),
        indication: indication(signature.verdict),
        sub_indication: word(signature.sub_indication()),
    }
}

/// Table 28 for one step.
fn step(result: &StepResult) -> VerifyStep {
    let name = result.step.name();
    VerifyStep {
        step: format!("{} {}", name.zh, name.en),
        hint: format!("{} {}", result.hint_zh, result.hint_en),
        status: if result.table_status() == 1 { StepStatus::Passed } else { StepStatus::Failed },
        step_id: Some(result.step.id().to_owned()),
        indication: Some(indication(result.indication())),
        sub_indication: word(result.sub_indication),
    }
}

/// What is said of the document as a whole: its worst findings, else nothing.
fn hint(report: &Report) -> Option<String> {
    let worst = report.findings.iter().filter(|finding| finding.status().verdict() != Verdict::Valid);
    let hints: Vec<String> =
        worst.map(|finding| format!("{} {}", finding.hint_zh(), finding.hint_en())).collect();
    (!hints.is_empty()).then(|| hints.join("；"))
}

fn indication(verdict: Verdict) -> Indication {
    match verdict {
        Verdict::Valid => Indication::Valid,
        Verdict::Invalid => Indication::Invalid,
        Verdict::Indeterminate => Indication::Indeterminate,
    }
}

fn word(reason: Option<SubIndication>) -> Option<String> {
    reason.map(|reason| reason.as_str().to_owned())
}
