//! Signatures, chains, lists, answers and time stamps of foreign algorithms, made by the `openssl` command: we make
//! none of them ourselves. Skipped, and said so, where it is missing.

mod authority;

use formats::x509::Certificate;
use jiff::{SignedDuration, Timestamp};
use sealbridge_verify::catalogue::{self as rule, Rule};
use sealbridge_verify::{Options, Status, Trust, Verdict, verify};

use crate::all_findings;
use crate::pdf::file::{File, Spec, body};
use Status::{Bad, Good, Note, Unknown};
use authority::{Authority, P256, P384, P521, RSA, available};

const BARE: &str = "/Filter/Adobe.PPKLite/SubFilter/adbe.x509.rsa_sha1";
const MESSAGE: &str = "/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached";
const STAMP: &str = "/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161";

/// A document that waits for a bare value, with this `Cert` and this `M`.
fn waiting(cert: &str, time: Timestamp, more: &[(u32, &str)]) -> File {
    let time = time.strftime("D:%Y%m%d%H%M%SZ");
    let more = more.iter().map(|(number, text)| body(*number, text)).collect();
    Spec { names: BARE, signature: format!("{cert}/M({time})"), more, ..Spec::default() }.file()
}

fn cert(certificates: &[&Certificate]) -> String {
    let strings: Vec<String> =
        certificates.iter().map(|one| format!("<{}>", hex::encode(one.der()))).collect();
    match &strings[..] {
        [one] => format!("/Cert{one}"),
        _ => format!("/Cert[{}]", strings.concat()),
    }
}

/// A minute after the certificate begins.
fn soon(certificate: &Certificate) -> Timestamp {
    certificate.not_before + SignedDuration::from_mins(1)
}

fn trust(authority: &Authority) -> Trust {
    let mut trust = Trust::new();
    trust.add_anchor(authority.certificate("ca.pem"));
    trust
}

