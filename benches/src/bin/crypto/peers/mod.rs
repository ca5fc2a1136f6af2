//! The implementations: in this process behind [`Library`], or in a child process.

mod child;
mod libsm;
#[cfg(feature = "openssl")]
mod openssl;
mod rustcrypto;
mod sealbridge;

pub(crate) use child::Child;
pub(crate) use rustcrypto::{right_digest, right_signature};

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

use crate::data::{Known, Public, Round, Signed};
use crate::op::{Done, Op, Outcome};

/// One implementation as the rounds see it.
pub(crate) trait Implementation {
    /// Its name in the output.
    fn name(&self) -> &str;
    /// What it is, with its version.
    fn about(&self) -> String;
    /// Where an operation is not quite what its name says.
    fn notes(&self) -> &'static [&'static str];
    /// How many of this operation go together at the least.
    fn step(&self, op: Op) -> usize;
    /// Gets the 512 keys ready.
    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome;
    /// Gets a round's known key ready.
    fn prepare(&mut self, round: &Round) -> Outcome;
    /// Runs an operation `count` times, from the place `from` of the round's data on, and gives the processor
    /// time. An error when the implementation refuses a signature.
    fn measure(&mut self, op: Op, round: &Round, from: usize, count: usize) -> Outcome<Done>;
}

/// A library in this process.
pub(crate) trait Library {
    const NAME: &'static str;
    const NOTES: &'static [&'static str];
    fn about(&self) -> String;
    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome;
    fn prepare(&mut self, known: &Known, signed: &[Signed]) -> Outcome;
    fn verify_known(&mut self, signed: &Signed) -> bool;
    /// Eight at once; one after the other where the library has no such form.
    fn verify_batch(&mut self, eight: &[&Signed]) -> bool {
        eight.iter().all(|signed| self.verify_known(signed))
    }
    fn verify_many(&mut self, place: usize, signed: &Signed) -> bool;
    fn verify_new(&mut self, key: &Public, signed: &Signed) -> bool;
    /// The signature over `e`; empty when signing failed.
    fn sign(&mut self, e: &[u8; 32]) -> Vec<u8>;
    fn sm3(&mut self, data: &[u8]) -> [u8; 32];
}

/// Every library of this build.
pub(crate) fn libraries() -> Vec<Box<dyn Implementation>> {
    vec![
        Box::new(InProcess(sealbridge::Sealbridge::default())),
        Box::new(InProcess(rustcrypto::RustCrypto::default())),
        Box::new(InProcess(libsm::Libsm::default())),
        #[cfg(feature = "openssl")]
        Box::new(InProcess(openssl::OpenSsl::default())),
    ]
}

struct InProcess<L>(L);

impl<L: Library> Implementation for InProcess<L> {
    fn name(&self) -> &str {
        L::NAME
    }

    fn about(&self) -> String {
        self.0.about()
    }

    fn notes(&self) -> &'static [&'static str] {
        L::NOTES
    }

    fn step(&self, op: Op) -> usize {
        op.step()
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        self.0.prepare_many(keys)
    }

    fn prepare(&mut self, round: &Round) -> Outcome {
        self.0.prepare(&round.known, &round.by_known)
    }

    fn measure(&mut self, op: Op, round: &Round, from: usize, count: usize) -> Outcome<Done> {
        let library = &mut self.0;
        match op {
            Op::VerifyKnownKey => {
                let picks = pick(&round.by_known, from, count);
                accepted(timed(|| picks.iter().all(|signed| library.verify_known(signed))))
            }
            Op::VerifyKnownKeyBatch8 => {
                let picks = pick(&round.by_known, from, count);
                accepted(timed(|| picks.chunks(8).all(|eight| library.verify_batch(eight))))
            }
            Op::Verify512Keys => {
                let picks = pick(&round.by_many, from, count);
                accepted(timed(|| picks.iter().all(|(place, signed)| library.verify_many(*place, signed))))
            }
            Op::VerifyNewKey => {
                let picks = pick(&round.by_fresh, from, count);
                accepted(timed(|| picks.iter().all(|(key, signed)| library.verify_new(key, signed))))
            }
            Op::Sign => {
                let picks = pick(&round.by_known, from, count);
                Ok(given(timed(|| last(picks.iter().map(|signed| library.sign(&signed.e))))))
            }
            Op::Sm3Mebibyte => {
                let mut digest = || black_box(library.sm3(black_box(&round.bytes)));
                Ok(given(timed(|| (0..count).map(|_| digest()).last().unwrap_or_default().to_vec())))
            }
            Op::Sm3Block => {
                let blocks: Vec<&[u8]> = round.bytes.chunks(64).collect();
                let picks = pick(&blocks, from, count);
                let (nanos, digest) =
                    timed(|| picks.iter().fold([0; 32], |_, block| black_box(library.sm3(black_box(block)))));
                Ok(Done { nanos, output: digest.to_vec() })
            }
        }
    }
}

/// `count` items from the place `from` on, from the start again after the last.
fn pick<T>(items: &[T], from: usize, count: usize) -> Vec<&T> {
    items.iter().cycle().skip(from).take(count).collect()
}

fn last(all: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    all.fold(Vec::new(), |_, each| black_box(each))
}

/// Runs `work` and gives the processor time that this process spent meanwhile, all its threads together.
fn timed<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let started = processor_nanos();
    let result = black_box(work());
    (processor_nanos().saturating_sub(started), result)
}

fn processor_nanos() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or_default()
}

fn accepted((nanos, accepted): (u64, bool)) -> Outcome<Done> {
    if accepted { Ok(Done { nanos, output: Vec::new() }) } else { Err("refused a signature".to_owned()) }
}

fn given((nanos, output): (u64, Vec<u8>)) -> Done {
    Done { nanos, output }
}

/// The version of a crate of this build.
fn version(name: &str) -> String {
    let lock = include_str!("../../../../Cargo.lock");
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\""));
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")).unwrap_or_default();
    format!("{name} {}", version.trim_end_matches('"'))
}
