//! Onboarding (入驻, standard 6.1.1), as far as it is an operator's doing: systems, their keys with proof of
//! possession, their allow-lists, and their state. The applicant's side and the documents come on top of it.

mod keys;
mod systems;

pub(crate) use keys::refuse_other_uses;
pub use keys::{KeyMaterial, NewKey, Proof, approve_key, challenge, register_key, revoke_key};
pub use systems::{Grants, NewSystem, change_grants, register_system, set_state};
