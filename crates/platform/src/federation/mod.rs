//! Federation (联邦): a platform as a seal system of another platform (wire profile §1, §6; decisions 16 and 17).
//!
//! Platforms know one another by trust lists, each signed by its platform's root key, which the operator imports once
//! by its fingerprint (`peers`). A list is fetched again and again; one that would be a step back is refused, and
//! none is relied on beyond its time (`refresh`). Another platform may answer only for seals in the code spaces that
//! the operator accepts from it and that its list names; its seals are recorded when it first hands them over, so that
//! consent and signature find their way like those of any filed seal (`mirror`); what becomes of them afterwards is read
//! from the other platform's feed of changes (`follow`). A request is passed on with the
//! caller's own signed request inside, platform by platform: that chain is also the guard against loops ([`Way`]).

mod follow;
mod mirror;
mod own;
mod peers;
mod refresh;
mod way;

pub use follow::{Followed, follow, run_follow};
pub(crate) use mirror::{Foreign, mirror};
pub use own::published;
pub(crate) use peers::{Known, known, refuse_taken_code};
pub use peers::{NewPeer, PeerView, add_peer, change_peer, views};
pub use refresh::{Refreshed, refresh, run_refresh};
pub use way::{Way, admit};
