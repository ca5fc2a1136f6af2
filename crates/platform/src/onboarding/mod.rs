//! Onboarding (入驻, standard 6.1.1; `facts` §6.2): systems and their way from registration to going live, their
//! applications and documents, their keys with proof of possession, their allow-lists, and their suspension.
//!
//! Whatever lets a system in is done by two administrators together ([`crate::review`]).

mod applications;
mod documents;
mod keys;
mod state;
mod steps;
mod systems;
mod watch;

/// Who acts when the platform does something by itself.
pub const PLATFORM_ACTOR: &str = "(platform)";

pub use applications::{ApplicationView, Contact, NewApplication, applications, apply};
pub use documents::{NewDocument, add_document, lacking_documents, read_document, withdraw_document};
pub(crate) use keys::refuse_other_uses;
pub use keys::{KeyMaterial, NewKey, Proof, approve_key, challenge, register_key, retire_key, revoke_key};
pub use state::set_state;
pub use steps::next as next_steps;
pub use systems::{Grants, NewSystem, change_grants, register_system};
pub use watch::watch_ends;
