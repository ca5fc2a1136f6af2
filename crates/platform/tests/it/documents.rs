//! A document sealed through the platform and verified through it (6.4, tables 24 to 28), and what becomes of the
//! verdict when the document, the seal or the file is not in order.

use std::sync::Arc;

use bytes::Bytes;
use client::{ClientError, Document};
use crypto::Signer;
use formats::ofd::compose::{Parties, purchase_contract};
use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Stamp, embed, prepare};
use formats::sealing::{Order, PdfWishes, Place, Subject};
use formats::ses::assemble_signature;
use protocol::lists::{Indication, SealState, SignFormat, StepStatus};
use protocol::tables::DocumentReport;
use protocol::{AppId, wire};
use sealbridge_platform::config::Makers;
use testkit::lab::{self, SealSpec, ValueSpec};
use testkit::pki::pki;
use testkit::scripted_system::ScriptedSeal;

use crate::common::{PLATFORM, World, code, config};

/// A contract sealed with B's seal by A through the platform.
async fn sealed(world: &World, seal: &ScriptedSeal) -> Vec<u8> {
    let parties = Parties { buyer: "示例科技有限公司", seller: "另一公司", number: "2026-001" };
    let contract = purchase_contract("d0c0", &parties, world.now()).unwrap();
    sealed_document(world, seal, &contract.ofd).await
}

/// The same contract as PDF.
async fn sealed_pdf(world: &World, seal: &ScriptedSeal) -> Vec<u8> {
    sealed_document(world, seal, &pdf(world)).await
}

fn pdf(world: &World) -> Vec<u8> {
    let parties = Parties { buyer: "示例科技有限公司", seller: "另一公司", number: "2026-001" };
    formats::pdf::compose::purchase_contract(&parties, world.now(), picture::SONG_FONT).unwrap().pdf
}

/// Prepared, signed through the platform, embedded: the same three steps whatever the document is.
async fn sealed_document(world: &World, seal: &ScriptedSeal, document: &[u8]) -> Vec<u8> {
    let order = Order {
        subject: Subject::Seal(seal.der.clone()),
        place: Some(Place::At { page_index: 0, x_mm: 40.0, y_mm: 40.0 }),
        provider: Provider { name: "scripted".to_owned(), company: None, version: None },
        signing_time: world.now(),
        lock: false,
        is_stamped: false,
        pdf: PdfWishes::default(),
        seed: [0; 32],
    };
    let limits = formats::sealing::Limits::default();
    let (prepared, _) = formats::sealing::prepare(document, &order, &limits).unwrap();
    let request = world.ready_to_sign(prepared.to_sign(), SignFormat::P1).await;
    let signature = world.sign(&request).await.unwrap().data.sign_data;
    let value = prepared.value(seal.certificate.der(), signature.bytes(), &[], None).unwrap();
    prepared.embed(&value, &limits).unwrap()
}

/// A contract that the seal's own system signed without the platform.
pub(crate) fn behind(world: &World, seal: &ScriptedSeal) -> Vec<u8> {
    let parties = Parties { buyer: "甲", seller: "乙", number: "1" };
    let contract = purchase_contract("d0c0", &parties, world.now()).unwrap();
    let placement = Placement {
        body: 0,
        kind: Kind::Seal(seal.der.clone()),
        stamps: vec![Stamp::at(0, 40.0, 40.0, 42.0, 42.0)],
        provider: Provider { name: "scripted".to_owned(), company: None, version: None },
        signing_time: world.now(),
        mode: Mode::Continue,
    };
    let prepared = prepare(&contract.ofd, &placement, &Limits::default()).unwrap();
    let signature = seal.key.sign(prepared.to_sign()).unwrap();
    let value = assemble_signature(prepared.to_sign(), seal.certificate.der(), &signature, None);
    embed(&prepared, &value, &Limits::default()).unwrap()
}

pub(crate) async fn verify(world: &World, bytes: Vec<u8>) -> Result<DocumentReport, ClientError> {
    let document = Document { name: "合同.ofd".to_owned(), bytes: Bytes::from(bytes) };
    world.a.client.verify_document(&document).await.map(|answer| answer.data)
}

