//! Properties that hold for any input.

use crate::tools::{Builder, explore, open};
use proptest::prelude::*;
use sealbridge_formats::pdf::{Dictionary, Limits, Object, ObjectId, Pdf, write};

fn value() -> impl Strategy<Value = Object> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..20);
    let leaf = prop_oneof![
        Just(Object::Null),
        any::<bool>().prop_map(Object::Boolean),
        any::<i64>().prop_map(Object::Integer),
        any::<i32>().prop_map(|number| Object::Real(f64::from(number) / 1024.0)),
        any::<i32>().prop_map(|number| Object::Real(f64::from(number) / 1e9 * 7.0)),
        bytes().prop_map(Object::String),
        bytes().prop_map(Object::name),
        any::<(u32, u16)>()
            .prop_map(|(number, generation)| Object::Reference(ObjectId { number, generation })),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let entries = proptest::collection::btree_map(bytes(), inner.clone(), 0..8);
        prop_oneof![
            proptest::collection::vec(inner, 0..8).prop_map(Object::Array),
            entries.prop_map(|entries| {
                let with =
                    |dictionary: Dictionary, (key, value): (Vec<u8>, Object)| dictionary.with(&key, value);
                Object::Dictionary(entries.into_iter().fold(Dictionary::new(), with))
            }),
        ]
    })
}

/// Where a value stands does not count.
fn same(a: &Object, b: &Object) -> bool {
    match (a, b) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => {
            let pairs = || a.entries().iter().zip(b.entries());
            a.entries().len() == b.entries().len()
                && pairs().all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

/// A file with something of everything.
fn file() -> Vec<u8> {
    let file = Builder::minimal().object(3, "<</Type/Sig/ByteRange[0 1 2 3]/Contents<AA>>>");
    let at = file.at();
    let file = file.stream(
        5,
        "/Type/ObjStm/N 2/First 8/Filter[/ASCIIHexDecode]",
        b"31302030203131203320 3737203c3c3e3e>",
    );
    let stream = file.len();
    let file = file.xref_stream(&[(1, 1, 9, 0), (5, 1, at, 0), (10, 2, 5, 0), (11, 2, 5, 1)], "");
    file.object(4, "(x)").table(&format!("/Prev {stream}/XRefStm {stream}")).bytes
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in value()) {
        let mut text = Vec::new();
        write(&value, &mut text);
        let file = Builder::minimal().object(3, &text).table("");
        let pdf = open(&file.bytes).unwrap();
        let read = pdf.object(ObjectId::new(3)).unwrap();
        prop_assert!(same(&value, &read.object), "{:?}\n{:?}", value, read.object);
        let rebuilt = Pdf::reconstruct(&file.bytes, &Limits::default()).unwrap();
        prop_assert!(same(&value, &rebuilt.object(ObjectId::new(3)).unwrap().object));
    }

    #[test]
    fn changed_files_are_read_without_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut bytes = file();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            let from = cut.index(bytes.len());
            bytes.drain(from..bytes.len().min(from + 20));
        }
        explore(&bytes, &Limits::default());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        explore(&[b"%PDF-1.4\nstartxref 9 xref 1 0 obj", bytes.as_slice()].concat(), &Limits::default());
    }
}
