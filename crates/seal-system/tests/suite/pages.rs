//! What every page keeps to, whoever looks at it.

use reqwest::Method;

use crate::browser::{Browser, Page};
use crate::world::{Wishes, World};

const HOSTILE: &str = "<script>alert(1)</script>\"'&章";

fn assert_strict(page: &Page) {
    let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    assert!(header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    for inline in ["<script", "style=", "onclick", "javascript:"] {
        assert!(!page.text.contains(inline), "{inline} in {}", page.text);
    }
}

#[tokio::test]
async fn hostile_names_are_text() {
    let world = World::with(Wishes::default(), HOSTILE).await;
    let mut request = world.application(Some([3; 32]), None);
    request.doc_name = Some(protocol::DocName::parse("<img src=x onerror=alert(1)>.ofd").unwrap());
    let applied = world.apply(&request).await.unwrap();
    let browser = Browser::new();
    let page = browser.get(&applied.auth_url).await;
    assert_strict(&page);
    assert!(page.text.contains("&#60;script&#62;alert(1)"), "{}", page.text);
    assert!(page.text.contains("&#60;img src=x onerror"), "{}", page.text);
    assert!(!page.text.contains("<img src=x"));
    let home = browser.get(&format!("{}/", world.server.url)).await;
    assert_strict(&home);
    assert!(home.text.contains("&#60;script&#62;"));
    let word = browser.get(&format!("{}?m=%3Cscript%3E", applied.auth_url)).await;
    assert_strict(&word);
    world.server.stop().await;
}

#[tokio::test]
async fn the_signer_sees_what_is_signed_and_no_more_of_themselves_than_needed() {
    let world = World::new().await;
    let mut request = world.application(Some([0xAB; 32]), None);
    request.redirect_url = Some(protocol::RedirectUrl::parse("https://a.example.cn/done?x=1").unwrap());
    let applied = world.apply(&request).await.unwrap();
    assert!(applied.auth_url.starts_with(&format!("{}/consent/", world.server.url)));
    let browser = Browser::new();
    let page = browser.get(&applied.auth_url).await;
    assert_strict(&page);
    let shown = [
        "采购合同.ofd",
        "测试科技有限公司",
        "张*",
        "138****1234",
        "ABAB ABAB",
        "platform",
        world.seal_code.as_str(),
    ];
    for text in shown {
        assert!(page.text.contains(text), "{text} not in {}", page.text);
    }
    for hidden in ["张三丰", "13800001234", "11010519491231002X", applied.auth_id.as_str()] {
        assert!(!page.text.contains(hidden), "{hidden} in {}", page.text);
    }
    let cookie = page.headers.get("set-cookie").unwrap().to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/consent/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let page = browser.post(&format!("{}/refuse", applied.auth_url), &[]).await;
    assert!(page.text.contains("href=\"https://a.example.cn/done?x=1\""), "{}", page.text);
    world.server.stop().await;
}

#[tokio::test]
async fn the_signer_sees_every_document_of_a_batch() {
    let world = World::new().await;
    let request = crate::signing::batch(&world, [[0xAB; 32], [0xCD; 32], [0xEF; 32]]);
    let applied = world.apply(&request).await.unwrap();
    let page = Browser::new().get(&applied.auth_url).await;
    assert_strict(&page);
    let shown =
        ["采购合同.ofd", "ABAB ABAB", "附件一.ofd", "CDCD CDCD", "附件二.pdf", "EFEF EFEF", "这 3 份文件"];
    for text in shown {
        assert!(page.text.contains(text), "{text} not in {}", page.text);
    }
    assert!(!page.text.contains("未绑定文件"), "{}", page.text);
    world.server.stop().await;
}

#[tokio::test]
async fn forms_from_elsewhere_are_not_believed() {
    let world = World::new().await;
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let browser = Browser::new();
    browser.get(&applied.auth_url).await;
    let refuse = format!("{}/refuse", applied.auth_url);
    let host = world.server.url.trim_start_matches("http://").to_owned();
    for says in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "http://evil.cn")]
    {
        assert_eq!(browser.post_from(&refuse, &[], &[says]).await.status, 403, "{says:?}");
    }
    // Where there is no session to guard the form, the browser has to say that it comes from us.
    let upload = format!("{}/sign", world.server.url);
    for says in [&[][..], &[("origin", "null")], &[("origin", "https://evil.cn")]] {
        assert_eq!(browser.post_from(&upload, &[], says).await.status, 403, "{says:?}");
    }
    let ours = format!("http://{host}");
    assert_ne!(browser.post_from(&upload, &[], &[("origin", &ours)]).await.status, 403);
    let page = browser.post_from(&refuse, &[], &[("origin", &ours)]).await;
    assert_eq!(page.status, 303);
    world.server.stop().await;
}

#[tokio::test]
async fn own_pages_are_for_the_names_of_this_machine() {
    let world = World::new().await;
    let browser = Browser::new();
    for path in ["/", "/sign"] {
        let url = format!("{}{path}", world.server.url);
        assert_eq!(browser.get(&url).await.status, 200);
        let rebound = browser.send(Method::GET, &url, &[("host", "evil.cn")]).await;
        assert_eq!(rebound.status, 403, "{path}");
        assert_strict(&rebound);
    }
    let picture = format!("{}/seals/{}/picture", world.server.url, world.seal.es_id);
    let (status, headers, bytes) = browser.bytes(&picture).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "image/png"));
    assert!(bytes.starts_with(b"\x89PNG"));
    assert_eq!(browser.send(Method::GET, &picture, &[("host", "evil.cn")]).await.status, 403);
    // The signer's telephone comes by any name.
    let applied = world.apply(&world.application(None, None)).await.unwrap();
    let page = browser.send(Method::GET, &applied.auth_url, &[("host", "seal.example.cn")]).await;
    assert_eq!(page.status, 200);
    world.server.stop().await;
}

#[tokio::test]
async fn health_and_metrics_are_there() {
    let world = World::new().await;
    world.seals().await;
    let browser = Browser::new();
    let get = |path: &'static str| {
        let url = format!("{}{path}", world.server.url);
        let browser = &browser;
        async move { browser.get(&url).await }
    };
    assert_eq!(get("/health/live").await.text, "live");
    let ready: serde_json::Value = serde_json::from_str(&get("/health/ready").await.text).unwrap();
    assert_eq!(ready["ready"], true, "{ready}");
    let names: Vec<_> =
        ready["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    for name in ["database", "migrations", "evidence", "self-test", "signing", "making", "running"] {
        assert!(names.contains(&name), "{name}: {ready}");
    }
    assert!(get("/metrics").await.text.contains("interface=\"seal_query\""));
    assert!(get("/assets/style.css").await.headers["content-type"].to_str().unwrap().starts_with("text/css"));
    assert_eq!(get("/nothing").await.status, 404);
    world.server.stop().await;
}
