//! The signature of requests: known answers, and every row of wire profile §9 that concerns it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use crate::protocol::endpoints::{CloudSign, SealFiling};
use crate::protocol::schema::read_request;
use crate::protocol::tables::{CloudSignRequest, FilingRequest};
use crate::protocol::wire::{Canonical, Detail, Params, SignatureFault, Target, sign, verify};
use crate::protocol::{AppId, Endpoint, ParamValue};
use crate::util::{app, key, other_key, read, shared};
use crypto::{Signer, Sm2Signature, VerifyingKey};

const OWN: &str = include_str!("../../fixtures/signing.json");

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn key_of(base64: &str) -> VerifyingKey {
    VerifyingKey::from_spki_der(&STANDARD.decode(base64).unwrap()).unwrap()
}

#[test]
fn a_request_signed_by_openssl() {
    let vector: Value = serde_json::from_str(OWN).unwrap();
    let params = read(&vector["request"].to_string()).unwrap();
    let audience = app(text(&vector, "audience"));
    let target = <CloudSign as Endpoint>::INFO.target(&audience);
    assert_eq!((target.method, target.path), (text(&vector, "method"), text(&vector, "path")));
    let canonical = Canonical::of(&target, &params).unwrap();
    assert_eq!(canonical.as_str(), text(&vector, "canonical"));
    let (head, _) = read_request::<CloudSignRequest>(&params).unwrap();
    let key = key_of(text(&vector, "publicKey"));
    assert_eq!(verify(&key, canonical.bytes(), &head.sign, Detail::Terse), Ok(()));

    // What OpenSSL makes of the usual mistakes, and how the sandbox names them.
    let fault = |name: &str| {
        verify(&key, canonical.bytes(), text(&vector["mistakes"], name), Detail::Sandbox).unwrap_err()
    };
    assert_eq!(fault("emptyUserId"), SignatureFault::OtherUserId);
    assert_eq!(fault("otherUserId"), SignatureFault::Mismatch);
    assert_eq!(fault("withoutZ"), SignatureFault::WithoutZ);
}

#[test]
fn the_published_vector() {
    let Some(vector) = shared("vectors/request-signing.json") else { return };
    let vector: Value = serde_json::from_str(&vector).unwrap();
    let params = read(&vector["request"].to_string()).unwrap();
    let audience = app(text(&vector, "audience"));
    let canonical = Canonical::of(&<SealFiling as Endpoint>::INFO.target(&audience), &params).unwrap();
    assert_eq!(canonical.as_str(), text(&vector, "canonical_utf8"));
    assert_eq!(canonical.bytes().len() as u64, vector["canonical_bytes"].as_u64().unwrap());
    assert_eq!(hex::encode(canonical.hash()), text(&vector, "sm3_of_canonical_without_z"));
    let (head, _) = read_request::<FilingRequest>(&params).unwrap();
    let key = key_of(text(&vector, "public_key_spki_base64"));
    assert_eq!(verify(&key, canonical.bytes(), &head.sign, Detail::Terse), Ok(()));
}

struct Sent {
    audience: AppId,
    method: &'static str,
    path: &'static str,
    params: Params,
}

impl Sent {
    fn new() -> Self {
        let text =
            r#"{"version":"1.0","appId":"A1","time":"1767225600000","nonce":5,"name":"甲","possessor":"乙"}"#;
        Self {
            audience: app("platform"),
            method: "POST",
            path: "/api/v1/seals/filing",
            params: read(text).unwrap(),
        }
    }

    fn canonical(&self) -> Canonical {
        let target = Target { audience: &self.audience, method: self.method, path: self.path };
        Canonical::of(&target, &self.params).unwrap()
    }
}

#[test]
fn every_part_of_the_request_is_covered() {
    let signature = sign(key(), Sent::new().canonical().bytes()).unwrap();
    let holds =
        |sent: &Sent| verify(key().verifying_key(), sent.canonical().bytes(), &signature, Detail::Terse);
    assert_eq!(holds(&Sent::new()), Ok(()));
    let swapped =
        r#"{"version":"1.0","appId":"A1","time":"1767225600000","nonce":5,"name":"乙","possessor":"甲"}"#;
    for changed in [
        Sent { audience: app("other-platform"), ..Sent::new() },
        Sent { method: "GET", ..Sent::new() },
        Sent { path: "/api/v1/seals/state", ..Sent::new() },
        Sent { params: read(swapped).unwrap(), ..Sent::new() },
    ] {
        assert_eq!(holds(&changed), Err(SignatureFault::Mismatch));
    }
    for (key, value) in
        [("appId", "A2"), ("time", "1767225600001"), ("nonce", "6"), ("unknown", "x"), ("name", "丙")]
    {
        let text = String::from_utf8(Sent::new().params.to_json()).unwrap();
        let mut json: Value = serde_json::from_str(&text).unwrap();
        json[key] = value.into();
        let changed = Sent { params: read(&json.to_string()).unwrap(), ..Sent::new() };
        assert_eq!(holds(&changed), Err(SignatureFault::Mismatch), "{key}");
    }
    let by_other =
        verify(other_key().verifying_key(), Sent::new().canonical().bytes(), &signature, Detail::Sandbox);
    assert_eq!(by_other, Err(SignatureFault::Mismatch));
}

