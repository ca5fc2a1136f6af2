//! What a register answered, written down while a document is judged, and answered again from what was written.
//!
//! The register compares an owner's numbers by itself; a record holds what came of it and never the numbers, which may
//! be a person's. Questions of one kind about one seal are told apart by their order, which the document decides.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::trust::{
    Filing, OwnerClaim, OwnerMatch, Party, RegisterAnswer, SealIdentity, SealRegister, SealState,
};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "camelCase", deny_unknown_fields)]
enum Question {
    /// The state of a seal at a time.
    State { seal: SealRecord, at: Moment },
    /// Whether a number of this kind is that of whom the register knows.
    Owner { seal: SealRecord, party: String, number: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SealRecord {
    es_id: String,
    vendor_id: String,
    sm3: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum Answer {
    NotFiled,
    Unavailable,
    Filed { seal_code: String, seal_type: String, state: String, since: Option<Moment> },
    Same,
    Other,
    NotKnown,
}

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    question: Question,
    answer: Answer,
}

const STATES: [(SealState, &str); 6] = [
    (SealState::InForce, "inForce"),
    (SealState::NotYetFiled, "notYetFiled"),
    (SealState::Disabled, "disabled"),
    (SealState::Revoked, "revoked"),
    (SealState::Suspended, "suspended"),
    (SealState::Replaced, "replaced"),
];

fn seal_record(seal: &SealIdentity) -> SealRecord {
    let (es_id, vendor_id) = (seal.es_id.clone(), seal.vendor_id.clone());
    SealRecord { es_id, vendor_id, sm3: hex::encode(seal.sm3) }
}

fn about_state(seal: &SealIdentity, at: Timestamp) -> Question {
    Question::State { seal: seal_record(seal), at: Moment(at) }
}

fn about_owner(seal: &SealIdentity, party: Party, claim: &OwnerClaim) -> Question {
    let party = match party {
        Party::Signer => "signer",
        Party::Maker => "maker",
    };
    // `Debug` of a claim is its kind alone.
    Question::Owner { seal: seal_record(seal), party: party.to_owned(), number: format!("{claim:?}") }
}

fn state_answer(answer: &RegisterAnswer) -> Answer {
    match answer {
        RegisterAnswer::NotFiled => Answer::NotFiled,
        RegisterAnswer::Unavailable => Answer::Unavailable,
        RegisterAnswer::Filed(filing) => Answer::Filed {
            seal_code: filing.seal_code.clone(),
            seal_type: filing.seal_type.clone(),
            state: STATES
                .iter()
                .find(|(state, _)| *state == filing.state)
                .map_or("", |(_, word)| word)
                .to_owned(),
            since: filing.since.map(Moment),
        },
    }
}

/// Asks a register and writes down what it answers.
pub(super) struct Recorder {
    inner: Arc<dyn SealRegister>,
    entries: Mutex<Vec<Entry>>,
}

impl Recorder {
    pub(super) fn new(inner: Arc<dyn SealRegister>) -> Self {
        Self { inner, entries: Mutex::default() }
    }

    pub(super) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, question: Question, answer: Answer) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(Entry { question, answer });
    }
}

impl SealRegister for Recorder {
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        let answer = self.inner.state_at(seal, at);
        self.note(about_state(seal, at), state_answer(&answer));
        answer
    }

    fn compare_owner(&self, seal: &SealIdentity, party: Party, claim: &OwnerClaim) -> OwnerMatch {
        let owner = self.inner.compare_owner(seal, party, claim);
        let answer = match owner {
            OwnerMatch::Same => Answer::Same,
            OwnerMatch::Other => Answer::Other,
            OwnerMatch::NotKnown => Answer::NotKnown,
        };
        self.note(about_owner(seal, party, claim), answer);
        owner
    }
}

/// Answers what was written down.
pub(super) struct Player {
    answers: Mutex<HashMap<Question, VecDeque<Answer>>>,
    /// A question came that was never written down, or its answer is none.
    lacked: AtomicBool,
}

impl Player {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut answers: HashMap<Question, VecDeque<Answer>> = HashMap::new();
        for entry in entries {
            answers.entry(entry.question.clone()).or_default().push_back(entry.answer.clone());
        }
        Self { answers: Mutex::new(answers), lacked: AtomicBool::new(false) }
    }

    /// True when every question had its answer, and no answer is left.
    pub(super) fn was_complete(&self) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        !self.lacked.load(Ordering::Relaxed) && answers.values().all(VecDeque::is_empty)
    }

    fn next(&self, question: &Question) -> Option<Answer> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get_mut(question)?.pop_front()
    }

    fn lack<T>(&self, instead: T) -> T {
        self.lacked.store(true, Ordering::Relaxed);
        instead
    }
}

impl SealRegister for Player {
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        match self.next(&about_state(seal, at)) {
            Some(Answer::NotFiled) => RegisterAnswer::NotFiled,
            Some(Answer::Unavailable) => RegisterAnswer::Unavailable,
            Some(Answer::Filed { seal_code, seal_type, state, since }) => {
                let known = STATES.iter().find(|(_, word)| *word == state).map(|(state, _)| *state);
                match known {
                    Some(state) => {
                        let since = since.map(|since| since.0);
                        RegisterAnswer::Filed(Filing { seal_code, seal_type, state, since })
                    }
                    None => self.lack(RegisterAnswer::Unavailable),
                }
            }
            _ => self.lack(RegisterAnswer::Unavailable),
        }
    }

    fn compare_owner(&self, seal: &SealIdentity, party: Party, claim: &OwnerClaim) -> OwnerMatch {
        match self.next(&about_owner(seal, party, claim)) {
            Some(Answer::Same) => OwnerMatch::Same,
            Some(Answer::Other) => OwnerMatch::Other,
            Some(Answer::NotKnown) => OwnerMatch::NotKnown,
            _ => self.lack(OwnerMatch::NotKnown),
        }
    }
}
