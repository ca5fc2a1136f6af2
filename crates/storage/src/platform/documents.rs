//! Documents that an access system handed in at onboarding (入驻材料; `facts` §6.2): what they are, their SM3, until when
//! they are valid. The content is encrypted by the platform before it comes here.

use crate::{Result, Tx};

text_enum! {
    /// The checklist of `facts` §6.2.
    DocumentKind {
        /// 营业执照或登记证书.
        BusinessLicence = "business-licence",
        /// 法定代表人身份证明与经办人授权委托书.
        Authorisation = "authorisation",
        /// 等保三级备案证明与测评报告 (standard 5.3 b).
        Mlps = "mlps",
        /// 密评报告.
        CryptoAssessment = "crypto-assessment",
        /// 商用密码产品认证证书.
        ProductCertificate = "product-certificate",
        /// 电子认证服务许可证或与电子认证机构的合作文件.
        CaLicence = "ca-licence",
        /// 系统说明, 接口人与应急联系人.
        Description = "description",
        /// 安全承诺书或接入协议.
        Undertaking = "undertaking",
        /// 测试报告.
        TestReport = "test-report",
        /// Anything else.
        Other = "other",
    }
}

impl DocumentKind {
    /// Every kind, in the order of the checklist.
    pub const ALL: &'static [Self] = &[
        Self::BusinessLicence,
        Self::Authorisation,
        Self::Mlps,
        Self::CryptoAssessment,
        Self::ProductCertificate,
        Self::CaLicence,
        Self::Description,
        Self::Undertaking,
        Self::TestReport,
        Self::Other,
    ];
}

text_enum! {
    /// Whether a document counts.
    DocumentState {
        /// It counts, as long as it is valid.
        Current = "current",
        /// A newer one of its kind took its place.
        Replaced = "replaced",
        /// It was taken back; its content is gone.
        Withdrawn = "withdrawn",
    }
}

/// A document without its content.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DocumentRow {
    /// Its id.
    pub document_id: String,
    /// Whose it is.
    pub app_id: String,
    /// What it is.
    #[sqlx(try_from = "String")]
    pub kind: DocumentKind,
    /// What it is called.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// SM3 of the file, lower hexadecimal.
    pub sm3: String,
    /// Length of the file in bytes.
    pub size: i64,
    /// First moment it is valid, if it says so.
    pub valid_from: Option<i64>,
    /// Last moment it is valid, if it has one.
    pub valid_until: Option<i64>,
    /// Whether it counts.
    #[sqlx(try_from = "String")]
    pub state: DocumentState,
    /// Who entered it.
    pub added_by: String,
    /// When.
    pub added_at: i64,
    /// Who replaced it or took it back.
    pub ended_by: Option<String>,
    /// When.
    pub ended_at: Option<i64>,
    /// Why it was taken back.
    pub reason: Option<String>,
    /// When it was told that it expires soon.
    pub warned_at: Option<i64>,
    /// When it was told that it has expired.
    pub expired_at: Option<i64>,
}

impl DocumentRow {
    /// Whether it counts at the time `at`.
    pub fn in_force(&self, at: i64) -> bool {
        self.state == DocumentState::Current
            && self.valid_from.is_none_or(|from| from <= at)
            && self.valid_until.is_none_or(|until| at <= until)
    }
}

macro_rules! columns {
    () => {
        "document_id, app_id, kind, title, issuer, sm3, size, valid_from, valid_until, state, added_by, added_at, \
         ended_by, ended_at, reason, warned_at, expired_at"
    };
}

