#![no_main]

use protocol::schema::read_request;
use protocol::tables;
use protocol::wire::{Canonical, Limits, Origin, Params, SignatureValue, Target};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(params) = Params::from_json(data, Limits::bytes(1 << 16)) else { return };
    // What is read here every general parser reads too, and it survives the wire.
    assert!(serde_json::from_slice::<serde_json::Value>(data).is_ok());
    assert!(Params::from_json(&params.to_json(), Limits::bytes(1 << 20)).is_ok_and(|again| again == params));
    let _ = read_request::<tables::FilingRequest>(&params);
    let _ = read_request::<tables::StateRequest>(&params);
    let _ = read_request::<tables::SealQueryRequest>(&params);
    let _ = read_request::<tables::ConsentApplyRequest>(&params);
    let _ = read_request::<tables::ConsentResultRequest>(&params);
    let _ = read_request::<tables::CloudSignRequest>(&params);
    let _ = read_request::<tables::UkeySignRequest>(&params);
    let _ = read_request::<tables::UkeyInfoRequest>(&params);
    let _ = read_request::<tables::SignIdVerifyRequest>(&params);
    let Ok(audience) = protocol::AppId::parse("platform") else { return };
    let target = Target { audience: &audience, method: "POST", path: "/api/v1/cloud/sign" };
    if let Ok(canonical) = Canonical::of(&target, &params) {
        let lines = canonical.as_str().split('\n').count();
        let own = ["appId", "time", "nonce", "sign"];
        let others = params.iter().filter(|(key, _)| !own.contains(key)).count();
        assert_eq!(lines, 7 + others + 1, "no value adds a line");
    }
    if let Some(sign) = params.text("sign") {
        let _ = SignatureValue::parse(sign);
    }
    if let Ok(Some(origin)) = Origin::read(&params) {
        let _ = origin.verify(&target).map(|request| request.agree(&params, &[]));
        let sign = <protocol::endpoints::CloudSign as protocol::Endpoint>::INFO;
        let chain = protocol::wire::origins(&params, &audience, |audience| sign.target(audience), 3);
        assert!(chain.is_err() || chain.is_ok_and(|requests| (1..=3).contains(&requests.len())));
    }
});
