#![no_main]

use formats::asn1::{Context, Mode, Reader, der_form};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for mode in [Mode::Strict, Mode::Tolerant] {
        let context = Context::new(mode);
        if let Ok(value) = context.top(data) {
            assert!(data.starts_with(value.raw()));
            if let Ok(inner) = value.inner() {
                walk(data, inner, &mut 20_000);
            }
        }
    }
    // The DER form is a fixed point.
    if let Ok(der) = der_form(data) {
        assert_eq!(der_form(&der).as_ref(), Ok(&der));
    }
});

/// Reads every value in every way, at most `budget` of them; each lies in the input where it says.
fn walk(data: &[u8], mut reader: Reader<'_>, budget: &mut u32) {
    while let Ok(Some(value)) = reader.read_any() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        assert_eq!(value.span().of(data), value.raw());
        let _ =
            (value.integer(), value.boolean(), value.oid(), value.octets(), value.bit_string(), value.text());
        let _ = formats::time::read_choice(&value);
        if let Ok(children) = value.children() {
            walk(data, children, budget);
        }
    }
}
