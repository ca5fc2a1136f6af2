//! The story itself, step by step. Every step goes over HTTP with signed requests and answers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::Platform;
use protocol::lists::{Indication, SealState, SealType, SealTypeFilter};
use protocol::tables::{DocumentReport, SealInfo, SealQueryRequest};
use protocol::{IdCard, Mobile, OrgCode, PersonName, Uscc};
use seal_system::application::{ApplicationError, Decision, JobId, Placing, Position, Signer};
use seal_system::{NewUser, SealOrder, SealSystem};

use super::earlier::Earlier;
use super::federation;
use super::paper::Paper;
use super::people::{BUYER, CLERK, Organization, Person, SELLER, SIGNER};
use super::phone::Phone;
use super::progress::{Document, Progress};
use super::tamper;
use super::world::World;
use crate::outcome::{About, Failure, Outcome};

/// Days that the seals are valid.
const DAYS: u32 = 365;

/// The seal ids of the run.
struct Seals {
    /// System B's contract seal, which is used.
    contract: String,
    /// System B's finance seal, which is disabled in the end.
    finance: String,
}

/// A document that was sealed, with what came with it.
struct Sealed {
    path: PathBuf,
    name: String,
    earlier: Earlier,
}

/// Tells the story; every step is timed and noted.
pub(super) async fn tell(world: &World, papers: &[Paper], progress: &mut Progress) -> Outcome<()> {
    let seals = progress.step("seals", "制作并备案印章 seals are made and filed", make_seals(world)).await?;
    if let Some(second) = &world.second {
        federation::look_around((world, second), progress).await?;
    }
    let mut sealed = Vec::new();
    for paper in papers {
        let one = seal_it(world, paper, progress).await?;
        refuse_a_copy(world, paper, &one, progress).await?;
        sealed.push(one);
    }
    if papers.len() > 1 {
        let words = "多份文件一次确认、逐份签章 several documents are sealed under one consent";
        progress.step("together", words, together(world, papers)).await?;
    }
    let first = papers.first().ok_or_else(|| Failure::new("there is no document"))?;
    progress
        .step("disabled", "停用的印章被拒绝 a disabled seal is refused", disabled(world, first, &seals))
        .await?;
    progress
        .step(
            "still_valid",
            "停用其他印章不影响已签文档 the sealed documents are still valid",
            still_valid(world, &seals, &sealed),
        )
        .await?;
    let words = "存证日志可复核 the evidence log adds up";
    progress.step("evidence", words, evidence(&world.platform)).await?;
    if let Some(second) = &world.second {
        let words = "第二个平台的存证日志可复核 the second platform's evidence log adds up";
        progress.step("evidence_2", words, evidence(&second.platform)).await?;
    }
    Ok(())
}

/// One document from opening to the platform's verdict.
async fn seal_it(world: &World, paper: &Paper, progress: &mut Progress) -> Outcome<Sealed> {
    let kind = paper.kind.name();
    let words = format!("系统 A 打开 {kind} 文档 system A opens the {kind}");
    let (job, earlier) = progress.step(&paper.step("open"), &words, open(world, paper)).await?;
    let seal = progress
        .step(
            &paper.step("query"),
            "经平台获取系统 B 的印章 A gets B's seal through the platform",
            get_seal(world, &job, SealType::Contract),
        )
        .await?;
    let words = "放置印章并计算摘要 the seal is placed";
    progress.step(&paper.step("place"), words, place(world, &job, &seal, paper)).await?;
    let words = "申请意愿认证 A asks for the signer's consent";
    let url = progress.step(&paper.step("ask"), words, ask(world, &job)).await?;
    let words = "签署人在手机上同意 the signer agrees on the telephone";
    progress.step(&paper.step("consent"), words, consent(world, &job, &url)).await?;
    let path = paper.file(&world.documents, "sealed");
    let words = "系统 B 签名，系统 A 合成文档 B signs, A embeds";
    progress.step(&paper.step("sign"), words, sign(world, &job, &path)).await?;
    let sealed = Sealed { path, name: paper.name(), earlier };
    let words = format!("平台验真 the platform verifies the {kind}");
    let report = progress.step(&paper.step("verify"), &words, verify(world, &sealed)).await?;
    let earlier = &sealed.earlier;
    progress.document(Document {
        path: sealed.path.clone(),
        expected: earlier.expected().text().to_owned(),
        verdict: word(&report).to_owned(),
        our_signature: earlier.is_any().then(|| ours(&report).unwrap_or("-").to_owned()),
        because: earlier.because.clone(),
    });
    Ok(sealed)
}

