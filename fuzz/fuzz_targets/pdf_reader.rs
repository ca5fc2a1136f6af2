#![no_main]

use formats::pdf::scan::Scan;
use formats::pdf::{Entry, Limits, Object, ObjectId, Pdf};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits { stream_len: 1 << 20, decoded_len: 8 << 20, ..Limits::default() };
    for pdf in [Pdf::open(data, &limits), Pdf::reconstruct(data, &limits)].into_iter().flatten() {
        for (number, entry) in pdf.numbers().into_iter().take(10_000) {
            let generation = if let Entry::File { generation, .. } = entry { generation } else { 0 };
            let Ok(object) = pdf.object(ObjectId { number, generation }) else { continue };
            assert_eq!(object.id, ObjectId { number, generation });
            if let Object::Stream(stream) = &object.object {
                let _ = pdf.data(stream).inspect(|data| assert!(data.len() <= limits.stream_len));
            }
        }
        let _ = (pdf.catalog(), pdf.pages(), pdf.form(), pdf.facts());
    }
    let scan = Scan::of(data);
    for found in &scan.objects {
        assert!(data[found.offset].is_ascii_digit());
    }
    for end in &scan.ends {
        assert!(data[end.range.clone()].starts_with(b"startxref"));
    }
    for signature in scan.signature_dictionaries(100).list {
        assert!(data.get(signature.dictionary.entry(b"Contents").expect("it has one").span.clone()).is_some());
    }
});
