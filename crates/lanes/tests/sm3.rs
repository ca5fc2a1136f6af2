//! SM3 in lanes against RustCrypto and the standard's examples, on every vector set that this processor has.

use std::cell::Cell;

use proptest::prelude::*;
use sealbridge_lanes::sm3::{Lanes, Rest};
use sm3::Digest;

/// The vector sets of this processor; what is missing is said, so that nobody takes a skip for a pass.
fn sets() -> Vec<Lanes> {
    let sets = [("AVX2", Lanes::avx2()), ("AVX-512", Lanes::avx512())];
    let found = sets.into_iter().filter_map(|(name, set)| {
        if set.is_none() {
            eprintln!("skipped: this processor has no {name}");
        }
        set
    });
    found.collect()
}

fn one(message: &[u8]) -> [u8; 32] {
    sm3::Sm3::digest(message).into()
}

fn bytes(len: usize) -> Vec<u8> {
    let mut x = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The rounds of GB/T 32905 §5.3 once more, word by word as they are written there, to judge a state that is
/// handed over.
fn go_on(rest: Rest<'_>) -> [u8; 32] {
    assert_eq!(rest.done % 64, 0);
    let mut tail = rest.message[rest.done..].to_vec();
    tail.push(0x80);
    tail.resize(tail.len().next_multiple_of(64), 0);
    if tail.len() - (rest.message.len() - rest.done) < 9 {
        tail.resize(tail.len() + 64, 0);
    }
    let at = tail.len() - 8;
    tail[at..].copy_from_slice(&(rest.message.len() as u64 * 8).to_be_bytes());
    let state = tail.chunks(64).fold(rest.state, by_the_book);
    let mut digest = [0; 32];
    for (to, word) in digest.chunks_mut(4).zip(state) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
fn by_the_book(v: [u32; 8], block: &[u8]) -> [u32; 8] {
    let mut w: Vec<u32> = block.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
    for j in 16..68 {
        let x = w[j - 16] ^ w[j - 9] ^ w[j - 3].rotate_left(15);
        let p1 = x ^ x.rotate_left(15) ^ x.rotate_left(23);
        w.push(p1 ^ w[j - 13].rotate_left(7) ^ w[j - 6]);
    }
    let mut s = v;
    for (j, turns) in (0..64).zip(0_u32..) {
        let [a, b, c, d, e, f, g, h] = s;
        let t: u32 = if j < 16 { 0x79CC_4519 } else { 0x7A87_9D8A };
        let ss1 = a.rotate_left(12).wrapping_add(e).wrapping_add(t.rotate_left(turns % 32)).rotate_left(7);
        let ss2 = ss1 ^ a.rotate_left(12);
        let ff = if j < 16 { a ^ b ^ c } else { (a & b) | (a & c) | (b & c) };
        let gg = if j < 16 { e ^ f ^ g } else { (e & f) | (!e & g) };
        let tt1 = ff.wrapping_add(d).wrapping_add(ss2).wrapping_add(w[j] ^ w[j + 4]);
        let tt2 = gg.wrapping_add(h).wrapping_add(ss1).wrapping_add(w[j]);
        let p0 = tt2 ^ tt2.rotate_left(9) ^ tt2.rotate_left(17);
        s = [tt1, a, b.rotate_left(9), c, p0, e, f.rotate_left(19), g];
    }
    std::array::from_fn(|i| v[i] ^ s[i])
}

fn check(messages: &[&[u8]]) {
    let expected: Vec<_> = messages.iter().map(|message| one(message)).collect();
    for set in sets() {
        assert!(set.digest_many(messages, &mut go_on) == expected, "{set:?}, {} messages", messages.len());
    }
}

#[test]
fn the_standards_examples() {
    // GB/T 32905, annex A.
    let (abc, long) = (&b"abc"[..], b"abcd".repeat(16));
    let digests = [
        [
            0x66c7_f0f4,
            0x62ee_edd9,
            0xd1f2_d46b,
            0xdc10_e4e2,
            0x4167_c487,
            0x5cf2_f7a2,
            0x297d_a02b,
            0x8f4b_a8e0_u32,
        ],
        [
            0xdebe_9ff9,
            0x2275_b8a1,
            0x3860_4889,
            0xc18e_5a4d,
            0x6fdb_70e5,
            0x387e_5765,
            0x293d_cba3,
            0x9c0c_5732,
        ],
    ]
    .map(|words| words.map(u32::to_be_bytes).concat());
    for set in sets() {
        for copies in [1, 2, 9, 16, 17] {
            let messages = [abc, &long].repeat(copies);
            for (at, digest) in set.digest_many(&messages, &mut go_on).iter().enumerate() {
                assert_eq!(digest[..], digests[at % 2], "{set:?}, number {at} of {copies} pairs");
            }
        }
    }
}

#[test]
fn every_length_in_every_company() {
    let data = bytes(400);
    for len in 0..=300 {
        // Alone, in few lanes, and in all of them, beside messages of other lengths.
        for count in [1, 2, 5, 8, 9, 16, 20] {
            let messages: Vec<&[u8]> = (0..count).map(|i| &data[i..][..(len + 37 * i) % 301]).collect();
            check(&messages);
        }
    }
}

#[test]
fn any_number_of_equal_lengths() {
    let data = bytes(2_000);
    for count in 0..=40 {
        for len in [0, 55, 56, 63, 64, 65, 1_000] {
            let messages: Vec<&[u8]> = (0..count).map(|i| &data[i..][..len]).collect();
            check(&messages);
        }
    }
}

#[test]
fn the_last_message_is_handed_over_where_it_was_left() {
    let data = bytes(100_000);
    for set in sets() {
        let last = Cell::new(None);
        let messages: Vec<&[u8]> =
            (0..40).map(|i| if i == 7 { &data[..] } else { &data[i..200 + i] }).collect();
        let digests = set.digest_many(&messages, &mut |rest| {
            last.set(Some(rest.done));
            assert_eq!(rest.message, &data[..]);
            go_on(rest)
        });
        assert_eq!(digests[7], one(&data), "{set:?}");
        let done = last.get().expect("one message outlasts the others");
        assert!(done > 0 && done < 10_000, "{set:?} gave over after {done} bytes");
    }
}

#[test]
fn lanes_are_filled_again() {
    // Were lanes to wait for the longest of their group, most of the work would be done for nothing: a handed over
    // message tells how long the others took.
    let data = bytes(200_000);
    for set in sets() {
        let messages: Vec<&[u8]> =
            (0..1_000).map(|i| &data[..if i == 500 { 200_000 } else { 640 }]).collect();
        let mut left = usize::MAX;
        set.digest_many(&messages, &mut |rest| {
            left = rest.message.len() - rest.done;
            go_on(rest)
        });
        // 999 messages of 11 blocks in the other lanes, beside the 3125 blocks of the long one.
        let steps = 999 * 11 / (set.width() - 1) + 11;
        assert!(left >= 200_000_usize.saturating_sub(64 * steps), "{set:?}: {left} bytes left");
        assert!(left <= 200_000_usize.saturating_sub(64 * steps) + 64 * 22, "{set:?}: {left} bytes left");
    }
}

#[test]
fn the_best_set_is_found() {
    let sets = sets();
    assert_eq!(Lanes::detect(), sets.last().copied());
    assert!(sets.iter().all(|set| matches!(set.width(), 8 | 16)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn mixed_lengths(
        lengths in prop::collection::vec(prop_oneof![0_usize..300, 300_usize..5_000, 0_usize..100_000], 1..=40),
        shift in 0_usize..64,
    ) {
        let data = bytes(100_100);
        let messages: Vec<&[u8]> =
            lengths.iter().enumerate().map(|(i, len)| &data[(shift + i) % 64..][..*len]).collect();
        check(&messages);
    }
}
