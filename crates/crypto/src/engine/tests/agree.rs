//! Random and mutated signatures: every way of ours says what RustCrypto says.

use sm2::elliptic_curve::Group;
use sm2::{ProjectivePoint, Scalar};

use super::super::claim::Answer;
use super::super::{Job, verify_many};
use super::made::{Key, Numbers, digest, signature};
use super::{all_agree, answers};
use crate::signature::Sm2Signature;

/// How many; `SEALBRIDGE_SM2_CASES` asks for more.
fn cases() -> usize {
    std::env::var("SEALBRIDGE_SM2_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

/// Changes one or a few bits of the signature or the digest, or replaces a part of them.
fn mutate(numbers: &mut Numbers, raw: &mut [u8; 64], e: &mut [u8; 32]) {
    match numbers.below(8) {
        0 => raw[numbers.below(64)] ^= 1 << numbers.below(8),
        1 => e[numbers.below(32)] ^= 1 << numbers.below(8),
        2 => raw.rotate_left(32),
        3 => {
            let from = numbers.below(64);
            raw[from..].fill(if numbers.below(2) == 0 { 0 } else { 0xff });
        }
        4 => {
            let until = numbers.below(64);
            raw[..until].fill(if numbers.below(2) == 0 { 0 } else { 0xff });
        }
        5 => {
            let from = numbers.below(32);
            e[from..].fill(if numbers.below(2) == 0 { 0 } else { 0xff });
        }
        6 => {
            let s: [u8; 32] = std::array::from_fn(|i| raw[32 + i]);
            raw[..32].copy_from_slice(&s);
        }
        _ => {
            for byte in raw.iter_mut() {
                *byte = u8::try_from(numbers.word() & 0xff).unwrap();
            }
        }
    }
}

/// A signature that is right by the private key `d`, for random s and t.
fn right(numbers: &mut Numbers, d: &Scalar) -> Option<(Sm2Signature, [u8; 32])> {
    let (s, t) = (numbers.scalar(), numbers.scalar());
    let r = t - s;
    let sum = ProjectivePoint::mul_by_generator(&(s + t * d));
    Some((signature(&r, &s)?, digest(&r, &sum)))
}

#[test]
fn random_and_mutated_signatures() {
    let mut numbers = Numbers(61);
    let keys: Vec<(Scalar, Key)> = (0..24)
        .map(|_| {
            let d = numbers.scalar();
            (d, Key::new(&ProjectivePoint::mul_by_generator(&d)).unwrap())
        })
        .collect();
    let (mut accepted, mut refused, mut out_of_range) = (0, 0, 0);
    for case in 0..cases() {
        let (d, key) = &keys[numbers.below(keys.len())];
        let (mut signature, mut e) = right(&mut numbers, d).unwrap();
        if case % 3 != 0 {
            let mut raw = signature.to_raw64();
            mutate(&mut numbers, &mut raw, &mut e);
            let Ok(mutated) = Sm2Signature::from_raw64(&raw) else {
                out_of_range += 1;
                continue;
            };
            signature = mutated;
        }
        for (way, answer) in answers(&key.key, &key.table, &e, &signature) {
            assert_ne!(answer, Answer::Exceptional, "{way}: nobody aimed at this one");
        }
        if all_agree(&key.key, &key.table, &e, &signature, &format!("case {case}")) {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    println!("{accepted} accepted, {refused} refused, {out_of_range} not numbers of a signature");
    assert!(accepted >= cases() / 3 && refused >= cases() / 3);
}

#[test]
fn batches_of_any_size_over_known_and_new_keys() {
    let mut numbers = Numbers(62);
    let keys: Vec<(Scalar, Key)> = (0..6)
        .map(|_| {
            let d = numbers.scalar();
            (d, Key::new(&ProjectivePoint::mul_by_generator(&d)).unwrap())
        })
        .collect();
    // Half of the keys come so often that they get tables, the others hardly ever.
    let chosen = |numbers: &mut Numbers| match numbers.below(16) {
        0 => 3 + numbers.below(3),
        _ => numbers.below(3),
    };
    for size in (0..40).chain([100]) {
        let jobs: Vec<Job<'_>> = (0..size)
            .map(|_| {
                let (d, key) = &keys[chosen(&mut numbers)];
                let (mut signature, mut e) = right(&mut numbers, d).unwrap();
                if numbers.below(3) == 0 {
                    let mut raw = signature.to_raw64();
                    mutate(&mut numbers, &mut raw, &mut e);
                    signature = Sm2Signature::from_raw64(&raw).unwrap_or(signature);
                }
                Job { key: &key.key, e, signature }
            })
            .collect();
        let expected: Vec<bool> =
            jobs.iter().map(|job| job.key.verify_reference(&job.e, &job.signature)).collect();
        assert_eq!(verify_many(&jobs), expected, "{size} at once");
        let alone: Vec<bool> = jobs.iter().map(|job| job.key.verify(&job.e, &job.signature)).collect();
        assert_eq!(alone, expected, "{size} one by one");
    }
}
