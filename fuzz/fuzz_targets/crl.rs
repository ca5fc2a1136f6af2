#![no_main]

use formats::crl::read_crls;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for crl in read_crls(data).unwrap_or_default() {
        // Every entry is found by its own number.
        assert_eq!(crl.entries().count(), crl.len());
        for entry in crl.entries().take(100) {
            assert!(crl.find(entry.serial).is_some());
        }
    }
});
