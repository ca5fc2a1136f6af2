//! What the platform keeps: systems and their keys, filed seals and their history, sign ids, consents, the trust
//! list. Every module is one concern.

pub mod applications;
pub mod changes;
pub mod checkpoints;
pub mod consent_documents;
pub mod consents;
pub mod documents;
pub mod downloads;
pub mod endpoints;
pub mod federation;
pub mod filing;
pub mod imports;
pub mod keys;
pub mod reconciliation;
pub mod reviews;
pub mod seal_holds;
pub mod seal_state;
pub mod seals;
pub mod sharing;
pub mod sign_ids;
pub mod signings;
pub mod standing;
pub mod subscriptions;
pub mod system_keys;
pub mod systems;
pub mod trust;

use crate::statements::Statement;

/// Every SQL text of the platform, by module.
pub(crate) const STATEMENTS: &[&[Statement]] = &[
    applications::STATEMENTS,
    changes::STATEMENTS,
    checkpoints::STATEMENTS,
    consent_documents::STATEMENTS,
    consents::STATEMENTS,
    documents::STATEMENTS,
    downloads::STATEMENTS,
    endpoints::STATEMENTS,
    federation::STATEMENTS,
    filing::STATEMENTS,
    imports::STATEMENTS,
    keys::STATEMENTS,
    reconciliation::STATEMENTS,
    reviews::STATEMENTS,
    seal_holds::STATEMENTS,
    seal_state::STATEMENTS,
    seals::STATEMENTS,
    sharing::STATEMENTS,
    sign_ids::STATEMENTS,
    signings::STATEMENTS,
    standing::STATEMENTS,
    subscriptions::STATEMENTS,
    system_keys::STATEMENTS,
    systems::STATEMENTS,
    trust::STATEMENTS,
];
