//! Damaged files: whatever is done to them, they are read or refused, and never accepted as signed.

use crypto::Signer;
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::cms::{SignedMessage, sign_detached};
use sealbridge_formats::crl::{Crl, CrlBuilder};
use sealbridge_formats::ocsp::{BasicResponse, OcspRequest, OcspResponse};
use sealbridge_formats::ses::{Seal, SesSignature, assemble_signature, parse_tbs};
use sealbridge_formats::tsp::{TimeStampReq, TimeStampResp, TimeStampToken};
use sealbridge_formats::x509::{Certificate, CertificationRequest, read_certificates};

use crate::support::{at, pki, random, seal, tbs_draft};

/// Reads bytes as everything there is; nothing may panic.
fn read_as_everything(bytes: &[u8]) {
    for mode in [Mode::Tolerant, Mode::Strict] {
        if let Ok((seal, _)) = Seal::parse(bytes, mode) {
            let _ = (seal.signed_bytes(), seal.signature_candidates(), seal.maker_certificate());
        }
        if let Ok((signature, _)) = SesSignature::parse(bytes, mode) {
            let _ = (signature.signature_candidates(), signature.signer_certificate());
        }
        if let Ok((SignedMessage::SignedData(data), _)) = SignedMessage::parse(bytes, mode) {
            for signer in &data.signers {
                let _ = (data.certificate_of(signer), signer.signed_bytes(data.content.as_deref()));
                let _ = signer.signed_attributes.as_ref().map(|attributes| {
                    (attributes.message_digest(), attributes.signing_time(), attributes.in_der_order())
                });
            }
        }
        if let Ok(crl) = Crl::parse(bytes, mode) {
            let _ = (crl.find(&[1]), crl.entries().count());
        }
        let _ = (
            Certificate::parse(bytes, mode),
            CertificationRequest::parse(bytes, mode),
            parse_tbs(bytes, mode),
        );
        let _ = (
            TimeStampReq::parse(bytes, mode),
            TimeStampResp::parse(bytes, mode),
            TimeStampToken::parse(bytes, mode),
        );
        let _ = (
            OcspRequest::parse(bytes, mode),
            OcspResponse::parse(bytes, mode),
            BasicResponse::parse(bytes, mode),
        );
    }
    let _ = read_certificates(bytes);
}

/// Changes bytes here and there in ways that hurt parsers.
fn mutations(original: &[u8], rounds: u32) -> impl Iterator<Item = Vec<u8>> {
    let source = random("mutations");
    let original = original.to_vec();
    (0..rounds).map(move |_| {
        let mut bytes = original.clone();
        let dice: [u8; 8] = source.bytes();
        let place = usize::from(u16::from_le_bytes([dice[0], dice[1]])) % bytes.len();
        match dice[2] % 7 {
            0 => bytes[place] ^= 1 << (dice[3] % 8),
            1 => bytes[place] = [0x00, 0x30, 0x80, 0xFF, 0x7F, 0x84, 0xA0, 0x02][usize::from(dice[3] % 8)],
            2 => bytes.truncate(place),
            3 => bytes.insert(place, dice[3]),
            4 => drop(bytes.remove(place)),
            5 => {
                let end = (place + usize::from(dice[3])).min(bytes.len());
                bytes.drain(place..end);
            }
            _ => {
                let end = (place + usize::from(dice[3])).min(bytes.len());
                let copy = bytes[place..end].to_vec();
                bytes.splice(place..place, copy);
            }
        }
        bytes
    })
}

#[test]
fn mutated_structures_never_panic() {
    let pki = pki();
    let tbs = tbs_draft().to_der().unwrap();
    let value = pki.signer.key.sign(&tbs).unwrap();
    let crl = CrlBuilder::new(1, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")).revoke(
        &[5],
        at("2025-01-01T00:00:00Z"),
        Some(sealbridge_formats::crl::CrlReason::KeyCompromise),
    );
    let message =
        sign_detached([1; 32], at("2026-01-01T00:00:00Z"), &pki.signer.key, pki.signer.der(), &[]).unwrap();
    let originals = [
        seal(),
        crate::ses_odd::old_seal(2),
        assemble_signature(&tbs, pki.signer.der(), &value, Some(&message)),
        pki.person.der().to_vec(),
        crl.issue(&pki.sub.cert, &pki.sub.key).unwrap(),
        message,
        TimeStampReq::new(b"x", &random("req")).to_der(),
    ];
    for original in &originals {
        read_as_everything(original);
        mutations(original, 400).for_each(|mutated| read_as_everything(&mutated));
    }
    for length in 0..originals[0].len().min(400) {
        read_as_everything(&originals[0][..length]);
    }
}

#[test]
fn no_mutation_of_a_seal_keeps_its_signature_with_other_content() {
    let original = seal();
    let (good, _) = Seal::parse(&original, Mode::Strict).unwrap();
    let key = pki().maker.key.verifying_key();
    for mutated in mutations(&original, 400) {
        if let Ok((seal, _)) = Seal::parse(&mutated, Mode::Tolerant)
            && seal.check_maker_signature(key).is_ok()
        {
            // The certificate and the form of the value are not signed in version 4; the rest is.
            assert_eq!(seal.info(), good.info());
        }
    }
}
