//! The caller's own request, passed on by a platform (wire profile §6).

use crate::protocol::endpoints::CloudSign;
use crate::protocol::wire::{Canonical, Origin, Params, Target, origins, sign};
use crate::protocol::{AppId, Endpoint, ParamValue};
use crate::util::{app, key, other_key, read};
use crypto::Signer;

const BODY: &str = r#"{"version":"1.0","appId":"CALLER","time":"1767225600000","nonce":5,"sealCode":"S","docHash":"aGk=","ukeyId":"U"}"#;

fn platform() -> AppId {
    app("platform")
}

fn origin() -> Origin {
    let audience = platform();
    let target = <CloudSign as Endpoint>::INFO.target(&audience);
    let canonical = Canonical::of(&target, &read(BODY).unwrap()).unwrap();
    let sign = sign(key(), canonical.bytes()).unwrap();
    Origin { app_id: app("CALLER"), key_spki: key().verifying_key().spki_der().to_vec(), canonical, sign }
}

/// The request as the platform sends it on.
fn forwarded(extra: &[(&str, &str)]) -> Params {
    let mut params = read(r#"{"version":"1.0","appId":"platform","time":"1767225600100","nonce":9,"sealCode":"S","docHash":"aGk=","UKeyId":"U"}"#).unwrap();
    for (key, value) in extra {
        params.insert(key, ParamValue::Text((*value).to_owned())).unwrap();
    }
    origin().attach(&mut params);
    params
}

fn target(audience: &AppId) -> Target<'_> {
    <CloudSign as Endpoint>::INFO.target(audience)
}

#[test]
fn the_caller_is_held_to_what_it_signed() {
    let received = read(std::str::from_utf8(&forwarded(&[]).to_json()).unwrap()).unwrap();
    let origin = Origin::read(&received).unwrap().unwrap();
    let request = origin.verify(&target(&platform())).unwrap();
    assert_eq!(request.app_id.as_str(), "CALLER");
    assert_eq!(request.time.unwrap().millis(), 1_767_225_600_000);
    assert_eq!(request.params["sealCode"], "S");
    assert!(request.key == *key().verifying_key());
    request.agree(&received, &[]).unwrap();
}

