//! Comparisons with npm sm-crypto and PyPI gmssl, in both directions. `tools/oracles.sh` installs the two;
//! where they are missing the tests skip and say so.

use std::path::{Path, PathBuf};

use crate::support::run_in;
use der::asn1::{OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use sealbridge_crypto::{Random, SignatureAlgorithm, Signer, Sm2KeyPair, sm2_encrypt, sm3, sm4};

/// Another implementation, asked by lines of text.
struct Oracle {
    folder: PathBuf,
    program: &'static str,
    script: PathBuf,
}

impl Oracle {
    fn sm_crypto() -> Option<Self> {
        Self::find("sm-crypto", "node_modules/sm-crypto", "node", "sm_crypto.js")
    }

    fn gmssl() -> Option<Self> {
        Self::find("gmssl", "python/gmssl", "python3", "gmssl_oracle.py")
    }

    fn find(name: &str, installed: &str, program: &'static str, script: &str) -> Option<Self> {
        // The folder for the tests' own files lies in the target folder, as target/oracles does.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?.join("oracles");
        if !folder.join(installed).is_dir() {
            println!("skipped: {name} is not installed, run cargo xtask test");
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(script);
        Some(Self { folder, program, script })
    }

    /// Asks all questions in one run of the program.
    fn ask(&self, questions: &[String]) -> Vec<String> {
        // Neither program looks for packages beside a script that lies elsewhere, so it is run as text.
        let script = std::fs::read_to_string(&self.script).unwrap();
        let (place, flag) = match self.program {
            "node" => (self.folder.clone(), "-e"),
            _ => (self.folder.join("python"), "-c"),
        };
        let output = run_in(&place, self.program, &[flag, &script], questions.join("\n").as_bytes()).unwrap();
        let answers: Vec<String> = String::from_utf8(output).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(answers.len(), questions.len(), "one answer for each question");
        answers
    }
}

fn random() -> Random {
    Random::system()
}

fn message(len: usize) -> Vec<u8> {
    let mut message = vec![0; len];
    random().fill(&mut message);
    message
}

fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { hex::encode(bytes) }
}

/// A key pair with its secret and point in hexadecimal.
struct Key {
    pair: Sm2KeyPair,
    secret: String,
    point: String,
}

impl Key {
    fn new() -> Self {
        let secret = loop {
            let secret: [u8; 32] = random().bytes();
            if Sm2KeyPair::from_scalar(&secret, &random()).is_ok() {
                break secret;
            }
        };
        let pair = Sm2KeyPair::from_scalar(&secret, &random()).unwrap();
        let point = hex::encode(pair.verifying_key().sm2_point().unwrap());
        Self { pair, secret: hex::encode(secret), point }
    }
}

const LENGTHS: [usize; 7] = [0, 1, 31, 55, 64, 65, 1000];

fn check_digests(oracle: &Oracle) {
    let messages = LENGTHS.map(message);
    let questions: Vec<String> = messages.iter().map(|message| format!("sm3 {}", text(message))).collect();
    for (message, answer) in messages.iter().zip(oracle.ask(&questions)) {
        assert_eq!(hex::encode(sm3::digest(message)), answer);
    }
}

fn check_sm4(oracle: &Oracle) {
    let (key, iv): ([u8; 16], [u8; 16]) = (random().bytes(), random().bytes());
    let messages = [1, 15, 16, 17, 200].map(message);
    let question = |message: &Vec<u8>| format!("sm4 {} {} {}", text(&key), text(&iv), text(message));
    let questions: Vec<String> = messages.iter().map(question).collect();
    for (message, answer) in messages.iter().zip(oracle.ask(&questions)) {
        assert_eq!(hex::encode(sm4::cbc_encrypt(&key, &iv, message)), answer);
    }
}

fn check_our_signatures(oracle: &Oracle) {
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for len in LENGTHS {
        let (key, message) = (Key::new(), message(len));
        let signature = text(&key.pair.sign(&message).unwrap());
        questions.push(format!("verify {} {} {signature}", key.point, text(&message)));
        expected.push("true");
        let other = [message.as_slice(), b"!"].concat();
        questions.push(format!("verify {} {} {signature}", key.point, text(&other)));
        expected.push("false");
    }
    assert_eq!(oracle.ask(&questions), expected);
}

fn check_their_signatures(oracle: &Oracle) {
    let cases: Vec<(Key, Vec<u8>)> = LENGTHS.iter().map(|len| (Key::new(), message(*len))).collect();
    let question =
        |(key, message): &(Key, Vec<u8>)| format!("sign {} {} {}", key.secret, key.point, text(message));
    let questions: Vec<String> = cases.iter().map(question).collect();
    for ((key, message), answer) in cases.iter().zip(oracle.ask(&questions)) {
        let signature = hex::decode(answer).unwrap();
        let verified = key.pair.verifying_key().verify(SignatureAlgorithm::Sm2Sm3, message, &signature);
        assert_eq!(verified, Ok(()), "{}", hex::encode(signature));
    }
}

#[derive(Sequence)]
struct Cipher<'a> {
    x: UintRef<'a>,
    y: UintRef<'a>,
    hash: &'a OctetStringRef,
    text: &'a OctetStringRef,
}

