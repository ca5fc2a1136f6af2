//! The way of a system: its application and its documents, and what waits for a second administrator.

use std::io::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::onboarding::{self, Contact, NewApplication, NewDocument};
use platform::review::{self, Progress};
use protocol::{ENDPOINTS, Mobile};
use storage::platform::reviews;

use super::args::LookArgs;
use super::join_args::{
    AddDocumentArgs, ApplyArgs, ReadDocumentArgs, RefuseReviewArgs, WithdrawDocumentArgs,
};
use super::show::{kind_word, print_review};
use super::{app_id, desk, look, told};
use crate::outcome::{About, End, Failure, Outcome};

/// Largest document that is read; the configuration sets the bound that counts.
const MAX_DOCUMENT: u64 = 16 << 20;
/// Reviews that are listed.
const MOST_REVIEWS: i64 = 1_000;

/// Hands in an application.
pub(super) async fn apply(args: &ApplyArgs) -> Outcome {
    let contact = |name: &str, mobile: &str| -> Outcome<Contact> {
        let mobile = Mobile::parse(mobile).map_err(|fault| {
            Failure::new(format!("--…-mobile: {} {}", fault.zh, fault.en)).hint("13800001234")
        })?;
        Ok(Contact { name: name.to_owned(), mobile })
    };
    let all = args.interface.iter().any(|name| name == super::systems::ALL);
    let every = || ENDPOINTS.iter().map(|endpoint| endpoint.name.to_owned()).collect();
    let new = NewApplication {
        app_id: app_id(&args.app_id)?,
        description: args.description.clone(),
        interfaces: if all { every() } else { args.interface.clone() },
        monthly_volume: args.monthly_volume,
        contact: contact(&args.contact, &args.contact_mobile)?,
        emergency: contact(&args.emergency, &args.emergency_mobile)?,
    };
    let context = desk(&args.desk.site.config).await?;
    let number = told(onboarding::apply(&context, &new, &args.desk.actor).await)?;
    say!("已提交申请 application handed in: {} no. {number}", args.app_id);
    say!(
        "下一步 next: 由两名管理员批准 two administrators approve: operator set-state --state approved, or rejected --reason …"
    );
    Ok(End::Good)
}

/// A day in Beijing, at its first moment.
fn begins(day: Date) -> Outcome<Timestamp> {
    jiff::tz::offset(8).to_timestamp(day.at(0, 0, 0, 0)).about(day)
}

/// A day in Beijing, at its last millisecond.
fn ends(day: Date) -> Outcome<Timestamp> {
    begins(day.tomorrow().about(day)?)?.checked_sub(jiff::SignedDuration::from_millis(1)).about(day)
}

/// Enters a document.
pub(super) async fn add_document(args: &AddDocumentArgs) -> Outcome {
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let new = NewDocument {
        app_id: app_id(&args.app_id)?,
        kind: args.kind.into(),
        title: args.title.clone().or(name).unwrap_or_default(),
        issuer: args.issuer.clone(),
        content: crate::keys::read_file(&args.file, MAX_DOCUMENT)?,
        valid_from: args.valid_from.map(begins).transpose()?,
        valid_until: args.valid_until.map(ends).transpose()?,
    };
    let context = desk(&args.desk.site.config).await?;
    let row = told(onboarding::add_document(&context, &new, &args.desk.actor).await)?;
    say!("SM3 {}", row.sm3);
    say!("已登记材料 document entered: {} {} {}", row.app_id, kind_word(row.kind), row.document_id);
    Ok(End::Good)
}

/// Takes a document back.
pub(super) async fn withdraw_document(args: &WithdrawDocumentArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let by = (args.desk.actor.as_str(), args.reason.as_str());
    told(onboarding::withdraw_document(&context, &args.document, by).await)?;
    say!("已撤回材料，内容已删除 document taken back, its content is gone: {}", args.document);
    Ok(End::Good)
}

/// Writes a document to a file.
pub(super) async fn read_document(args: &ReadDocumentArgs) -> Outcome {
    let WithdrawDocumentArgs { desk: who, document, reason } = &args.document;
    let context = desk(&who.site.config).await?;
    let mut file = crate::serve::private(&args.out)?;
    let by = (who.actor.as_str(), reason.as_str());
    let (row, content) = match told(onboarding::read_document(&context, document, by).await) {
        Ok(read) => read,
        Err(failure) => {
            // Nothing was written: the file is not left behind.
            drop(std::fs::remove_file(&args.out));
            return Err(failure);
        }
    };
    file.write_all(&content).and_then(|()| file.sync_all()).about(args.out.display())?;
    say!("已写出材料 document written: {} ({} bytes, SM3 {})", args.out.display(), row.size, row.sm3);
    Ok(End::Good)
}

/// Lists what waits for a second administrator.
pub(super) async fn reviews(args: &LookArgs) -> Outcome {
    let database = look(&args.site.config).await?;
    let mut tx = database.read().await.about("database")?;
    let open = reviews::list_open(&mut tx, MOST_REVIEWS).await.about("database")?;
    tx.commit().await.about("database")?;
    if args.json {
        let lines: Vec<_> = open.iter().map(super::show::review_json).collect();
        say!("{}", serde_json::json!({ "reviews": lines }));
        return Ok(End::Good);
    }
    say!("待复核 waiting for a second administrator: {}", open.len());
    open.iter().for_each(print_review);
    Ok(End::Good)
}

/// Refuses what waits.
pub(super) async fn refuse_review(args: &RefuseReviewArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let by = (args.desk.actor.as_str(), args.reason.as_str());
    told(review::refuse(&context, &args.review, by).await)?;
    say!("已否决 refused: {}", args.review);
    Ok(End::Good)
}

/// Tells what became of something that takes two; `done` is said when it is.
pub(super) fn progress(progress: &Progress, done: &str) {
    match progress {
        Progress::Done => say!("{done}"),
        Progress::Waiting(waiting) => {
            say!("待复核 waits for a second administrator, until {}: {}", waiting.until, waiting.review_id);
            say!(
                "下一步 next: 另一名管理员执行同一命令 another administrator gives the same command with --as NAME, or \
                 operator refuse-review --review {}",
                waiting.review_id
            );
        }
    }
}
