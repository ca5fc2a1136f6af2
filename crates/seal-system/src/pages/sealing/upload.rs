//! Documents coming in and going out.

use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use formats::sealing::DocumentKind;

use super::super::answer::{Words, page};
use super::{job, lost, to, words};
use crate::SealSystem;
use crate::application::{ApplicationError, MOST_TOGETHER, Recent, Step, Subject};

#[derive(Template)]
#[template(path = "sealing_open.html")]
struct OpenPage<'a> {
    site: &'a str,
    error: Option<Words>,
    max_mib: usize,
    most: usize,
    recent: Vec<Recent>,
}

/// The form, and the newest documents.
pub(super) async fn show(State(system): State<SealSystem>) -> Response {
    form(&system, StatusCode::OK, None).await
}

async fn form(system: &SealSystem, status: StatusCode, error: Option<Words>) -> Response {
    let max_mib = system.parts.application.max_document >> 20;
    match system.application().recent().await {
        Ok(recent) => {
            page(status, &OpenPage { site: system.name(), error, max_mib, most: MOST_TOGETHER, recent })
        }
        Err(error) => lost(system, &error),
    }
}

/// Takes a document in, or several to be sealed together.
pub(super) async fn receive(State(system): State<SealSystem>, parts: Multipart) -> Response {
    let files = match files(parts).await {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            let error =
                Words::new("请先选择一个 OFD 或 PDF 文件。", "Please choose an OFD or PDF file first.");
            return form(&system, StatusCode::UNPROCESSABLE_ENTITY, Some(error)).await;
        }
        Err(error) => {
            tracing::debug!(%error, "an upload could not be read");
            let max = system.parts.application.max_document >> 20;
            let error = match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => words(&ApplicationError::TooLarge(max)),
                _ => Words::new("上传未完成，请重试。", "The upload did not finish. Please try again."),
            };
            return form(&system, StatusCode::UNPROCESSABLE_ENTITY, Some(error)).await;
        }
    };
    match open(&system, files).await {
        Ok(subject) => to(&subject),
        Err(ApplicationError::Fault(error)) => lost(&system, &ApplicationError::Fault(error)),
        Err(error) => form(&system, StatusCode::UNPROCESSABLE_ENTITY, Some(words(&error))).await,
    }
}

async fn open(system: &SealSystem, files: Vec<(String, Vec<u8>)>) -> Result<Subject, ApplicationError> {
    let application = system.application();
    if let [(name, bytes)] = &files[..] {
        return Ok(Subject::One(application.open(name, bytes.clone()).await?));
    }
    Ok(Subject::Several(application.open_together(files).await?))
}

/// The files in the form; what is empty was not chosen. Their size is bounded by the limit on the body, and of too many
/// only one too many is read.
async fn files(mut parts: Multipart) -> Result<Vec<(String, Vec<u8>)>, MultipartError> {
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await?;
        if !bytes.is_empty() {
            files.push((name, bytes.to_vec()));
        }
        if files.len() > MOST_TOGETHER {
            break;
        }
    }
    Ok(files)
}

/// Gives the sealed document.
pub(super) async fn download(State(system): State<SealSystem>, Path(id): Path<String>) -> Response {
    let application = system.application();
    let work = async {
        let id = job(&id)?;
        Ok((application.progress(&id).await?, application.sealed(&id).await?))
    };
    match work.await {
        Ok((progress, sealed)) if progress.step == Step::Sealed => {
            attachment(&progress.name, progress.kind, sealed)
        }
        Ok((progress, _)) => lost(&system, &ApplicationError::WrongState(progress.step.words().1)),
        Err(error) => lost(&system, &error),
    }
}

/// The document under its own name, with the ending of what it is, whatever ending it came with.
fn attachment(name: &str, kind: DocumentKind, bytes: Vec<u8>) -> Response {
    let ending = kind.extension();
    let stem = name.rsplit_once('.').filter(|(_, last)| last.eq_ignore_ascii_case(ending));
    let stem = stem.map_or(name, |(stem, _)| stem);
    let disposition = format!(
        "attachment; filename=\"sealed.{ending}\"; filename*=UTF-8''{}",
        percent(&format!("{stem}-已签章.{ending}"))
    );
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.extend(http_server::page_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// As RFC 8187 wants a file name in a header.
fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_the_header() {
        let name = "a\"b\r\nX: y;é.ofd";
        let response = attachment(name, DocumentKind::Ofd, vec![1]);
        let value = response.headers().get(CONTENT_DISPOSITION).unwrap().to_str().unwrap();
        let expected = "UTF-8''a%22b%0D%0AX%3A%20y%3B%C3%A9-%E5%B7%B2%E7%AD%BE%E7%AB%A0.ofd";
        assert!(value.ends_with(expected), "{value}");
    }

    #[test]
    fn a_document_goes_out_as_what_it_is() {
        for (name, expected) in [("合同.PDF", "%E5%90%88%E5%90%8C-"), ("x.ofd", "x.ofd-"), (".", ".-")] {
            let response = attachment(name, DocumentKind::Pdf, vec![1]);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/pdf");
            let value = response.headers()[CONTENT_DISPOSITION].to_str().unwrap();
            let expected = format!("filename*=UTF-8''{expected}%E5%B7%B2%E7%AD%BE%E7%AB%A0.pdf");
            assert!(value.ends_with(&expected) && value.contains("sealed.pdf"), "{value}");
        }
    }
}
