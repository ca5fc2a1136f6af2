//! Several documents under one consent (批量签章, decision 27): in the browser, on the signer's telephone, and what is done to
//! one of them only.

use client::ClientError;
use sealbridge_seal_system::SealState;
use sealbridge_seal_system::application::{
    Application, ApplicationError, BatchId, Decision, JobId, MOST_TOGETHER, Placing, Position, Signer, Step,
};
use sealbridge_seal_system::config::ApplicationConfig;
use testkit::pki::TEST_USCC;

use crate::application::Two;
use crate::browser::Browser;
use crate::sealing_pages::between;
use crate::world::{ID_CARD, MOBILE, NAME, Wishes, World};

const CORNER: Placing = Placing { position: Position::Corner { page: None }, lock: false };

fn signer() -> Signer {
    Signer::parse(MOBILE, ID_CARD, NAME).unwrap()
}

/// The documents of a batch by their ids.
async fn ids(application: &Application, batch: &BatchId) -> Vec<JobId> {
    application.documents(batch).await.unwrap().into_iter().map(|one| one.id).collect()
}

async fn steps(application: &Application, batch: &BatchId) -> Vec<Step> {
    application.documents(batch).await.unwrap().iter().map(|one| one.step).collect()
}

/// Three documents with the seal placed and the signer asked, once.
async fn asked(two: &Two) -> (BatchId, String) {
    let application = two.a.system.application();
    let documents =
        [("一.ofd", two.document()), ("二.pdf", two.pdf()), ("三.pdf", two.pdf_with_field("乙方签章"))];
    let documents = documents.map(|(name, bytes)| (name.to_owned(), bytes)).to_vec();
    let batch = application.open_together(documents).await.unwrap();
    let seals = application.seals(&batch, &World::query()).await.unwrap();
    application.place(&batch, &seals[0], &CORNER).await.unwrap();
    let url = application.ask(&batch, &signer()).await.unwrap();
    (batch, url.0)
}

/// How many signatures B has made, and how many consents were decided there.
async fn made_at_b(two: &Two) -> (usize, usize) {
    let mut tx = two.b.server.database.read().await.unwrap();
    let made = storage::evidence::last(&mut tx, 1_000).await.unwrap();
    let count = |kind: &str| made.iter().filter(|entry| entry.kind == kind).count();
    (count("signature.made"), count("consent.asked"))
}

