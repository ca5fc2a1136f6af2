//! The way of a system (`facts` §6.2): `REGISTERED → REALNAME_SUBMITTED → VERIFIED → APPLIED → (REJECTED ↺ | APPROVED) →
//! SANDBOX → CONFORMANCE_PASSED → ONLINE ⇄ SUSPENDED → OFFLINE`.

use storage::platform::documents::{DocumentKind, DocumentRow, DocumentState};
use storage::platform::systems::SystemState::{
    self, Applied, Approved, ConformancePassed, Offline, Online, RealnameSubmitted, Registered, Rejected,
    Sandbox, Suspended, Verified,
};

use crate::config::Way;
use crate::review::Action;

/// Where a system may go from a state, on the whole way.
pub const fn next(from: SystemState) -> &'static [SystemState] {
    match from {
        Registered => &[RealnameSubmitted, Offline],
        RealnameSubmitted => &[Verified, Rejected, Offline],
        Verified => &[Applied, Offline],
        Applied => &[Approved, Rejected, Offline],
        Rejected => &[RealnameSubmitted, Applied, Offline],
        Approved => &[Sandbox, Offline],
        Sandbox => &[ConformancePassed, Offline],
        ConformancePassed => &[Online, Sandbox, Offline],
        Online => &[Suspended, Offline],
        Suspended => &[Online, Offline],
        Offline => &[],
    }
}

/// Whether a system may go there.
pub(super) fn allowed(from: SystemState, to: SystemState, way: Way) -> bool {
    next(from).contains(&to) || (way == Way::Short && (from, to) == (Registered, Online))
}

/// Whether the step has to say why.
pub(super) const fn needs_reason(to: SystemState) -> bool {
    matches!(to, Rejected | Suspended | Offline)
}

/// The step that two administrators take together. On the short way the one who registered a system is the first of
/// them.
pub(super) const fn needs_two(from: SystemState, to: SystemState) -> Option<Action> {
    match (from, to) {
        (_, Approved) => Some(Action::ApproveSystem),
        (Registered, Online) => None,
        (_, Online) => Some(Action::PutSystemOnline),
        _ => None,
    }
}

/// The required kinds of document of which none is in force. On the short way documents are kept elsewhere: only kinds
/// that were entered here, and have ended, are lacking then.
pub(crate) fn lacking(
    documents: &[DocumentRow],
    required: &[DocumentKind],
    way: Way,
    now: i64,
) -> Vec<DocumentKind> {
    let of = |kind: DocumentKind| documents.iter().filter(move |document| document.kind == kind);
    let known = |kind| way == Way::Whole || of(kind).any(|document| document.state == DocumentState::Current);
    required
        .iter()
        .copied()
        .filter(|kind| known(*kind) && !of(*kind).any(|document| document.in_force(now)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SystemState; 11] = [
        Registered,
        RealnameSubmitted,
        Verified,
        Applied,
        Rejected,
        Approved,
        Sandbox,
        ConformancePassed,
        Online,
        Suspended,
        Offline,
    ];

    #[test]
    fn every_step_of_the_way_and_no_other() {
        let good = [
            (Registered, RealnameSubmitted),
            (RealnameSubmitted, Verified),
            (RealnameSubmitted, Rejected),
            (Verified, Applied),
            (Applied, Approved),
            (Applied, Rejected),
            (Rejected, RealnameSubmitted),
            (Rejected, Applied),
            (Approved, Sandbox),
            (Sandbox, ConformancePassed),
            (ConformancePassed, Sandbox),
            (ConformancePassed, Online),
            (Online, Suspended),
            (Suspended, Online),
        ];
        for from in ALL {
            for to in ALL {
                let expected = good.contains(&(from, to)) || (to == Offline && from != Offline);
                assert_eq!(allowed(from, to, Way::Whole), expected, "{from:?} to {to:?}");
                let short = expected || (from, to) == (Registered, Online);
                assert_eq!(allowed(from, to, Way::Short), short, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn two_approve_and_two_put_live() {
        assert_eq!(needs_two(Applied, Approved), Some(Action::ApproveSystem));
        assert_eq!(needs_two(ConformancePassed, Online), Some(Action::PutSystemOnline));
        assert_eq!(needs_two(Suspended, Online), Some(Action::PutSystemOnline));
        assert_eq!(needs_two(Online, Suspended), None, "what is urgent takes one");
    }
}
