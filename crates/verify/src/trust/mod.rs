//! What is trusted: certificates, revocation lists, answers about status, a register of seals.
//!
//! Everything is given as bytes by the caller. The id of a trust store is SM3 over its sorted content, so
//! that a report can name the snapshot it was made with.

mod answers;
mod bundle;
mod load;
mod register;
mod want;

pub(crate) use answers::{Evidence, PreparedOcsp};
pub use bundle::{Piece, Role};
pub use load::TrustError;
pub use register::{
    Filing, OwnerClaim, OwnerMatch, Party, RegisterAnswer, SealIdentity, SealRegister, SealState,
};
pub use want::{Want, WantKind};

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use formats::crl::Crl;
use formats::x509::Certificate;

use crate::certificate::Prepared;
use crate::checks::Source;

/// A revocation list made ready.
#[derive(Debug)]
pub(crate) struct PreparedCrl {
    pub(crate) crl: Crl,
    /// SM3 over the list.
    pub(crate) sm3: [u8; 32],
}

/// What is trusted. Cloning shares the content.
#[derive(Clone, Default)]
pub struct Trust {
    anchors: Vec<Arc<Prepared>>,
    intermediates: Vec<Arc<Prepared>>,
    crls: Vec<Arc<PreparedCrl>>,
    answers: Vec<Arc<PreparedOcsp>>,
    anchor_ids: HashSet<[u8; 32]>,
    /// Makers of seals, and authorities that certify makers alone: they narrow what is trusted and add nothing to it.
    makers: Vec<Arc<Prepared>>,
    register: Option<Arc<dyn SealRegister>>,
    wants: Option<want::Wants>,
    brought: Brought,
}

/// What a document brings along. It stands by itself, so that it is never counted against what whoever verifies has.
#[derive(Clone, Default)]
pub(crate) struct Brought {
    authorities: Vec<Arc<Prepared>>,
    crls: Vec<Arc<PreparedCrl>>,
    answers: Vec<Arc<PreparedOcsp>>,
    /// True when there was more than is read.
    is_cut_off: bool,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("anchors", &self.anchors.len())
            .field("intermediates", &self.intermediates.len())
            .field("crls", &self.crls.len())
            .field("answers", &self.answers.len())
            .field("makers", &self.makers.len())
            .field("register", &self.register.is_some())
            .finish_non_exhaustive()
    }
}

impl Trust {
    /// Trusts nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a certificate by itself: a root, or any other that the caller pins.
    pub fn add_anchor(&mut self, certificate: Certificate) {
        let prepared = Arc::new(Prepared::new(certificate));
        if self.anchor_ids.insert(prepared.sm3) {
            self.anchors.push(prepared);
        }
    }

    /// Adds an authority that is not trusted by itself but may complete a path to one that is.
    pub fn add_intermediate(&mut self, certificate: Certificate) {
        let prepared = Arc::new(Prepared::new(certificate));
        if self.intermediates.iter().all(|known| known.sm3 != prepared.sm3) {
            self.intermediates.push(prepared);
        }
    }

    /// Adds a revocation list. Its signature is checked where it is used.
    pub fn add_crl(&mut self, crl: Crl) {
        let sm3 = crypto::sm3::digest(crl.der());
        if self.crls.iter().all(|known| known.sm3 != sm3) {
            self.crls.push(Arc::new(PreparedCrl { crl, sm3 }));
        }
    }

    /// Names a maker of seals (制章者), or an authority that certifies makers alone. Where any is named, a maker who is
    /// none of them, nor below one, is not accepted. That grants no trust by itself: the chain of a maker has to lead to a
    /// trusted certificate all the same.
    pub fn add_maker(&mut self, certificate: Certificate) {
        let prepared = Arc::new(Prepared::new(certificate));
        if !self.is_maker(&prepared.sm3) {
            self.makers.push(prepared);
        }
    }

    /// True when makers are named, so that not everybody below a trusted certificate may make seals.
    pub fn has_makers(&self) -> bool {
        !self.makers.is_empty()
    }

    /// Asks this register for the state of seals.
    pub fn set_register(&mut self, register: Arc<dyn SealRegister>) {
        self.register = Some(register);
    }

    /// True when at least one certificate is trusted.
    pub fn has_anchors(&self) -> bool {
        !self.anchors.is_empty()
    }

    /// The id of this snapshot: SM3 over its sorted content in hexadecimal digits. The register is not part
    /// of it.
    pub fn id(&self) -> String {
        let mut entries: Vec<(u8, [u8; 32])> = Vec::new();
        entries.extend(self.anchors.iter().map(|anchor| (1, anchor.sm3)));
        entries.extend(self.intermediates.iter().map(|authority| (2, authority.sm3)));
        entries.extend(self.crls.iter().map(|crl| (3, crl.sm3)));
        entries.extend(self.answers.iter().map(|answer| (4, answer.sm3)));
        entries.extend(self.makers.iter().map(|maker| (5, maker.sm3)));
        entries.sort_unstable();
        let mut hasher = crypto::sm3::Sm3::new();
        for (kind, sm3) in entries {
            hasher.update(&[kind]);
            hasher.update(&sm3);
        }
        hex::encode(hasher.finalize())
    }

    pub(crate) fn is_maker(&self, sm3: &[u8; 32]) -> bool {
        self.makers.iter().any(|maker| maker.sm3 == *sm3)
    }

    pub(crate) fn is_anchor(&self, sm3: &[u8; 32]) -> bool {
        self.anchor_ids.contains(sm3)
    }

    /// Certificates that are trusted by themselves.
    pub(crate) fn anchors(&self) -> &[Arc<Prepared>] {
        &self.anchors
    }

    /// Certificates that may issue others.
    pub(crate) fn authorities(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        self.anchors.iter().chain(&self.intermediates)
    }

    /// Those that the document brings, which complete a path and never anchor one.
    pub(crate) fn brought_authorities(&self) -> &[Arc<Prepared>] {
        &self.brought.authorities
    }

    /// Revocation lists with who brought them, one's own first.
    pub(crate) fn crls(&self) -> impl Iterator<Item = (Source, &Arc<PreparedCrl>)> {
        let own = self.crls.iter().map(|list| (Source::Own, list));
        own.chain(self.brought.crls.iter().map(|list| (Source::Document, list)))
    }

    /// True when the document brings more than is read, so that what it says of revocation is not known.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.brought.is_cut_off
    }

    pub(crate) fn register(&self) -> Option<&dyn SealRegister> {
        self.register.as_deref()
    }

    /// The register itself, to be wrapped.
    pub(crate) fn shared_register(&self) -> Option<Arc<dyn SealRegister>> {
        self.register.clone()
    }
}