pub(crate) fn step<'a>(report: &'a DocumentReport, id: &str) -> &'a protocol::tables::VerifyStep {
    report.details[0].flow_vo_list.iter().find(|step| step.step_id.as_deref() == Some(id)).unwrap()
}

/// The report can be kept: it is signed by the platform, and judged again from what is in it.
#[tokio::test]
async fn a_signed_report_stands_by_itself() {
    let world = World::new().await;
    let (_, seal) = world.contract_seal().await;
    let bytes = sealed(&world, &seal).await;
    let document = Document { name: "合同.ofd".to_owned(), bytes: Bytes::from(bytes.clone()) };
    let data = world.a.client.verify_document_reported(&document).await.unwrap().data;
    assert!(data.verify_result);
    let report = data.report.unwrap();
    let (judge, key) = (AppId::parse(PLATFORM).unwrap(), world.keys.signing.verifying_key());
    assert_eq!(data.report_key_id.unwrap(), wire::key_id(key));
    let sign = data.report_sign.unwrap();
    wire::verify_report(&judge, report.bytes(), &sign, key).unwrap();
    let mut other = report.bytes().to_vec();
    other[40] ^= 1;
    assert!(wire::verify_report(&judge, &other, &sign, key).is_err());
    // It is the report that the command line replays, the register's answers included.
    let record = ::verify::Record::read(report.bytes()).unwrap();
    assert!(record.is_of(&bytes));
    let json: serde_json::Value = serde_json::from_slice(report.bytes()).unwrap();
    assert_eq!((&json["verdict"], &json["file"]), (&"valid".into(), &"合同.ofd".into()));
    assert_eq!(json["signatures"][0]["sealCode"], data.details[0].seal_code.clone().unwrap());
    // Nobody who does not ask gets one.
    let plain = verify(&world, bytes).await.unwrap();
    assert_eq!((plain.report, plain.report_sign), (None, None));
}

/// The document stays with its owner: the platform judges its signatures and says that it has not seen the rest.
#[tokio::test]
async fn digests_are_judged_in_the_place_of_a_document() {
    let world = World::new().await;
    let (code, seal) = world.contract_seal().await;
    let document = sealed(&world, &seal).await;
    let digests = ::verify::digests_of(&document, &::verify::Options::new(world.now())).unwrap();
    let report = verify(&world, digests).await.unwrap();
    assert_eq!((report.sign_count, report.verify_result), (1, false));
    assert_eq!(report.indication, Indication::Indeterminate);
    assert!(report.hint.as_ref().unwrap().contains("只提交了杂凑值"), "{:?}", report.hint);
    // The register was asked as ever, and only the step about later changes is open.
    assert_eq!(report.details[0].seal_code.as_deref(), Some(code.as_str()));
    let open =
        report.details[0].flow_vo_list.iter().filter(|step| step.indication != Some(Indication::Valid));
    let open: Vec<_> = open.map(|step| step.step_id.as_deref().unwrap()).collect();
    assert_eq!(open, ["document.changes"]);
}

#[tokio::test]
async fn sealed_and_verified_through_the_platform() {
    let world = World::new().await;
    let (code_of, seal) = world.contract_seal().await;
    let ofd = sealed(&world, &seal).await;
    let report = verify(&world, ofd.clone()).await.unwrap();
    assert_eq!(report.indication, Indication::Valid, "{:#?}", report.details[0].flow_vo_list);
    assert!(report.verify_result);
    assert_eq!((report.sign_count, report.file_name.as_str()), (1, "合同.ofd"));
    assert_eq!(report.file_size, ofd.len() as u64);
    let detail = &report.details[0];
    assert_eq!(detail.seal_code.as_deref(), Some(code_of.as_str()));
    assert_eq!(detail.seal_type.as_deref(), Some("04"));
    assert_eq!(step(&report, "seal.register").status, StepStatus::Passed);
    // A valid signature stays valid when the seal is disabled afterwards.
    world.clock.advance_millis(60_000);
    world.set_state(&code_of, SealState::Disabled).await.unwrap();
    assert_eq!(verify(&world, ofd).await.unwrap().indication, Indication::Valid);
    // Nothing of the document is kept.
    let noted = &world.evidence("document.verified").await[0];
    assert_eq!(noted["verdict"], "valid");
    assert!(noted.get("fileName").is_none());
    world.check().await;
}