/// Somebody changes a copy of it, and the platform tells.
async fn refuse_a_copy(
    world: &World,
    paper: &Paper,
    sealed: &Sealed,
    progress: &mut Progress,
) -> Outcome<()> {
    let path = paper.file(&world.documents, "tampered");
    let words = "有人篡改副本 a copy is tampered with";
    let making = async { make_tampered(world, paper, &sealed.path, &path) };
    progress.step(&paper.step("tamper"), words, making).await?;
    let words = "平台拒绝被篡改的副本 the platform refuses the tampered copy";
    let report = progress.step(&paper.step("verify_tampered"), words, refuse(world, paper, &path)).await?;
    progress.document(Document {
        path,
        expected: Indication::Invalid.text().to_owned(),
        verdict: word(&report).to_owned(),
        our_signature: None,
        because: Vec::new(),
    });
    Ok(())
}

async fn make_seals(world: &World) -> Outcome<(Seals, String)> {
    let b = &world.b;
    let contract = make_seal(b, &SELLER, &SIGNER, SealType::Contract, "合同专用章").await?;
    let finance = make_seal_again(b, &contract.1, SealType::Finance, "财务专用章").await?;
    let a = make_seal(&world.a, &BUYER, &CLERK, SealType::Legal, "").await?;
    for system in [&world.a, &world.b] {
        until_told(system).await?;
    }
    let detail = format!("{} · {} · {}", contract.0.1, finance.1, a.0.1);
    Ok((Seals { contract: contract.0.0, finance: finance.0 }, detail))
}

/// A seal's id and name.
pub(super) type Named = (String, String);
/// Whose seals they are, and who may apply them.
pub(super) type Owner = (seal_system::OwnerId, seal_system::UserId, &'static str);

pub(super) async fn make_seal(
    system: &SealSystem,
    organization: &Organization,
    person: &Person,
    seal_type: SealType,
    purpose: &str,
) -> Outcome<(Named, Owner)> {
    let fault = |fault: protocol::Fault| Failure::new(fault.en);
    let uscc = Uscc::parse(organization.uscc).map_err(fault)?;
    let owner = system.add_organization(organization.name, &uscc).await.about("owner")?;
    let user = NewUser {
        name: PersonName::parse(person.name).map_err(fault)?,
        mobile: Mobile::parse(person.mobile).map_err(fault)?,
        id_card: IdCard::parse(person.id_card).map_err(fault)?,
    };
    let user = system.add_user(&owner, &user).await.about("user")?;
    let owner = (owner, user, organization.name);
    Ok((make_seal_again(system, &owner, seal_type, purpose).await?, owner))
}

async fn make_seal_again(
    system: &SealSystem,
    owner: &Owner,
    seal_type: SealType,
    purpose: &str,
) -> Outcome<Named> {
    let name = format!("{}{purpose}", owner.2);
    let order = SealOrder {
        owner: owner.0.clone(),
        seal_type,
        name: name.clone(),
        design: None,
        users: vec![owner.1.clone()],
        days: DAYS,
    };
    let made = system.make_seal(&order).await.about("seal")?;
    Ok((made.seal_id, name))
}

/// Opens the document; of the user's own with what the signatures it came with are worth here.
async fn open(world: &World, paper: &Paper) -> Outcome<((JobId, Earlier), String)> {
    let (application, document) = (world.a.application(), paper.document.clone());
    let earlier = if paper.is_own {
        Earlier::of(&application.verify(&paper.name(), document.clone()).await.about("verification")?)
    } else {
        Earlier::none()
    };
    let path = paper.file(&world.documents, "original");
    std::fs::write(&path, &document).about(path.display())?;
    let job = application.open(&paper.name(), document).await.about("document")?;
    let progress = application.progress(&job).await.about("document")?;
    let detail = format!("{} 页 pages, {} bytes{}", progress.pages, progress.bytes, earlier.words());
    Ok(((job, earlier), detail))
}

fn seal_query(seal_type: SealType) -> Outcome<SealQueryRequest> {
    query_of(&SELLER, seal_type)
}

/// Asks for an organisation's seals of a type.
pub(super) fn query_of(organization: &Organization, seal_type: SealType) -> Outcome<SealQueryRequest> {
    Ok(SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(organization.uscc).map_err(|fault| Failure::new(fault.en))?,
        seal_type: SealTypeFilter::from(seal_type),
        cert_type: None,
        cert_number: None,
        ukey_id: None,
    })
}

async fn get_seal(world: &World, job: &JobId, seal_type: SealType) -> Outcome<(SealInfo, String)> {
    let seals = world.a.application().seals(job, &seal_query(seal_type)?).await.about("seals")?;
    let seal = seals.into_iter().next().ok_or_else(|| Failure::new("the platform gave no seal"))?;
    let detail = format!("{} {}", seal.seal_name, seal.seal_code);
    Ok((seal, detail))
}