sql! {
    INSERT = "INSERT INTO system_documents (document_id, app_id, kind, title, issuer, sm3, size, content, valid_from, \
        valid_until, state, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'current', $11, $12)";
    REPLACE = "UPDATE system_documents SET state = 'replaced', ended_by = $4, ended_at = $5 \
        WHERE app_id = $1 AND kind = $2 AND document_id <> $3 AND state = 'current'";
    WITHDRAW = "UPDATE system_documents SET state = 'withdrawn', content = NULL, ended_by = $2, ended_at = $3, \
        reason = $4 WHERE document_id = $1 AND state <> 'withdrawn'";
    FIND = concat!("SELECT ", columns!(), " FROM system_documents WHERE document_id = $1");
    CONTENT = "SELECT content FROM system_documents WHERE document_id = $1";
    OF_SYSTEM = concat!("SELECT ", columns!(), " FROM system_documents WHERE app_id = $1 \
        ORDER BY kind, added_at, document_id");
    TO_WARN = concat!("SELECT ", columns!(), " FROM system_documents WHERE state = 'current' AND valid_until <= $1 \
        AND valid_until >= $2 AND warned_at IS NULL ORDER BY valid_until, document_id LIMIT $3");
    TO_EXPIRE = concat!("SELECT ", columns!(), " FROM system_documents WHERE state = 'current' AND valid_until < $1 \
        AND expired_at IS NULL ORDER BY valid_until, document_id LIMIT $2");
    WARNED = "UPDATE system_documents SET warned_at = $2 WHERE document_id = $1 AND state = 'current' \
        AND warned_at IS NULL";
    EXPIRED = "UPDATE system_documents SET expired_at = $2 WHERE document_id = $1 AND state = 'current' \
        AND expired_at IS NULL";
}

/// Enters a document with its (encrypted) content.
///
/// # Errors
/// [`crate::Error::Refused`] when there is no such system.
pub async fn insert(tx: &mut Tx, document: &DocumentRow, content: &[u8]) -> Result<()> {
    let d = document;
    run!(
        tx,
        execute(
            INSERT,
            &d.document_id,
            &d.app_id,
            d.kind.as_str(),
            &d.title,
            &d.issuer,
            &d.sm3,
            d.size,
            content,
            d.valid_from,
            d.valid_until,
            &d.added_by,
            d.added_at
        )
    )
    .map(|_| ())
}

/// The other documents of this system and kind count no more: `document` took their place. Gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn replace_others(tx: &mut Tx, document: &DocumentRow) -> Result<u64> {
    let d = document;
    run!(tx, execute(REPLACE, &d.app_id, d.kind.as_str(), &d.document_id, &d.added_by, d.added_at))
}

/// Takes a document back and erases its content; `false` when it is unknown or was taken back already.
///
/// # Errors
/// Failures of the database.
pub async fn withdraw(
    tx: &mut Tx,
    document_id: &str,
    at: i64,
    (actor, reason): (&str, &str),
) -> Result<bool> {
    run!(tx, execute(WITHDRAW, document_id, actor, at, reason)).map(|rows| rows == 1)
}

/// The document with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, document_id: &str) -> Result<Option<DocumentRow>> {
    run!(tx, optional::<DocumentRow>(FIND, document_id))
}

/// The encrypted content; `None` when the document is unknown or was taken back.
///
/// # Errors
/// Failures of the database.
pub async fn content(tx: &mut Tx, document_id: &str) -> Result<Option<Vec<u8>>> {
    Ok(run!(tx, scalar_optional::<Option<Vec<u8>>>(CONTENT, document_id))?.flatten())
}

/// Every document of a system, also those that count no more.
///
/// # Errors
/// Failures of the database.
pub async fn of_system(tx: &mut Tx, app_id: &str) -> Result<Vec<DocumentRow>> {
    run!(tx, all::<DocumentRow>(OF_SYSTEM, app_id))
}

/// Documents that end between `now` and `until` and of which nobody was told yet, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn to_warn(tx: &mut Tx, now: i64, until: i64, limit: i64) -> Result<Vec<DocumentRow>> {
    run!(tx, all::<DocumentRow>(TO_WARN, until, now, limit))
}

/// Documents that ended before `now` and of which nobody was told yet, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn to_expire(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<DocumentRow>> {
    run!(tx, all::<DocumentRow>(TO_EXPIRE, now, limit))
}

/// Notes that it was told that the document ends soon; `false` when that was done before.
///
/// # Errors
/// Failures of the database.
pub async fn warned(tx: &mut Tx, document_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(WARNED, document_id, at)).map(|rows| rows == 1)
}

/// Notes that it was told that the document has ended; `false` when that was done before.
///
/// # Errors
/// Failures of the database.
pub async fn expired(tx: &mut Tx, document_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(EXPIRED, document_id, at)).map(|rows| rows == 1)
}
