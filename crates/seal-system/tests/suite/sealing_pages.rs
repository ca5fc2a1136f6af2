//! Sealing a document with nothing but a browser.

use sealbridge_seal_system::config::ApplicationConfig;
use testkit::pki::TEST_USCC;

use crate::application::Two;
use crate::browser::Browser;
use crate::world::{ID_CARD, MOBILE, NAME, Wishes};

/// What stands between two texts in a page.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("{before} not in {text}")) + before.len();
    let rest = &text[start..];
    &rest[..rest.find(after).unwrap()]
}

#[tokio::test]
async fn a_person_seals_a_document() {
    let two = Two::new(Wishes::default()).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let page = browser.upload(&start, "采购<b>合同.ofd", &two.document()).await;
    assert!(page.text.contains("选择印章") && page.text.contains("采购&#60;b&#62;合同"), "{}", page.text);
    let job = between(&page.text, "action=\"/sign/", "/seals\"");
    let at = |rest: &str| format!("{start}/{job}{rest}");

    let form = [("org_code", TEST_USCC), ("seal_type", "0"), ("id_card", "")];
    let page = browser.post(&at("/seals"), &form).await;
    assert!(page.text.contains("data:image/png;base64,"), "{}", page.text);
    let seal = between(&page.text, "name=\"seal\" value=\"", "\"").to_owned();

    let page = browser
        .post(&at("/place"), &[("seal", &*seal), ("where", "at"), ("page", "99"), ("x", "1"), ("y", "1")])
        .await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("无法在此处加盖"), "{}", page.text);
    let page = browser.post(&at("/place"), &[("where", "corner"), ("page", "1"), ("seal", "other")]).await;
    assert_eq!(page.status, 422);
    let page = browser.post(&at("/place"), &[("seal", &*seal), ("where", "riding"), ("page", "1")]).await;
    assert!(page.text.contains("请谁确认") && page.text.contains("张* 138****1234"), "{}", page.text);
    assert!(!page.text.contains(NAME) && !page.text.contains(MOBILE));

    let page = browser.post(&at("/ask"), &[("mobile", "138"), ("id_card", ID_CARD)]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("手机号"), "{}", page.text);
    let stranger = [("mobile", "13900009999"), ("id_card", ID_CARD), ("name", "")];
    let page = browser.post(&at("/ask"), &stranger).await;
    assert!(page.status == 422 && page.text.contains("40002"), "{}", page.text);
    let form = [("mobile", MOBILE), ("id_card", ID_CARD), ("name", NAME)];
    let page = browser.post(&at("/ask"), &form).await;
    assert!(page.text.contains("<svg") && page.text.contains("扫码确认"), "{}", page.text);
    assert!(page.text.contains("http-equiv=\"refresh\""));
    let url = between(&page.text, "<a href=\"http", "\"");
    let url = format!("http{url}");
    // Both pages show the same end of the digest, for the signer to compare.
    let tail = between(&page.text, "mono strong tail\">", "<").to_owned();
    let signer = Browser::new();
    assert!(signer.get(&url).await.text.contains(&tail));
    signer.post(&format!("{url}/code"), &[]).await;
    let code = two.b.server.codes().pop().unwrap();
    signer.post(&format!("{url}/accept"), &[("code", &code)]).await;

    let page = browser.get(&at("")).await;
    assert!(page.text.contains("签章完成") && page.text.contains("签章真实有效"), "{}", page.text);
    let (status, headers, sealed) = browser.bytes(&at("/document")).await;
    assert_eq!(status, 200);
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let report = two.a.system.application().verify("x.ofd", sealed).await.unwrap();
    assert!(report.verify_result);
    let list = browser.get(&start).await;
    assert!(list.text.contains("已签章"), "{}", list.text);
    two.stop().await;
}

#[tokio::test]
async fn what_cannot_be_sealed_is_told_on_the_page() {
    let small = ApplicationConfig { max_document: 1 << 20, ..ApplicationConfig::default() };
    let two = Two::new(Wishes { application: Some(small), ..Wishes::default() }).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let page = browser.upload(&start, "x.pdf", b"%PDF-1.7").await;
    assert!(page.status == 422 && page.text.contains("不是 OFD"), "{}", page.text);
    let page = browser.upload(&start, "x.ofd", &vec![0; (1 << 20) + 1]).await;
    assert!(page.status == 422 && page.text.contains("1 MiB"), "{}", page.text);
    let page = browser.upload(&start, "", b"").await;
    assert!(page.status == 422 && page.text.contains("请先选择"), "{}", page.text);
    for unknown in ["nothing", &"0".repeat(32), "..%2F..%2Fetc"] {
        assert_eq!(browser.get(&format!("{start}/{unknown}")).await.status, 404);
        assert_eq!(browser.get(&format!("{start}/{unknown}/document")).await.status, 404);
    }
    let page = browser.upload(&start, "合同.ofd", &two.document()).await;
    let job = between(&page.text, "action=\"/sign/", "/seals\"").to_owned();
    let seals = format!("{start}/{job}/seals");
    for (code, kind) in [("91110000802100433X", "0"), ("short", "0"), (TEST_USCC, "99"), (TEST_USCC, "07")] {
        let page = browser.post(&seals, &[("org_code", code), ("seal_type", kind)]).await;
        assert_eq!(page.status, 422, "{code} {kind}");
    }
    assert_eq!(browser.get(&format!("{start}/{job}/document")).await.status, 422, "not sealed yet");
    two.stop().await;
}

#[tokio::test]
async fn switched_off_pages_are_not_there() {
    let off = ApplicationConfig { enabled: false, ..ApplicationConfig::default() };
    let two = Two::new(Wishes { application: Some(off), ..Wishes::default() }).await;
    let browser = Browser::new();
    assert_eq!(browser.get(&format!("{}/sign", two.a.url)).await.status, 404);
    assert!(!browser.get(&format!("{}/", two.a.url)).await.text.contains("href=\"/sign\""));
    two.stop().await;
}
