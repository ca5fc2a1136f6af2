//! How access systems join (入驻, standard 6.1.1), and what happens when their documents end.

use schemars::JsonSchema;
use serde::Deserialize;
use storage::platform::documents::DocumentKind;

/// About access systems.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Onboarding {
    /// The way from the registration of a system to its going live. Either takes two administrators.
    pub way: Way,
    /// The kinds of document without which a system is neither approved nor put live.
    pub required_documents: Vec<String>,
    /// The largest document, in bytes.
    pub document_bytes: u64,
    /// How many days before its end it is told that a document or key ends.
    pub warn_days: u32,
    /// What happens when a document of a required kind has ended and no other of its kind is in force.
    pub expired: Expired,
    /// How long a second administrator may agree after the first, in hours.
    pub review_hours: u32,
}

/// The way from registration to going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Every step: real name, application, documents, approval, sandbox, conformance.
    #[default]
    Whole,
    /// From registration straight to going live, by another administrator than the one who registered: for operators
    /// that keep the steps before in another system.
    Short,
}

/// What happens when a document has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expired {
    /// It is told: in the log, the evidence log and the list of the operator.
    #[default]
    Tell,
    /// The system is suspended, and its seals with it.
    Suspend,
}

impl Default for Onboarding {
    fn default() -> Self {
        let required = [
            DocumentKind::BusinessLicence,
            DocumentKind::Authorisation,
            DocumentKind::Mlps,
            DocumentKind::Undertaking,
        ];
        Self {
            way: Way::Whole,
            required_documents: required.map(|kind| kind.as_str().to_owned()).to_vec(),
            document_bytes: 8 << 20,
            warn_days: 30,
            expired: Expired::Tell,
            review_hours: 72,
        }
    }
}

impl Onboarding {
    /// The kinds of document that are required; a name that is none was refused at the start.
    pub fn required(&self) -> Vec<DocumentKind> {
        self.required_documents.iter().filter_map(|name| DocumentKind::try_from(name.clone()).ok()).collect()
    }

    /// What is wrong with the values: a field and why.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let known = |name: &String| DocumentKind::try_from(name.clone()).is_ok();
        let rules = [
            (
                self.required_documents.iter().all(known),
                "onboarding.required_documents",
                "business-licence, authorisation, mlps, crypto-assessment, product-certificate, ca-licence, \
                 description, undertaking, test-report or other",
            ),
            ((1..=16 << 20).contains(&self.document_bytes), "onboarding.document_bytes", "1 to 16777216"),
            (self.warn_days <= 366, "onboarding.warn_days", "at most 366"),
            ((1..=720).contains(&self.review_hours), "onboarding.review_hours", "1 to 720"),
        ];
        rules.into_iter().find(|(good, ..)| !good).map(|(_, field, reason)| (field, reason))
    }
}
