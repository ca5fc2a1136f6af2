//! One sealed OFD judged with every check on: `cargo xtask bench verify [--json]`.
//!
//! The document is the demonstration's contract of two pages with one seal and its certificate chain. One thread;
//! minimum and median of the rounds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crypto::Signer;
use formats::ofd::compose::{Parties, purchase_contract};
use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Stamp, embed, prepare};
use formats::ses::{CertList, Picture, SealDraft, assemble_signature};
use sealbridge_verify::{Options, Trust, Verdict, verify};
use testkit::pki::{at, pki};

const ROUNDS: usize = 25;
const ROUND: Duration = Duration::from_millis(150);

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    let document = sealed();
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    let options = Options::new(at("2025-06-02T00:00:00Z"));
    let report = verify(&document, &trust, &options);
    assert_eq!(report.verdict, Verdict::Valid, "the document of the benchmark must be valid");
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round(&document, &trust, &options)).collect();
    rounds.sort_by(f64::total_cmp);
    let minimum = rounds.first().copied().unwrap_or(f64::NAN);
    let median = rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN);
    if json {
        println!(
            "{{\"bench\":\"verify\",\"op\":\"ofd_one_seal\",\"implementation\":\"sealbridge\",\"min_ns\":{minimum:.0},\"median_ns\":{median:.0}}}"
        );
    } else {
        println!(
            "one signed OFD of {} bytes: min {:.3} ms, median {:.3} ms, {:.0} documents a second and core",
            document.len(),
            minimum / 1e6,
            median / 1e6,
            1e9 / minimum
        );
    }
}

fn round(document: &[u8], trust: &Trust, options: &Options) -> f64 {
    let started = Instant::now();
    let mut calls = 0_u32;
    while started.elapsed() < ROUND {
        black_box(verify(black_box(document), trust, options));
        calls += 1;
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

/// A contract sealed with a seal of 20 kB, as real ones are.
fn sealed() -> Vec<u8> {
    try_sealed().unwrap_or_default()
}

fn try_sealed() -> Option<Vec<u8>> {
    let pki = pki();
    let time = at("2025-06-01T08:00:00Z");
    let seal = SealDraft {
        vid: "bench".to_owned(),
        es_id: "bench-0001".to_owned(),
        seal_type: 1,
        name: "性能测试章".to_owned(),
        cert_list: CertList::Certificates(vec![pki.signer.der()]),
        create: time,
        valid_start: at("2025-01-01T00:00:00Z"),
        valid_end: at("2030-01-01T00:00:00Z"),
        picture: Picture { kind: "PNG".to_owned(), data: vec![0x89; 20_000], width_mm: 40, height_mm: 40 },
        ext_datas: Vec::new(),
    };
    let seal = seal.sign(&pki.maker.key, &pki.maker.der()).ok()?;
    let parties = Parties { buyer: "甲公司", seller: "乙公司", number: "1" };
    let contract = purchase_contract("0123456789abcdef0123456789abcdef", &parties, time).ok()?;
    let placement = Placement {
        body: 0,
        kind: Kind::Seal(seal),
        stamps: vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)],
        provider: Provider { name: "bench".to_owned(), version: None, company: None },
        signing_time: time,
        mode: Mode::Continue,
    };
    let prepared = prepare(&contract.ofd, &placement, &Limits::default()).ok()?;
    let signature = pki.signer.key.sign(prepared.to_sign()).ok()?;
    let value = assemble_signature(prepared.to_sign(), &pki.signer.der(), &signature, None);
    embed(&prepared, &value, &Limits::default()).ok()
}
