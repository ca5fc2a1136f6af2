//! Damaged and hostile files are refused or sealed rightly, and nothing panics.

use crate::signing::*;
use sealbridge_formats::pdf::seal::{FieldChoice, Placement, embed, prepare};
use sealbridge_formats::pdf::{Dictionary, Limits};

/// Numbers that look like chance and are the same in every run.
fn numbers() -> impl Iterator<Item = usize> {
    (0_u32..).flat_map(|round| {
        let digest = crypto::sm3::digest(&round.to_be_bytes());
        digest.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk) as usize).collect::<Vec<_>>()
    })
}

/// Whatever `prepare` accepts can be finished, and the signature is found where it was written.
#[test]
fn mutants_are_refused_or_sealed_rightly() {
    let base = with_field(&document(1), "x", [50, 50, 150, 150], &Dictionary::new());
    let mut chance = numbers();
    let mut next = |below: usize| chance.next().unwrap() % below;
    let words = [
        &b"null"[..],
        b"<<",
        b">>",
        b"[",
        b"1 0 R",
        b"4 0 R",
        b"/Kids",
        b"/V",
        b"-1",
        b"99999999999",
        b"endobj",
    ];
    let (mut sealed, mut refused) = (0, 0);
    for round in 0..1500 {
        let mut file = base.clone();
        for _ in 0..=next(3) {
            let at = next(file.len());
            if next(2) == 0 {
                file[at] = u8::try_from(next(256)).unwrap();
            } else {
                let word = words[next(words.len())];
                let end = file.len().min(at + word.len());
                file.splice(at..end, word.iter().copied());
            }
        }
        let field = if round % 2 == 0 { FieldChoice::New(None) } else { FieldChoice::FirstEmpty };
        match prepare(&file, &Placement { field, ..signing() }, &Limits::default()) {
            Ok(prepared) => {
                let after = embed(&prepared, &[0x30, 0x00]).unwrap();
                assert!(after.starts_with(&file));
                assert!(
                    fields(&after)
                        .iter()
                        .any(|field| field.name == prepared.field() && field.value.is_some())
                );
                sealed += 1;
            }
            Err(error) => {
                assert!(error.code().contains('.') && !error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(sealed > 200 && refused > 200, "{sealed} sealed, {refused} refused");
}
