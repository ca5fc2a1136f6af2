//! The screens of sealing, one for each state of a document.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use protocol::lists::{Indication, SealTypeFilter, StepStatus};
use protocol::tables::{DocumentReport, SealInfo};

use super::super::answer::{Words, page};
use super::{address, lost, preview, qr, to};
use crate::SealSystem;
use crate::application::{Application, ApplicationError, JobId, Progress, Stamping, Step, Subject};

/// How long the page waits for the platform's word on each of several documents.
const PER_REPORT: Duration = Duration::from_secs(5);

/// What is told above a screen.
pub(super) enum Notice {
    /// The signer refused.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// Something did not work.
    Failed(Words),
}

impl Notice {
    fn words(self) -> Words {
        match self {
            Self::Refused => Words::new(
                "签署人拒绝了签署。可以重新发起确认，或更换签署人。",
                "The signer refused. You can ask again, or ask somebody else.",
            ),
            Self::Expired => Words::new(
                "签署人未在限定时间内确认，请重新发起。",
                "The signer did not decide in time. Please ask again.",
            ),
            Self::Failed(words) => words,
        }
    }
}

/// A seal to choose.
struct Choice {
    code: String,
    name: String,
    kind: &'static str,
    picture: String,
    size: String,
    plat_name: String,
    until: String,
    users: Vec<String>,
    usable: bool,
}

#[derive(Template)]
#[template(path = "sealing_seal.html")]
struct SealPage<'a> {
    site: &'a str,
    /// The address under which its forms are.
    at: String,
    documents: &'a [Progress],
    /// Pages that every document has.
    pages: usize,
    /// Empty signature fields that every document has.
    fields: Vec<&'a String>,
    error: Option<Words>,
    org_code: String,
    types: Vec<(&'static str, &'static str)>,
    asked: bool,
    partial: bool,
    choices: Vec<Choice>,
    step: u8,
}

#[derive(Template)]
#[template(path = "sealing_signer.html")]
struct SignerPage<'a> {
    site: &'a str,
    at: String,
    documents: &'a [Progress],
    error: Option<Words>,
    preview: String,
    /// The page that the preview shows.
    on_page: Option<usize>,
    seal: Choice,
    step: u8,
}

#[derive(Template)]
#[template(path = "sealing_wait.html")]
struct WaitPage<'a> {
    site: &'a str,
    at: String,
    documents: &'a [Progress],
    error: Option<Words>,
    qr: Option<String>,
    url: &'a str,
    step: u8,
}

#[derive(Template)]
#[template(path = "sealing_done.html")]
struct DonePage<'a> {
    site: &'a str,
    progress: &'a Progress,
    error: Option<Words>,
    report: Option<ReportView>,
    missing_stamp: bool,
    step: u8,
}

#[derive(Template)]
#[template(path = "sealing_batch_done.html")]
struct BatchDonePage<'a> {
    site: &'a str,
    error: Option<Words>,
    outcomes: Vec<Outcome>,
    sealed: usize,
    step: u8,
}

/// What became of one of several documents.
struct Outcome {
    progress: Progress,
    report: Option<ReportView>,
    /// Why it was not sealed, or is not verified yet.
    why: Option<Words>,
}

/// The platform's verdict for people.
struct ReportView {
    tone: &'static str,
    sentence: Words,
    signatures: Vec<SignatureView>,
}

struct SignatureView {
    owner: String,
    time: String,
    steps: Vec<StepView>,
}

struct StepView {
    good: bool,
    step: String,
    hint: String,
}

