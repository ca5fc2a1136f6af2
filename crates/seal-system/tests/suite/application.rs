//! Sealing a document in system A with a seal of system B. The same interfaces are served by platforms and by seal
//! systems (wire profile §1), so B's server stands where the platform would.

use std::sync::Arc;

use formats::ofd::compose::{Parties, purchase_contract};
use formats::sealing::DocumentKind;
use http_server::{Shutdown, Tasks};
use protocol::AppId;
use sealbridge_seal_system::SealState;
use sealbridge_seal_system::application::{
    Application, ApplicationError, Decision, JobId, Placing, Position, Signer, Stamping, Step,
};
use sealbridge_seal_system::authority::AuthorityService;
use sealbridge_seal_system::config::{ApplicationConfig, TimeStampConfig};
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::world::{House, ID_CARD, MOBILE, NAME, Server, Wishes, World};

/// A and B, and A's document.
pub(crate) struct Two {
    pub(crate) b: World,
    pub(crate) a: Server,
}

impl Two {
    pub(crate) async fn new(wishes: Wishes) -> Self {
        let b = World::new().await;
        let key = b.house.key();
        let id = AppId::parse("system-a").unwrap();
        let keys = [crypto::Signer::verifying_key(&*key).clone()];
        b.server.system.connect_platform(&id, "系统 A", "http://127.0.0.1:1", &keys).await.unwrap();
        let wishes = Wishes { platform: Some(b.server.peer()), key: Some(key), ..wishes };
        let a = Server::start(&b.house, "system-a", wishes).await;
        Self { b, a }
    }

    pub(crate) fn document(&self) -> Vec<u8> {
        let parties = Parties { buyer: "甲公司", seller: "测试科技有限公司", number: "HT-1" };
        let contract =
            purchase_contract(&"0".repeat(32), &parties, self.b.house.clock.clock().now()).unwrap();
        contract.ofd
    }

    /// The same contract as PDF.
    pub(crate) fn pdf(&self) -> Vec<u8> {
        let parties = Parties { buyer: "甲公司", seller: "测试科技有限公司", number: "HT-1" };
        let now = self.b.house.clock.clock().now();
        formats::pdf::compose::purchase_contract(&parties, now, picture::SONG_FONT).unwrap().pdf
    }

    /// The same with an empty signature field on its first page.
    pub(crate) fn pdf_with_field(&self, name: &str) -> Vec<u8> {
        use formats::pdf::{Dictionary, Limits, Object, Pdf, update::Update};
        let bytes = self.pdf();
        let pdf = Pdf::open(&bytes, &Limits::default()).unwrap();
        let (catalog, page) = (pdf.catalog().unwrap(), pdf.pages().unwrap().remove(0));
        let mut update = Update::new(&pdf, [1; 32]).unwrap();
        let rect = [350, 100, 470, 220].map(Object::Integer);
        let field = Dictionary::new()
            .with(b"FT", Object::name("Sig"))
            .with(b"T", Object::text(name))
            .with(b"Type", Object::name("Annot"))
            .with(b"Subtype", Object::name("Widget"))
            .with(b"Rect", Object::Array(rect.to_vec()));
        let field = Object::Array(vec![Object::Reference(update.add(Object::Dictionary(field)))]);
        let form = Object::Dictionary(Dictionary::new().with(b"Fields", field.clone()));
        let root = catalog.object.as_dictionary().unwrap();
        update.put(catalog.id, Object::Dictionary(root.clone().with(b"AcroForm", form)));
        update.put(page.id.unwrap(), Object::Dictionary(page.dictionary.clone().with(b"Annots", field)));
        update.finish().unwrap().bytes
    }

    fn application(&self) -> Application {
        self.a.system.application()
    }

    /// A document with the seal placed and the signer asked; gives where the signer decides.
    async fn asked(&self, placing: Placing) -> (JobId, String) {
        self.asked_for(("合同.ofd", self.document()), placing).await
    }

    async fn asked_for(&self, (name, document): (&str, Vec<u8>), placing: Placing) -> (JobId, String) {
        let application = self.application();
        let job = application.open(name, document).await.unwrap();
        let seals = application.seals(&job, &World::query()).await.unwrap();
        application.place(&job, &seals[0], &placing).await.unwrap();
        let url = application.ask(&job, &signer()).await.unwrap();
        (job, url.0)
    }

    pub(crate) async fn agree(&self, url: &str) {
        let browser = Browser::new();
        browser.get(url).await;
        browser.post(&format!("{url}/code"), &[]).await;
        let code = self.b.server.codes().pop().unwrap();
        let page = browser.post(&format!("{url}/accept"), &[("code", &code)]).await;
        assert!(page.text.contains("已同意签署"), "{}", page.text);
    }

