#![no_main]

use crypto::sm3::{digest, digest_many};
use lanes::sm3::Lanes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The first bytes say how many pieces there are, and where each begins and ends; pieces may share bytes.
    let Some((count, data)) = data.split_first() else { return };
    let header = (usize::from(*count) % 64) * 3;
    let Some((cuts, body)) = data.split_at_checked(header) else { return };
    // Some pieces go around the body several times, so that short inputs make long messages.
    let long = body.repeat(usize::from(*count) / 64 * 4 + 1);
    let pieces: Vec<&[u8]> = cuts
        .chunks_exact(3)
        .map(|cut| {
            let start = usize::from(cut[0]).min(long.len());
            let len = usize::from(u16::from_le_bytes([cut[1], cut[2]])).min(long.len() - start);
            &long[start..start + len]
        })
        .collect();
    let expected: Vec<[u8; 32]> = pieces.iter().map(|piece| digest(piece)).collect();
    assert_eq!(digest_many(&pieces), expected);
    // What is left over has its own test; here each vector set by itself.
    for set in [Lanes::avx2(), Lanes::avx512()].into_iter().flatten() {
        assert_eq!(set.digest_many(&pieces, &mut |rest| digest(rest.message)), expected, "{set:?}");
    }
});
