//! The lanes beside RustCrypto's curve and big numbers.

mod field;
mod reference;
mod sums;
mod totals;

use super::Ifma;

/// The lanes, or a word on standard output where the processor has none.
fn lanes() -> Option<Ifma> {
    let found = Ifma::detect();
    if found.is_none() {
        println!("skipped: this processor has no AVX-512 IFMA");
    }
    found
}

#[test]
fn the_processor_is_asked() {
    let has = std::arch::is_x86_feature_detected!("avx512ifma");
    assert_eq!(Ifma::detect().is_some(), has && std::arch::is_x86_feature_detected!("avx512f"));
}
