//! The signatures that the user's own document came with: what they are worth to this run's platform, and why. A
//! document is no better than the worst of its signatures, and that is no fault of the one that is added here.

use protocol::lists::Indication;
use protocol::tables::{DocumentReport, SignatureDetail};

/// The earlier signatures of a document.
#[derive(Debug)]
pub(super) struct Earlier {
    /// The verdict on them; none where there are none.
    verdict: Option<Indication>,
    /// What speaks against them, one sentence each.
    pub(super) because: Vec<String>,
}

impl Earlier {
    /// The document came without signatures.
    pub(super) fn none() -> Self {
        Self { verdict: None, because: Vec::new() }
    }

    /// As the platform reported on the document before anything was added.
    pub(super) fn of(report: &DocumentReport) -> Self {
        if report.sign_count == 0 {
            return Self::none();
        }
        let numbered = report.details.iter().enumerate();
        let not_valid = numbered.filter(|(_, detail)| detail.indication != Indication::Valid);
        let mut because: Vec<String> =
            not_valid.map(|(index, detail)| against(index.saturating_add(1), detail)).collect();
        if because.is_empty() && report.indication != Indication::Valid {
            because.extend(report.hint.clone());
        }
        Self { verdict: Some(report.indication), because }
    }

    /// Whether there are any.
    pub(super) fn is_any(&self) -> bool {
        self.verdict.is_some()
    }

    /// The verdict on the document once a valid signature was added.
    pub(super) fn expected(&self) -> Indication {
        self.verdict.unwrap_or(Indication::Valid)
    }

    /// What people read when the document is opened: what the signatures are worth, why, and what to do about it.
    pub(super) fn words(&self) -> String {
        match self.verdict {
            None => String::new(),
            Some(Indication::Valid) => "\n文档已有签章，均有效 it came with signatures, all valid".to_owned(),
            Some(verdict) => format!(
                "\n文档已有签章 it came with signatures:\n{}\n\
                 因此整个文档在本次运行中为 so the whole document is {} in this run, whatever is added\n\
                 要验证全部签章 to judge all of them, trust both CAs: sealbridge verify … --trust 本次的 this run's \
                 trust/ --trust 原签章 CA 的根证书 the root certificate of the earlier signature's CA",
                self.because.join("\n"),
                verdict.text()
            ),
        }
    }
}

/// Who signed, under which CA, and the first thing that speaks against it.
fn against(number: usize, detail: &SignatureDetail) -> String {
    let owner = detail.cert_owner.as_deref().unwrap_or("-");
    let issuer = detail.cert_issuer.as_deref().unwrap_or("-");
    let worst = |wanted: Indication| {
        detail.flow_vo_list.iter().find(move |step| step.indication == Some(wanted)).map(|step| &step.hint)
    };
    let why = worst(Indication::Invalid).or_else(|| worst(Indication::Indeterminate));
    let why = why.map_or("-", String::as_str);
    format!("第 {number} 个签章 signature {number}: {owner}, CA {issuer}: {why}")
}