    pub(crate) async fn stop(self) {
        self.a.stop().await;
        self.b.server.stop().await;
    }
}

fn signer() -> Signer {
    Signer::parse(MOBILE, ID_CARD, NAME).unwrap()
}

#[tokio::test]
async fn a_document_is_sealed_with_another_systems_seal() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    for placing in [Placing::at(1, 100.0, 200.0), Placing::riding().locking()] {
        let (job, url) = two.asked(placing).await;
        assert_eq!(application.poll(&job).await.unwrap(), Decision::Pending);
        assert!(matches!(application.sign(&job).await, Err(ApplicationError::NoConsent)));
        two.agree(&url).await;
        assert_eq!(application.poll(&job).await.unwrap(), Decision::Passed);
        application.sign(&job).await.unwrap();
        application.sign(&job).await.unwrap();
        let sealed = application.sealed(&job).await.unwrap();
        let report = application.verify("合同.ofd", sealed.clone()).await.unwrap();
        assert!(report.verify_result, "{report:?}");
        assert_eq!(report.sign_count, 1);
        let kept = application.report(&job).await.unwrap();
        assert!(kept.verify_result);
        // A document that was changed afterwards is found out.
        let mut altered = sealed;
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        let report = application.verify("合同.ofd", altered).await;
        assert!(!report.is_ok_and(|report| report.verify_result));
    }
    two.stop().await;
}

/// The content decides what a document is: one of the files has the name of the other kind.
#[tokio::test]
async fn a_pdf_is_sealed_as_an_ofd_is() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    for (name, placing) in [
        ("合同.pdf", Placing::at(1, 100.0, 200.0)),
        ("其实是PDF.ofd", Placing { position: Position::Corner { page: None }, lock: false }),
        ("合同.pdf", Placing::riding().locking()),
        ("合同.pdf", Placing::keyword("乙方（盖章）")),
    ] {
        let (job, url) = two.asked_for((name, two.pdf()), placing).await;
        two.agree(&url).await;
        assert_eq!(application.poll(&job).await.unwrap(), Decision::Passed);
        application.sign(&job).await.unwrap();
        let progress = application.progress(&job).await.unwrap();
        assert_eq!((progress.kind, progress.name.as_str()), (DocumentKind::Pdf, name));
        let sealed = application.sealed(&job).await.unwrap();
        assert!(sealed.starts_with(&two.pdf()), "what was there stays as it was");
        let report = application.verify(name, sealed.clone()).await.unwrap();
        assert!(report.verify_result, "{report:?}");
        assert_eq!(report.sign_count, 1);
        assert!(application.report(&job).await.unwrap().verify_result);
        let mut altered = sealed;
        altered[700] ^= 1;
        let report = application.verify(name, altered).await;
        assert!(!report.is_ok_and(|report| report.verify_result));
    }
    two.stop().await;
}

#[tokio::test]
async fn a_pdf_is_prepared_once_and_signed_after_a_restart() {
    let two = Two::new(Wishes::default()).await;
    let (job, url) = two.asked_for(("合同.pdf", two.pdf()), Placing::at(1, 20.0, 20.0)).await;
    let wishes = Wishes { platform: Some(two.b.server.peer()), ..Wishes::default() };
    let second = two.a.again(&two.b.house, wishes).application();
    two.agree(&url).await;
    assert_eq!(second.poll(&job).await.unwrap(), Decision::Passed);
    second.sign(&job).await.unwrap();
    assert!(second.report(&job).await.unwrap().verify_result);
    two.stop().await;
}

#[tokio::test]
async fn a_seal_goes_on_a_text_or_tells_that_it_is_not_there() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    let seal = seal_of(&two).await;
    for (name, document) in [("合同.ofd", two.document()), ("合同.pdf", two.pdf())] {
        let job = application.open(name, document).await.unwrap();
        application.place(&job, &seal, &Placing::keyword("乙方（盖章）")).await.unwrap();
        assert_eq!(application.progress(&job).await.unwrap().step, Step::Prepared);
        let error = application.place(&job, &seal, &Placing::keyword("并不存在的文字")).await.unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, ApplicationError::Placement(_)), "{words}");
        assert!(words.contains("找不到关键字") && words.contains("is not found"), "{words}");
    }
    two.stop().await;
}