#[tokio::test]
async fn a_person_seals_several_documents_with_one_consent() {
    let two = Two::new(Wishes::default()).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let (ofd, pdf, other) = (two.document(), two.pdf(), two.pdf_with_field("乙方签章"));
    let files: [(&str, &[u8]); 3] = [("采购<b>合同.ofd", &ofd), ("补充协议.pdf", &pdf), ("附件.pdf", &other)];
    let page = browser.upload_all(&start, &files).await;
    assert!(page.text.contains("共 3 份文件") && page.text.contains("采购&#60;b&#62;合同"), "{}", page.text);
    let batch = between(&page.text, "action=\"/sign/batch/", "/seals\"").to_owned();
    let at = |rest: &str| format!("{start}/batch/{batch}{rest}");
    let page = browser.post(&at("/seals"), &[("org_code", TEST_USCC), ("seal_type", "0")]).await;
    let seal = between(&page.text, "name=\"seal\" value=\"", "\"").to_owned();
    assert!(!page.text.contains("乙方签章"), "a field that only one of them has is none for all");
    // A text that one of them has not stops all of them, by name.
    let form = [("seal", &*seal), ("where", "keyword"), ("keyword", "并不存在的文字")];
    let page = browser.post(&at("/place"), &form).await;
    assert!(page.status == 422 && page.text.contains("《采购&#60;b&#62;合同.ofd》"), "{}", page.text);
    let page = browser.post(&at("/place"), &[("seal", &*seal), ("where", "corner"), ("page", "")]).await;
    assert!(page.text.contains("请谁确认") && page.text.contains("共 3 份文件"), "{}", page.text);
    let form = [("mobile", MOBILE), ("id_card", ID_CARD), ("name", NAME)];
    let page = browser.post(&at("/ask"), &form).await;
    assert!(page.text.contains("扫码确认"), "{}", page.text);
    let tails: Vec<String> =
        page.text.split("mono strong tail\">").skip(1).map(|rest| rest[..9].to_owned()).collect();
    assert_eq!(tails.len(), 3);

    // The signer sees every document with its digest, and types one code.
    let url = format!("http{}", between(&page.text, "<a href=\"http", "\""));
    let telephone = Browser::new();
    let shown = telephone.get(&url).await.text;
    for (number, (name, tail)) in
        ["采购&#60;b&#62;合同.ofd", "补充协议.pdf", "附件.pdf"].into_iter().zip(&tails).enumerate()
    {
        let item = between(&shown, &format!("<li value=\"{}\">", number + 1), "</li>");
        assert!(item.contains(name) && item.contains(tail.as_str()), "{name} {tail}: {item}");
        let whole = tail.replace(' ', "");
        assert!(shown.contains(&format!("{whole}</li>")), "the whole digest of {name}");
    }
    assert!(shown.contains("这 3 份文件"), "{shown}");
    telephone.post(&format!("{url}/code"), &[]).await;
    let codes = two.b.server.codes();
    assert_eq!(codes.len(), 1, "one code for all");
    telephone.post(&format!("{url}/accept"), &[("code", &codes[0])]).await;

    let page = browser.get(&at("")).await;
    assert!(page.text.contains("3 份文件中 3 份已签章"), "{}", page.text);
    assert_eq!(page.text.matches("签章真实有效").count(), 3, "{}", page.text);
    let jobs: Vec<&str> =
        page.text.split("/document\"").filter_map(|part| part.rsplit("/sign/").next()).collect();
    for (job, (name, original)) in jobs.iter().zip(files) {
        let (status, _, sealed) = browser.bytes(&format!("{start}/{job}/document")).await;
        assert_eq!(status, 200);
        if original.starts_with(b"%PDF") {
            assert!(sealed.starts_with(original), "what was there stays as it was");
        }
        let report = two.a.system.application().verify(name, sealed).await.unwrap();
        assert!(report.verify_result && report.sign_count == 1, "{report:?}");
        // Each by itself shows the steps of its verification.
        assert!(browser.get(&format!("{start}/{job}")).await.text.contains("签章完成"));
    }
    assert_eq!(made_at_b(&two).await, (3, 1));
    assert!(telephone.get(&url).await.text.contains("签章已完成"));
    two.stop().await;
}