#[test]
fn a_platform_cannot_change_or_add_anything() {
    let request = origin().verify(&target(&platform())).unwrap();
    let differs = |params: &Params, allowed: &[&str]| {
        request.agree(params, allowed).map_err(|error| {
            assert_eq!(error.code().text(), "20004");
            error.errors().iter().map(|e| e.field.clone()).collect::<Vec<_>>()
        })
    };
    let changed = read(r#"{"appId":"platform","sealCode":"T","docHash":"aGk=","UKeyId":"U"}"#).unwrap();
    assert_eq!(differs(&changed, &[]), Err(vec!["sealCode".to_owned()]));
    assert_eq!(differs(&changed, &["sealCode"]), Ok(()));
    let less = read(r#"{"appId":"platform","sealCode":"S","UKeyId":"U"}"#).unwrap();
    assert_eq!(differs(&less, &[]), Err(vec!["docHash".to_owned()]));
    assert_eq!(differs(&forwarded(&[("authId", "x")]), &[]), Err(vec!["authId".to_owned()]));
}

#[test]
fn a_request_for_elsewhere_is_no_origin() {
    let good = origin();
    let other = app("other-platform");
    let elsewhere = Target { path: "/api/v1/seals/query", ..target(&other) };
    for wrong in [target(&other), elsewhere] {
        assert_eq!(good.verify(&wrong).unwrap_err().code().text(), "10003");
    }
    for wrong in [
        Origin { app_id: app("OTHER"), ..good.clone() },
        Origin { key_spki: other_key().verifying_key().spki_der().to_vec(), ..good.clone() },
        Origin { key_spki: vec![1, 2, 3], ..good.clone() },
        Origin { sign: sign(other_key(), b"x").unwrap(), ..good.clone() },
    ] {
        assert_eq!(wrong.verify(&target(&platform())).unwrap_err().code().text(), "10003");
    }
}

#[test]
fn a_string_that_is_not_canonical_is_refused_although_signed() {
    let head = "CCUA-SEAL-SIGN-1\nplatform\nPOST\n/api/v1/cloud/sign\nCALLER\n1\n2\n";
    for bad in [
        format!("{head}a=1"),
        format!("{head}b=1\na=1\n"),
        format!("{head}a=1\na=2\n"),
        format!("{head}UKeyId=1\nukeyId=2\n"),
        format!("{head}=1\n"),
        format!("{head}a\n"),
        format!("{head}\n"),
        format!("{head}a=1\r\n"),
        "CCUA-SEAL-SIGN-1\nplatform\nPOST\n/api/v1/cloud/sign\nCALLER\n1\n".to_owned(),
        head.replace("\n1\n", "\n01\n"),
        head.replace("SIGN-1", "SIGN-2"),
        String::new(),
    ] {
        let mut params = Params::new();
        let text = |bytes: &[u8]| {
            ParamValue::Text(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes))
        };
        params.insert("originAppId", ParamValue::Text("CALLER".into())).unwrap();
        params.insert("originKey", text(key().verifying_key().spki_der())).unwrap();
        params.insert("originSign", ParamValue::Text(sign(key(), bad.as_bytes()).unwrap())).unwrap();
        if bad.is_empty() {
            assert_eq!(
                Origin::read(&params).unwrap_err().code().text(),
                "20004",
                "one of the four is missing"
            );
            continue;
        }
        params.insert("originRequest", text(bad.as_bytes())).unwrap();
        let origin = Origin::read(&params).unwrap().unwrap();
        assert_eq!(origin.verify(&target(&platform())).unwrap_err().code().text(), "10003", "{bad:?}");
    }
}

#[test]
fn a_request_of_the_callers_own_has_no_origin() {
    assert!(Origin::read(&read(BODY).unwrap()).unwrap().is_none());
    let malformed =
        read(r#"{"originAppId":"A","originKey":"-","originRequest":"aGk=","originSign":"x"}"#).unwrap();
    assert_eq!(Origin::read(&malformed).unwrap_err().code().text(), "20002");
}

/// The request of `origin()` as platform after platform passes it on; the last one's parameters.
fn passed_on(way: &[&str], change: impl Fn(usize, &mut Params)) -> Params {
    let mut inner = origin();
    let mut params = Params::new();
    for (index, platform) in way.iter().enumerate() {
        params = read(r#"{"version":"1.0","time":"1767225600100","nonce":9,"sealCode":"S","docHash":"aGk=","UKeyId":"U"}"#).unwrap();
        params.insert("appId", ParamValue::Text((*platform).to_owned())).unwrap();
        inner.attach(&mut params);
        change(index, &mut params);
        let audience = app(way.get(index + 1).copied().unwrap_or("receiver"));
        let canonical = Canonical::of(&target(&audience), &params).unwrap();
        let sign = sign(key(), canonical.bytes()).unwrap();
        let key_spki = key().verifying_key().spki_der().to_vec();
        inner = Origin { app_id: app(platform), key_spki, canonical, sign };
    }
    params
}

fn callers(way: &[&str], params: &Params, most: usize) -> Result<Vec<String>, String> {
    let last = app(way.last().unwrap());
    let found = origins(params, &last, target, most).map_err(|error| error.code().text().to_owned())?;
    Ok(found.into_iter().map(|one| one.app_id.as_str().to_owned()).collect())
}

#[test]
fn every_platform_on_the_way_is_in_the_chain_of_signed_requests() {
    let way = ["platform", "platform-2", "platform-3"];
    let params = passed_on(&way, |_, _| {});
    assert_eq!(callers(&way, &params, 3).unwrap(), ["platform-2", "platform", "CALLER"]);
    assert_eq!(callers(&way, &params, 2).unwrap_err(), "60006");
    assert!(callers(&way, &read(BODY).unwrap(), 3).unwrap().is_empty());
}

#[test]
fn nobody_on_the_way_can_change_it_or_leave_somebody_out() {
    let way = ["platform", "platform-2"];
    // The second platform passes the caller's request on as if it had come to itself.
    let mut shortened = passed_on(&["platform-2"], |_, _| {});
    assert_eq!(callers(&["platform-2"], &shortened, 3).unwrap_err(), "10003");
    shortened = passed_on(&["platform"], |_, _| {});
    assert_eq!(callers(&["platform"], &shortened, 3).unwrap(), ["CALLER"]);
    // The first platform, or the second, asks for something else than the caller did.
    for who in 0..2 {
        let changed = passed_on(&way, |index, params| {
            if index == who {
                params.insert("authId", ParamValue::Text("x".to_owned())).unwrap();
            }
        });
        assert_eq!(callers(&way, &changed, 3).unwrap_err(), "20004", "{who}");
    }
}