async fn place(world: &World, job: &JobId, seal: &SealInfo, paper: &Paper) -> Outcome<((), String)> {
    let position = match paper.spot {
        Some(spot) => Position::At {
            page: spot.page_index + 1,
            x_mm: spot.x_mm - f64::from(seal.width) / 2.0,
            y_mm: spot.y_mm - f64::from(seal.height) / 2.0,
        },
        None => Position::Corner { page: None },
    };
    world.a.application().place(job, seal, &Placing { position, lock: false }).await.about("seal")?;
    Ok(((), format!("{} × {} mm", seal.width, seal.height)))
}

async fn ask(world: &World, job: &JobId) -> Outcome<(String, String)> {
    let signer = Signer::parse(SIGNER.mobile, SIGNER.id_card, SIGNER.name).about("signer")?;
    let url = world.a.application().ask(job, &signer).await.about("consent")?;
    let progress = world.a.application().progress(job).await.about("document")?;
    let tail = progress.digest_tail.unwrap_or_default();
    Ok((url.0.clone(), format!("{} 摘要尾号 digest …{tail}", url.0)))
}

async fn consent(world: &World, job: &JobId, url: &str) -> Outcome<((), String)> {
    Phone::new(&world.messages_b)?.agree(url).await?;
    match world.a.application().poll(job).await.about("consent")? {
        Decision::Passed => Ok(((), "一次性验证码正确 the one-time code was right".to_owned())),
        other => Err(Failure::new(format!("the signer agreed, and the platform says {other:?}"))),
    }
}

async fn sign(world: &World, job: &JobId, path: &Path) -> Outcome<((), String)> {
    let application = world.a.application();
    application.sign(job).await.about("signature")?;
    let sealed = application.sealed(job).await.about("document")?;
    std::fs::write(path, &sealed).about(path.display())?;
    let stamping = application.progress(job).await.about("document")?.stamping;
    Ok(((), format!("{} ({} bytes), 时间戳 time stamp: {stamping:?}", path.display(), sealed.len())))
}

/// Our own signature has to be valid, and the document as good as the signatures it came with let it be.
async fn verify(world: &World, sealed: &Sealed) -> Outcome<(DocumentReport, String)> {
    let Sealed { path, name, earlier } = sealed;
    let document = std::fs::read(path).about(path.display())?;
    let report = world.a.application().verify(name, document).await.about("verification")?;
    let own = ours(&report);
    if own != Some(Indication::Valid.text()) || report.indication != earlier.expected() {
        let own = own.unwrap_or("missing");
        return Err(Failure::new(format!(
            "the sealed document is {}, our signature in it is {own}: {}",
            word(&report),
            reasons(&report)
        )));
    }
    let owners: Vec<&str> = report.details.iter().filter_map(|detail| detail.cert_owner.as_deref()).collect();
    let owners = format!("{} 个签章 signatures: {}", report.sign_count, owners.join(", "));
    let detail = if report.indication == Indication::Valid {
        format!("有效 valid; {owners}")
    } else {
        let whole = "整个文档因原有签章而为 the whole document, because of the earlier signatures, is";
        format!("本次签章有效 our signature is valid; {owners}\n{whole}: {}", word(&report))
    };
    Ok((report, detail))
}

/// The verdict on the newest signature, which is ours.
fn ours(report: &DocumentReport) -> Option<&'static str> {
    report.details.last().map(|detail| detail.indication.text())
}

/// Every paper once more, all of them agreed to at once on the signer's telephone.
async fn together(world: &World, papers: &[Paper]) -> Outcome<((), String)> {
    let application = world.a.application();
    let documents = papers.iter().map(|paper| (paper.name(), paper.document.clone())).collect();
    let batch = application.open_together(documents).await.about("documents")?;
    let seals = application.seals(&batch, &seal_query(SealType::Contract)?).await.about("seals")?;
    let seal = seals.first().ok_or_else(|| Failure::new("the platform gave no seal"))?;
    let placing = Placing { position: Position::Corner { page: None }, lock: false };
    application.place(&batch, seal, &placing).await.about("seal")?;
    let signer = Signer::parse(SIGNER.mobile, SIGNER.id_card, SIGNER.name).about("signer")?;
    let url = application.ask(&batch, &signer).await.about("consent")?;
    Phone::new(&world.messages_b)?.agree(&url.0).await?;
    application.poll(&batch).await.about("consent")?;
    application.sign_all(&batch).await.about("signatures")?;
    let sealed = application.documents(&batch).await.about("documents")?;
    for document in &sealed {
        let report = application.report(&document.id).await.about("verification")?;
        if report.indication != Indication::Valid {
            return Err(Failure::new(format!("{} is {}", document.name, word(&report))));
        }
    }
    Ok(((), format!("{} 份，一次验证码 documents, one code, each valid", sealed.len())))
}

