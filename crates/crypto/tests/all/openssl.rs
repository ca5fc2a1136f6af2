//! Comparisons with the `openssl` command, in both directions. Skipped, and said so, where it is missing.

use crate::support::{Folder, run};
use sealbridge_crypto::{
    DigestAlgorithm, KeyKind, PssParameters, Random, SignatureAlgorithm, Signer, Sm2KeyPair, VerifyError,
    VerifyingKey, sm2_encrypt, sm3, sm4,
};

/// OpenSSL's own default is an empty user id.
const USER_ID: &str = "distid:1234567812345678";

fn openssl(args: &[&str], input: &[u8]) -> Vec<u8> {
    run("openssl", args, input).unwrap()
}

/// False, with a word on the output, where there is no OpenSSL with SM2.
fn available() -> bool {
    let curves = run("openssl", &["ecparam", "-list_curves"], b"").unwrap_or_default();
    let found = String::from_utf8_lossy(&curves).contains("SM2");
    if !found {
        println!("skipped: no openssl command with SM2, run cargo xtask test");
    }
    found
}

fn pair() -> Sm2KeyPair {
    Sm2KeyPair::generate(&Random::system()).unwrap()
}

fn message(len: usize) -> Vec<u8> {
    let mut message = vec![0; len];
    Random::system().fill(&mut message);
    message
}

fn public_pem(key: &VerifyingKey) -> Vec<u8> {
    openssl(&["pkey", "-pubin", "-inform", "DER"], key.spki_der())
}

#[test]
fn our_signatures_verify_there() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    for len in [0, 1, 31, 32, 33, 55, 56, 64, 1000, 70_000] {
        let (pair, message) = (pair(), message(len));
        let public = folder.write("public.pem", public_pem(pair.verifying_key()));
        let signature = folder.write("signature", pair.sign(&message).unwrap());
        let args = ["dgst", "-sm3", "-verify", &public, "-signature", &signature, "-sigopt", USER_ID];
        openssl(&args, &message);
        let other = [message.as_slice(), b"!"].concat();
        assert!(run("openssl", &args, &other).is_err(), "another message must not verify");
    }
}

#[test]
fn their_signatures_verify_here() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    for len in [0, 1, 63, 64, 65, 5000] {
        let (pair, message) = (pair(), message(len));
        let secret = folder.write("secret.der", pair.to_pkcs8_der().unwrap());
        let key = pair.verifying_key();
        let sign = |id: &str| {
            openssl(&["dgst", "-sm3", "-sign", &secret, "-keyform", "DER", "-sigopt", id], &message)
        };
        let signature = sign(USER_ID);
        assert_eq!(key.verify(SignatureAlgorithm::Sm2Sm3, &message, &signature), Ok(()));
        assert_eq!(key.verify_with_id(b"other", &message, &signature), Err(VerifyError::Mismatch));
        assert_eq!(key.verify_with_id(b"ALICE@YAHOO.COM", &message, &sign("distid:ALICE@YAHOO.COM")), Ok(()));
    }
}

#[test]
fn digests_and_hmac_agree() {
    if !available() {
        return;
    }
    let names = [
        (DigestAlgorithm::Sm3, "-sm3"),
        (DigestAlgorithm::Sha224, "-sha224"),
        (DigestAlgorithm::Sha256, "-sha256"),
        (DigestAlgorithm::Sha384, "-sha384"),
        (DigestAlgorithm::Sha512, "-sha512"),
        (DigestAlgorithm::Sha1, "-sha1"),
        (DigestAlgorithm::Md5, "-md5"),
    ];
    for len in [0, 55, 56, 64, 119, 100_000] {
        let message = message(len);
        for (algorithm, name) in names {
            let theirs = openssl(&["dgst", name, "-binary"], &message);
            assert_eq!(algorithm.digest(&message), theirs, "{algorithm} over {len}");
        }
        for key_len in [1, 32, 64, 65, 200] {
            let key = self::message(key_len);
            let option = format!("hexkey:{}", hex::encode(&key));
            let args = ["dgst", "-sm3", "-mac", "HMAC", "-macopt", &option, "-binary"];
            assert_eq!(sm3::hmac(&key, &message).to_vec(), openssl(&args, &message));
        }
    }
}