#[tokio::test]
async fn several_documents_are_taken_in_whole_or_not_at_all() {
    let small = ApplicationConfig { max_document: 1 << 20, ..ApplicationConfig::default() };
    let two = Two::new(Wishes { application: Some(small), ..Wishes::default() }).await;
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let ofd = two.document();
    let page = browser.upload_all(&start, &[("好.ofd", &ofd), ("坏<i>.pdf", b"%PDF-1.7")]).await;
    assert!(
        page.status == 422 && page.text.contains("《坏&#60;i&#62;.pdf》") && page.text.contains("已损坏")
    );
    let many = vec![("x.ofd", &b"x"[..]); MOST_TOGETHER + 1];
    let page = browser.upload_all(&start, &many).await;
    assert!(page.status == 422 && page.text.contains("1 至 20 份"), "{}", page.text);
    let half = vec![b' '; (1 << 19) + 20_000];
    let page = browser.upload_all(&start, &[("a.ofd", &half), ("b.ofd", &half)]).await;
    assert!(page.status == 422 && page.text.contains("1 MiB"), "{}", page.text);
    assert!(!browser.get(&start).await.text.contains("class=\"rows\""), "nothing was kept");
    for unknown in ["nothing", &"0".repeat(32), "..%2Fetc"] {
        assert_eq!(browser.get(&format!("{start}/batch/{unknown}")).await.status, 404);
    }
    let error = two.a.system.application().open_together(Vec::new()).await.unwrap_err();
    assert!(matches!(error, ApplicationError::TooMany(MOST_TOGETHER)), "{error}");
    two.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_refused_for_all_and_can_be_asked_again() {
    let two = Two::new(Wishes::default()).await;
    let application = two.a.system.application();
    let (batch, url) = asked(&two).await;
    assert_eq!(application.poll(&batch).await.unwrap(), Decision::Pending);
    let browser = Browser::new();
    browser.get(&url).await;
    browser.post(&format!("{url}/refuse"), &[]).await;
    assert_eq!(application.poll(&batch).await.unwrap(), Decision::Refused);
    assert_eq!(steps(&application, &batch).await, [Step::Prepared; 3]);
    assert_eq!(made_at_b(&two).await.0, 0);
    let url = application.ask(&batch, &signer()).await.unwrap().0;
    two.agree(&url).await;
    assert_eq!(application.poll(&batch).await.unwrap(), Decision::Passed);
    application.sign_all(&batch).await.unwrap();
    assert_eq!(steps(&application, &batch).await, [Step::Sealed; 3]);
    two.stop().await;
}

/// The seal is placed by the same rules on all; which documents were signed when it stopped does not matter.
#[tokio::test]
async fn sealing_several_goes_on_after_a_restart() {
    let two = Two::new(Wishes::default()).await;
    let (batch, url) = asked(&two).await;
    two.agree(&url).await;
    let again = || {
        let wishes = Wishes { platform: Some(two.b.server.peer()), ..Wishes::default() };
        two.a.again(&two.b.house, wishes).application()
    };
    let second = again();
    assert_eq!(second.poll(&batch).await.unwrap(), Decision::Passed);
    let first = ids(&second, &batch).await.remove(0);
    second.sign(&first).await.unwrap();
    let gone = two.a.again(&two.b.house, Wishes::default()).application();
    let error = gone.sign_all(&batch).await.unwrap_err();
    let ApplicationError::Of { name, error } = &error else { panic!("{error}") };
    assert!(
        name == "二.pdf" && matches!(**error, ApplicationError::Platform(ClientError::Unreachable(_))),
        "{error}"
    );
    let third = again();
    assert_eq!(steps(&third, &batch).await, [Step::Sealed, Step::Signing, Step::Asked]);
    // Two at the same time make no more than one signature of each.
    let both = tokio::join!(third.sign_all(&batch), third.sign_all(&batch));
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    third.sign_all(&batch).await.unwrap();
    for id in ids(&third, &batch).await {
        assert!(third.report(&id).await.unwrap().verify_result);
    }
    assert_eq!(made_at_b(&two).await, (3, 1));
    two.stop().await;
}

#[tokio::test]
async fn one_that_is_refused_for_good_goes_on_by_itself() {
    let two = Two::new(Wishes::default()).await;
    let application = two.a.system.application();
    let (batch, url) = asked(&two).await;
    two.agree(&url).await;
    application.poll(&batch).await.unwrap();
    let all = ids(&application, &batch).await;
    application.sign(&all[0]).await.unwrap();
    two.b.server.system.set_seal_state(&two.b.seal.seal_id, SealState::Disabled).await.unwrap();
    let error = application.sign_all(&batch).await.unwrap_err();
    assert_eq!(error.code(), Some("30006"), "{error}");
    assert_eq!(steps(&application, &batch).await, [Step::Sealed, Step::Failed, Step::Failed]);
    let browser = Browser::new();
    let start = format!("{}/sign", two.a.url);
    let page = browser.get(&format!("{start}/batch/{}", batch.as_str())).await;
    assert!(page.text.contains("3 份文件中 1 份已签章") && page.text.contains("30006"), "{}", page.text);
    // It is given the seal again and leaves the others.
    two.b.server.system.set_seal_state(&two.b.seal.seal_id, SealState::Enabled).await.unwrap();
    let seal = application.seals(&all[1], &World::query()).await.unwrap().remove(0);
    application.place(&all[1], &seal, &CORNER).await.unwrap();
    assert_eq!(ids(&application, &batch).await, [all[0].clone(), all[2].clone()]);
    let url = application.ask(&all[1], &signer()).await.unwrap().0;
    two.agree(&url).await;
    application.poll(&all[1]).await.unwrap();
    application.sign(&all[1]).await.unwrap();
    assert!(application.report(&all[1]).await.unwrap().verify_result);
    assert!(matches!(application.place(&batch, &seal, &CORNER).await, Err(ApplicationError::WrongState(_))));
    two.stop().await;
}