#[tokio::test]
async fn sealing_goes_on_after_a_restart() {
    let two = Two::new(Wishes::default()).await;
    let (job, url) = two.asked(Placing { position: Position::Corner { page: Some(1) }, lock: false }).await;
    let again = || {
        let wishes = Wishes { platform: Some(two.b.server.peer()), ..Wishes::default() };
        two.a.again(&two.b.house, wishes).application()
    };
    let second = again();
    assert_eq!(second.progress(&job).await.unwrap().step, Step::Asked);
    assert_eq!(second.progress(&job).await.unwrap().name, "合同.ofd");
    two.agree(&url).await;
    assert_eq!(second.poll(&job).await.unwrap(), Decision::Passed);
    // The platform goes away just when it is asked to sign.
    let gone = two.a.again(&two.b.house, Wishes::default()).application();
    assert!(matches!(gone.sign(&job).await, Err(ApplicationError::Platform(_))));
    let third = again();
    assert_eq!(third.progress(&job).await.unwrap().step, Step::Signing);
    // What is being signed is not changed any more.
    assert!(matches!(third.seals(&job, &World::query()).await, Err(ApplicationError::WrongState(_))));
    let other = third.place(&job, &seal_of(&two).await, &Placing::at(1, 10.0, 10.0)).await;
    assert!(matches!(other, Err(ApplicationError::WrongState(_))));
    third.sign(&job).await.unwrap();
    let report = third.report(&job).await.unwrap();
    assert!(report.verify_result, "{report:?}");
    two.stop().await;
}

async fn seal_of(two: &Two) -> protocol::tables::SealInfo {
    two.b.seals().await.remove(0)
}

#[tokio::test]
async fn two_at_the_same_time_get_one_signature() {
    let two = Two::new(Wishes::default()).await;
    let (job, url) = two.asked(Placing::at(2, 20.0, 20.0)).await;
    two.agree(&url).await;
    let application = two.application();
    application.poll(&job).await.unwrap();
    let both = tokio::join!(application.sign(&job), application.sign(&job));
    for result in [both.0, both.1] {
        assert!(matches!(result, Ok(()) | Err(ApplicationError::Overtaken)), "{result:?}");
    }
    application.sign(&job).await.unwrap();
    assert!(application.report(&job).await.unwrap().verify_result);
    let mut tx = two.b.server.database.read().await.unwrap();
    let made = storage::evidence::last(&mut tx, 100).await.unwrap();
    assert_eq!(made.iter().filter(|entry| entry.kind == "signature.made").count(), 1);
    drop(tx);
    two.stop().await;
}

#[tokio::test]
async fn the_signer_can_be_asked_again_after_a_refusal() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    let (job, url) = two.asked(Placing::at(1, 20.0, 20.0)).await;
    let browser = Browser::new();
    browser.get(&url).await;
    browser.post(&format!("{url}/refuse"), &[]).await;
    assert_eq!(application.poll(&job).await.unwrap(), Decision::Refused);
    assert_eq!(application.progress(&job).await.unwrap().step, Step::Prepared);
    application.ask(&job, &signer()).await.unwrap();
    two.b.house.clock.advance_millis(11 * 60_000);
    assert_eq!(application.poll(&job).await.unwrap(), Decision::Expired);
    let url = application.ask(&job, &signer()).await.unwrap();
    two.agree(&url.0).await;
    application.poll(&job).await.unwrap();
    application.sign(&job).await.unwrap();
    assert!(application.report(&job).await.unwrap().verify_result);
    two.stop().await;
}

#[tokio::test]
async fn a_seal_that_is_disabled_meanwhile_seals_nothing() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    let (job, url) = two.asked(Placing::at(1, 20.0, 20.0)).await;
    two.agree(&url).await;
    application.poll(&job).await.unwrap();
    two.b.server.system.set_seal_state(&two.b.seal.seal_id, SealState::Disabled).await.unwrap();
    let error = application.sign(&job).await.unwrap_err();
    assert_eq!(error.code(), Some("30006"), "{error}");
    let progress = application.progress(&job).await.unwrap();
    assert_eq!((progress.step, progress.code.as_deref()), (Step::Failed, Some("30006")));
    assert!(application.sealed(&job).await.is_err());
    two.stop().await;
}

