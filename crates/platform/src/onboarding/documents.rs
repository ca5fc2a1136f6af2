//! Documents that a system hands in (入驻材料; `facts` §6.2; standard 5.3 b): bounded, encrypted at rest, known by their
//! SM3, and watched for their end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use protocol::{ApiError, AppId, Code};
use storage::Tx;
use storage::platform::documents::{self, DocumentKind, DocumentRow, DocumentState};
use storage::platform::systems;
use zeroize::Zeroizing;

use super::steps;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// The column under which contents are encrypted.
const CONTENT: &str = "system_documents.content";
/// Longest title or name of an issuer, in characters.
const MAX_TEXT: usize = 200;

/// A document about to be entered.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Whose it is.
    pub app_id: AppId,
    /// What it is.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// The file.
    pub content: Vec<u8>,
    /// First moment it is valid, if it says so.
    pub valid_from: Option<Timestamp>,
    /// Last moment it is valid, if it has one.
    pub valid_until: Option<Timestamp>,
}

fn refuse(code: Code, zh: &str, en: &str) -> ApiError {
    ApiError::explained(code, zh, en)
}

/// Enters a document; it takes the place of those of its kind (but of "other"). Gives it as it is stored.
///
/// # Errors
/// 10001 when there is no such system, 20002 for an empty file or text, 20004 for a document that has ended already,
/// 20010 beyond `onboarding.document_bytes`.
pub async fn add_document(context: &Context, new: &NewDocument, actor: &str) -> Outcome<DocumentRow> {
    let at = context.now();
    check(context, new)?;
    let row = DocumentRow {
        document_id: context.random.hex_id(),
        app_id: new.app_id.as_str().to_owned(),
        kind: new.kind,
        title: new.title.clone(),
        issuer: new.issuer.clone(),
        sm3: hex::encode(crypto::sm3::digest(&new.content)),
        size: i64::try_from(new.content.len()).map_err(ApiError::fault)?,
        valid_from: new.valid_from.map(Timestamp::as_millisecond),
        valid_until: new.valid_until.map(Timestamp::as_millisecond),
        state: DocumentState::Current,
        added_by: actor.to_owned(),
        added_at: at.as_millisecond(),
        ended_by: None,
        ended_at: None,
        reason: None,
        warned_at: None,
        expired_at: None,
    };
    let plain = Zeroizing::new(STANDARD.encode(&new.content));
    let sealed = context.seal(CONTENT, &plain)?;
    let detail = serde_json::json!({
        "actor": actor, "documentId": row.document_id, "kind": row.kind.as_str(), "sm3": row.sm3, "size": row.size,
        "issuer": row.issuer, "validUntil": new.valid_until.map(|until| until.to_string()),
    });
    let event = Event::new(Kind::DocumentAdded, at, "", &row.app_id, &detail)?;
    let mut tx = context.database.begin().await?;
    systems::find(&mut tx, &row.app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    documents::insert(&mut tx, &row, sealed.as_bytes()).await?;
    if row.kind != DocumentKind::Other {
        documents::replace_others(&mut tx, &row).await?;
    }
    evidence::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(row)
}

fn check(context: &Context, new: &NewDocument) -> Result<(), ApiError> {
    let most = context.config.onboarding.document_bytes;
    if u64::try_from(new.content.len()).unwrap_or(u64::MAX) > most {
        let (zh, en) = (format!("文件超过 {most} 字节"), format!("the file has more than {most} bytes"));
        return Err(refuse(Code::TooLarge, &zh, &en));
    }
    let good = |text: &str| {
        !text.trim().is_empty() && text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
    };
    if new.content.is_empty() || !good(&new.title) || !good(&new.issuer) {
        let (zh, en) = ("文件、名称或签发机构为空或过长", "file, title or issuer is empty or too long");
        return Err(refuse(Code::Malformed, zh, en));
    }
    let over = new.valid_until.is_some_and(|until| until < context.now());
    let reversed = new.valid_until.zip(new.valid_from).is_some_and(|(until, from)| until < from);
    if over || reversed {
        return Err(refuse(Code::Contradiction, "文件已过期", "the document has ended already"));
    }
    Ok(())
}

/// Takes a document back: its content is erased, what is known of it stays.
///
/// # Errors
/// 20003 when there is no such document, or it was taken back already.
pub async fn withdraw_document(
    context: &Context,
    document_id: &str,
    (actor, reason): (&str, &str),
) -> Outcome<()> {
    let at = context.now();
    let mut tx = context.database.begin().await?;
    let row = documents::find(&mut tx, document_id).await?.ok_or_else(unknown)?;
    if !documents::withdraw(&mut tx, document_id, at.as_millisecond(), (actor, reason)).await? {
        return Err(unknown().into());
    }
    let detail = serde_json::json!({
        "actor": actor, "documentId": document_id, "kind": row.kind.as_str(), "sm3": row.sm3, "reason": reason,
    });
    evidence::append(&mut tx, &Event::new(Kind::DocumentWithdrawn, at, "", &row.app_id, &detail)?).await?;
    Ok(tx.commit().await?)
}

fn unknown() -> ApiError {
    refuse(Code::NotInList, "没有这份文件", "there is no such document")
}

/// Reads a document out; who read it is evidenced first. Its SM3 is compared with what was entered.
///
/// # Errors
/// 20003 when there is no such document or its content was erased, 99999 when it was altered.
pub async fn read_document(
    context: &Context,
    document_id: &str,
    (actor, reason): (&str, &str),
) -> Outcome<(DocumentRow, Zeroizing<Vec<u8>>)> {
    let mut tx = context.database.begin().await?;
    let row = documents::find(&mut tx, document_id).await?.ok_or_else(unknown)?;
    let sealed = documents::content(&mut tx, document_id).await?.ok_or_else(unknown)?;
    let text = context.open(CONTENT, std::str::from_utf8(&sealed).map_err(ApiError::fault)?)?;
    let content = Zeroizing::new(STANDARD.decode(text.as_bytes()).map_err(ApiError::fault)?);
    if hex::encode(crypto::sm3::digest(&content)) != row.sm3 {
        return Err(ApiError::fault("the content of a document was altered").into());
    }
    let detail =
        serde_json::json!({ "actor": actor, "documentId": document_id, "sm3": row.sm3, "reason": reason });
    let event = Event::new(Kind::DocumentRead, context.now(), "", &row.app_id, &detail)?;
    evidence::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok((row, content))
}

/// The required kinds of document that a system lacks now.
///
/// # Errors
/// Failures of the database.
pub async fn lacking_documents(context: &Context, tx: &mut Tx, app_id: &str) -> Outcome<Vec<DocumentKind>> {
    let rules = &context.config.onboarding;
    let all = documents::of_system(tx, app_id).await?;
    Ok(steps::lacking(&all, &rules.required(), rules.way, context.now().as_millisecond()))
}
