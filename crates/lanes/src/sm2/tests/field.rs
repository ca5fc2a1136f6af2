//! Products, differences and reductions at their edges.

use std::arch::x86_64::_mm512_set_epi64;

use super::lanes;
use super::reference::{N, Random, modulo, number, p, power_of_two, times};
use crate::sm2::field::{
    F, V, all, carry, choose, constant, difference, least, lessened, multiple, product, product_onto, reduce,
    square, sum,
};
use crate::sm2::rows::{store, words};

/// Eight numbers below 2^260 in limbs.
#[target_feature(enable = "avx512f")]
fn pack(numbers: &[N; 8]) -> F {
    let limb = |i: usize| {
        let w = numbers.map(|n| {
            let low = n.shr_vartime(52 * u32::try_from(i).unwrap()).to_words()[0];
            (low & ((1 << 52) - 1)).cast_signed()
        });
        _mm512_set_epi64(w[7], w[6], w[5], w[4], w[3], w[2], w[1], w[0])
    };
    [limb(0), limb(1), limb(2), limb(3), limb(4)]
}

/// Back again; the limbs must be normal, but for the top one, which may be above 2^52 where the value is above 16 U.
#[target_feature(enable = "avx512f")]
fn unpack(a: &F) -> [N; 8] {
    let limbs: Vec<[u64; 8]> = a.iter().map(|v| store(*v)).collect();
    std::array::from_fn(|lane| {
        let mut n = N::ZERO;
        for (place, limb) in limbs.iter().enumerate().rev() {
            let bits = if place == 4 { 53 } else { 52 };
            assert!(limb[lane] < 1 << bits, "limb {:x}", limb[lane]);
            n = n.shl_vartime(52).wrapping_add(&number(&[limb[lane]]));
        }
        n
    })
}

/// Numbers below 2^260, the edges first.
fn samples(random: &mut Random) -> Vec<N> {
    let p = *p();
    let one = N::ONE;
    let mut all = vec![
        N::ZERO,
        one,
        p.wrapping_sub(&one),
        p,
        p.wrapping_add(&one),
        p.shl_vartime(1),
        power_of_two(256).wrapping_sub(&one),
        power_of_two(256),
        power_of_two(260).wrapping_sub(&one),
        power_of_two(52).wrapping_sub(&one),
        power_of_two(208),
        number(&multiple_words(15)),
        power_of_two(260).wrapping_sub(&power_of_two(52)),
        power_of_two(64).wrapping_sub(&one),
        power_of_two(224),
        power_of_two(104).wrapping_sub(&power_of_two(52)),
    ];
    for _ in 0..48 {
        let mut words: [u64; 5] = std::array::from_fn(|_| random.word());
        words[4] &= 15;
        // Some words of ones and zeros, where carries run far.
        for word in &mut words[..4] {
            match random.word() % 8 {
                0 => *word = 0,
                1 => *word = u64::MAX,
                _ => {}
            }
        }
        all.push(number(&words));
    }
    all
}

fn multiple_words(k: u64) -> [u64; 5] {
    let product = p().wrapping_mul(&number(&[k]));
    std::array::from_fn(|i| product.to_words()[i])
}