#[tokio::test]
async fn bad_documents_and_places_are_refused() {
    let small = ApplicationConfig { max_document: 1 << 20, ..ApplicationConfig::default() };
    let two = Two::new(Wishes { application: Some(small), ..Wishes::default() }).await;
    let application = two.application();
    let cut = two.pdf().get(..2000).unwrap().to_vec();
    for (bytes, zh) in [
        (b"%PDF-1.7 and nothing else".to_vec(), "已损坏"),
        (cut, "已损坏"),
        (Vec::new(), "不是 OFD 或 PDF"),
        (b"<html>".to_vec(), "不是 OFD 或 PDF"),
        (b"PK\x03\x04 cut off".to_vec(), "已损坏"),
    ] {
        let error = application.open("x.ofd", bytes).await.unwrap_err();
        assert!(matches!(error, ApplicationError::Document(_)), "{error}");
        assert!(error.to_string().contains(zh), "{zh}: {error}");
    }
    let error = application.open("x.ofd", vec![0; (1 << 20) + 1]).await.unwrap_err();
    assert!(matches!(error, ApplicationError::TooLarge(1)), "{error}");
    let job = application.open("合同.ofd", two.document()).await.unwrap();
    let seal = seal_of(&two).await;
    for nowhere in [Placing::at(0, 1.0, 1.0), Placing::at(99, 1.0, 1.0), Placing::at(1, 200.0, 1.0)] {
        let error = application.place(&job, &seal, &nowhere).await.unwrap_err();
        let is_told = matches!(error, ApplicationError::Placement(_) | ApplicationError::Value { .. });
        assert!(is_told, "{error}");
    }
    assert_eq!(application.progress(&job).await.unwrap().step, Step::Opened);
    // A certificate that the seal does not name must not be used.
    let mut other = seal.clone();
    other.cert_list[0].sign_public_key = two.b.house.authority.root().der().to_vec().into();
    let error = application.place(&job, &other, &Placing::at(1, 1.0, 1.0)).await.unwrap_err();
    assert!(matches!(error, ApplicationError::Seal { .. }), "{error}");
    two.b.house.clock.advance_millis(24 * 60 * 60_000);
    assert!(matches!(application.progress(&job).await, Err(ApplicationError::UnknownJob)));
    two.stop().await;
}

#[tokio::test]
async fn a_locked_document_is_not_sealed_again() {
    let two = Two::new(Wishes::default()).await;
    let application = two.application();
    for (name, document) in [("合同.ofd", two.document()), ("合同.pdf", two.pdf())] {
        let (job, url) = two.asked_for((name, document), Placing::at(1, 20.0, 20.0).locking()).await;
        two.agree(&url).await;
        application.poll(&job).await.unwrap();
        application.sign(&job).await.unwrap();
        let sealed = application.sealed(&job).await.unwrap();
        let second = application.open(name, sealed).await.unwrap();
        let seal = seal_of(&two).await;
        let error = application.place(&second, &seal, &Placing::at(1, 60.0, 20.0)).await.unwrap_err();
        assert!(error.to_string().contains("锁定"), "{error}");
    }
    two.stop().await;
}

/// A time-stamping authority at work, and how to ask it.
async fn authority(house: &House, required: bool) -> (TimeStampConfig, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let service =
        AuthorityService::new(Arc::clone(&house.authority), house.clock.clock(), house.random.clone());
    let shutdown = Shutdown::new();
    tokio::spawn(http_server::serve(listener, service.router(), Tasks::default(), shutdown.clone()));
    (TimeStampConfig { url, required }, shutdown)
}

#[tokio::test]
async fn a_time_stamp_is_put_over_the_signature() {
    let two = Two::new(Wishes::default()).await;
    let (job, url) = two.asked(Placing::at(1, 20.0, 20.0)).await;
    two.agree(&url).await;
    let (rules, stop) = authority(&two.b.house, true).await;
    let with =
        |rules| Wishes { platform: Some(two.b.server.peer()), time_stamp: Some(rules), ..Wishes::default() };
    // First the authority is not there: nothing is lost, and signing again gives the same signature.
    let nowhere = TimeStampConfig { url: "http://127.0.0.1:1/tsa".to_owned(), required: true };
    let application = two.a.again(&two.b.house, with(nowhere)).application();
    application.poll(&job).await.unwrap();
    let error = application.sign(&job).await.unwrap_err();
    assert!(matches!(error, ApplicationError::TimeStamp(_)), "{error}");
    assert_eq!(application.progress(&job).await.unwrap().step, Step::Signing);
    let application = two.a.again(&two.b.house, with(rules)).application();
    application.sign(&job).await.unwrap();
    assert_eq!(application.progress(&job).await.unwrap().stamping, Stamping::Stamped);
    let report = application.report(&job).await.unwrap();
    assert!(report.verify_result, "{report:?}");
    stop.begin();
    two.stop().await;
}

#[tokio::test]
async fn a_missing_time_stamp_is_told() {
    let nowhere = TimeStampConfig { url: "http://127.0.0.1:1/tsa".to_owned(), required: false };
    let two = Two::new(Wishes { time_stamp: Some(nowhere), ..Wishes::default() }).await;
    let application = two.application();
    let (job, url) = two.asked(Placing::at(1, 20.0, 20.0)).await;
    two.agree(&url).await;
    application.poll(&job).await.unwrap();
    application.sign(&job).await.unwrap();
    assert!(matches!(application.progress(&job).await.unwrap().stamping, Stamping::Missing(_)));
    assert!(application.report(&job).await.unwrap().verify_result);
    two.stop().await;
}
