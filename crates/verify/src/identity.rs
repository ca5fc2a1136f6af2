//! Whose certificate it is, by the numbers in it (身份标识, GB/T 20518), against the owner of the seal in the register.
//!
//! The register compares; what it knows of the owner never comes here, and no number is ever told. Where the two name
//! different owners, two sources that should both be right contradict each other: the document alone cannot show which
//! is wrong, so the signature is unknown, and neither good nor proven bad. For the seal's maker it is a hint, since the
//! operator decides by the trust list whose makers a system may have.

use formats::x509::{Certificate, Identity, IdentityKind, PersonDocument};

use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::Detail;
use crate::trust::{OwnerClaim, OwnerMatch, Party, SealIdentity, Trust};
use crate::verdict::Status;

/// Numbers of one certificate that are compared; real ones have two or three. Those beyond are nobody's.
const MAX_NUMBERS: usize = 64;

/// What came of comparing all numbers of one certificate.
enum Compared {
    /// Those the register could compare are the owner's.
    Same(Vec<IdentityKind>),
    /// These are somebody else's.
    Other(Vec<IdentityKind>),
    /// None could be compared.
    None,
}

/// Judges both certificates of a seal that the register knows.
pub(crate) fn judge(
    seal: &SealIdentity,
    signer: Option<&Certificate>,
    maker: Option<&Certificate>,
    trust: &Trust,
    findings: &mut Findings,
) {
    if let Some(signer) = signer {
        tell(&compare(seal, Party::Signer, signer, trust), &rule::SIGNER_IDENTITY, Status::Unknown, findings);
    }
    if let Some(maker) = maker {
        tell(&compare(seal, Party::Maker, maker, trust), &rule::MAKER_IDENTITY, Status::Note, findings);
    }
}

fn compare(seal: &SealIdentity, party: Party, certificate: &Certificate, trust: &Trust) -> Compared {
    let Some(register) = trust.register() else { return Compared::None };
    let (mut same, mut other) = (Vec::new(), Vec::new());
    let identities = &certificate.extensions.identities;
    other.extend(identities.get(MAX_NUMBERS).map(|beyond| beyond.kind));
    for identity in identities.iter().take(MAX_NUMBERS) {
        let Some(claim) = claim(identity) else { continue };
        match register.compare_owner(seal, party, &claim) {
            OwnerMatch::Same => same.push(identity.kind),
            OwnerMatch::Other => other.push(identity.kind),
            OwnerMatch::NotKnown => {}
        }
    }
    match (other.is_empty(), same.is_empty()) {
        (false, _) => Compared::Other(other),
        (true, false) => Compared::Same(same),
        (true, true) => Compared::None,
    }
}

/// A number as it is compared: without spaces and hyphens, letters in upper case. An empty one claims nothing.
fn claim(identity: &Identity) -> Option<OwnerClaim> {
    let number: String = identity
        .text()?
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if number.is_empty() {
        return None;
    }
    match identity.kind {
        IdentityKind::Organization => Some(OwnerClaim::Organization(number)),
        IdentityKind::Registration => Some(OwnerClaim::Registration(number)),
        IdentityKind::Tax => Some(OwnerClaim::Tax(number)),
        IdentityKind::Insurance => Some(OwnerClaim::Insurance(number)),
        IdentityKind::Person => match identity.document {
            None | Some(PersonDocument::ResidentCard) => Some(OwnerClaim::ResidentCard(number)),
            Some(PersonDocument::MilitaryCard | PersonDocument::Passport) => None,
        },
        IdentityKind::Other => None,
    }
}

fn tell(compared: &Compared, rule: &'static rule::Rule, differs: Status, findings: &mut Findings) {
    match compared {
        Compared::Same(kinds) => findings.add_with(rule, Status::Good, names(kinds)),
        Compared::Other(kinds) => findings.add_with(rule, differs, names(kinds)),
        Compared::None => findings.add_with(
            rule,
            Status::Note,
            Detail::new(
                "未判断：证书没有可与备案比对的身份标识",
                "not judged: the certificate has no number that the register can compare",
            ),
        ),
    }
}

/// The kinds of the numbers; the numbers themselves are told nobody.
fn names(kinds: &[IdentityKind]) -> Detail {
    let texts: Vec<(&str, &str)> = kinds.iter().map(|kind| name(*kind)).collect();
    let join = |texts: Vec<&str>, between: &str| texts.join(between);
    Detail::new(
        join(texts.iter().map(|(zh, _)| *zh).collect(), "、"),
        join(texts.iter().map(|(_, en)| *en).collect(), ", "),
    )
}

fn name(kind: IdentityKind) -> (&'static str, &'static str) {
    match kind {
        IdentityKind::Person => ("个人身份标识码", "identity code of a person"),
        IdentityKind::Insurance => ("个人社会保险号", "insurance number"),
        IdentityKind::Registration => ("企业工商注册号", "registration number"),
        IdentityKind::Organization => {
            ("组织机构代码（统一社会信用代码）", "organisation code (unified social credit code)")
        }
        IdentityKind::Tax => ("企业税号", "tax number"),
        IdentityKind::Other => ("其他标识", "another number"),
    }
}
