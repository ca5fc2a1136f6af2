//! SM2 and SM3 beside OpenSSL in one run: `cargo xtask bench crypto [--json]`.
//!
//! Rounds of the two programs alternate, so that a machine that changes its speed changes it for both; minimum and
//! median of the rounds are given. Keys and messages are fresh in every round.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use sealbridge_crypto::{Random, SignatureAlgorithm, Signer, Sm2KeyPair, VerifyingKey, sm3};

/// Rounds of each operation.
const ROUNDS: usize = 15;
/// How long one round lasts.
const ROUND: Duration = Duration::from_millis(60);

/// Nanoseconds an operation took in each round.
struct Measured {
    op: &'static str,
    implementation: &'static str,
    rounds: Vec<f64>,
}

impl Measured {
    fn minimum(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    let random = Random::system();
    let mut results = vec![
        measured("sign", "sealbridge"),
        measured("verify_known_key", "sealbridge"),
        measured("verify_new_key", "sealbridge"),
        measured("sm3_1mib", "sealbridge"),
        measured("sm3_64b", "sealbridge"),
        measured("sign", "openssl"),
        measured("verify_known_key", "openssl"),
    ];
    let mebibyte = vec![0x5a_u8; 1 << 20];
    for round in 0..ROUNDS {
        let Ok(key) = Sm2KeyPair::generate(&random) else { return };
        let message: [u8; 200] = random.bytes();
        let Ok(signature) = key.sign(&message) else { return };
        let known = key.verifying_key().clone();
        let spki = known.spki_der().to_vec();
        let algorithm = SignatureAlgorithm::Sm2Sm3;
        let ours = [
            time(|| drop(black_box(key.sign(&message)))),
            time(|| assert!(known.verify(algorithm, &message, &signature).is_ok())),
            time(|| {
                let fresh = VerifyingKey::from_spki_der(&spki);
                assert!(fresh.is_ok_and(|key| key.verify(algorithm, &message, &signature).is_ok()));
            }),
            time(|| {
                black_box(sm3::digest(&mebibyte));
            }),
            time(|| {
                black_box(sm3::digest(black_box(message.first_chunk::<64>().map_or(&[][..], |piece| piece))));
            }),
        ];
        for (result, nanos) in results.iter_mut().zip(ours) {
            result.rounds.push(nanos);
        }
        // One second is the shortest that the other program measures, so it has fewer rounds.
        if round % 5 == 0
            && let Some((sign, verify)) = openssl()
        {
            push(&mut results, "sign", sign);
            push(&mut results, "verify_known_key", verify);
        }
    }
    results.retain(|result| !result.rounds.is_empty());
    print(&results, json);
}

fn measured(op: &'static str, implementation: &'static str) -> Measured {
    Measured { op, implementation, rounds: Vec::new() }
}

fn push(results: &mut [Measured], op: &str, nanos: f64) {
    if let Some(result) =
        results.iter_mut().find(|result| result.op == op && result.implementation == "openssl")
    {
        result.rounds.push(nanos);
    }
}

/// Nanoseconds of one call, over one round.
fn time(mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut calls = 0_u32;
    while started.elapsed() < ROUND {
        work();
        calls += 1;
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

/// What `openssl speed` says of SM2: nanoseconds of one signature and one verification.
fn openssl() -> Option<(f64, f64)> {
    let output = Command::new("openssl").args(["speed", "-mr", "-seconds", "1", "sm2"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("+F") && line.contains("SM2"))?;
    let mut numbers = line.rsplit(':').map(|field| field.parse::<f64>().ok());
    let (verify, sign) = (numbers.next()??, numbers.next()??);
    // The machine-readable form gives seconds a call, or calls a second, depending on the version.
    let nanos = |value: f64| if value < 1.0 { value * 1e9 } else { 1e9 / value };
    Some((nanos(sign), nanos(verify)))
}

fn print(results: &[Measured], json: bool) {
    for result in results {
        let (minimum, median) = (result.minimum(), result.median());
        if json {
            println!(
                "{{\"bench\":\"crypto\",\"op\":\"{}\",\"implementation\":\"{}\",\"min_ns\":{minimum:.0},\"median_ns\":{median:.0}}}",
                result.op, result.implementation
            );
        } else {
            println!(
                "{:<18} {:<11} min {:>12.0} ns  median {:>12.0} ns  {:>10.0}/s",
                result.op,
                result.implementation,
                minimum,
                median,
                1e9 / minimum
            );
        }
    }
    if json {
        return;
    }
    for op in ["sign", "verify_known_key"] {
        let of = |implementation: &str| {
            results.iter().find(|r| r.op == op && r.implementation == implementation).map(Measured::minimum)
        };
        if let (Some(ours), Some(theirs)) = (of("sealbridge"), of("openssl")) {
            println!("{op}: {:.2} times as many a second as OpenSSL", theirs / ours);
        }
    }
}
