//! Who may make seals. Nothing in a certificate tells a maker of seals (制章者) from a signer: whoever has any certificate
//! below a trusted root could make a seal of any name for himself. So makers are named by whoever verifies, and a maker
//! is somebody else than the one whom the seal is for.

use formats::ses::{CertList, Seal};
use formats::x509::Certificate;
use jiff::Timestamp;
use memchr::memmem;

use crate::catalogue as rule;
use crate::certificate::CertificateFacts;
use crate::checks::Outcomes;
use crate::finding::Findings;
use crate::options::Options;
use crate::text::Detail;
use crate::trust::Trust;
use crate::verdict::Status;

/// Whether the maker is one of those who are named as makers, or certified by an authority that is named so. A register
/// that has the seal asked for that when it took it.
pub(super) fn judge_listed(
    maker: &CertificateFacts,
    is_filed: bool,
    at: Timestamp,
    trust: &Trust,
    options: &Options,
    outcomes: &Outcomes,
    findings: &mut Findings,
) {
    if is_filed {
        let detail = Detail::new(
            "印章已备案，备案时已核验制章者",
            "the register has the seal, and asked for its maker",
        );
        return findings.add_with(&rule::MAKER_LISTED, Status::Good, detail);
    }
    if !trust.has_makers() {
        return findings.add(&rule::MAKER_LISTED, Status::Note);
    }
    let is_named = trust.is_maker(&maker.leaf.sm3)
        || maker.paths.leads_through(|node| trust.is_maker(&node.sm3), at, &options.algorithms, outcomes);
    let label = Detail::same(maker.leaf.label());
    findings.add_with(&rule::MAKER_LISTED, if is_named { Status::Good } else { Status::Unknown }, label);
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