#[test]
fn the_alias_of_ukey_id_is_signed_as_it_was_sent() {
    let body = r#"{"version":"1.0","appId":"A1","time":"1767225600000","nonce":5,"name":"章","sealType":"01",
        "ukeyId":"UK-1","possessor":"甲","possessorCertNo":"91110000802100433B","possessorType":1,"bizType":1,
        "certType":1,"sign":"x"}"#;
    let params = read(body).unwrap();
    let (_, request) = read_request::<FilingRequest>(&params).unwrap();
    assert_eq!(request.ukey_id.unwrap().as_str(), "UK-1");
    let canonical =
        Canonical::of(&Target { audience: &app("p"), method: "POST", path: "/x" }, &params).unwrap();
    assert!(canonical.as_str().contains("\nukeyId=UK-1\n"));

    let mut both = params;
    both.insert("UKeyId", ParamValue::Text("UK-1".into())).unwrap();
    let error = read_request::<FilingRequest>(&both).unwrap_err();
    assert_eq!(error.code().text(), "20004");
}

/// DER from two hexadecimal contents of INTEGERs.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut body = vec![0x02, u8::try_from(r.len()).unwrap()];
    body.extend_from_slice(r);
    body.extend_from_slice(&[0x02, u8::try_from(s.len()).unwrap()]);
    body.extend_from_slice(s);
    let mut out = vec![0x30, u8::try_from(body.len()).unwrap()];
    out.extend_from_slice(&body);
    out
}

#[test]
fn other_encodings_are_refused_and_named() {
    let message = b"message";
    let good = STANDARD.decode(sign(key(), message).unwrap()).unwrap();
    let fault = |bytes: &[u8]| {
        verify(key().verifying_key(), message, &STANDARD.encode(bytes), Detail::Sandbox).unwrap_err()
    };
    let raw = Sm2Signature::from_der(&good).unwrap().to_raw64();
    assert_eq!(fault(&raw), SignatureFault::RawConcatenated);

    let order = hex::decode("00fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123").unwrap();
    for (r, s) in [(&[0][..], &[1][..]), (&[1], &[0]), (&order, &[1]), (&[1], &order), (&[0xff], &[1])] {
        assert_eq!(fault(&der(r, s)), SignatureFault::OutOfRange);
    }
    assert_eq!(fault(&der(&[0, 1], &[1])), SignatureFault::NonMinimalDer);
    let mut long_form = vec![0x30, 0x81];
    long_form.extend_from_slice(&good[1..]);
    assert_eq!(fault(&long_form), SignatureFault::NonMinimalDer);
    assert_eq!(fault(&[&good[..], &[0]].concat()), SignatureFault::TrailingBytes);
    let mut inner = good.clone();
    inner[1] += 1;
    inner.push(0);
    assert_eq!(fault(&inner), SignatureFault::TrailingBytes);
    assert_eq!(fault(b"\x30"), SignatureFault::NotDer);
    assert_eq!(fault(&good[..good.len() - 1]), SignatureFault::NotDer);
    assert_eq!(fault(b""), SignatureFault::NotDer);

    let text = STANDARD.encode(&good);
    let of_text = |text: &str| verify(key().verifying_key(), message, text, Detail::Terse).unwrap_err();
    for url_safe in [URL_SAFE.encode([0xfb; 70]), format!("{}-", &text[1..])] {
        assert_eq!(of_text(&url_safe), SignatureFault::UrlSafeBase64);
    }
    for broken in
        [format!("{text}\n"), format!(" {text}"), text.trim_end_matches('=')[1..].to_owned(), "!".into()]
    {
        let fault = of_text(&broken);
        assert!(matches!(fault, SignatureFault::NotBase64 | SignatureFault::NotDer), "{broken} {fault:?}");
    }
}

#[test]
fn without_an_app_id_there_is_no_canonical_string() {
    let target = Target { audience: &app("p"), method: "POST", path: "/x" };
    assert_eq!(Canonical::of(&target, &read("{}").unwrap()).unwrap_err().code().text(), "20001");
    let error = Canonical::of(&target, &read(r#"{"appId":"号"}"#).unwrap()).unwrap_err();
    assert_eq!(error.code().text(), "20002");
}

#[test]
fn an_interface_without_time_signs_dashes() {
    let target = Target { audience: &app("p"), method: "POST", path: "/x" };
    let canonical = Canonical::of(&target, &read(r#"{"appId":"A","version":"1.0"}"#).unwrap()).unwrap();
    assert_eq!(canonical.as_str(), "CCUA-SEAL-SIGN-1\np\nPOST\n/x\nA\n-\n-\nversion=1.0\n");
}