#[test]
fn sm4_cbc_agrees() {
    if !available() {
        return;
    }
    let random = Random::system();
    for len in [0, 1, 15, 16, 17, 4096] {
        let (key, iv, plain) = (random.bytes(), random.bytes(), message(len));
        let (key_hex, iv_hex) = (hex::encode(key), hex::encode(iv));
        let cipher = openssl(&["enc", "-sm4-cbc", "-e", "-K", &key_hex, "-iv", &iv_hex], &plain);
        assert_eq!(sm4::cbc_encrypt(&key, &iv, &plain), cipher);
        assert_eq!(*sm4::cbc_decrypt(&key, &iv, &cipher).unwrap(), plain);
    }
}

#[test]
fn sm2_encryption_agrees_both_ways() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    for len in [1, 16, 32, 33, 500] {
        let (pair, plain) = (pair(), message(len));
        let secret = folder.write("secret.der", pair.to_pkcs8_der().unwrap());
        let public = folder.write("public.pem", public_pem(pair.verifying_key()));
        let ours = sm2_encrypt(pair.verifying_key(), &plain, &Random::system()).unwrap();
        let decrypt = ["pkeyutl", "-decrypt", "-inkey", &secret, "-keyform", "DER"];
        assert_eq!(openssl(&decrypt, &ours), plain);
        let theirs = openssl(&["pkeyutl", "-encrypt", "-pubin", "-inkey", &public], &plain);
        assert_eq!(*pair.decrypt(&theirs).unwrap(), plain);
    }
}

#[test]
fn our_key_files_open_there() {
    if !available() {
        return;
    }
    let (folder, pair, random) = (Folder::new(), pair(), Random::system());
    let expected = public_pem(pair.verifying_key());
    let plain = openssl(&["pkey", "-inform", "DER", "-pubout"], &pair.to_pkcs8_der().unwrap());
    assert_eq!(plain, expected);
    let pem = pair.to_encrypted_pkcs8_pem("secret 1", &random).unwrap();
    assert_eq!(openssl(&["pkey", "-pubout", "-passin", "pass:secret 1"], pem.as_bytes()), expected);
    assert!(run("openssl", &["pkey", "-passin", "pass:secret 2"], pem.as_bytes()).is_err());

    let certificate = self_signed(&folder, &pair);
    let file = pair.to_pkcs12(std::slice::from_ref(&certificate), "secret 1", "Seal", &random).unwrap();
    let file = folder.write("key.p12", file);
    let opened = openssl(&["pkcs12", "-in", &file, "-passin", "pass:secret 1", "-nodes"], b"");
    assert!(String::from_utf8_lossy(&opened).contains("friendlyName: Seal"));
    assert_eq!(openssl(&["pkey", "-pubout"], &opened), expected);
    assert_eq!(openssl(&["x509", "-outform", "DER"], &opened), certificate);
}

fn self_signed(folder: &Folder, pair: &Sm2KeyPair) -> Vec<u8> {
    let secret = folder.write("issuer.der", pair.to_pkcs8_der().unwrap());
    let pem = openssl(&["pkey", "-inform", "DER", "-in", &secret], b"");
    let secret = folder.write("issuer.pem", pem);
    let args = ["req", "-x509", "-new", "-key", &secret, "-sm3", "-subj", "/CN=test", "-outform", "DER"];
    openssl(&args, b"")
}

#[test]
fn their_key_files_open_here() {
    if !available() {
        return;
    }
    let (folder, pair, random) = (Folder::new(), pair(), Random::system());
    let secret = folder.write("secret.der", pair.to_pkcs8_der().unwrap());
    let schemes: [&[&str]; 7] = [
        &["-v2", "sm4-cbc"],
        &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "10000"],
        &["-v2", "des3"],
        &["-v1", "PBE-SHA1-3DES"],
        &["-v1", "PBE-SHA1-2DES"],
    ];
    for scheme in schemes {
        for form in ["PEM", "DER"] {
            let mut args = vec!["pkcs8", "-topk8", "-inform", "DER", "-in", &secret, "-outform", form];
            args.extend(["-passout", "pass:secret"]);
            args.extend(scheme);
            let file = openssl(&args, b"");
            let read = Sm2KeyPair::from_encrypted_pkcs8(&file, "secret", &random)
                .unwrap_or_else(|error| panic!("{scheme:?} {form}: {error}"));
            assert_eq!(read.verifying_key(), pair.verifying_key());
        }
    }
}

