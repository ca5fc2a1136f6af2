//! What a seal system keeps: owners, users, keys and seals; what it still has to tell the platform; sign ids and
//! consent sessions; documents being sealed; what its CA and its time-stamp authority issued. Every module is one
//! concern.

pub mod ca;
pub mod callers;
pub mod consent_documents;
pub mod consents;
pub mod jobs;
pub mod keys;
pub mod otp;
pub mod outbox;
pub mod owners;
pub mod seals;
pub mod sign_ids;
pub mod time_stamps;

use crate::statements::Statement;

/// Every SQL text of the seal system, by module.
pub(crate) const STATEMENTS: &[&[Statement]] = &[
    ca::STATEMENTS,
    callers::STATEMENTS,
    consent_documents::STATEMENTS,
    consents::STATEMENTS,
    jobs::STATEMENTS,
    keys::STATEMENTS,
    otp::STATEMENTS,
    outbox::STATEMENTS,
    owners::STATEMENTS,
    seals::STATEMENTS,
    sign_ids::STATEMENTS,
    time_stamps::STATEMENTS,
];