/// Judged an hour after the certificate began; all of the expected findings are there.
fn judge(file: &File, trust: &Trust, begin: Timestamp, expected: &[(&'static Rule, Status)]) -> Verdict {
    let report = verify(&file.bytes, trust, &Options::new(begin + SignedDuration::from_hours(1)));
    let findings = all_findings(&report);
    for (rule, status) in expected {
        let is_there = findings.iter().any(|one| one.id() == rule.id && one.status() == *status);
        assert!(is_there, "no {} that is {status:?}:\n{findings:#?}", rule.id);
    }
    report.verdict
}

#[test]
fn bare_rsa_values_verify_with_every_digest() {
    if !available() {
        return;
    }
    let authority = Authority::new(RSA, "sha256", false, RSA);
    let (signer, root) = (authority.certificate("signer.pem"), authority.certificate("ca.pem"));
    let (trust, begin) = (trust(&authority), signer.not_before);
    let good = [
        (&rule::SIGNATURE_FORMAT, Good),
        (&rule::SIGNATURE_HANDLER, Good),
        (&rule::SIGNATURE_VALUE, Good),
        (&rule::DATA_HASH, Good),
        (&rule::SIGNER_CHAIN, Good),
        (&rule::SIGNING_TIME, Note),
    ];
    let string = format!("<{}>", hex::encode(signer.der()));
    let referred = format!("/Cert[12 0 R<{}>]", hex::encode(root.der()));
    let ways = [
        (cert(&[&signer]), "sha256", Good),
        (cert(&[&signer, &root]), "sha384", Good),
        (referred, "sha512", Good),
        (cert(&[&signer]), "sha1", Bad),
    ];
    for (cert, digest, algorithm) in ways {
        let mut file = waiting(&cert, soon(&signer), &[(12, &string)]);
        file.sign(&|content| authority.sign(content, digest));
        let verdict = judge(&file, &trust, begin, &good);
        judge(&file, &trust, begin, &[(&rule::SIGNATURE_ALGORITHM, algorithm)]);
        assert_eq!(verdict == Verdict::Valid, algorithm == Good, "{digest} {cert}");
    }
    // SHA-1 was relied on once; whether anything shows that it is so old is another question.
    let mut old = waiting(&cert(&[&signer]), "2015-06-01T00:00:00Z".parse().unwrap(), &[]);
    old.sign(&|content| authority.sign(content, "sha1"));
    let expected =
        [(&rule::SIGNATURE_ALGORITHM, Good), (&rule::SIGNATURE_VALUE, Good), (&rule::SIGNER_PERIOD, Bad)];
    judge(&old, &trust, begin, &expected);
}

#[test]
fn bare_rsa_values_that_are_wrong_are_told() {
    if !available() {
        return;
    }
    let authority = Authority::new(RSA, "sha256", false, RSA);
    let (signer, root) = (authority.certificate("signer.pem"), authority.certificate("ca.pem"));
    let (trust, begin) = (trust(&authority), signer.not_before);
    let signed = |cert: &str| {
        let mut file = waiting(cert, soon(&signer), &[]);
        file.sign(&|content| authority.sign(content, "sha256"));
        file
    };
    let wrong = [(&rule::SIGNATURE_FORMAT, Good), (&rule::SIGNATURE_VALUE, Bad), (&rule::DATA_HASH, Bad)];
    let mut changed = signed(&cert(&[&signer]));
    changed.patch("(Contract)", "(Contrast)");
    assert_eq!(judge(&changed, &trust, begin, &wrong), Verdict::Invalid);
    // The first certificate is the signer's, whoever else is there.
    let swapped = signed(&cert(&[&root, &signer]));
    assert_eq!(judge(&swapped, &trust, begin, &wrong), Verdict::Invalid);
    let nobody = [(&rule::SIGNER_CERTIFICATE, Bad), (&rule::SIGNATURE_VALUE, Unknown)];
    for cert in ["", "/Cert<3000>", "/Cert[]", "/Cert 7 ", "/Cert[99 0 R]"] {
        assert_eq!(judge(&signed(cert), &trust, begin, &nobody), Verdict::Invalid, "{cert}");
    }
    let unread = signed(&format!("/Cert[null{}", &cert(&[&root, &signer])["/Cert[".len()..]));
    assert_eq!(judge(&unread, &trust, begin, &nobody), Verdict::Invalid);
    // A key of another kind makes no such values.
    authority.issue("stamper", P256);
    let other = signed(&cert(&[&authority.certificate("stamper.pem")]));
    let refused = [(&rule::SIGNATURE_ALGORITHM, Bad), (&rule::SIGNATURE_VALUE, Unknown)];
    assert_eq!(judge(&other, &trust, begin, &refused), Verdict::Invalid);
}

#[test]
fn foreign_chains_lists_and_answers_verify() {
    if !available() {
        return;
    }
    let kinds = [
        (RSA, "sha512", false),
        (RSA, "sha256", true),
        (P256, "sha256", false),
        (P384, "sha384", false),
        (P521, "sha512", false),
    ];
    for (key, digest, is_pss) in kinds {
        let authority = Authority::new(key, digest, is_pss, RSA);
        let stranger = Authority::new(key, digest, is_pss, RSA);
        let signer = authority.certificate("signer.pem");
        let mut file = waiting(&cert(&[&signer]), soon(&signer), &[]);
        file.sign(&|content| authority.sign(content, "sha256"));
        for (is_revoked, status) in [(false, Good), (true, Bad)] {
            let expected = [(&rule::SIGNER_CHAIN, Good), (&rule::SIGNER_REVOCATION, status)];
            let unproven = [(&rule::SIGNER_CHAIN, Good), (&rule::SIGNER_REVOCATION, Note)];
            authority.record(is_revoked);
            stranger.record(is_revoked);
            let with = |list: &[u8], answer: &[u8]| {
                let mut trust = trust(&authority);
                if !list.is_empty() {
                    trust.add_crls(list).unwrap();
                }
                if !answer.is_empty() {
                    trust.add_answers(answer).unwrap();
                }
                trust
            };
            judge(&file, &with(&authority.list(), &[]), signer.not_before, &expected);
            judge(&file, &with(&[], &authority.answer()), signer.not_before, &expected);
            // The same names, and another key.
            judge(&file, &with(&stranger.list(), &[]), signer.not_before, &unproven);
            judge(&file, &with(&[], &stranger.answer()), signer.not_before, &unproven);
        }
        // It has the name of the issuer and not the key that the signer's certificate names.
        let other = [(&rule::SIGNER_CHAIN, Unknown)];
        assert_eq!(judge(&file, &trust(&stranger), signer.not_before, &other), Verdict::Indeterminate);
    }
}

#[test]
fn foreign_time_stamps_verify() {
    if !available() {
        return;
    }
    for (key, digest, is_pss, stamper) in [
        (RSA, "sha256", false, RSA),
        (RSA, "sha256", true, P256),
        (P384, "sha384", false, P384),
        (P521, "sha512", false, P521),
    ] {
        let authority = Authority::new(key, digest, is_pss, RSA);
        authority.issue("stamper", stamper);
        let begin = authority.certificate("stamper.pem").not_before;
        let mut file = Spec { names: STAMP, ..Spec::default() }.file();
        file.sign(&|content| authority.stamp(content));
        let mut expected = [
            (&rule::STAMP_FORMAT, Good),
            (&rule::STAMP_IMPRINT, Good),
            (&rule::STAMP_SIGNATURE, Good),
            (&rule::STAMP_CHAIN, Good),
            (&rule::STAMP_KEY_USAGE, Good),
            (&rule::STAMP_PERIOD, Good),
        ];
        judge(&file, &trust(&authority), begin, &expected);
        file.patch("(Contract)", "(Contrast)");
        expected[1].1 = Bad;
        judge(&file, &trust(&authority), begin, &expected);
    }
}

/// What cannot be verified leaves it open; what is broken is refused.
#[test]
fn algorithms_that_are_not_supported_leave_it_open() {
    if !available() {
        return;
    }
    // The last octet of another identifier in the place of rsaEncryption: pkcs-1 99, which nobody has, and MD5 with RSA.
    for (key, digest, other, algorithm, value) in [
        (RSA, "sha224", None, Good, Good),
        (P256, "sha224", None, Good, Good),
        (RSA, "sha1", None, Bad, Good),
        (RSA, "sha256", Some(99), Unknown, Unknown),
        (RSA, "sha256", Some(4), Bad, Unknown),
    ] {
        let authority = Authority::new(RSA, "sha256", false, key);
        let begin = authority.certificate("signer.pem").not_before;
        let mut file = Spec { names: MESSAGE, ..Spec::default() }.file();
        file.sign(&|content| {
            let mut message = authority.message(content, digest);
            if let Some(other) = other {
                let rsa = formats::asn1::Writer::build(|w| w.oid(&formats::oid::RSA_ENCRYPTION));
                let at = message.windows(rsa.len()).rposition(|window| window == rsa).expect("its algorithm");
                message[at + rsa.len() - 1] = other;
            }
            message
        });
        let expected = [
            (&rule::SIGNATURE_ALGORITHM, algorithm),
            (&rule::SIGNATURE_VALUE, value),
            (&rule::SIGNER_CHAIN, Good),
        ];
        let verdict = match algorithm {
            Bad => Verdict::Invalid,
            Unknown => Verdict::Indeterminate,
            _ => Verdict::Valid,
        };
        assert_eq!(judge(&file, &trust(&authority), begin, &expected), verdict, "{key} {digest}");
    }
    // An authority whose own signatures cannot be verified.
    let authority = Authority::new("-algorithm ED25519", "sha512", false, RSA);
    let begin = authority.certificate("signer.pem").not_before;
    let mut file = Spec { names: MESSAGE, ..Spec::default() }.file();
    file.sign(&|content| authority.message(content, "sha256"));
    let open = [(&rule::SIGNATURE_VALUE, Good), (&rule::SIGNER_CHAIN, Unknown)];
    assert_eq!(judge(&file, &trust(&authority), begin, &open), Verdict::Indeterminate);
}
