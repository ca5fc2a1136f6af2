//! One system with everything that its reviewers look at.

use jiff::Timestamp;
use platform::Context;
use platform::onboarding::{self, ApplicationView};
use serde_json::{Value, json};
use storage::Tx;
use storage::platform::documents::{self, DocumentKind, DocumentRow, DocumentState};
use storage::platform::reviews::{self, ReviewRow, ReviewState};
use storage::platform::systems::{self, System, SystemChange};

use super::join_args::ShowSystemArgs;
use super::systems::word as state_word;
use super::{app_id, desk, told};
use crate::outcome::{About, End, Failure, Outcome};

struct Card {
    system: System,
    history: Vec<SystemChange>,
    applications: Vec<ApplicationView>,
    documents: Vec<DocumentRow>,
    lacking: Vec<DocumentKind>,
    reviews: Vec<ReviewRow>,
}

/// Prints the system's card. Persons are masked.
pub(super) async fn show(args: &ShowSystemArgs) -> Outcome {
    let context = desk(&args.look.site.config).await?;
    let id = app_id(&args.app_id)?;
    let mut tx = context.database.read().await.about("database")?;
    let card = read(&context, &mut tx, id.as_str()).await?;
    tx.commit().await.about("database")?;
    if args.look.json {
        say!("{}", as_json(&card));
    } else {
        print(&card, context.now().as_millisecond());
    }
    Ok(End::Good)
}

async fn read(context: &Context, tx: &mut Tx, id: &str) -> Outcome<Card> {
    let unknown = || {
        Failure::new(format!("{id}: 没有这个系统 no such system")).hint("`operator list` shows the systems")
    };
    Ok(Card {
        system: systems::find(tx, id).await.about("database")?.ok_or_else(unknown)?,
        history: systems::history(tx, id).await.about("database")?,
        applications: told(onboarding::applications(context, tx, id).await)?,
        documents: documents::of_system(tx, id).await.about("database")?,
        lacking: told(onboarding::lacking_documents(context, tx, id).await)?,
        reviews: reviews::of_subject(tx, id).await.about("database")?,
    })
}

/// Milliseconds as a time for people and programs.
fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

/// A kind of document in Chinese.
pub(super) const fn kind_word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::BusinessLicence => "营业执照或登记证书",
        DocumentKind::Authorisation => "法定代表人身份证明与授权委托书",
        DocumentKind::Mlps => "等保三级备案证明与测评报告",
        DocumentKind::CryptoAssessment => "密评报告",
        DocumentKind::ProductCertificate => "商用密码产品认证证书",
        DocumentKind::CaLicence => "电子认证服务许可证或合作文件",
        DocumentKind::Description => "系统说明与联系人",
        DocumentKind::Undertaking => "安全承诺书或接入协议",
        DocumentKind::TestReport => "测试报告",
        DocumentKind::Other => "其他",
    }
}

const fn review_word(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Open => "待复核",
        ReviewState::Done => "已同意",
        ReviewState::Refused => "已否决",
        ReviewState::Lapsed => "已失效",
    }
}

/// A review for programs.
pub(super) fn review_json(review: &ReviewRow) -> Value {
    json!({
        "reviewId": review.review_id, "action": review.action, "subject": review.subject,
        "state": review.state.as_str(), "reason": review.reason, "proposedBy": review.proposed_by,
        "proposedAt": time(review.proposed_at), "until": time(review.expires_at), "decidedBy": review.decided_by,
        "decidedAt": review.decided_at.map(time), "decision": review.decision,
    })
}

/// A review for people.
pub(super) fn print_review(review: &ReviewRow) {
    let reason = review.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    say!(
        "  {} {} {} {} {}{reason}",
        review.review_id,
        review_word(review.state),
        review.action,
        review.subject,
        time(review.proposed_at)
    );
    let end = match (&review.decided_by, &review.decision) {
        (Some(by), Some(decision)) => format!(", {by}: {decision}"),
        (Some(by), None) => format!(", {by}"),
        _ => format!(", 至 until {}", time(review.expires_at)),
    };
    say!("      {}{end}", review.proposed_by);
}

