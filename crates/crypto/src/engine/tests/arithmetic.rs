//! The field and the points beside big numbers and RustCrypto's points.

use sm2::ProjectivePoint;
use sm2::elliptic_curve::Group;
use sm2::elliptic_curve::bigint::{NonZero, U512};

use super::super::field::{Fe, Limbs, P};
use super::super::point::{Jacobian, Point, normalise};
use super::made::{Numbers, coordinates};

fn wide(limbs: &Limbs) -> U512 {
    let mut words = [0; 8];
    words[..4].copy_from_slice(limbs);
    U512::from_words(words)
}

fn modulo(number: &U512) -> Limbs {
    let p = NonZero::new(wide(&P)).unwrap();
    number.rem_vartime(&p).to_words()[..4].try_into().unwrap()
}

/// The number of an element.
fn number(element: &Fe) -> Limbs {
    // Montgomery multiplication by a bare one takes R away.
    element.mul(&Fe([1, 0, 0, 0])).0
}

/// Elements whose limbs, in Montgomery form, are all zeros, all ones or at an edge of p, and random ones.
fn elements() -> Vec<Fe> {
    let mut numbers = Numbers(81);
    let mut elements = vec![Fe::ZERO, Fe::ONE];
    for pattern in 0..81_u32 {
        let limb = |i: u32| [0, 1, u64::MAX][usize::try_from(pattern / 3_u32.pow(i) % 3).unwrap()];
        elements.push(Fe(modulo(&wide(&[limb(0), limb(1), limb(2), limb(3)]))));
    }
    for less in 1..4 {
        elements.push(Fe(wide(&P).wrapping_sub(&U512::from_u64(less)).to_words()[..4].try_into().unwrap()));
    }
    elements.extend((0..60).map(|_| Fe(modulo(&wide(&numbers.limbs())))));
    elements
}

#[test]
fn the_field_beside_big_numbers() {
    let elements = elements();
    let p = wide(&P);
    for a in &elements {
        let wide_a = wide(&number(a));
        assert!(wide_a < p);
        assert_eq!(Fe::from_number(number(a)), Some(*a));
        assert_eq!(number(&a.double()), modulo(&wide_a.shl_vartime(1)));
        assert_eq!(a.half().double(), *a);
        assert_eq!(a.square(), a.mul(a));
        assert_eq!(number(&a.neg()), modulo(&p.wrapping_sub(&wide_a)));
        let one = if a.is_zero() { Fe::ZERO } else { Fe::ONE };
        assert_eq!(a.mul(&a.invert()), one);
        for b in &elements {
            let wide_b = wide(&number(b));
            assert_eq!(number(&a.mul(b)), modulo(&wide_a.wrapping_mul(&wide_b)));
            assert_eq!(number(&a.add(b)), modulo(&wide_a.wrapping_add(&wide_b)));
            assert_eq!(number(&a.sub(b)), modulo(&wide_a.wrapping_add(&p).wrapping_sub(&wide_b)));
            for result in [a.mul(b), a.add(b), a.sub(b), a.half(), a.neg()] {
                assert!(wide(&result.0) < p, "always below p");
            }
        }
    }
}

#[test]
fn numbers_from_p_on_are_no_elements() {
    let up = |more: u64| wide(&P).wrapping_add(&U512::from_u64(more)).to_words()[..4].try_into().unwrap();
    for number in [P, up(1), up(1 << 40), [u64::MAX; 4]] {
        assert_eq!(Fe::from_number(number), None);
    }
    let mut xy = [0; 64];
    assert!(Point::from_bytes(&xy).is_some());
    xy[32..].fill(0xff);
    assert_eq!(Point::from_bytes(&xy), None);
}

fn ours(point: &ProjectivePoint) -> Point {
    Point::from_bytes(&coordinates(point)).unwrap()
}

/// The same point with another Z.
fn scaled(point: &Point, z: &Fe) -> Jacobian {
    let zz = z.square();
    Jacobian { x: point.x.mul(&zz), y: point.y.mul(&zz.mul(z)), z: *z }
}

#[test]
fn points_beside_rustcrypto() {
    let mut numbers = Numbers(82);
    assert_eq!(Point::generator(), ours(&ProjectivePoint::GENERATOR));
    for _ in 0..60 {
        let (a, b) = (numbers.point(), numbers.point());
        let (z, other_z) = (Fe(modulo(&wide(&numbers.limbs()))), Fe(modulo(&wide(&numbers.limbs()))));
        let (pa, pb) = (scaled(&ours(&a), &z), scaled(&ours(&b), &other_z));
        let sums = [pa.add(&pb), pa.add_point(&ours(&b)), pa.double(), pa.neg(), pa];
        let expected = [a + b, a + b, a.double(), -a, a].map(|point| ours(&point));
        assert_eq!(normalise(&sums), expected);
        assert_eq!(ours(&a).neg(), ours(&-a));
        assert_eq!(Point::from_entry(&ours(&a).to_entry()), ours(&a));
    }
    assert_eq!(normalise(&[]), []);
}

#[test]
fn exceptional_additions_leave_z_zero_for_good() {
    let mut numbers = Numbers(83);
    let a = ours(&numbers.point());
    let b = ours(&numbers.point());
    let z = Fe(modulo(&wide(&numbers.limbs())));
    let scaled_a = scaled(&a, &z);
    let infinities = [
        scaled_a.add_point(&a),
        scaled_a.add_point(&a.neg()),
        scaled_a.add(&a.into()),
        scaled_a.add(&a.neg().into()),
        Jacobian::from(a).add(&scaled_a),
        Jacobian::NOWHERE,
        Jacobian::NOWHERE.add(&scaled_a),
        scaled_a.add(&Jacobian::NOWHERE),
        Jacobian::NOWHERE.add_point(&a),
    ];
    for infinity in infinities {
        for later in
            [infinity, infinity.double(), infinity.add_point(&b), infinity.add(&scaled_a), infinity.neg()]
        {
            assert!(later.z.is_zero());
            assert!(later.double().add_point(&a).add_point(&b).z.is_zero());
        }
    }
}
