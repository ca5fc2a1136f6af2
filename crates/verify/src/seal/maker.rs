//! Who may make seals. Nothing in a certificate tells a maker of seals (制章者) from a signer: whoever has any certificate
//! below a trusted root could make a seal of any name for himself. So makers are named by whoever verifies, and a maker
//! is somebody else than the one whom the seal is for.

use std::collections::{HashMap, HashSet};

use formats::ses::{CertList, Seal};
use formats::x509::Certificate;
use jiff::Timestamp;
use memchr::memmem;

use super::Used;
use crate::catalogue as rule;
use crate::certificate::{CertificateFacts, Prepared};
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::Options;
use crate::text::Detail;
use crate::trust::Trust;
use crate::verdict::Status;

/// Whether the maker is one of those who are named as makers, or certified by an authority that is named so. A register
/// that has the seal asked for that when it took it. An authority above the signer certifies more than makers, so that
/// naming it limits nobody: the same is told as where none is named.
pub(super) fn judge_listed(
    maker: &CertificateFacts,
    used: Used<'_>,
    at: Timestamp,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    if used.is_filed {
        let detail = Detail::new(
            "印章已备案，备案时已核验制章者",
            "the register has the seal, and asked for its maker",
        );
        return findings.add_with(&rule::MAKER_LISTED, Status::Good, detail);
    }
    if !trust.has_makers() {
        return findings.add(&rule::MAKER_LISTED, Status::Note);
    }
    let label = Detail::same(maker.leaf.label());
    if trust.is_maker(&maker.leaf.sm3) {
        return findings.add_with(&rule::MAKER_LISTED, Status::Good, label);
    }
    let leads = |is: &dyn Fn(&Prepared) -> bool| {
        let is = |node: &Prepared| trust.is_maker(&node.sm3) && is(node);
        maker.paths.leads_through(is, at, &options.algorithms, outcomes)
    };
    let above = used.signer.map(|signer| names_above(signer, trust)).unwrap_or_default();
    if leads(&|node| !above.contains(node.certificate.subject_der())) {
        findings.add_with(&rule::MAKER_LISTED, Status::Good, label);
    } else if leads(&|_| true) {
        let detail = Detail::new(
            "所指定的机构也签发签章人证书，并非只签发制章者证书",
            "the authority that was named certifies signers too, not makers alone",
        );
        findings.add_with(&rule::MAKER_LISTED, Status::Note, detail);
    } else {
        findings.add_with(&rule::MAKER_LISTED, Status::Unknown, label);
    }
}

/// The names of the authorities that stand above a certificate, as far as they are known.
fn names_above<'a>(signer: &'a Certificate, trust: &'a Trust) -> HashSet<&'a [u8]> {
    let mut issuers: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for authority in trust.authorities().chain(trust.brought_authorities()) {
        let certificate = &authority.certificate;
        issuers.entry(certificate.subject_der()).or_default().push(certificate.issuer_der());
    }
    let (mut above, mut open) = (HashSet::new(), vec![signer.issuer_der()]);
    while let Some(name) = open.pop() {
        if above.insert(name) {
            open.extend(issuers.get(name).into_iter().flatten());
        }
    }
    above
}

/// Whether the maker is the signer, or one of those that the seal is for: by the key, since one key may have several
/// certificates. A seal that somebody made for himself says who he is by his own word alone, unless this very certificate
/// is named as a maker's.
pub(super) fn judge_apart(
    maker: &CertificateFacts,
    signer: Option<&Certificate>,
    is_listed: bool,
    trust: &Trust,
    findings: &mut Findings,
) {
    let is_signer = signer.is_some_and(|signer| signer.spki_der() == maker.leaf.certificate.spki_der());
    if is_signer || is_listed {
        let status = if trust.is_maker(&maker.leaf.sm3) { Status::Note } else { Status::Unknown };
        findings.add_with(&rule::MAKER_APART, status, Detail::same(maker.leaf.label()));
    }
}

/// True when the list of signers has the maker's certificate, or another one of the same key.
pub(super) fn is_listed(seal: &Seal, maker: &Certificate) -> bool {
    let has_key = match &seal.cert_list {
        CertList::Certificates(list) => {
            let key = memmem::Finder::new(maker.spki_der());
            list.iter().any(|listed| key.find(listed).is_some())
        }
        CertList::Digests(_) | CertList::Text(_) => false,
    };
    has_key || seal.cert_list.contains(maker.der())
}
