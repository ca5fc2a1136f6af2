//! Signatures whose numbers were chosen to hurt: edges of every range, and sums in which a point meets itself, its
//! opposite or infinity.

use sm2::elliptic_curve::Group;
use sm2::elliptic_curve::ops::Reduce;
use sm2::{ProjectivePoint, Scalar, U256};

use super::super::claim::Answer;
use super::made::{Key, Made, Numbers, digest, made, point_at, signature, x_mod_n};
use super::{all_agree, answers};

const N: U256 = U256::from_be_hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
const P: U256 = U256::from_be_hex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff");

fn small(number: u64) -> Scalar {
    Scalar::from(number)
}

/// Scalars at the edges of limbs, windows and the order.
fn edges() -> Vec<Scalar> {
    let mut edges: Vec<Scalar> = (1..=4).map(small).collect();
    for bit in [6, 7, 10, 11, 12, 63, 64, 127, 128, 192, 224, 252, 253, 255] {
        let power = Scalar::reduce(&U256::ONE.shl_vartime(bit));
        edges.extend([power, power - Scalar::ONE, power + Scalar::ONE]);
    }
    let negatives: Vec<Scalar> = edges.iter().map(|edge| -edge).collect();
    edges.extend(negatives);
    edges
}

fn accepted(made: &Made, what: &str) {
    let Made { key, signature, e } = made;
    assert!(all_agree(&key.key, &key.table, e, signature, what), "{what} is right");
    for bit in [0, 77, 255] {
        let mut other = *e;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!all_agree(&key.key, &key.table, &other, signature, what), "{what} with another digest");
    }
}

#[test]
fn r_and_s_at_the_edges() {
    let mut numbers = Numbers(71);
    let q = numbers.point();
    let edges = edges();
    for (i, edge) in edges.iter().enumerate() {
        let other = edges[(i * 7 + 3) % edges.len()];
        let random = numbers.scalar();
        for (r, s) in [(*edge, random), (random, *edge), (*edge, other), (*edge, random - edge)] {
            let Some(made) = made(&r, &s, &q) else { continue };
            accepted(&made, &format!("edge {i}: {:?}", made.signature));
        }
    }
}

/// The x of a point may be n or more, and is then r - e + n.
#[test]
fn sums_whose_x_is_not_below_n() {
    let mut numbers = Numbers(72);
    let mut found = 0;
    let top = P.wrapping_sub(&U256::ONE);
    let near = |k: u64| [N.wrapping_add(&U256::from_u64(k)), top.wrapping_sub(&U256::from_u64(k))];
    for x in (0..12).flat_map(near) {
        let Some(q) = point_at(&x) else { continue };
        found += 1;
        let made = made(&numbers.scalar(), &numbers.scalar(), &q).unwrap();
        accepted(&made, &format!("x = {x}"));
        // The claim r - e = x - n is as good for a sum with that smaller x, and both are looked for.
        if let Some(low) = point_at(&x.wrapping_sub(&N)) {
            let other = super::made::made(&numbers.scalar(), &numbers.scalar(), &low).unwrap();
            accepted(&other, &format!("x = {x} - n"));
        }
    }
    assert!(found > 6);
}

/// The digest is a number below 2^256, not below n.
#[test]
fn digests_at_the_edges() {
    let mut numbers = Numbers(73);
    let last = U256::MAX;
    for e in [U256::ZERO, U256::ONE, N.wrapping_sub(&U256::ONE), N, N.wrapping_add(&U256::ONE), P, last] {
        let (made, q) = std::iter::repeat_with(|| {
            let (r, s) = (numbers.scalar(), numbers.scalar());
            let q = point_at(&U256::from_be_slice(&(r - Scalar::reduce(&e)).to_bytes()))?;
            Some((made(&r, &s, &q)?, q))
        })
        .take(100)
        .flatten()
        .next()
        .unwrap();
        let made = Made { e: e.to_be_bytes().into(), ..made };
        assert_ne!(q, ProjectivePoint::IDENTITY);
        accepted(&made, &format!("e = {e}"));
    }
}

/// r + s = 0 is refused by step B5, whatever else holds.
#[test]
fn t_equal_to_zero() {
    let mut numbers = Numbers(74);
    let key = Key::new(&numbers.point()).unwrap();
    for s in edges() {
        let signature = signature(&-s, &s).unwrap();
        let e = digest(&-s, &ProjectivePoint::mul_by_generator(&s));
        assert!(answers(&key.key, &key.table, &e, &signature).is_empty());
        assert!(!all_agree(&key.key, &key.table, &e, &signature, "t = 0"));
    }
}

/// Sums that are infinity: s = -t d. RustCrypto is asked, so whatever it does about them is what we do.
#[test]
fn sums_at_infinity() {
    let mut numbers = Numbers(75);
    for d in [small(1), small(5), -small(1), numbers.scalar()] {
        let Some(key) = Key::new(&ProjectivePoint::mul_by_generator(&d)) else { continue };
        for t in edges().into_iter().chain([numbers.scalar()]) {
            let s = -t * d;
            let r = t - s;
            let Some(signature) = signature(&r, &s) else { continue };
            let ways = answers(&key.key, &key.table, &numbers.scalar().to_bytes().into(), &signature);
            assert!(!ways.is_empty() && ways.iter().all(|(_, answer)| *answer == Answer::Exceptional));
            for e in [r, Scalar::ZERO, numbers.scalar()] {
                all_agree(&key.key, &key.table, &e.to_bytes().into(), &signature, "infinity");
            }
        }
    }
}

/// Who knows the private key can make the two parts of the sum meet on the way: s = k t d for small k, and keys that
/// are small multiples of the generator, whose tables hold the generator's own entries.
#[test]
fn points_that_meet_on_the_way() {
    let mut numbers = Numbers(76);
    let (mut met, mut all) = (0, 0);
    let ds: Vec<Scalar> = [1, 2, 3, 64, 128, 1 << 11, 1 << 22].map(small).into_iter().collect();
    let negative: Vec<Scalar> = ds.iter().map(|d| -d).collect();
    for d in ds.into_iter().chain(negative).chain([numbers.scalar()]) {
        let key = Key::new(&ProjectivePoint::mul_by_generator(&d)).unwrap();
        for t in edges().into_iter().step_by(3) {
            for s in [t * d, -t * d - Scalar::ONE, t * d * small(2), t, -t + Scalar::ONE, d, small(1)] {
                let r = t - s;
                let sum = ProjectivePoint::mul_by_generator(&(s + t * d));
                let Some(signature) = signature(&r, &s).filter(|_| !bool::from(sum.is_identity())) else {
                    continue;
                };
                let e = r - x_mod_n(&sum);
                let e: [u8; 32] = e.to_bytes().into();
                let ways = answers(&key.key, &key.table, &e, &signature);
                assert!(ways.iter().all(|(_, answer)| *answer != Answer::Wrong), "{ways:?}");
                all += ways.len();
                met += ways.iter().filter(|(_, answer)| *answer == Answer::Exceptional).count();
                assert!(all_agree(&key.key, &key.table, &e, &signature, "made to meet"));
                let mut other = e;
                other[31] ^= 1;
                assert!(!all_agree(&key.key, &key.table, &other, &signature, "made to meet, and wrong"));
            }
        }
    }
    println!("{met} of {all} sums met an exceptional addition");
    assert!(met > all / 50, "the cases miss what they aim at: {met} of {all}");
}
