//! A trust snapshot taken apart into files named by their SM3, and put together again in the same order: what a report
//! was made with can be kept beside it, and gives the same `trustId` later.

use std::collections::HashSet;
use std::sync::Arc;

use formats::asn1::Mode;
use formats::crl::Crl;
use formats::ocsp::BasicResponse;
use formats::x509::Certificate;
use serde::{Deserialize, Serialize};

use super::Trust;

/// What a piece of a trust snapshot is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A certificate that is trusted by itself.
    Anchor,
    /// A certificate of an authority that may complete a path.
    Intermediate,
    /// A maker of seals, or an authority that certifies makers alone.
    Maker,
    /// A revocation list.
    Crl,
    /// A basic answer of an OCSP responder (`BasicOCSPResponse`).
    Ocsp,
}

impl Role {
    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Anchor | Self::Intermediate | Self::Maker => "cer",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }
}

/// One piece of a trust snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is there for.
    pub role: Role,
    /// SM3 over its encoding.
    pub sm3: [u8; 32],
    /// Its encoding, DER as received.
    pub der: &'a [u8],
}

impl Piece<'_> {
    /// The name of its file: SM3 in hexadecimal digits, and an ending that tells what it is.
    pub fn file_name(&self) -> String {
        format!("{}.{}", hex::encode(self.sm3), self.role.ending())
    }
}

impl Trust {
    /// All pieces of this snapshot, in the order in which they are looked at. The register is no part of it.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let anchors = self.anchors.iter().map(|one| (Role::Anchor, one.sm3, one.certificate.der()));
        let others =
            self.intermediates.iter().map(|one| (Role::Intermediate, one.sm3, one.certificate.der()));
        let makers = self.makers.iter().map(|one| (Role::Maker, one.sm3, one.certificate.der()));
        let lists = self.crls.iter().map(|one| (Role::Crl, one.sm3, one.crl.der()));
        let answers = self.answers.iter().map(|one| (Role::Ocsp, one.sm3, one.basic.der()));
        let all = anchors.chain(others).chain(makers).chain(lists).chain(answers);
        all.map(|(role, sm3, der)| Piece { role, sm3, der })
    }

    /// The certificates of this snapshot that are trusted by themselves and those of makers, with the names people know
    /// them by.
    pub(crate) fn labelled(&self) -> impl Iterator<Item = (Role, [u8; 32], String)> {
        let anchors = self.anchors.iter().map(|one| (Role::Anchor, one));
        let makers = self.makers.iter().map(|one| (Role::Maker, one));
        anchors.chain(makers).map(|(role, one)| (role, one.sm3, one.label()))
    }

    /// Takes over the pieces of one role from another trust, behind its own.
    pub(crate) fn take_over(&mut self, role: Role, from: &Self) {
        match role {
            Role::Anchor => {
                join(&mut self.anchors, &from.anchors, |one| one.sm3);
                self.anchor_ids.extend(&from.anchor_ids);
            }
            Role::Intermediate => join(&mut self.intermediates, &from.intermediates, |one| one.sm3),
            Role::Maker => join(&mut self.makers, &from.makers, |one| one.sm3),
            Role::Crl => join(&mut self.crls, &from.crls, |one| one.sm3),
            Role::Ocsp => join(&mut self.answers, &from.answers, |one| one.sm3),
        }
    }

    /// Puts a piece back. False when it is not what its role says.
    pub fn add_piece(&mut self, role: Role, der: &[u8]) -> bool {
        match role {
            Role::Anchor => {
                Certificate::from_der(der).map(|certificate| self.add_anchor(certificate)).is_ok()
            }
            Role::Intermediate => {
                Certificate::from_der(der).map(|certificate| self.add_intermediate(certificate)).is_ok()
            }
            Role::Maker => Certificate::from_der(der).map(|certificate| self.add_maker(certificate)).is_ok(),
            Role::Crl => Crl::parse(der, Mode::Tolerant).map(|list| self.add_crl(list)).is_ok(),
            Role::Ocsp => {
                BasicResponse::parse(der, Mode::Tolerant).map(|answer| self.add_answer(answer)).is_ok()
            }
        }
    }
}

/// Appends what is not there yet.
fn join<T>(own: &mut Vec<Arc<T>>, more: &[Arc<T>], sm3: impl Fn(&T) -> [u8; 32]) {
    let known: HashSet<[u8; 32]> = own.iter().map(|one| sm3(one)).collect();
    own.extend(more.iter().filter(|one| !known.contains(&sm3(one))).cloned());
}
