//! The reference electronic seal system (电子印章系统, clause 4.3): makes and keeps seals, files them with the
//! platform, asks signers for consent, signs with keys in the cloud, and seals documents for its own users.
//!
//! It serves the same interfaces to the platform that the platform serves to it (wire profile §1). It never meets
//! the platform's code: they speak HTTP.

pub mod application;
pub mod authority;
pub mod config;
mod consent;
mod evidence;
mod failure;
mod filing;
mod gatekeeper;
mod making;
mod owners;
mod pages;
pub mod sender;
mod server;
mod serving;
mod start;
mod states;
mod system;

pub use filing::Told;
pub use making::{Made, SealOrder};
pub use owners::{NewUser, OwnerId, UserId};
pub use server::ServeError;
pub use start::{StartError, from_config, read_config};
pub use states::SealState;
pub use system::{Certifier, Parts, SealSystem, ServerRules};
