//! `cargo xtask agree [CASES]`: the engines of SM2 verification, RustCrypto and OpenSSL on the same random and mutated
//! signatures and keys. Ends with an error at the first one on which they do not say the same.

mod cases;
#[cfg(feature = "openssl")]
mod openssl;

use std::process::ExitCode;

use crypto::{DigestItem, Sm2Engine, VerifyingKey, select_engine, set_table_capacity, verify_digest_batch};

use cases::{Case, Source};

/// How many when nothing else is asked.
const CASES: usize = 100_000;
/// Cases that go through one engine together: enough for every key to get its table.
const BLOCK: usize = 2_000;
/// Public keys with one bit changed, for every block.
const BENT_KEYS: usize = 50;

type Outcome<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse().map_err(|_| "the argument is the number of cases".to_owned())?,
        None => CASES,
    };
    if cfg!(not(feature = "openssl")) {
        println!("OpenSSL is left out: built without its headers");
    }
    let best = select_engine(Sm2Engine::Lanes);
    println!("engines: reference, scalar{}", if best == Sm2Engine::Lanes { ", lanes" } else { "" });
    let mut source = Source::new()?;
    let (mut done, mut right) = (0, 0);
    while done < count {
        let cases = source.cases(BLOCK.min(count - done))?;
        right += judge(&cases, best)?.into_iter().filter(|right| *right).count();
        bent_keys(&mut source)?;
        done += cases.len();
    }
    println!("{done} cases, {right} of them right: all agree");
    Ok(())
}

/// What everybody says of each case.
fn judge(cases: &[Case], best: Sm2Engine) -> Outcome<Vec<bool>> {
    select_engine(Sm2Engine::Reference);
    let expected = one_by_one(cases);
    for engine in [Sm2Engine::Scalar, best] {
        select_engine(engine);
        for (tables, way) in [(0, "without tables"), (1024, "with tables")] {
            set_table_capacity(tables);
            let what = format!("{} {way}", engine.name());
            same(cases, &expected, &one_by_one(cases), &what)?;
            same(cases, &expected, &together(cases), &format!("{what}, in batches"))?;
        }
    }
    #[cfg(feature = "openssl")]
    same(cases, &expected, &openssl::verify(cases)?, "OpenSSL")?;
    Ok(expected)
}

fn one_by_one(cases: &[Case]) -> Vec<bool> {
    cases.iter().map(|case| case.key.verify_sm2_digest(&case.e, &case.signature).is_ok()).collect()
}

fn together(cases: &[Case]) -> Vec<bool> {
    let items: Vec<DigestItem<'_>> = cases
        .iter()
        .map(|case| DigestItem { key: &case.key, e: case.e, signature: &case.signature })
        .collect();
    // Sizes on both sides of what a call of eight lanes is good for.
    let mut results = Vec::with_capacity(items.len());
    let mut rest = items.as_slice();
    for size in (1..=23).cycle() {
        if rest.is_empty() {
            break;
        }
        let (some, more) = rest.split_at(size.min(rest.len()));
        results.extend(verify_digest_batch(some).iter().map(Result::is_ok));
        rest = more;
    }
    results
}

fn same(cases: &[Case], expected: &[bool], said: &[bool], who: &str) -> Outcome {
    for ((case, expected), said) in cases.iter().zip(expected).zip(said) {
        if expected != said {
            return Err(format!("{who} says {said}, RustCrypto {expected}: {case}"));
        }
    }
    if expected.len() == said.len() { Ok(()) } else { Err(format!("{who} left cases out")) }
}

/// A point with a changed bit is on the curve for us when it is for OpenSSL.
fn bent_keys(source: &mut Source) -> Outcome {
    for _ in 0..BENT_KEYS {
        let spki = source.bent_key()?;
        let ours = VerifyingKey::from_spki_der(&spki).is_ok();
        #[cfg(feature = "openssl")]
        if openssl::accepts(&spki) != ours {
            return Err(format!("a key that OpenSSL and we judge differently: {}", hex::encode(spki)));
        }
        #[cfg(not(feature = "openssl"))]
        if ours {
            return Err(format!("a key with a changed bit: {}", hex::encode(spki)));
        }
    }
    Ok(())
}