#[test]
fn their_pkcs12_opens_here() {
    if !available() {
        return;
    }
    let (folder, pair, random) = (Folder::new(), pair(), Random::system());
    let certificate = self_signed(&folder, &pair);
    let secret = folder.path("issuer.pem");
    let pem = openssl(&["x509", "-inform", "DER"], &certificate);
    let certificate_file = folder.write("certificate.pem", pem);
    let schemes: [&[&str]; 6] = [
        &[],
        &["-keypbe", "SM4-CBC", "-certpbe", "SM4-CBC", "-macalg", "sm3"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "NONE", "-macalg", "sha512"],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        &["-keypbe", "NONE", "-certpbe", "AES-256-CBC", "-macalg", "sha384"],
        &["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-40"],
    ];
    for scheme in schemes {
        let file = folder.path("key.p12");
        let mut args = vec!["pkcs12", "-export", "-inkey", &secret, "-in", &certificate_file, "-out", &file];
        args.extend(["-passout", "pass:口令"]);
        args.extend(scheme);
        openssl(&args, b"");
        let (read, chain) = Sm2KeyPair::from_pkcs12(&folder.read("key.p12"), "口令", &random)
            .unwrap_or_else(|error| panic!("{scheme:?}: {error}"));
        assert_eq!(read.verifying_key(), pair.verifying_key());
        assert_eq!(chain.as_slice(), std::slice::from_ref(&certificate));
    }
}

#[test]
fn foreign_signatures_verify_here() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    for (curve, kind) in [
        ("P-256", KeyKind::P256),
        ("P-384", KeyKind::P384),
        ("P-521", KeyKind::P521),
        ("brainpoolP256r1", KeyKind::BrainpoolP256),
    ] {
        let option = format!("ec_paramgen_curve:{curve}");
        let key = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", &option], b"");
        check_foreign(&folder, &key, &["-sha224"], SignatureAlgorithm::EcdsaSha224, kind);
        check_foreign(&folder, &key, &["-sha256"], SignatureAlgorithm::EcdsaSha256, kind);
        check_foreign(&folder, &key, &["-sha384"], SignatureAlgorithm::EcdsaSha384, kind);
        check_foreign(&folder, &key, &["-sha512"], SignatureAlgorithm::EcdsaSha512, kind);
    }
    for bits in ["2048", "3071"] {
        let option = format!("rsa_keygen_bits:{bits}");
        let rsa = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &option, "-quiet"], b"");
        check_foreign(&folder, &rsa, &["-sha1"], SignatureAlgorithm::RsaPkcs1Sha1, KeyKind::Rsa);
        check_foreign(&folder, &rsa, &["-sha224"], SignatureAlgorithm::RsaPkcs1Sha224, KeyKind::Rsa);
        check_foreign(&folder, &rsa, &["-sha256"], SignatureAlgorithm::RsaPkcs1Sha256, KeyKind::Rsa);
        check_foreign(&folder, &rsa, &["-sha384"], SignatureAlgorithm::RsaPkcs1Sha384, KeyKind::Rsa);
        check_foreign(&folder, &rsa, &["-sha512"], SignatureAlgorithm::RsaPkcs1Sha512, KeyKind::Rsa);
    }
}

