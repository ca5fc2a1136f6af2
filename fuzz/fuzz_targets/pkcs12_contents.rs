#![no_main]

use crypto::sm3;

// The MAC keeps a fuzzer out of everything behind it, so this target puts a right one around its data.
libfuzzer_sys::fuzz_target!(
    init: assert_eq!(read(&[0x30, 0]), Some(crypto::KeyError::KeyCount(0)), "the MAC is right"),
    |data: &[u8]| {
        read(data);
    }
);

fn read(contents: &[u8]) -> Option<crypto::KeyError> {
    let random = crypto::Random::from_fn(|buffer| buffer.fill(1));
    crypto::Sm2KeyPair::from_pkcs12(&with_mac(contents), "123456", &random).err()
}

/// `data` as the content of a PKCS#12 file with the password 123456 and a MAC of one iteration.
fn with_mac(data: &[u8]) -> Vec<u8> {
    let salt = [7_u8; 8];
    let password: Vec<u8> = "123456\0".encode_utf16().flat_map(u16::to_be_bytes).collect();
    // One iteration of one block: SM3 over the purpose, the salt and the password, each filling a block.
    let repeat = |bytes: &[u8]| bytes.iter().copied().cycle().take(64).collect::<Vec<u8>>();
    let key = sm3::digest(&[vec![3; 64], repeat(&salt), repeat(&password)].concat());
    let mac = sm3::hmac(&key, data);
    let content = tlv(0x30, &[&DATA[..], &tlv(0xa0, &tlv(0x04, data))].concat());
    let digest = tlv(0x30, &[&tlv(0x30, &SM3)[..], &tlv(0x04, &mac)].concat());
    let mac = tlv(0x30, &[&digest[..], &tlv(0x04, &salt), &[2, 1, 1]].concat());
    tlv(0x30, &[&[2, 1, 3][..], &content, &mac].concat())
}

const DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1];
const SM3: [u8; 10] = [6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x11];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u32;
    let mut head = vec![tag];
    match length {
        0..=0x7f => head.push(length as u8),
        _ => {
            let digits = length.to_be_bytes();
            let skip = digits.iter().take_while(|digit| **digit == 0).count();
            head.push(0x80 | (4 - skip) as u8);
            head.extend(&digits[skip..]);
        }
    }
    [head.as_slice(), content].concat()
}
