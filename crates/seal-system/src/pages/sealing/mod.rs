//! The pages on which this system's own users seal a document: upload, choose and place a seal, ask the signer,
//! take the sealed document home. Several documents go the same way together, under `/sign/batch`, and the signer is
//! asked once.

mod preview;
mod qr;
mod screens;
mod steps;
mod upload;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::{get, post};

use super::answer::{Words, failure, see};
use crate::SealSystem;
use crate::application::{ApplicationError, BatchId, JobId, Subject};

/// Room for the other parts of an upload.
const FORM_ROOM: usize = 64 << 10;

/// The sealing pages; none when the operator switched them off.
pub(super) fn router(system: &SealSystem) -> Router<SealSystem> {
    let rules = &system.parts.application;
    if !rules.enabled {
        return Router::new();
    }
    let largest = rules.max_document.saturating_add(FORM_ROOM);
    Router::new()
        .route("/sign", get(upload::show).post(upload::receive).layer(DefaultBodyLimit::max(largest)))
        .route("/sign/{job}", get(steps::show))
        .route("/sign/{job}/seals", post(steps::find))
        .route("/sign/{job}/place", post(steps::place))
        .route("/sign/{job}/ask", post(steps::ask))
        .route("/sign/{job}/document", get(upload::download))
        .route("/sign/batch/{batch}", get(steps::show))
        .route("/sign/batch/{batch}/seals", post(steps::find))
        .route("/sign/batch/{batch}/place", post(steps::place))
        .route("/sign/batch/{batch}/ask", post(steps::ask))
}

/// The id in an address.
fn job(text: &str) -> Result<JobId, ApplicationError> {
    JobId::parse(text).ok_or(ApplicationError::UnknownJob)
}

/// What an address is about.
fn subject(uri: &Uri) -> Result<Subject, ApplicationError> {
    let path = uri.path().strip_prefix("/sign/").unwrap_or_default();
    let (id, batch) = match path.strip_prefix("batch/") {
        Some(rest) => (rest, true),
        None => (path, false),
    };
    let id = id.split('/').next().unwrap_or_default();
    let subject =
        if batch { BatchId::parse(id).map(Subject::Several) } else { JobId::parse(id).map(Subject::One) };
    subject.ok_or(ApplicationError::UnknownJob)
}

/// The address of its page.
fn address(subject: &Subject) -> String {
    match subject {
        Subject::One(id) => format!("/sign/{}", id.as_str()),
        Subject::Several(id) => format!("/sign/batch/{}", id.as_str()),
    }
}

fn to(subject: &Subject) -> Response {
    see(&address(subject))
}

/// The one sentence above a form that tells what was wrong.
fn words(error: &ApplicationError) -> Words {
    let text = error.to_string();
    match text.split_once(" / ") {
        Some((zh, en)) => Words::new(zh, en),
        None => Words::new(text, ""),
    }
}

/// A failure with no form to go back to.
fn lost(system: &SealSystem, error: &ApplicationError) -> Response {
    if let ApplicationError::Fault(error) = error {
        return failure(system.name(), error);
    }
    let hint =
        Words::new("请回到「签章」重新开始。", "Please begin again at \u{201C}Seal a document\u{201D}.");
    let status = match error {
        ApplicationError::UnknownJob => axum::http::StatusCode::NOT_FOUND,
        _ => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
    };
    super::answer::message(status, system.name(), words(error), hint)
}