/// A certificate below a trusted root makes nobody a maker of seals: the trust list says who is, unless the operator wants
/// to do without.
#[tokio::test]
async fn a_seal_that_is_not_filed_needs_a_maker_on_the_list() {
    for (makers, on_the_list, indication) in [
        (Makers::Listed, true, Indication::Valid),
        (Makers::Listed, false, Indication::Indeterminate),
        (Makers::Any, false, Indication::Valid),
    ] {
        let mut config = config();
        config.policy.verification.makers = makers;
        let world = World::with(config).await;
        let maker = if on_the_list { &pki().maker } else { &pki().second };
        let seal = SealSpec { maker: maker.clone(), ..SealSpec::for_signer(&pki().signer) }.write();
        let value = ValueSpec { time: world.now(), ..ValueSpec::good() };
        let document = lab::prepared(&lab::document(), Kind::Seal(seal.clone()), Mode::Lock, world.now());
        let report = verify(&world, document.sealed(&seal, &value).to_zip()).await.unwrap();
        let step = step(&report, "seal.maker");
        assert_eq!(report.indication, indication, "{makers:?} {on_the_list}: {}", step.hint);
        let word = (indication != Indication::Valid).then_some("MAKER_NOT_TRUSTED");
        assert_eq!(step.sub_indication.as_deref(), word);
        assert_eq!(step.hint.contains("未指定受信任的制章者"), makers == Makers::Any, "{}", step.hint);
    }
}

/// Tables 24 to 28 for a PDF: the content decides what it is, the codes are those of an OFD.
#[tokio::test]
async fn a_pdf_is_sealed_and_verified_through_the_platform() {
    let world = World::new().await;
    let (code_of, seal) = world.contract_seal().await;
    let pdf = sealed_pdf(&world, &seal).await;
    let report = verify(&world, pdf.clone()).await.unwrap();
    assert_eq!(report.indication, Indication::Valid, "{:#?}", report.details[0].flow_vo_list);
    // The name says OFD, and stays what the caller called it.
    assert_eq!((report.sign_count, report.file_name.as_str()), (1, "合同.ofd"));
    let detail = &report.details[0];
    assert_eq!(detail.seal_code.as_deref(), Some(code_of.as_str()));
    assert_eq!(step(&report, "seal.register").status, StepStatus::Passed);
    assert_eq!(world.evidence("document.verified").await[0]["format"], "pdf");
    // A byte of the signed content, and what was added later.
    let mut changed = pdf.clone();
    changed[700] ^= 1;
    match verify(&world, changed).await {
        Ok(report) => assert_eq!(report.indication, Indication::Invalid),
        Err(ClientError::Refused(refusal)) => assert_eq!(refusal.code, "50002"),
        Err(other) => panic!("{other}"),
    }
    // The register counts for it too.
    world.clock.advance_millis(60_000);
    world.set_state(&code_of, SealState::Disabled).await.unwrap();
    assert_eq!(verify(&world, pdf).await.unwrap().indication, Indication::Valid);
    world.check().await;
}