#[test]
fn pss_verifies_here_with_any_parameters() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let (sha1, sha256, sha512) = (DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha512);
    // One bit more than whole octets makes the encoded message an octet shorter than the modulus.
    for bits in ["2048", "2049", "2055"] {
        let option = format!("rsa_keygen_bits:{bits}");
        let rsa = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &option, "-quiet"], b"");
        let shapes = [
            (sha256, sha256, 32),
            (sha256, sha1, 20),
            (sha512, sha256, 0),
            (sha1, sha1, 20),
            (sha256, sha512, 200),
        ];
        for (digest, mask_digest, salt_len) in shapes {
            let name = |digest: DigestAlgorithm| digest.name().to_ascii_lowercase().replace('-', "");
            let (digest_option, mask) =
                (format!("-{}", name(digest)), format!("rsa_mgf1_md:{}", name(mask_digest)));
            let salt = format!("rsa_pss_saltlen:{salt_len}");
            let args =
                [&digest_option, "-sigopt", "rsa_padding_mode:pss", "-sigopt", &mask, "-sigopt", &salt];
            let parameters = PssParameters { digest, mask_digest, salt_len };
            let algorithm = SignatureAlgorithm::RsaPss(parameters);
            let (key, message, signature) = check_foreign(&folder, &rsa, &args, algorithm, KeyKind::Rsa);
            let others = [
                PssParameters { salt_len: salt_len + 1, ..parameters },
                PssParameters { mask_digest: DigestAlgorithm::Sha384, ..parameters },
                PssParameters { digest: DigestAlgorithm::Sha384, ..parameters },
            ];
            for other in others.map(SignatureAlgorithm::RsaPss) {
                assert_eq!(key.verify(other, &message, &signature), Err(VerifyError::Mismatch));
            }
        }
    }
}

#[test]
fn a_key_bound_to_pss_makes_nothing_else() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let free = openssl(&["genpkey", "-algorithm", "RSA-PSS", "-quiet"], b"");
    let options = ["rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256", "rsa_pss_keygen_saltlen:32"];
    let mut args = vec!["genpkey", "-algorithm", "RSA-PSS", "-quiet"];
    args.extend(options.iter().flat_map(|option| ["-pkeyopt", *option]));
    let bound = openssl(&args, b"");
    let parameters =
        PssParameters { digest: DigestAlgorithm::Sha256, mask_digest: DigestAlgorithm::Sha256, salt_len: 32 };
    let algorithm = SignatureAlgorithm::RsaPss(parameters);
    for secret in [&free, &bound] {
        let args = ["-sha256", "-sigopt", "rsa_pss_saltlen:32"];
        let (key, message, signature) = check_foreign(&folder, secret, &args, algorithm, KeyKind::Rsa);
        let plain = key.verify(SignatureAlgorithm::RsaPkcs1Sha256, &message, &signature);
        assert_eq!(plain, Err(VerifyError::WrongKeyKind));
        let shorter = SignatureAlgorithm::RsaPss(PssParameters { salt_len: 20, ..parameters });
        let expected = if secret == &bound { VerifyError::WrongKeyKind } else { VerifyError::Mismatch };
        assert_eq!(key.verify(shorter, &message, &signature), Err(expected));
    }
}

fn check_foreign(
    folder: &Folder,
    secret: &[u8],
    options: &[&str],
    algorithm: SignatureAlgorithm,
    kind: KeyKind,
) -> (VerifyingKey, Vec<u8>, Vec<u8>) {
    let message = message(333);
    let spki = openssl(&["pkey", "-pubout", "-outform", "DER"], secret);
    let secret = folder.write("foreign.pem", secret);
    let mut args = vec!["dgst"];
    args.extend_from_slice(options);
    args.extend(["-sign", &secret]);
    let signature = openssl(&args, &message);
    let key = VerifyingKey::from_spki_der(&spki).unwrap();
    assert_eq!(key.spki_der(), spki);
    assert_eq!(key.kind(), kind);
    assert!(algorithm.fits(kind));
    assert_eq!(key.verify(algorithm, &message, &signature), Ok(()), "{algorithm} {kind:?}");
    let (front, back) = message.split_at(100);
    let mut hasher = key.hasher(algorithm);
    hasher.update(front);
    hasher.update(back);
    assert_eq!(key.verify_prehashed(algorithm, &hasher.finalize(), &signature), Ok(()));
    assert_eq!(key.verify_prehashed(algorithm, b"short", &signature), Err(VerifyError::Malformed));
    assert_eq!(key.verify(algorithm, b"other", &signature), Err(VerifyError::Mismatch));
    assert_eq!(key.verify(SignatureAlgorithm::Sm2Sm3, &message, &signature), Err(VerifyError::WrongKeyKind));
    let longer = [signature.as_slice(), &[0]].concat();
    assert!(key.verify(algorithm, &message, &longer).is_err());
    (key, message, signature)
}