/// a b / 2^260 mod p, at most (a b) / 2^260 + p.
fn assert_product(result: &N, product: &N, what: &str) {
    assert_eq!(times(result, &power_of_two(260)), modulo(product), "{what}");
    assert!(*result <= product.shr_vartime(260).wrapping_add(&p()), "{what}: bound");
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn products() {
    let mut random = Random(1);
    let samples = samples(&mut random);
    let n = samples.len();
    // Every pair of samples: shifts of the list against itself.
    for shift in 0..n {
        for start in (0..n).step_by(8) {
            let a: [N; 8] = std::array::from_fn(|i| samples[(start + i) % n]);
            let b: [N; 8] = std::array::from_fn(|i| samples[(start + i + shift) % n]);
            let result = unpack(&carry(&reduce(&product(&pack(&a), &pack(&b)))));
            for i in 0..8 {
                assert_product(&result[i], &a[i].wrapping_mul(&b[i]), "product");
            }
            if shift == 0 {
                let result = unpack(&carry(&reduce(&square(&pack(&a)))));
                for i in 0..8 {
                    assert_product(&result[i], &a[i].wrapping_mul(&a[i]), "square");
                }
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn two_products() {
    let mut random = Random(2);
    for _ in 0..400 {
        // Below 2^259 each, so that the sum of two products ends below 2^260.
        let mut draw = || -> [N; 8] {
            std::array::from_fn(|_| {
                let mut words: [u64; 5] = std::array::from_fn(|_| random.word());
                words[4] &= 7;
                number(&words)
            })
        };
        let (a, b, c, d) = (draw(), draw(), draw(), draw());
        let wide = product_onto(product(&pack(&a), &pack(&b)), &pack(&c), &pack(&d));
        let result = unpack(&carry(&reduce(&wide)));
        for i in 0..8 {
            let both = a[i].wrapping_mul(&b[i]).wrapping_add(&c[i].wrapping_mul(&d[i]));
            assert_product(&result[i], &both, "two products");
        }
    }
    // The largest columns there can be.
    let ones = [power_of_two(260).wrapping_sub(&N::ONE); 8];
    let wide = product_onto(product(&pack(&ones), &pack(&ones)), &pack(&ones), &pack(&ones));
    let raw = reduce(&wide);
    let result = unpack(&lessened_normal(&raw));
    let both = ones[0].wrapping_mul(&ones[0]).shl_vartime(1);
    for n in result {
        assert_eq!(times(&n, &power_of_two(260)), modulo(&both));
    }
}

/// `lessened` with the carries of 32 U before it, which `carry` alone would leave in limb 4.
#[target_feature(enable = "avx512f")]
fn lessened_normal(raw: &[V; 5]) -> F {
    carry(&lessened(raw))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sums_and_differences() {
    let mut random = Random(3);
    let samples = samples(&mut random);
    let bound = power_of_two(256).wrapping_add(&power_of_two(230));
    for group in samples.chunks_exact(8) {
        let a: [N; 8] = group.try_into().unwrap();
        let b: [N; 8] = a.map(|n| modulo(&n.wrapping_mul(&number(&[random.word()]))));
        // b < p, so b - a + 2^260 - 2^260 is not what is asked: b + 15 p - (a mod 8 p) is never negative.
        let small = a.map(|n| n.shr_vartime(1));
        let up = difference(&sum(&pack(&b), &constant(multiple(14))), &pack(&small));
        let less = unpack(&carry(&lessened(&up)));
        let plain = unpack(&carry(&up));
        for i in 0..8 {
            let exact = b[i].wrapping_add(&p().wrapping_mul(&number(&[14]))).wrapping_sub(&small[i]);
            assert_eq!(plain[i], exact);
            assert_eq!(modulo(&less[i]), modulo(&exact));
            assert!(less[i] < bound);
        }
        // A lane by a mask.
        let mixed = unpack(&choose(0b1010_0110, &pack(&a), &pack(&b)));
        for i in 0..8 {
            assert_eq!(mixed[i], if 0b1010_0110 >> i & 1 == 1 { b[i] } else { a[i] });
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn edges() {
    let p = *p();
    let one = N::ONE;
    let two_p = p.shl_vartime(1);
    let inputs = [
        N::ZERO,
        one,
        p.wrapping_sub(&one),
        p,
        p.wrapping_add(&one),
        two_p.wrapping_sub(&one),
        power_of_two(256),
        power_of_two(64),
    ];
    let result = least(&pack(&inputs));
    let numbers = unpack(&result);
    let plain = words(&result);
    for i in 0..8 {
        assert_eq!(numbers[i], modulo(&inputs[i]));
        assert_eq!(number(&plain[i]), numbers[i]);
    }
    for k in 1..=15 {
        assert_eq!(unpack(&constant(multiple(k)))[3], number(&multiple_words(k)));
    }
    // Just below and at multiples of p and of 2^256, where the estimate of `lessened` is off by one.
    for k in 1..=15 {
        let multiple = number(&multiple_words(k));
        let units = number(&[k]).shl_vartime(256);
        let inputs = [
            multiple,
            multiple.wrapping_sub(&one),
            multiple.wrapping_add(&one),
            units,
            units.wrapping_sub(&one),
            units.wrapping_add(&one),
            units.wrapping_sub(&power_of_two(208)),
            units.wrapping_add(&power_of_two(208)),
        ];
        // The same numbers with limbs borrowed from above: large and negative ones.
        let plain = pack(&inputs);
        let borrow = [
            all(1 << 60),
            all((1_u64 << 60).wrapping_neg().wrapping_sub(1 << 8)),
            all(1 << 8),
            all((1_u64 << 60).wrapping_neg()),
            all(1 << 8),
        ];
        for raw in [plain, sum(&plain, &borrow)] {
            let less = unpack(&carry(&lessened(&raw)));
            let exact = unpack(&carry(&raw));
            for i in 0..8 {
                assert_eq!(exact[i], inputs[i]);
                assert_eq!(modulo(&less[i]), modulo(&inputs[i]));
                assert!(less[i] < power_of_two(256).wrapping_add(&power_of_two(230)));
            }
        }
    }
}

/// Runs a check that needs the features.
macro_rules! in_lanes {
    ($($name:ident: $check:ident,)+) => {
        $(
            #[test]
            #[expect(unsafe_code, reason = "calls a function for processors with AVX-512 IFMA")]
            fn $name() {
                if lanes().is_some() {
                    // SAFETY: the features of the function have just been found.
                    unsafe { $check() }
                }
            }
        )+
    };
}

in_lanes! {
    products_are_right_and_within_their_bound: products,
    two_products_share_a_reduction: two_products,
    sums_and_differences_are_right: sums_and_differences,
    least_residues_and_edges: edges,
}