/// The structure of GB/T 35276 as the bare row x, y, hash, ciphertext.
fn to_raw(der: &[u8]) -> Vec<u8> {
    let cipher = Cipher::from_der(der).unwrap();
    let mut raw = Vec::new();
    for number in [cipher.x.as_bytes(), cipher.y.as_bytes()] {
        raw.resize(raw.len() + 32 - number.len(), 0);
        raw.extend_from_slice(number);
    }
    raw.extend_from_slice(cipher.hash.as_bytes());
    raw.extend_from_slice(cipher.text.as_bytes());
    raw
}

fn to_der(raw: &[u8]) -> Vec<u8> {
    let cipher = Cipher {
        x: UintRef::new(&raw[..32]).unwrap(),
        y: UintRef::new(&raw[32..64]).unwrap(),
        hash: OctetStringRef::new(&raw[64..96]).unwrap(),
        text: OctetStringRef::new(&raw[96..]).unwrap(),
    };
    cipher.to_der().unwrap()
}

fn check_encryption(oracle: &Oracle) {
    let cases: Vec<(Key, Vec<u8>)> =
        [8, 16, 32, 33, 300].iter().map(|len| (Key::new(), message(*len))).collect();
    let mut questions = Vec::new();
    for (key, plain) in &cases {
        let cipher = sm2_encrypt(key.pair.verifying_key(), plain, &random()).unwrap();
        questions.push(format!("decrypt {} {} {}", key.secret, key.point, text(&to_raw(&cipher))));
        questions.push(format!("encrypt {} {}", key.point, text(plain)));
    }
    let answers = oracle.ask(&questions);
    for ((key, plain), answers) in cases.iter().zip(answers.chunks(2)) {
        assert_eq!(answers[0], text(plain));
        let cipher = to_der(&hex::decode(&answers[1]).unwrap());
        assert_eq!(*key.pair.decrypt(&cipher).unwrap(), *plain);
    }
}

#[test]
fn sm_crypto_agrees() {
    let Some(oracle) = Oracle::sm_crypto() else { return };
    check_digests(&oracle);
    check_sm4(&oracle);
    check_our_signatures(&oracle);
    check_their_signatures(&oracle);
    check_encryption(&oracle);
    let (key, data) = (message(20), message(99));
    let answer = oracle.ask(&[format!("hmac {} {}", text(&key), text(&data))]);
    assert_eq!(answer, [hex::encode(sm3::hmac(&key, &data))]);
}

#[test]
fn gmssl_agrees() {
    let Some(oracle) = Oracle::gmssl() else { return };
    check_digests(&oracle);
    check_sm4(&oracle);
    check_our_signatures(&oracle);
    check_their_signatures(&oracle);
    check_encryption(&oracle);
}