fn as_json(card: &Card) -> Value {
    let system = &card.system;
    let application = |one: &ApplicationView| {
        let [contact, emergency] = &one.contacts;
        json!({
            "number": one.row.number, "state": one.row.state.as_str(), "description": one.row.description,
            "interfaces": one.row.interfaces.split(' ').collect::<Vec<_>>(), "monthlyVolume": one.row.monthly_volume,
            "contact": contact, "emergency": emergency, "submittedBy": one.row.submitted_by,
            "submittedAt": time(one.row.submitted_at), "decidedBy": one.row.decided_by,
            "decidedAt": one.row.decided_at.map(time), "reason": one.row.reason,
        })
    };
    let document = |one: &DocumentRow| {
        json!({
            "documentId": one.document_id, "kind": one.kind.as_str(), "title": one.title, "issuer": one.issuer,
            "sm3": one.sm3, "size": one.size, "validFrom": one.valid_from.map(time),
            "validUntil": one.valid_until.map(time), "state": one.state.as_str(), "addedBy": one.added_by,
            "addedAt": time(one.added_at),
        })
    };
    let step = |one: &SystemChange| {
        json!({
            "from": one.from_state, "to": one.to_state.as_str(), "at": time(one.at), "actor": one.actor,
            "reason": one.reason,
        })
    };
    let next: Vec<&str> = onboarding::next_steps(system.state).iter().map(|state| state.as_str()).collect();
    json!({
        "appId": system.app_id, "name": system.name, "state": system.state.as_str(), "next": next,
        "lackingDocuments": card.lacking.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "applications": card.applications.iter().map(application).collect::<Vec<_>>(),
        "documents": card.documents.iter().map(document).collect::<Vec<_>>(),
        "reviews": card.reviews.iter().map(review_json).collect::<Vec<_>>(),
        "history": card.history.iter().map(step).collect::<Vec<_>>(),
    })
}

fn print(card: &Card, now: i64) {
    let system = &card.system;
    say!("{} {} {} {}", system.app_id, system.name, state_word(system.state), system.state.as_str());
    let next: Vec<&str> = onboarding::next_steps(system.state).iter().map(|state| state.as_str()).collect();
    say!("可转为 may go to: {}", next.join(", "));
    for one in &card.applications {
        print_application(one);
    }
    say!("材料 documents: {}", card.documents.len());
    for one in &card.documents {
        print_document(one, now);
    }
    for kind in &card.lacking {
        say!("  缺少 lacking: {} {}", kind_word(*kind), kind.as_str());
    }
    say!("复核 reviews: {}", card.reviews.len());
    card.reviews.iter().for_each(print_review);
    say!("历史 history:");
    for one in &card.history {
        let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        say!(
            "  {} {} {} {}{reason}",
            time(one.at),
            state_word(one.to_state),
            one.to_state.as_str(),
            one.actor
        );
    }
}

fn print_application(one: &ApplicationView) {
    let row = &one.row;
    say!(
        "申请 application {} {} {}, {}",
        row.number,
        row.state.as_str(),
        time(row.submitted_at),
        row.submitted_by
    );
    say!("      {}", row.description);
    say!("      接口 interfaces: {}", row.interfaces);
    let [(name, mobile), (emergency, emergency_mobile)] = &one.contacts;
    say!("      接口人 contact {name} {mobile}, 应急 emergency {emergency} {emergency_mobile}");
    if let Some(reason) = &row.reason {
        say!("      {}: {reason}", row.decided_by.as_deref().unwrap_or_default());
    }
}

fn print_document(one: &DocumentRow, now: i64) {
    let word = match one.state {
        DocumentState::Replaced => "已被替换 replaced",
        DocumentState::Withdrawn => "已撤回 taken back",
        DocumentState::Current if one.in_force(now) => "有效 in force",
        DocumentState::Current => "不在有效期 not in force",
    };
    let until = one.valid_until.map(|until| format!(", 至 until {}", time(until))).unwrap_or_default();
    say!("  {} {} {}: {word}{until}", one.document_id, kind_word(one.kind), one.title);
    say!("      {}, {} bytes, SM3 {}", one.issuer, one.size, one.sm3);
}
