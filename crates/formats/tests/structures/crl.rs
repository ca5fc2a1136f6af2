//! Revocation lists of our own.

use sealbridge_formats::asn1::Mode;
use sealbridge_formats::crl::{Crl, CrlBuilder, CrlReason, read_crls};
use sealbridge_formats::x509::{IssueError, pem_encode};

use crate::support::{at, pki};

fn builder() -> CrlBuilder {
    CrlBuilder::new(7, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"))
}

#[test]
fn a_list_goes_there_and_back() {
    let pki = pki();
    let der = builder()
        .revoke(&pki.signer.cert.serial, at("2025-01-01T00:00:00Z"), Some(CrlReason::KeyCompromise))
        .revoke(&pki.person.cert.serial, at("2025-06-01T00:00:00Z"), None)
        .revoke(&[0x05], at("2051-01-01T00:00:00Z"), Some(CrlReason::Unspecified))
        .issue(&pki.sub.cert, &pki.sub.key)
        .unwrap();
    let crl = Crl::parse(&der, Mode::Strict).unwrap();
    assert_eq!(crl.len(), 3);
    let entry = crl.find(&pki.signer.cert.serial).unwrap();
    assert_eq!((entry.date, entry.reason), (at("2025-01-01T00:00:00Z"), Some(CrlReason::KeyCompromise)));
    assert_eq!(crl.find(&pki.person.cert.serial).unwrap().reason, None);
    assert_eq!(
        crl.find(&[0x00, 0x05]).unwrap().date,
        at("2051-01-01T00:00:00Z"),
        "a padded number is the same"
    );
    assert!(crl.find(&pki.maker.cert.serial).is_none() && crl.find(&[]).is_none());
    assert_eq!(crl.number.as_deref(), Some([7].as_slice()));
    assert_eq!(crl.authority_key_id, pki.sub.cert.extensions.subject_key_id);
    assert_eq!(crl.next_update, Some(at("2026-02-01T00:00:00Z")));
    assert!(crl.is_current(at("2026-01-15T00:00:00Z")) && !crl.is_current(at("2026-03-01T00:00:00Z")));
    assert!(!crl.is_current(at("2025-12-31T00:00:00Z")));
    crl.check_issued_by(&pki.sub.cert).unwrap();
    assert!(crl.check_issued_by(&pki.root.cert).is_err());
    assert_eq!(read_crls(pem_encode("X509 CRL", &der).as_bytes()).unwrap(), [crl]);
}

#[test]
fn an_empty_list_is_a_list() {
    let der = builder().issue(&pki().sub.cert, &pki().sub.key).unwrap();
    let crl = Crl::parse(&der, Mode::Strict).unwrap();
    assert!(crl.is_empty() && crl.find(&[1]).is_none());
}

#[test]
fn misuse_is_refused() {
    let pki = pki();
    assert_eq!(builder().issue(&pki.sub.cert, &pki.root.key), Err(IssueError::WrongKey));
    let backwards = CrlBuilder::new(1, at("2026-02-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    assert_eq!(backwards.issue(&pki.sub.cert, &pki.sub.key), Err(IssueError::Period));
}

#[test]
fn a_hundred_thousand_entries_are_found_in_place() {
    let mut list = builder();
    for number in 0..100_000_u32 {
        // Scrambled, so that the order in the file is not the order of the numbers.
        let serial = number.wrapping_mul(2_654_435_761).to_be_bytes();
        list = list.revoke(
            &[&[0x01][..], &serial].concat(),
            at("2025-01-01T00:00:00Z"),
            Some(CrlReason::Superseded),
        );
    }
    let der = list.issue(&pki().sub.cert, &pki().sub.key).unwrap();
    let crl = Crl::parse(&der, Mode::Strict).unwrap();
    assert_eq!(crl.len(), 100_000);
    for number in (0..100_000_u32).step_by(97) {
        let serial = number.wrapping_mul(2_654_435_761).to_be_bytes();
        let entry = crl.find(&[&[0x01][..], &serial].concat()).unwrap();
        assert_eq!(entry.serial[1..], serial);
        let inside = crl.der().as_ptr_range();
        assert!(inside.contains(&entry.serial.as_ptr()), "nothing is copied");
    }
    assert!(crl.find(&[0x02, 0, 0, 0, 0]).is_none());
}

#[test]
fn of_two_entries_the_earlier_counts() {
    let der = builder()
        .revoke(&[9], at("2025-09-01T00:00:00Z"), None)
        .revoke(&[9], at("2025-03-01T00:00:00Z"), None)
        .issue(&pki().sub.cert, &pki().sub.key)
        .unwrap();
    let crl = Crl::parse(&der, Mode::Strict).unwrap();
    assert_eq!(crl.find(&[9]).unwrap().date, at("2025-03-01T00:00:00Z"));
}
