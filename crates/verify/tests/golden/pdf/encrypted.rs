//! Encrypted files (ISO 32000-1 §7.6.3, revision 2): one that opens with the empty password, and one that does not.

use crypto::DigestAlgorithm;

use super::file::{File, Spec, plain};

/// What fills up a password (algorithm 2).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E,
    0x2E, 0x00, 0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];
const OWNER: [u8; 32] = [7; 32];
const ID: [u8; 16] = [9; 16];

/// It opens with the empty password.
pub(super) fn opened() -> File {
    let mut message = [&PADDING[..], &OWNER, &(-4_i32).to_le_bytes(), &ID].concat();
    message = DigestAlgorithm::Md5.digest(&message);
    file(&rc4(&message[..5], &PADDING))
}

/// It asks for a password.
pub(super) fn closed() -> File {
    file(&[1; 32])
}

fn file(user: &[u8]) -> File {
    let (owner, user, id) = (hex::encode(OWNER), hex::encode(user), hex::encode(ID));
    let trailer = format!("/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{owner}>/U<{user}>>>/ID[<{id}><{id}>]");
    let mut file = Spec { trailer, ..Spec::default() }.file();
    file.sign(&plain);
    file
}

fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: Vec<u8> = (0..=255).collect();
    let mut j = 0_usize;
    for i in 0..256 {
        j = (j + usize::from(state[i]) + usize::from(key[i % key.len()])) % 256;
        state.swap(i, j);
    }
    let (mut i, mut j) = (0_usize, 0_usize);
    data.iter()
        .map(|byte| {
            i = (i + 1) % 256;
            j = (j + usize::from(state[i])) % 256;
            state.swap(i, j);
            byte ^ state[(usize::from(state[i]) + usize::from(state[j])) % 256]
        })
        .collect()
}
