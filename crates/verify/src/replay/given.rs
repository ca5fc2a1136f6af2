//! The trust of a record beside that of whoever asks. A report says itself which roots it relied on, and whoever forges one
//! puts his own there: it is as good as the roots, which the reader has to know from elsewhere.

use std::collections::HashSet;

use serde::Serialize;

use super::{Difference, Replayed};
use crate::report::Root;
use crate::trust::{Role, Trust};

/// How the trust of a record stands to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Id of the record's snapshot, as far as its pieces were to be had.
    pub recorded: String,
    /// Id of the other one.
    pub given: String,
    /// Trusted certificates of the record, and makers of seals that it names, that the other one has not.
    pub foreign: Vec<Root>,
    /// True when the other one names makers of seals, and the record accepts everybody's.
    pub is_laxer: bool,
}

impl Given {
    /// True when both are one snapshot.
    pub fn is_same(&self) -> bool {
        self.recorded == self.given
    }
}

impl Replayed {
    /// Compares what the record trusts with what whoever asks trusts himself. Other lists, answers and authorities in the
    /// middle are trusted by nobody for themselves, and make no difference that weighs; a trusted certificate of the record
    /// that he does not trust does ([`Difference::Roots`]), and so do makers of seals whom he does not accept.
    ///
    /// Makers do not count where he believes the report (`believes_report`): who signed it vouches for them.
    pub fn against(&mut self, given: &Trust, believes_report: bool) {
        let known: HashSet<(Role, [u8; 32])> = given.pieces().map(|piece| (piece.role, piece.sm3)).collect();
        let has_makers = given.has_makers() && !believes_report;
        let counts = |role| role == Role::Anchor || (role == Role::Maker && has_makers);
        let is_foreign = |role, sm3| counts(role) && !known.contains(&(role, sm3));
        let foreign = self.trust.labelled().filter(|(role, sm3, _)| is_foreign(*role, *sm3));
        let foreign: Vec<Root> =
            foreign.map(|(_, sm3, subject)| Root { subject, sm3: hex::encode(sm3) }).collect();
        let is_laxer = has_makers && !self.trust.has_makers();
        if is_laxer || !foreign.is_empty() {
            self.differs.push(Difference::Roots);
        }
        self.given = Some(Given { recorded: self.trust.id(), given: given.id(), foreign, is_laxer });
    }
}
