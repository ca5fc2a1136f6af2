//! The documents that are judged: a contract of one page or more with one seal, whose picture does not compress, as
//! real ones do not.

use crypto::Signer;
use formats::ofd::compose::{Parties, purchase_contract};
use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Stamp, embed, prepare};
use formats::ses::{CertList, Picture, SealDraft, assemble_signature};
use formats::zip::{Archive, DosTime, Rewrite};
use testkit::pki::{Party, at, fixed_random, pki};

use crate::Outcome;

const SIGNED_AT: &str = "2026-06-01T08:00:00Z";

/// A contract sealed by `signer` with a picture of so many bytes.
pub(crate) fn sealed(signer: &Party, picture: usize) -> Outcome<Vec<u8>> {
    seal(&contract()?, signer, picture)
}

/// A sealed contract with `count` pictures of `size` bytes among its files.
pub(crate) fn large(count: usize, size: usize) -> Outcome<Vec<u8>> {
    let contract = contract()?;
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let archive = Archive::open(&contract, &formats::zip::Limits::default()).map_err(|error| text(&error))?;
    let mut rewrite = Rewrite::new(&archive, DosTime::from_timestamp(at(SIGNED_AT)));
    for number in 0..count {
        let picture = noise(&format!("large {number}"), size);
        rewrite.add(&format!("Doc_0/Res/image_{number}.png"), picture).map_err(|error| text(&error))?;
    }
    let large = rewrite.finish().map_err(|error| text(&error))?;
    seal(&large, &pki().signer, 17_000)
}

fn contract() -> Outcome<Vec<u8>> {
    let parties = Parties { buyer: "甲公司", seller: "乙公司", number: "1" };
    let contract = purchase_contract("0123456789abcdef0123456789abcdef", &parties, at(SIGNED_AT));
    contract.map(|contract| contract.ofd).map_err(|error| error.to_string())
}

fn seal(document: &[u8], signer: &Party, picture: usize) -> Outcome<Vec<u8>> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let seal = SealDraft {
        vid: "bench".to_owned(),
        es_id: "11000000000001".to_owned(),
        seal_type: 1,
        name: "性能测试章".to_owned(),
        cert_list: CertList::Certificates(vec![signer.der()]),
        create: at("2026-01-01T00:00:00Z"),
        valid_start: at("2026-01-01T00:00:00Z"),
        valid_end: at("2030-01-01T00:00:00Z"),
        picture: Picture {
            kind: "PNG".to_owned(),
            data: noise("a picture", picture),
            width_mm: 40,
            height_mm: 40,
        },
        ext_datas: Vec::new(),
    };
    let seal = seal.sign(&pki().maker.key, &pki().maker.der()).map_err(|error| text(&error))?;
    let placement = Placement {
        body: 0,
        kind: Kind::Seal(seal),
        stamps: vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)],
        provider: Provider { name: "bench".to_owned(), version: None, company: None },
        signing_time: at(SIGNED_AT),
        mode: Mode::Continue,
    };
    let prepared = prepare(document, &placement, &Limits::default()).map_err(|error| text(&error))?;
    let signature = signer.key.sign(prepared.to_sign()).map_err(|error| text(&error))?;
    let value = assemble_signature(prepared.to_sign(), &signer.der(), &signature, None);
    embed(&prepared, &value, &Limits::default()).map_err(|error| text(&error))
}

/// Bytes that do not compress.
fn noise(seed: &str, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    fixed_random(seed).fill(&mut bytes);
    bytes
}
