//! What a person does with a document, step by step. Each form leads back to the one address of the document,
//! which shows what is next; a form that was not in order is shown again with what was wrong.

use std::time::Duration;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::Response;
use protocol::lists::SealTypeFilter;
use protocol::tables::SealQueryRequest;
use protocol::{Fault, IdCard, OrgCode};
use serde::Deserialize;

use super::screens::{self, Notice};
use super::{address, lost, see, subject, to};
use crate::SealSystem;
use crate::application::{ApplicationError, Decision, Placing, Position, Signer, Step, Subject, Which};

/// How long one look at the page works at signing.
const AT_ONCE: Duration = Duration::from_secs(30);
/// Longest text at which a seal is put, in characters.
const MAX_KEYWORD: usize = 100;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// `seal` goes back to choosing a seal.
    #[serde(default)]
    step: String,
}

#[derive(Deserialize)]
pub(super) struct SealsForm {
    #[serde(default)]
    org_code: String,
    #[serde(default)]
    seal_type: String,
    #[serde(default)]
    id_card: String,
}

#[derive(Deserialize)]
pub(super) struct PlaceForm {
    #[serde(default)]
    seal: String,
    #[serde(default, rename = "where")]
    kind: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    keyword: String,
    #[serde(default)]
    which: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    lock: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignerForm {
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    id_card: String,
    #[serde(default)]
    name: String,
}

/// Shows what is next. While the signer is being waited for, this also looks whether they have decided, and has
/// the documents signed when they have: the page reloads itself.
pub(super) async fn show(
    State(system): State<SealSystem>,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> Response {
    let work = async {
        let on = subject(&uri)?;
        if let Some(together) = together(&system, &on).await? {
            return Ok(to(&together));
        }
        if wanted.step == "seal" {
            return Ok(screens::choose(&system, &on, None).await);
        }
        let (step, notice) = advance(&system, &on).await?;
        Ok(screens::of_step(&system, &on, step, notice).await)
    };
    work.await.unwrap_or_else(|error: ApplicationError| lost(&system, &error))
}

/// The batch in which a document is on its way; what it came to is shown for each by itself too.
async fn together(system: &SealSystem, on: &Subject) -> Result<Option<Subject>, ApplicationError> {
    let Subject::One(id) = on else { return Ok(None) };
    let progress = system.application().progress(id).await?;
    let ended = matches!(progress.step, Step::Sealed | Step::Failed);
    Ok(progress.batch.filter(|_| !ended).map(Subject::Several))
}

/// Takes waiting documents as far as they can go now. What keeps them is told on the page; it is tried again.
async fn advance(system: &SealSystem, on: &Subject) -> Result<(Step, Option<Notice>), ApplicationError> {
    let application = system.application();
    let mut notice = None;
    let mut step = Step::of_all(&application.documents(on).await?);
    if step == Step::Asked {
        match application.poll(on).await {
            Ok(Decision::Pending) => return Ok((step, None)),
            Ok(Decision::Passed) => step = Step::Signing,
            Ok(Decision::Refused) => notice = Some(Notice::Refused),
            Ok(Decision::Expired) => notice = Some(Notice::Expired),
            Err(ApplicationError::Overtaken) => {}
            Err(error) => return Ok((step, Some(Notice::Failed(super::words(&error))))),
        }
    }
    if step == Step::Signing {
        // The browser is answered in time; whatever is left goes on at its next look.
        match tokio::time::timeout(AT_ONCE, application.sign_all(on)).await {
            Ok(Ok(()) | Err(ApplicationError::Overtaken)) | Err(_) => {}
            Ok(Err(error)) => notice = Some(Notice::Failed(super::words(&error))),
        }
    }
    Ok((Step::of_all(&application.documents(on).await?), notice))
}

/// Looks for seals.
pub(super) async fn find(
    State(system): State<SealSystem>,
    uri: Uri,
    Form(form): Form<SealsForm>,
) -> Response {
    let work = async {
        let on = subject(&uri)?;
        system.application().seals(&on, &form.query()?).await?;
        Ok(on)
    };
    match work.await {
        Ok(on) => see(&format!("{}?step=seal#seals", address(&on))),
        Err(error) => again(&system, &uri, &error, Step::Opened).await,
    }
}

/// Puts a seal on the document.
pub(super) async fn place(
    State(system): State<SealSystem>,
    uri: Uri,
    Form(form): Form<PlaceForm>,
) -> Response {
    let work = async {
        let on = subject(&uri)?;
        let application = system.application();
        let (found, ..) = application.found(&on).await?;
        let seal = found.iter().find(|seal| seal.seal_code.as_str() == form.seal);
        let seal = seal.ok_or_else(|| missing("印章 seal", "请选择一枚印章 / choose a seal"))?;
        application.place(&on, seal, &form.placing()?).await?;
        Ok(on)
    };
    match work.await {
        Ok(on) => to(&on),
        Err(error) => again(&system, &uri, &error, Step::Opened).await,
    }
}

/// Asks the signer.
pub(super) async fn ask(
    State(system): State<SealSystem>,
    uri: Uri,
    Form(form): Form<SignerForm>,
) -> Response {
    let work = async {
        let on = subject(&uri)?;
        let signer = Signer::parse(&form.mobile, &form.id_card, &form.name)?;
        system.application().ask(&on, &signer).await?;
        Ok(on)
    };
    match work.await {
        Ok(on) => to(&on),
        Err(error) => again(&system, &uri, &error, Step::Prepared).await,
    }
}

/// The form once more, with what was wrong.
async fn again(system: &SealSystem, uri: &Uri, error: &ApplicationError, step: Step) -> Response {
    let Ok(on) = subject(uri) else { return lost(system, error) };
    match error {
        ApplicationError::UnknownJob | ApplicationError::Fault(_) => lost(system, error),
        ApplicationError::Overtaken | ApplicationError::WrongState(_) => to(&on),
        _ if step == Step::Opened => screens::choose(system, &on, Some(super::words(error))).await,
        _ => screens::of_step(system, &on, step, Some(Notice::Failed(super::words(error)))).await,
    }
}

impl SealsForm {
    fn query(&self) -> Result<SealQueryRequest, ApplicationError> {
        let id_card = Some(self.id_card.trim()).filter(|text| !text.is_empty());
        let on = |name: &'static str| move |fault: Fault| ApplicationError::from(fault.on(name));
        let org_code = self.org_code.trim().to_ascii_uppercase();
        let query = SealQueryRequest {
            device_id: None,
            id_card: id_card.map(IdCard::parse).transpose().map_err(on("身份证号 identity number"))?,
            org_code: OrgCode::parse(&org_code).map_err(on("统一社会信用代码 credit code"))?,
            seal_type: SealTypeFilter::from_text(&self.seal_type)
                .ok_or_else(|| missing("印章类型 type", "请选择类型 / choose a type"))?,
            cert_type: None,
            cert_number: None,
            ukey_id: None,
        };
        match protocol::schema::Rules::check(&query).into_iter().next() {
            Some(error) => Err(error.into()),
            None => Ok(query),
        }
    }
}

impl PlaceForm {
    fn placing(&self) -> Result<Placing, ApplicationError> {
        let page = || {
            self.page.trim().parse::<usize>().map_err(|_| missing("页码 page", "应为整数 / a whole number"))
        };
        let length = |text: &str, name: &str| {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| missing(name, "应为毫米数 / millimetres"))
        };
        let position = match self.kind.as_str() {
            "riding" => Position::Riding,
            "keyword" => Position::Keyword { text: self.keyword()?, which: self.which() },
            "field" if self.field.is_empty() => return Err(missing("签名域 field", "请选择 / choose one")),
            "field" => Position::Field { name: self.field.clone() },
            "at" => Position::At {
                page: page()?,
                x_mm: length(&self.x, "左边距 x")?,
                y_mm: length(&self.y, "上边距 y")?,
            },
            _ if self.page.trim().is_empty() => Position::Corner { page: None },
            _ => Position::Corner { page: Some(page()?) },
        };
        Ok(Placing { position, lock: self.lock.is_some() })
    }

    fn keyword(&self) -> Result<String, ApplicationError> {
        let text = self.keyword.trim();
        if text.is_empty() || text.chars().count() > MAX_KEYWORD {
            return Err(missing("关键字 text", "应为 1 至 100 个字 / 1 to 100 characters"));
        }
        Ok(text.to_owned())
    }

    fn which(&self) -> Which {
        match self.which.as_str() {
            "first" => Which::First,
            "every" => Which::Every,
            _ => Which::Last,
        }
    }
}

fn missing(field: &str, message: &str) -> ApplicationError {
    ApplicationError::Value { field: field.to_owned(), message: message.to_owned() }
}