/// Choosing and placing a seal.
pub(super) async fn choose(system: &SealSystem, on: &Subject, error: Option<Words>) -> Response {
    let application = system.application();
    let work = async { Ok((application.documents(on).await?, application.found(on).await?)) };
    let (documents, (found, partial, org_code)) = match work.await {
        Ok(found) => found,
        Err(error) => return lost(system, &error),
    };
    if documents.iter().any(|one| matches!(one.step, Step::Signing | Step::Sealed)) {
        return to(on);
    }
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let screen = SealPage {
        site: system.name(),
        at: address(on),
        documents: &documents,
        pages: documents.iter().map(|one| one.pages).min().unwrap_or_default(),
        fields: common_fields(&documents),
        error,
        asked: org_code.is_some(),
        org_code: org_code.unwrap_or_default(),
        types: SealTypeFilter::ALL.iter().map(|kind| (kind.text(), kind.meaning().0)).collect(),
        partial,
        choices: found.iter().map(choice).collect(),
        step: 2,
    };
    page(status, &screen)
}

fn common_fields(documents: &[Progress]) -> Vec<&String> {
    let Some((first, rest)) = documents.split_first() else { return Vec::new() };
    first.fields.iter().filter(|field| rest.iter().all(|one| one.fields.contains(field))).collect()
}

/// What is next for documents in this state.
pub(super) async fn of_step(
    system: &SealSystem,
    on: &Subject,
    step: Step,
    notice: Option<Notice>,
) -> Response {
    let error = notice.map(Notice::words);
    match (step, on) {
        (Step::Opened, _) => choose(system, on, error).await,
        (Step::Prepared, _) => signer(system, on, error).await,
        (Step::Asked | Step::Signing, _) => wait(system, on, error).await,
        (Step::Sealed, Subject::One(id)) => done(system, id).await,
        (Step::Failed, Subject::One(id)) => failed(system, id, error).await,
        (Step::Sealed | Step::Failed, Subject::Several(_)) => all_done(system, on, error).await,
    }
}

async fn signer(system: &SealSystem, on: &Subject, error: Option<Words>) -> Response {
    let application = system.application();
    let work = async { Ok((application.documents(on).await?, application.chosen(on).await?)) };
    match work.await {
        Ok((documents, Some((seal, spot)))) => {
            let preview = documents.first().map(|first| preview::draw(first, &seal, spot));
            let preview = preview.unwrap_or_default();
            let on_page = spot.map(|spot| spot.page);
            let seal = choice(&seal);
            let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let (site, at) = (system.name(), address(on));
            let screen =
                SignerPage { site, at, documents: &documents, error, preview, on_page, seal, step: 3 };
            page(status, &screen)
        }
        Ok((_, None)) => choose(system, on, error).await,
        Err(error) => lost(system, &error),
    }
}

async fn wait(system: &SealSystem, on: &Subject, error: Option<Words>) -> Response {
    let documents = match system.application().documents(on).await {
        Ok(documents) => documents,
        Err(error) => return lost(system, &error),
    };
    let url = documents.first().and_then(|first| first.auth_url.as_deref()).unwrap_or_default();
    // Once one is being signed the signer has nothing more to do.
    let asked = documents.iter().all(|one| one.step == Step::Asked);
    let qr = if asked { qr::svg(url) } else { None };
    let (site, at) = (system.name(), address(on));
    page(StatusCode::OK, &WaitPage { site, at, documents: &documents, error, qr, url, step: 3 })
}

/// What became of several documents.
async fn all_done(system: &SealSystem, on: &Subject, error: Option<Words>) -> Response {
    let application = system.application();
    let documents = match application.documents(on).await {
        Ok(documents) => documents,
        Err(error) => return lost(system, &error),
    };
    let sealed = documents.iter().filter(|one| one.step.is_sealed()).count();
    let mut outcomes = Vec::with_capacity(documents.len());
    for progress in documents {
        outcomes.push(outcome(&application, progress).await);
    }
    page(StatusCode::OK, &BatchDonePage { site: system.name(), error, outcomes, sealed, step: 4 })
}

