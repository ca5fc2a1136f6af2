//! What the signer's side guards: the one browser, the one-time code, the time, the decision.

use std::sync::Arc;

use crate::browser::Browser;
use crate::signing::agreed;
use crate::world::{World, refused};

const MINUTE: i64 = 60_000;

/// Any code but this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_refusal_is_told() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    let form = [("reason", "不是我的文件")];
    let page = browser.post(&format!("{}/refuse", applied.auth_url), &form).await;
    assert!(page.text.contains("已拒绝签署"), "{}", page.text);
    assert_eq!(refused(world.outcome(&applied.auth_id).await), "40002");
    // Nothing changes a decision.
    browser.post(&format!("{}/code", applied.auth_url), &[]).await;
    assert!(world.server.codes().is_empty());
    world.server.stop().await;
}

#[tokio::test]
async fn a_copied_link_is_of_no_use_once_opened() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let (first, second) = (Browser::new(), Browser::new());
    // Who only looks ahead does not become the signer's browser.
    let ahead = second.send(reqwest::Method::HEAD, &applied.auth_url, &[]).await;
    assert_eq!(ahead.status, 204);
    let ahead = second.send(reqwest::Method::GET, &applied.auth_url, &[("sec-purpose", "prefetch")]).await;
    assert_eq!(ahead.status, 204);
    assert_eq!(first.get(&applied.auth_url).await.status, 200);
    let page = second.get(&applied.auth_url).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("另一个浏览器") && !page.text.contains("采购合同"), "{}", page.text);
    for action in ["code", "accept", "refuse"] {
        let url = format!("{}/{action}", applied.auth_url);
        assert_eq!(second.post(&url, &[("code", "123456")]).await.status, 403);
    }
    assert_eq!(second.get(&format!("{}/picture", applied.auth_url)).await.status, 404);
    assert_eq!(first.bytes(&format!("{}/picture", applied.auth_url)).await.0, 200);
    assert!(world.server.codes().is_empty());
    assert_eq!(refused(world.outcome(&applied.auth_id).await), "40001", "nothing was decided");
    world.server.stop().await;
}

#[tokio::test]
async fn wrong_codes_kill_the_code() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    let (ask, accept) = (format!("{}/code", applied.auth_url), format!("{}/accept", applied.auth_url));
    let page = browser.post(&accept, &[("code", "123456")]).await;
    assert!(page.text.contains("验证码已失效"), "none was sent: {}", page.text);
    browser.post(&ask, &[]).await;
    let right = world.server.codes().pop().unwrap();
    for _ in 0..3 {
        let page = browser.post(&accept, &[("code", "12 34")]).await;
        assert!(page.text.contains("验证码不正确"), "what is no code costs no try");
    }
    for left in [4, 3, 2, 1] {
        let page = browser.post(&accept, &[("code", wrong(&right))]).await;
        assert!(page.text.contains(&format!("还可输入 {left} 次")), "{}", page.text);
    }
    let page = browser.post(&accept, &[("code", wrong(&right))]).await;
    assert!(page.text.contains("验证码已失效"), "{}", page.text);
    let page = browser.post(&accept, &[("code", &right)]).await;
    assert!(page.text.contains("验证码已失效"), "the right one is dead too");
    assert_eq!(refused(world.outcome(&applied.auth_id).await), "40001");
    // A new code makes it possible again, a minute later.
    let page = browser.post(&ask, &[]).await;
    assert!(page.text.contains("刚刚发送过"), "{}", page.text);
    world.house.clock.advance_millis(MINUTE);
    browser.post(&ask, &[]).await;
    let codes = world.server.codes();
    assert_eq!(codes.len(), 2);
    let page = browser.post(&accept, &[("code", codes.last().unwrap())]).await;
    assert!(page.text.contains("已同意签署"), "{}", page.text);
    world.server.stop().await;
}

