//! The platform's register as the verifier asks it: the state of a seal at its signing time, from the history that
//! is only ever added to (GB/T 38540 §7.3 d4).

use std::collections::HashMap;

use crypto::FieldCipher;
use jiff::Timestamp;
use protocol::Uscc;
use protocol::lists::OwnerKind;
use storage::Tx;
use storage::platform::seal_state::{self, StateChange};
use storage::platform::seals::{self, Seal, SealVersion};
use storage::platform::systems::{self, SystemChange, SystemState};
use verify::{Filing, OwnerClaim, OwnerMatch, Party, RegisterAnswer, SealIdentity, SealRegister, SealState};

use crate::failure::Outcome;
use crate::registry::PARTY_NUMBER;

/// Seals of one document that are looked up; no real one has more.
const MOST_SEALS: usize = 1_000;

/// What the registry knows of one seal.
#[derive(Debug)]
struct Known {
    seal: Seal,
    versions: Vec<SealVersion>,
    states: Vec<StateChange>,
    system: Vec<SystemChange>,
    /// The credit code of the organisation that runs its system.
    operator: Option<String>,
}

/// The part of the registry that one document needs, by esID.
#[derive(Debug)]
pub(super) struct Register {
    known: HashMap<String, Known>,
    /// Compares persons' numbers without opening them.
    cipher: FieldCipher,
}

/// Looks up the seals of a document.
pub(super) async fn load(tx: &mut Tx, wanted: &[SealIdentity], cipher: FieldCipher) -> Outcome<Register> {
    let mut known = HashMap::new();
    for identity in wanted.iter().take(MOST_SEALS) {
        if known.contains_key(&identity.es_id) {
            continue;
        }
        let Some(seal) = seals::by_es_id(tx, &identity.es_id).await? else { continue };
        let versions = seals::versions(tx, &seal.seal_code).await?;
        let states = seal_state::history(tx, &seal.seal_code).await?;
        let system = systems::history(tx, &seal.app_id).await?;
        let operator = systems::find(tx, &seal.app_id).await?.map(|system| system.uscc);
        known.insert(identity.es_id.clone(), Known { seal, versions, states, system, operator });
    }
    Ok(Register { known, cipher })
}

impl SealRegister for Register {
    fn state_at(&self, identity: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        let Some(known) = self.known.get(&identity.es_id) else { return RegisterAnswer::NotFiled };
        let sm3 = hex::encode(identity.sm3);
        // An esID alone is no seal: the bytes must be those of a filed version.
        if !known.versions.iter().any(|version| version.seal_data_sm3.as_deref() == Some(&sm3)) {
            return RegisterAnswer::NotFiled;
        }
        let (state, since) = known.within_second(&sm3, at);
        RegisterAnswer::Filed(Filing {
            seal_code: known.seal.seal_code.clone(),
            seal_type: known.seal.seal_type.clone(),
            state,
            since: since.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        })
    }

    fn compare_owner(&self, identity: &SealIdentity, party: Party, claim: &OwnerClaim) -> OwnerMatch {
        let Some(known) = self.known.get(&identity.es_id) else { return OwnerMatch::NotKnown };
        match party {
            Party::Maker => {
                known.operator.as_deref().map_or(OwnerMatch::NotKnown, |uscc| claim.against_uscc(uscc))
            }
            Party::Signer => known.compare_owner(claim, &self.cipher),
        }
    }
}

impl Known {
    /// An organisation's credit code is filed in clear; a number of another document compares with nothing. A person's
    /// number is compared by its blind index.
    fn compare_owner(&self, claim: &OwnerClaim, cipher: &FieldCipher) -> OwnerMatch {
        let is_person = OwnerKind::from_number(self.seal.possessor_type) == Some(OwnerKind::Person);
        match (is_person, claim) {
            (false, _) => match Uscc::parse(&self.seal.possessor_cert_no) {
                Ok(uscc) => claim.against_uscc(uscc.as_str()),
                Err(_) => OwnerMatch::NotKnown,
            },
            // Cards of fifteen digits were exchanged for eighteen; what is no card's number compares with nothing.
            (true, OwnerClaim::ResidentCard(number)) if number.len() == 18 => {
                let index = cipher.blind_index(PARTY_NUMBER, number);
                if index == self.seal.possessor_cert_no_index { OwnerMatch::Same } else { OwnerMatch::Other }
            }
            (true, _) => OwnerMatch::NotKnown,
        }
    }

    /// Signing times are whole seconds: a seal that was in force at any moment of the second could sign in it.
    fn within_second(&self, sm3: &str, at: Timestamp) -> (SealState, Option<i64>) {
        let start = at.as_second().saturating_mul(1000);
        let end = start.saturating_add(999);
        let changes = self
            .states
            .iter()
            .map(|change| change.at)
            .chain(self.system.iter().map(|change| change.at))
            .chain(self.versions.iter().map(|version| version.at))
            .filter(|at| (start..=end).contains(at));
        let moments: Vec<(SealState, Option<i64>)> =
            std::iter::once(start).chain(changes).map(|at| self.at(sm3, at)).collect();
        let in_force = moments.iter().find(|(state, _)| *state == SealState::InForce);
        // Not in force in any moment: what it was at the end of the second.
        *in_force.unwrap_or(&self.at(sm3, end))
    }

    fn at(&self, sm3: &str, at: i64) -> (SealState, Option<i64>) {
        let Some(change) = self.states.iter().rev().find(|change| change.at <= at) else {
            return (SealState::NotYetFiled, None);
        };
        let since = Some(change.at);
        match change.to_state {
            seals::SealState::Revoked => return (SealState::Revoked, since),
            seals::SealState::Disabled => return (SealState::Disabled, since),
            seals::SealState::Enabled => {}
        }
        if let Some(system) = self.system.iter().rev().find(|change| change.at <= at)
            && system.to_state != SystemState::Online
        {
            return (SealState::Suspended, Some(system.at));
        }
        // The version whose content was filed last by then, as far as its data are known.
        let current =
            self.versions.iter().rev().find(|version| version.at <= at && version.seal_data_sm3.is_some());
        match current {
            Some(version) if version.seal_data_sm3.as_deref() != Some(sm3) => {
                (SealState::Replaced, Some(version.at))
            }
            Some(_) => (SealState::InForce, since),
            None => (SealState::NotYetFiled, None),
        }
    }
}