fn make_tampered(world: &World, paper: &Paper, sealed: &Path, path: &Path) -> Outcome<((), String)> {
    let document = std::fs::read(sealed).about(sealed.display())?;
    let changed = tamper::change_a_page(paper.kind, &document, world.clock.now())?;
    std::fs::write(path, changed).about(path.display())?;
    Ok(((), path.display().to_string()))
}

async fn refuse(world: &World, paper: &Paper, path: &Path) -> Outcome<(DocumentReport, String)> {
    let document = std::fs::read(path).about(path.display())?;
    let report = world.a.application().verify(&paper.name(), document).await.about("verification")?;
    if report.indication != Indication::Invalid {
        return Err(Failure::new(format!("the tampered document is {}", word(&report))));
    }
    let detail = reasons(&report);
    Ok((report, detail))
}

/// System B disables its finance seal; system A, which had got it before, is refused.
async fn disabled(world: &World, paper: &Paper, seals: &Seals) -> Outcome<((), String)> {
    let application = world.a.application();
    let job = application.open(&paper.name(), paper.document.clone()).await.about("document")?;
    let (seal, _) = get_seal(world, &job, SealType::Finance).await?;
    application
        .place(&job, &seal, &Placing { position: Position::Corner { page: Some(1) }, lock: false })
        .await
        .about("seal")?;
    set_state(&world.b, &seals.finance, SealState::Disabled).await?;
    let signer = Signer::parse(SIGNER.mobile, SIGNER.id_card, SIGNER.name).about("signer")?;
    expect_disabled("consent", application.ask(&job, &signer).await.map(|_| ()))?;
    let asked = application.seals(&job, &seal_query(SealType::Finance)?).await;
    expect_disabled("get seals", asked.map(|_| ()))?;
    Ok(((), "30006 印章已停用 seal disabled".to_owned()))
}

/// The platform must have refused with the code of a disabled seal.
fn expect_disabled(what: &str, result: Result<(), ApplicationError>) -> Outcome<()> {
    let code = match result {
        Err(ApplicationError::Platform(error)) => error.refusal().map(|refusal| refusal.code.clone()),
        Err(error) => return Err(Failure::new(error)),
        Ok(()) => None,
    };
    if code.as_deref() == Some("30006") {
        return Ok(());
    }
    Err(Failure::new(format!("{what}: a disabled seal was answered {code:?} instead of 30006")))
}

async fn still_valid(world: &World, seals: &Seals, sealed: &[Sealed]) -> Outcome<((), String)> {
    // Also the very seal: what was sealed while it was in force stays valid (GB/T 38540 §7.3 d4).
    set_state(&world.b, &seals.contract, SealState::Disabled).await?;
    let mut details = Vec::new();
    for one in sealed {
        details.push(verify(world, one).await?.1);
    }
    set_state(&world.b, &seals.contract, SealState::Enabled).await?;
    Ok(((), details.join("\n")))
}

async fn set_state(system: &SealSystem, seal_id: &str, state: SealState) -> Outcome<()> {
    system.set_seal_state(seal_id, state).await.about("state")?;
    until_told(system).await
}

/// Waits until the platform has heard everything: the system tells it by itself, from its outbox.
pub(super) async fn until_told(system: &SealSystem) -> Outcome<()> {
    for _ in 0..200 {
        if system.untold().await.about("outbox")? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Failure::new(format!("{}: the platform did not accept everything within ten seconds", system.name())))
}

async fn evidence(platform: &Platform) -> Outcome<((), String)> {
    let audit = platform::evidence::audit(&platform.context().database).await.about("evidence")?;
    if !audit.good {
        return Err(Failure::new(format!(
            "the evidence log is wrong at entry {:?}: {:?}",
            audit.first_wrong, audit.fault
        )));
    }
    Ok(((), format!("{} 条记录 entries, SM3 {}", audit.entries, audit.last_hash)))
}

fn word(report: &DocumentReport) -> &'static str {
    report.indication.text()
}

/// What speaks against the document.
fn reasons(report: &DocumentReport) -> String {
    let steps = report.details.iter().flat_map(|detail| &detail.flow_vo_list);
    let bad = steps.filter(|step| step.indication.is_some_and(|indication| indication != Indication::Valid));
    let mut reasons: Vec<String> = bad.map(|step| format!("{}: {}", step.step, step.hint)).collect();
    reasons.extend(report.hint.clone());
    reasons.join("\n")
}
