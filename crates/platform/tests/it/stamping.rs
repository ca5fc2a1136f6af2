//! Time stamps over the signatures that the platform carries (GB/T 20520): taken, missing, wrong, and given again.

use std::time::Duration;

use formats::asn1::Mode;
use formats::cms::SignedData;
use formats::tsp::TimeStampToken;
use platform::config::{Config, Stamping};
use protocol::lists::{SealState, SignFormat};
use protocol::tables::SignatureValueData;
use sealbridge_platform as platform;
use testkit::clock::TestClock;
use testkit::pki::{Party, pki};
use testkit::stamping::{Conduct, POLICY, StampingAuthority};

use crate::common::{NOW, World, code, config};

const MESSAGE: [u8; 32] = [7; 32];

/// A platform with an authority; both clocks stand at the same time.
async fn world(mode: Stamping, party: &'static Party) -> (World, StampingAuthority) {
    let authority = StampingAuthority::start(party, TestClock::at(NOW).clock()).await;
    (World::with(stamping(mode, &authority)).await, authority)
}

fn stamping(mode: Stamping, authority: &StampingAuthority) -> Config {
    let mut config = config();
    let rules = &mut config.policy.signing.time_stamp;
    rules.mode = mode;
    rules.url.clone_from(&authority.url);
    rules.deadline_ms = 500;
    config.check().unwrap();
    config
}

fn token(data: &SignatureValueData) -> TimeStampToken {
    TimeStampToken::parse(data.time_stamp.as_ref().unwrap().bytes(), Mode::Strict).unwrap()
}

#[tokio::test]
async fn a_stamp_comes_with_the_signature_and_stays_the_same() {
    let (world, authority) = world(Stamping::Required, &pki().tsa).await;
    world.contract_seal().await;
    for format in [SignFormat::P1, SignFormat::P7] {
        let request = world.ready_to_sign(&MESSAGE, format).await;
        let asked = authority.asked();
        let data = world.sign(&request).await.unwrap().data;
        let value = match format {
            SignFormat::P1 => data.sign_data.bytes().to_vec(),
            SignFormat::P7 => {
                let message = SignedData::parse(data.sign_data.bytes(), Mode::Strict).unwrap();
                message.signers[0].signature.clone()
            }
        };
        assert!(token(&data).is_over(&value), "{format:?}");
        assert_eq!(data.time_stamp_hint, None);
        // The same request again gives the same stamp, and the authority is not asked again.
        assert_eq!(world.sign(&request).await.unwrap().data, data);
        assert_eq!(authority.asked(), asked + 1);
    }
    let released = world.evidence("signature.released").await;
    assert!(released.iter().all(|event| event["timeStamp"].is_string()), "{released:?}");
    world.check().await;
}

#[tokio::test]
async fn without_the_wish_nobody_is_asked() {
    let (world, authority) = world(Stamping::Off, &pki().tsa).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    let data = world.sign(&request).await.unwrap().data;
    assert_eq!((data.time_stamp, data.time_stamp_hint, authority.asked()), (None, None, 0));
}

#[tokio::test]
async fn a_wish_that_fails_is_told_and_the_signature_goes_without() {
    let (world, authority) = world(Stamping::Wanted, &pki().tsa).await;
    world.contract_seal().await;
    let late = Conduct::Late(Duration::from_secs(2));
    let mut missing = 0;
    for conduct in [Conduct::Refusing, Conduct::Lying, Conduct::Garbled, late] {
        authority.behave(conduct);
        let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
        let data = world.sign(&request).await.unwrap().data;
        assert_eq!(data.time_stamp, None, "{conduct:?}");
        assert!(data.time_stamp_hint.as_ref().unwrap().contains("时间戳"), "{conduct:?}");
        missing += 1;
        assert_eq!(world.evidence("time-stamp.missing").await.len(), missing, "{conduct:?}");
        // What was handed out stays as it was, whatever the authority does now.
        authority.behave(Conduct::Honest);
        assert_eq!(world.sign(&request).await.unwrap().data, data);
    }
    assert_eq!(world.evidence("signature.released").await.len(), missing);
    world.check().await;
}

#[tokio::test]
async fn nothing_is_handed_out_without_a_stamp_that_must_be() {
    let (world, authority) = world(Stamping::Required, &pki().tsa).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    authority.behave(Conduct::Refusing);
    assert_eq!(code(world.sign(&request).await), "60005");
    assert_eq!(code(world.sign(&request).await), "60005");
    assert!(world.evidence("signature.released").await.is_empty());
    assert_eq!(world.evidence("time-stamp.missing").await.len(), 2);
    // The same request is stamped when there is an authority again; the system has signed once.
    authority.behave(Conduct::Honest);
    let data = world.sign(&request).await.unwrap().data;
    assert!(token(&data).is_over(data.sign_data.bytes()));
    assert_eq!(world.b.signatures_made(request.sign_id.as_str()), 1);
    world.check().await;
}

#[tokio::test]
async fn a_stamp_of_nobody_that_is_trusted_is_none() {
    let (world, authority) = world(Stamping::Required, &pki().tsa_foreign).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "60005");
    let missing = world.evidence("time-stamp.missing").await;
    let cause = missing[0]["cause"].as_str().unwrap();
    assert!(cause.contains("stamp.chain"), "{cause}");
    // A certificate that is not for time stamps does not make an authority either, trusted as it is.
    authority.become_another(&pki().signer);
    assert_eq!(code(world.sign(&request).await), "60005");
    authority.become_another(&pki().tsa);
    world.sign(&request).await.unwrap();
}

#[tokio::test]
async fn another_policy_than_the_operators_is_none() {
    let authority = StampingAuthority::start(&pki().tsa, TestClock::at(NOW).clock()).await;
    let mut rules = stamping(Stamping::Required, &authority);
    "1.2.3.4".clone_into(&mut rules.policy.signing.time_stamp.policy);
    let world = World::with(rules).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert_eq!(code(world.sign(&request).await), "60005");
    let mut rules = stamping(Stamping::Required, &authority);
    POLICY.clone_into(&mut rules.policy.signing.time_stamp.policy);
    let world = World::with(rules).await;
    world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P1).await;
    assert!(
        token(&world.sign(&request).await.unwrap().data)
            .is_over(world.sign(&request).await.unwrap().data.sign_data.bytes())
    );
}

#[tokio::test]
async fn a_stored_stamp_survives_a_restart_and_the_seals_end() {
    let (mut world, authority) = world(Stamping::Wanted, &pki().tsa).await;
    let (seal, _) = world.contract_seal().await;
    let request = world.ready_to_sign(&MESSAGE, SignFormat::P7).await;
    let data = world.sign(&request).await.unwrap().data;
    world.set_state(&seal, SealState::Revoked).await.unwrap();
    authority.behave(Conduct::Garbled);
    world.restart().await;
    assert_eq!(world.sign(&request).await.unwrap().data, data);
    assert!(data.time_stamp.is_some());
}