async fn outcome(application: &Application, progress: Progress) -> Outcome {
    if !progress.step.is_sealed() {
        let (zh, en) = refusal(&progress);
        return Outcome { progress, report: None, why: Some(Words::new(zh, en)) };
    }
    let asked = tokio::time::timeout(PER_REPORT, application.report(&progress.id)).await;
    let late = || Words::new("平台尚未答复", "the platform has not answered");
    let why = |error: ApplicationError| super::words(&error);
    match asked.map_or_else(|_| Err(late()), |report| report.map_err(why)) {
        Ok(report) => Outcome { progress, report: Some(report_view(&report)), why: None },
        Err(why) => Outcome { progress, report: None, why: Some(why) },
    }
}

async fn done(system: &SealSystem, id: &JobId) -> Response {
    let application = system.application();
    let progress = match application.progress(id).await {
        Ok(progress) => progress,
        Err(error) => return lost(system, &error),
    };
    let (report, error) = match application.report(id).await {
        Ok(report) => (Some(report_view(&report)), None),
        Err(error) => (None, Some(super::words(&error))),
    };
    let missing_stamp = matches!(progress.stamping, Stamping::Missing(_));
    let site = system.name();
    page(StatusCode::OK, &DonePage { site, progress: &progress, error, report, missing_stamp, step: 4 })
}

async fn failed(system: &SealSystem, id: &JobId, error: Option<Words>) -> Response {
    let progress = match system.application().progress(id).await {
        Ok(progress) => progress,
        Err(error) => return lost(system, &error),
    };
    let error = error.unwrap_or_else(|| {
        let (zh, en) = refusal(&progress);
        Words::new(format!("{zh}。请重新选择印章。"), format!("{en}. Please choose the seal again."))
    });
    choose(system, &id.into(), Some(error)).await
}

/// Why it was refused for good, with the code.
fn refusal(progress: &Progress) -> (String, String) {
    let code = progress.code.as_deref().unwrap_or("?");
    let known = code.parse::<protocol::Code>().ok();
    let (zh, en) = known.map_or(("未完成签章", "not sealed"), |code| (code.zh(), code.en()));
    (format!("{zh}（{code}）"), format!("{en} ({code})"))
}

fn choice(seal: &SealInfo) -> Choice {
    let users = seal.user_list.iter().map(protocol::tables::AuthorisedUser::masked);
    let day = seal.seal_invalid_time.to_string();
    Choice {
        code: seal.seal_code.as_str().to_owned(),
        name: seal.seal_name.as_str().to_owned(),
        kind: seal.seal_type.meaning().0,
        picture: preview::data_uri(seal),
        size: format!("{} × {} mm", seal.width, seal.height),
        plat_name: seal.plat_name.clone(),
        until: day.split(' ').next().unwrap_or_default().to_owned(),
        users: users
            .map(|user| format!("{} {}", user.user_name.expose(), user.mobile_phone.expose()))
            .collect(),
        usable: seal.cert_type == protocol::lists::CertType::Cloud,
    }
}

fn report_view(report: &DocumentReport) -> ReportView {
    let (tone, zh, en) = match report.indication {
        Indication::Valid => (
            "good",
            "平台验证：文件未被改动，签章真实有效。",
            "The platform found the document unchanged and the seal valid.",
        ),
        Indication::Invalid => ("bad", "平台验证：签章无效。", "The platform found the seal invalid."),
        Indication::Indeterminate => {
            ("wait", "平台验证：暂不能判定，原因见下。", "The platform could not decide; see why below.")
        }
    };
    let signatures = report.details.iter().map(|detail| SignatureView {
        owner: detail.cert_owner.clone().unwrap_or_default(),
        time: detail.sign_time.map(|time| time.to_string()).unwrap_or_default(),
        steps: detail
            .flow_vo_list
            .iter()
            .map(|step| StepView {
                good: step.status == StepStatus::Passed,
                step: step.step.clone(),
                hint: step.hint.clone(),
            })
            .collect(),
    });
    ReportView { tone, sentence: Words::new(zh, en), signatures: signatures.collect() }
}
