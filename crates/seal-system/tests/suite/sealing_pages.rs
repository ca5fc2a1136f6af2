//! Sealing a document with nothing but a browser.

use sealbridge_seal_system::config::ApplicationConfig;
use testkit::pki::TEST_USCC;

use crate::application::Two;
use crate::browser::Browser;
use crate::world::{ID_CARD, MOBILE, NAME, Wishes};

/// What stands between two texts in a page.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
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
async fn a_person_seals_a_pdf_at_a_text() {
    let two = Two::new(Wishes::default()).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let page = browser.upload(&start, "采购合同.pdf", &two.pdf()).await;
    assert!(page.text.contains("选择印章") && page.text.contains(" PDF "), "{}", page.text);
    let job = between(&page.text, "action=\"/sign/", "/seals\"").to_owned();
    let at = |rest: &str| format!("{start}/{job}{rest}");
    let page = browser.post(&at("/seals"), &[("org_code", TEST_USCC), ("seal_type", "0")]).await;
    let seal = between(&page.text, "name=\"seal\" value=\"", "\"").to_owned();
    for (keyword, words) in [("", "1 至 100 个字"), ("没有这些字", "找不到关键字")] {
        let form = [("seal", &*seal), ("where", "keyword"), ("keyword", keyword)];
        let page = browser.post(&at("/place"), &form).await;
        assert!(page.status == 422 && page.text.contains(words), "{words}: {}", page.text);
    }
    let form = [("seal", &*seal), ("where", "keyword"), ("keyword", "乙方（盖章）"), ("which", "last")];
    let page = browser.post(&at("/place"), &form).await;
    assert!(page.text.contains("位置示意") && page.text.contains("<image href="), "{}", page.text);
    let form = [("mobile", MOBILE), ("id_card", ID_CARD), ("name", NAME)];
    let page = browser.post(&at("/ask"), &form).await;
    let url = between(&page.text, "<a href=\"http", "\"");
    two.agree(&format!("http{url}")).await;
    assert!(browser.get(&at("")).await.text.contains("签章真实有效"));
    let (status, headers, sealed) = browser.bytes(&at("/document")).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "application/pdf"));
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(
        disposition.contains("sealed.pdf") && disposition.trim_end_matches(".pdf") != disposition,
        "{disposition}"
    );
    assert!(two.a.system.application().verify("x.pdf", sealed).await.unwrap().verify_result);
    two.stop().await;
}

/// The field of the document takes the seal, under the names that the operator's readers ask for.
#[tokio::test]
async fn a_person_seals_in_a_field_of_the_document() {
    let rules = ApplicationConfig {
        pdf_filter: Some("Example.Handler".to_owned()),
        pdf_sub_filter: Some("Example.seal".to_owned()),
        ..ApplicationConfig::default()
    };
    let two = Two::new(Wishes { application: Some(rules), ..Wishes::default() }).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let page = browser.upload(&start, "采购合同.pdf", &two.pdf_with_field("乙方签章")).await;
    let job = between(&page.text, "action=\"/sign/", "/seals\"").to_owned();
    let at = |rest: &str| format!("{start}/{job}{rest}");
    let page = browser.post(&at("/seals"), &[("org_code", TEST_USCC), ("seal_type", "0")]).await;
    assert!(page.text.contains("<option value=\"乙方签章\">"), "{}", page.text);
    let seal = between(&page.text, "name=\"seal\" value=\"", "\"").to_owned();
    for (field, words) in [("", "请选择"), ("没有这个域", "无法在此处加盖")] {
        let page =
            browser.post(&at("/place"), &[("seal", &*seal), ("where", "field"), ("field", field)]).await;
        assert!(page.status == 422 && page.text.contains(words), "{words}: {}", page.text);
    }
    let page =
        browser.post(&at("/place"), &[("seal", &*seal), ("where", "field"), ("field", "乙方签章")]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let form = [("mobile", MOBILE), ("id_card", ID_CARD), ("name", NAME)];
    let page = browser.post(&at("/ask"), &form).await;
    let url = between(&page.text, "<a href=\"http", "\"");
    two.agree(&format!("http{url}")).await;
    assert!(browser.get(&at("")).await.text.contains("签章真实有效"));
    let (_, _, sealed) = browser.bytes(&at("/document")).await;
    let pdf = formats::pdf::Pdf::open(&sealed, &formats::pdf::Limits::default()).unwrap();
    let form = pdf.form().unwrap();
    assert_eq!(form.fields.len(), 1, "no other field was made");
    let value = pdf.resolve(form.fields[0].value.as_ref().unwrap()).unwrap().into_owned();
    let value = value.as_dictionary().unwrap();
    assert!(value.has_name(b"Filter", b"Example.Handler") && value.has_name(b"SubFilter", b"Example.seal"));
    two.stop().await;
}

#[tokio::test]
async fn what_cannot_be_sealed_is_told_on_the_page() {
    let small = ApplicationConfig { max_document: 1 << 20, ..ApplicationConfig::default() };
    let two = Two::new(Wishes { application: Some(small), ..Wishes::default() }).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    for (name, bytes, words) in [
        ("x.pdf", &b"%PDF-1.7"[..], "已损坏"),
        ("x.pdf", b"plain text", "不是 OFD 或 PDF"),
        ("x.ofd", b"PK\x03\x04", "已损坏"),
    ] {
        let page = browser.upload(&start, name, bytes).await;
        assert!(page.status == 422 && page.text.contains(words), "{words}: {}", page.text);
    }
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