#[tokio::test]
async fn racing_tries_do_not_exceed_their_number() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Arc::new(Browser::new());
    browser.get(&applied.auth_url).await;
    browser.post(&format!("{}/code", applied.auth_url), &[]).await;
    let right = world.server.codes().pop().unwrap();
    let tries = (0..20).map(|_| {
        let (browser, url) = (Arc::clone(&browser), format!("{}/accept", applied.auth_url));
        let code = wrong(&right);
        tokio::spawn(async move { browser.post(&url, &[("code", code)]).await })
    });
    for waiting in tries.collect::<Vec<_>>() {
        waiting.await.unwrap();
    }
    let page = browser.post(&format!("{}/accept", applied.auth_url), &[("code", &right)]).await;
    assert!(page.text.contains("验证码已失效"), "{}", page.text);
    world.server.stop().await;
}

#[tokio::test]
async fn codes_and_consents_end() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    browser.post(&format!("{}/code", applied.auth_url), &[]).await;
    let code = world.server.codes().pop().unwrap();
    world.house.clock.advance_millis(5 * MINUTE + 1);
    let page = browser.post(&format!("{}/accept", applied.auth_url), &[("code", &code)]).await;
    assert!(page.text.contains("验证码已失效"), "{}", page.text);
    world.house.clock.advance_millis(5 * MINUTE);
    let page = browser.get(&applied.auth_url).await;
    assert!(page.text.contains("确认已超时"), "{}", page.text);
    browser.post(&format!("{}/accept", applied.auth_url), &[("code", &code)]).await;
    assert_eq!(refused(world.outcome(&applied.auth_id).await), "40003");
    world.server.stop().await;
}

#[tokio::test]
async fn a_telephone_gets_ten_codes_a_day() {
    let world = World::new().await;
    for _ in 0..10 {
        agreed(&world, None, None).await;
        world.house.clock.advance_millis(MINUTE);
    }
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    let page = browser.post(&format!("{}/code", applied.auth_url), &[]).await;
    assert!(page.text.contains("次数已用完"), "{}", page.text);
    assert_eq!(world.server.codes().len(), 10);
    world.house.clock.advance_millis(24 * 60 * MINUTE);
    agreed(&world, None, None).await;
    world.server.stop().await;
}

#[tokio::test]
async fn strangers_are_not_asked() {
    let world = World::new().await;
    let mut other = world.application(None, None);
    other.mobile = protocol::Mobile::parse("13900009999").unwrap();
    assert_eq!(refused(world.apply(&other).await), "40002");
    let mut other = world.application(None, None);
    other.name = Some(protocol::PersonName::parse("李四").unwrap());
    assert_eq!(refused(world.apply(&other).await), "40002");
    let unknown = format!("{}/consent/{}", world.server.url, "f".repeat(32));
    for link in [unknown, format!("{}/consent/..%2F", world.server.url)] {
        assert_eq!(Browser::new().get(&link).await.status, 404);
    }
    world.server.stop().await;
}

#[tokio::test]
async fn a_policy_can_demand_the_document() {
    use crate::world::Wishes;
    use sealbridge_seal_system::config::ConsentConfig;
    let consent = ConsentConfig { require_document: vec!["04".to_owned()], ..ConsentConfig::default() };
    let world = World::with(Wishes { consent: Some(consent), ..Wishes::default() }, "合同章").await;
    assert_eq!(refused(world.apply(&world.application(None, None)).await), "20001");
    world.apply(&world.application(Some([7; 32]), None)).await.unwrap();
    world.server.stop().await;
}

#[tokio::test]
async fn what_was_decided_is_in_the_evidence_without_names() {
    let world = World::new().await;
    agreed(&world, None, None).await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    browser.post(&format!("{}/refuse", applied.auth_url), &[("reason", "机密原因")]).await;
    let mut tx = world.server.database.read().await.unwrap();
    let entries = storage::evidence::last(&mut tx, 100).await.unwrap();
    let decided: Vec<String> = entries
        .iter()
        .filter(|entry| entry.kind == "consent.decided")
        .map(|entry| String::from_utf8(entry.payload.clone().unwrap()).unwrap())
        .collect();
    assert_eq!(decided.len(), 2);
    assert!(decided.iter().any(|text| text.contains("accepted") && text.contains("one-time code")));
    assert!(decided.iter().any(|text| text.contains("refused")));
    for text in &decided {
        for personal in ["机密原因", "张三丰", "13800001234", "127.0.0.1", "11010519491231002X"] {
            assert!(!text.contains(personal), "{text}");
        }
    }
    drop(tx);
    world.server.stop().await;
}
