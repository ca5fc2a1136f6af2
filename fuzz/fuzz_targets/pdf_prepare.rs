#![no_main]

use formats::pdf::seal::{FieldChoice, Placement, Prepared, embed, prepare};
use formats::pdf::{Limits, Pdf};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits { stream_len: 1 << 20, decoded_len: 8 << 20, ..Limits::default() };
    for field in [FieldChoice::New(None), FieldChoice::FirstEmpty] {
        let placement = Placement { field, ..Placement::sign(Default::default(), [7; 32]) };
        let Ok(prepared) = prepare(data, &placement, &limits) else { continue };
        let stored = prepared.to_bytes();
        assert!(Prepared::from_bytes(&stored).expect("what was stored comes back") == prepared);
        let value = [&[0x30, 0x82, 0x01, 0x00][..], &[1; 256]].concat();
        let signed = embed(&prepared, &value).expect("what was prepared can be finished");
        assert!(signed.starts_with(data), "the old bytes are kept");
        let pdf = Pdf::open(&signed, &limits).expect("a signed file opens");
        let form = pdf.form().expect("its form is read");
        let field = form.fields.iter().find(|field| field.name == prepared.field()).expect("the field is there");
        let value = pdf.resolve(field.value.as_ref().expect("it is signed")).expect("its value is read");
        let [_, from, to, _] = prepared.byte_range();
        let contents = value.as_dictionary().and_then(|dictionary| dictionary.entry(b"Contents"));
        assert_eq!(contents.expect("it has contents").span, from..to);
    }
    let _ = Prepared::from_bytes(data);
});
