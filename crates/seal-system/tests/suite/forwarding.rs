//! A platform that passes its caller's request on: the caller is held to what it signed (wire profile §6).

use std::sync::Arc;

use crypto::{Signer, Sm2KeyPair};
use protocol::endpoints::{CloudSign, ConsentApply, SealQuery};
use protocol::schema::{Head, RequestTable};
use protocol::wire::sign;
use protocol::{AppId, Canonical, Endpoint, MillisTime, Nonce, Origin, Params};

use crate::world::{World, refused};

/// The request of a system behind the platform, signed for the platform.
fn origin<E: Endpoint>(world: &World, key: &Arc<Sm2KeyPair>, request: &E::Request) -> Origin {
    let app_id = AppId::parse("system-a").unwrap();
    let mut params = Params::new();
    request.write(&mut params);
    let time = MillisTime::of(world.house.clock.clock().now());
    Head::write(&app_id, Some(time), Some(Nonce::from_random(world.house.random.bytes())), &mut params);
    let canonical = Canonical::of(&E::INFO.target(&world.platform_id), &params).unwrap();
    let sign = sign(&**key, canonical.bytes()).unwrap();
    Origin { app_id, key_spki: key.verifying_key().spki_der().to_vec(), canonical, sign }
}

#[tokio::test]
async fn the_caller_behind_the_platform_is_held_to_its_request() {
    let world = World::new().await;
    let key = world.house.key();
    let query = World::query();
    let behind = origin::<SealQuery>(&world, &key, &query);
    let seals = world.platform.call_for::<SealQuery>(&query, &behind).await.unwrap().data;
    assert_eq!(seals.len(), 1);

    let said = world.application(Some([1; 32]), Some(&seals[0].sign_id));
    let behind = origin::<ConsentApply>(&world, &key, &said);
    world.platform.call_for::<ConsentApply>(&said, &behind).await.unwrap();
    // Another document under the same signature of the caller.
    let altered = world.application(Some([2; 32]), Some(&seals[0].sign_id));
    assert_eq!(refused(world.platform.call_for::<ConsentApply>(&altered, &behind).await), "20004");
    // A parameter that the caller never sent.
    let mut more = said.clone();
    more.redirect_url = Some(protocol::RedirectUrl::parse("https://elsewhere.example.cn/").unwrap());
    assert_eq!(refused(world.platform.call_for::<ConsentApply>(&more, &behind).await), "20004");
    // Somebody else's signature.
    let stranger = origin::<ConsentApply>(&world, &world.house.key(), &said);
    let forged = Origin { sign: stranger.sign, ..behind.clone() };
    assert_eq!(refused(world.platform.call_for::<ConsentApply>(&said, &forged).await), "10003");
    // A request for another interface.
    let other = origin::<SealQuery>(&world, &key, &query);
    assert_eq!(refused(world.platform.call_for::<ConsentApply>(&said, &other).await), "10003");
    world.server.stop().await;
}

#[tokio::test]
async fn what_was_given_to_one_caller_is_of_no_use_to_another() {
    let world = World::new().await;
    let key = world.house.key();
    let query = World::query();
    let behind = origin::<SealQuery>(&world, &key, &query);
    let theirs = world.platform.call_for::<SealQuery>(&query, &behind).await.unwrap().data.remove(0);
    // The platform itself has a consent, but the signId was handed to the system behind it.
    let (auth_id, auth_code) = crate::signing::agreed(&world, None, None).await;
    let by = (&auth_id, &auth_code);
    let request = world.sign_request(by, &theirs.sign_id, protocol::lists::SignFormat::P1, b"m");
    assert_eq!(refused(world.sign(&request).await), "40006");
    // And the system behind it cannot use the platform's consent.
    let behind = origin::<CloudSign>(&world, &key, &request);
    assert_eq!(refused(world.platform.call_for::<CloudSign>(&request, &behind).await), "40005");
    world.server.stop().await;
}