#[tokio::test]
async fn pdfs_that_cannot_be_judged() {
    let world = World::new().await;
    // Locked up with a password that nobody knows.
    let text = pdf(&world);
    let at = text.windows(6).rposition(|window| window == b"/Info ").unwrap();
    let lock =
        format!("/Encrypt << /Filter /Standard /V 1 /R 2 /O <{0}> /U <{0}> /P -4 >> ", "5a".repeat(32));
    let locked = [&text[..at], lock.as_bytes(), &text[at..]].concat();
    match verify(&world, locked).await {
        Err(ClientError::Refused(refusal)) => {
            assert_eq!(refusal.code, "50002");
            assert!(refusal.message.contains("口令") && refusal.message.contains("password"), "{refusal:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(code(verify(&world, b"%PDF-1.7\nnothing".to_vec()).await), "50002");
    let report = verify(&world, text).await.unwrap();
    assert_eq!((report.sign_count, report.verify_result), (0, false), "unsigned");
    world.check().await;
}

#[tokio::test]
async fn a_signature_from_a_time_in_which_the_seal_was_disabled_is_not_good() {
    let world = World::new().await;
    let (code_of, seal) = world.contract_seal().await;
    // The seal's own system signs behind the platform's back while the seal is disabled.
    world.clock.advance_millis(60_000);
    world.set_state(&code_of, SealState::Disabled).await.unwrap();
    world.clock.advance_millis(60_000);
    let ofd = behind(&world, &seal);
    let report = verify(&world, ofd).await.unwrap();
    assert_eq!(report.indication, Indication::Invalid);
    assert!(!report.verify_result);
    assert_eq!(step(&report, "seal.register").status, StepStatus::Failed);
}

#[tokio::test]
async fn filed_signed_and_disabled_in_one_second_is_signed_in_force() {
    let world = World::new().await;
    let (code_of, seal) = world.contract_seal().await;
    world.clock.advance_millis(300);
    let ofd = sealed(&world, &seal).await;
    world.clock.advance_millis(300);
    world.set_state(&code_of, SealState::Disabled).await.unwrap();
    assert_eq!(verify(&world, ofd).await.unwrap().indication, Indication::Valid);
}

#[tokio::test]
async fn a_changed_document_is_invalid_and_no_error() {
    let world = World::new().await;
    let (_, seal) = world.contract_seal().await;
    let ofd = sealed(&world, &seal).await;
    // One byte of stored content: the archive's checksum or the signature's digest tells, never silence.
    let archive = formats::ofd::Package::open(&ofd, &Limits::default()).unwrap();
    drop(archive);
    let mut invalid = 0;
    for at in [ofd.len() / 4, ofd.len() / 2] {
        let mut changed = ofd.clone();
        changed[at] ^= 1;
        match verify(&world, changed).await {
            Ok(report) => {
                assert!(!report.verify_result);
                invalid += 1;
            }
            Err(ClientError::Refused(refusal)) => assert_eq!(refusal.code, "50002"),
            Err(other) => panic!("{other}"),
        }
    }
    assert!(invalid > 0);
}

#[tokio::test]
async fn files_that_cannot_be_judged() {
    let world = World::new().await;
    let (_, seal) = world.contract_seal().await;
    assert_eq!(code(verify(&world, b"plain text".to_vec()).await), "50001");
    assert_eq!(code(verify(&world, vec![0; 10]).await), "50001");
    let mut cut = sealed(&world, &seal).await;
    cut.truncate(cut.len() / 2);
    assert_eq!(code(verify(&world, cut).await), "50002");
    let parties = Parties { buyer: "甲", seller: "乙", number: "1" };
    let unsigned = purchase_contract("d0c0", &parties, world.now()).unwrap().ofd;
    let report = verify(&world, unsigned).await.unwrap();
    assert_eq!((report.sign_count, report.verify_result), (0, false));
    assert!(report.hint.is_some());
    world.check().await;
}

#[tokio::test]
async fn who_would_wait_too_long_is_told_to_come_again() {
    let mut narrow = config();
    narrow.limits.verifications = 1;
    narrow.limits.verification_wait_ms = 0;
    let world = Arc::new(World::with(narrow).await);
    let (_, seal) = world.contract_seal().await;
    let ofd = sealed(&world, &seal).await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (world, ofd) = (Arc::clone(&world), ofd.clone());
            tokio::spawn(async move { verify(&world, ofd).await })
        })
        .collect();
    let (mut good, mut busy) = (0, 0);
    for one in tries {
        match one.await.unwrap() {
            Ok(report) => good += i32::from(report.verify_result),
            Err(ClientError::Refused(refusal)) => {
                assert_eq!((refusal.code.as_str(), refusal.status, refusal.retryable), ("90001", 503, true));
                busy += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(good >= 1 && busy >= 1, "{good} {busy}");
    verify(&world, ofd).await.unwrap();
}
