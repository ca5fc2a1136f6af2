//! SM2 verification (GB/T 32918.2 §7), fast and variable-time: everything here is public.
//!
//! A signature is right when s·G + t·P has the x that r and e claim. The sum is made of table entries: for G
//! always, for P where the key is in use often enough to have a table, else by w-NAF. The result stays a fraction:
//! the claimed x is multiplied up instead. Additions are incomplete and mark an exceptional case with Z = 0; such a
//! sum, which only somebody who knows the private key can aim at, is computed anew by RustCrypto, whose formulas are
//! complete. RustCrypto is also the reference that [`select_engine`] can put back in place of all this.

mod batch;
mod cache;
mod claim;
mod field;
mod point;
mod recode;
mod spread;
mod table;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

use lanes::sm2::Ifma;
use sm2::dsa::signature::hazmat::PrehashVerifier;

use crate::signature::Sm2Signature;

pub(crate) use batch::{Job, verify_many};
pub use cache::{TableUse, set_table_capacity, table_use};
use claim::{Answer, Claim};
use point::{Jacobian, Point};
use recode::naf;
use table::{GeneratorDigits, KeyDigits, KeyTable, add_part};

/// What verifies SM2 signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sm2Engine {
    /// RustCrypto's general code.
    Reference,
    /// Our tables, one signature at a time.
    Scalar,
    /// The same in vector lanes: one signature spread over eight lanes, or eight signatures at a time where several
    /// are known at once.
    Lanes,
}

impl Sm2Engine {
    /// The name that people see and write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Scalar => "scalar",
            Self::Lanes => "lanes",
        }
    }
}

/// Numbers of [`Sm2Engine`] and [`BEST`].
const REFERENCE: u8 = 0;
const SCALAR: u8 = 1;
/// Whatever this processor can do best.
const BEST: u8 = 2;

static SELECTED: AtomicU8 = AtomicU8::new(BEST);
static IFMA: LazyLock<Option<Ifma>> = LazyLock::new(Ifma::detect);

/// Chooses the engine for the whole process; returns what is now in use, which is [`Sm2Engine::Scalar`] where lanes
/// were asked for and the processor has none. All engines accept and refuse the same signatures.
pub fn select_engine(engine: Sm2Engine) -> Sm2Engine {
    let number = match engine {
        Sm2Engine::Reference => REFERENCE,
        Sm2Engine::Scalar => SCALAR,
        Sm2Engine::Lanes => BEST,
    };
    SELECTED.store(number, Ordering::Relaxed);
    selected_engine()
}

/// The engine in use.
pub fn selected_engine() -> Sm2Engine {
    match SELECTED.load(Ordering::Relaxed) {
        REFERENCE => Sm2Engine::Reference,
        SCALAR => Sm2Engine::Scalar,
        _ if IFMA.is_some() => Sm2Engine::Lanes,
        _ => Sm2Engine::Scalar,
    }
}

/// The vector lanes, where they are selected and the processor has them.
fn lanes_in_use() -> Option<Ifma> {
    (SELECTED.load(Ordering::Relaxed) == BEST).then_some(*IFMA).flatten()
}

/// A public key as the engines need it.
#[derive(Debug, Clone)]
pub(crate) struct Sm2Key {
    public: sm2::PublicKey,
    point: Point,
    id: cache::KeyId,
}

impl Sm2Key {
    /// Prepares a key; `xy` are its coordinates, `id` names it in the cache. `None` when a coordinate is not below
    /// p, which RustCrypto's key rules out.
    pub(crate) fn new(public: sm2::PublicKey, xy: &[u8; 64], id: [u8; 32]) -> Option<Self> {
        Some(Self { public, point: Point::from_bytes(xy)?, id })
    }

    pub(crate) fn public(&self) -> &sm2::PublicKey {
        &self.public
    }

    /// True when the signature over the digest `e` is right.
    pub(crate) fn verify(&self, e: &[u8; 32], signature: &Sm2Signature) -> bool {
        if selected_engine() == Sm2Engine::Reference {
            return self.verify_reference(e, signature);
        }
        let Some(claim) = signature.claim(e) else { return false };
        let table = cache::table(&self.id, &self.point);
        self.conclude(judge(&claim, table.as_deref(), &self.point), e, signature)
    }

    fn conclude(&self, answer: Answer, e: &[u8; 32], signature: &Sm2Signature) -> bool {
        match answer {
            Answer::Right => true,
            Answer::Wrong => false,
            Answer::Exceptional => self.verify_reference(e, signature),
        }
    }

    fn verify_reference(&self, e: &[u8; 32], signature: &Sm2Signature) -> bool {
        // The engine computes a Z of its own for the id it is given, but is only asked to verify a digest.
        sm2::dsa::VerifyingKey::new("", self.public)
            .is_ok_and(|key| key.verify_prehash(e, signature.inner()).is_ok())
    }
}

impl Sm2Signature {
    /// What the signature says of the digest `e`; `None` when r + s is zero.
    fn claim(&self, e: &[u8; 32]) -> Option<Claim> {
        let raw = self.to_raw64();
        let (halves, _) = raw.as_chunks::<32>();
        Claim::new(e, &halves[0], &halves[1])
    }
}

/// Judges one claim, by the key's table where there is one.
fn judge(claim: &Claim, table: Option<&KeyTable>, point: &Point) -> Answer {
    match (lanes_in_use(), table) {
        (Some(ifma), Some(table)) => spread::judge_with_table(ifma, claim, table),
        (Some(ifma), None) => spread::judge_without_table(ifma, claim, point),
        (None, Some(table)) => claim.judge(sum_with_table(claim, table)),
        (None, None) => claim.judge(sum_without_table(claim, point)),
    }
}

/// s·G + t·P, all from tables.
fn sum_with_table(claim: &Claim, table: &KeyTable) -> Option<Jacobian> {
    let sum = add_part(None, &GeneratorDigits::new(&claim.s).part());
    add_part(sum, &KeyDigits::new(&claim.t).part(table))
}

/// Width of the w-NAF of t.
const NAF_WIDTH: usize = 5;

/// s·G + t·P with doublings for P.
fn sum_without_table(claim: &Claim, point: &Point) -> Option<Jacobian> {
    let odd = odd_multiples(point);
    let mut sum: Option<Jacobian> = None;
    for digit in naf::<NAF_WIDTH>(&claim.t).iter().rev() {
        sum = sum.map(|sum| sum.double());
        if *digit == 0 {
            continue;
        }
        let Some(multiple) = odd.get(usize::from(digit.unsigned_abs() / 2)) else {
            return Some(Jacobian::NOWHERE);
        };
        let multiple = if *digit < 0 { multiple.neg() } else { *multiple };
        sum = Some(sum.map_or(multiple, |sum| sum.add(&multiple)));
    }
    add_part(sum, &GeneratorDigits::new(&claim.s).part())
}

/// P, 3P, 5P … 15P.
fn odd_multiples(point: &Point) -> [Jacobian; 1 << (NAF_WIDTH - 2)] {
    let mut multiple = Jacobian::from(*point);
    let twice = multiple.double();
    std::array::from_fn(|i| {
        if i > 0 {
            multiple = multiple.add(&twice);
        }
        multiple
    })
}

#[cfg(test)]
mod tests;
