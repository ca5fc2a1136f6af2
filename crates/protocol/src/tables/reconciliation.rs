//! Reconciliation (对账): interfaces of ours beside the standard's, to keep both sides in step (6.1.3).

use crate::ids::{AppId, Cursor, DayText, Word};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;

request_table! {
    /// Asks for the digest of the caller's own seals at the end of a day (日对账单).
    table ours clause "6.1.3" interface "reconciliation_digest" head Full
    pub struct DigestRequest {
        /// The day in Beijing, `2026-01-31`; the newest there is where it is absent.
        day: Option<DayText> = optional "day" String,
    }
}

impl Rules for DigestRequest {}

answer_table! {
    /// The digest of all seals of one system at the end of a day.
    table ours clause "6.1.3" interface "reconciliation_digest" part "response.data"
    pub struct DailyDigest {
        /// Whose digest: the platform.
        platform: AppId = answer "platform" String,
        /// The system whose seals they are.
        system_id: AppId = answer "systemId" String,
        /// The day in Beijing.
        day: DayText = answer "day" String,
        /// The moment it stands for, milliseconds since 1970 UTC: the last of the day.
        as_of: String = answer "asOf" String,
        /// Number of seals.
        count: u64 = answer "count" Long,
        /// Of them enabled.
        enabled: u64 = answer "enabled" Long,
        /// Of them disabled.
        disabled: u64 = answer "disabled" Long,
        /// Of them revoked.
        revoked: u64 = answer "revoked" Long,
        /// SM3, lower-case hexadecimal, over one line `sealCode state certNumber` (`-` for none) for each seal in
        /// the order of seal codes, each line ended by 0x0A.
        digest: String = answer "digest" String,
        /// The key that signed: lower-case hexadecimal SM3 of its SubjectPublicKeyInfo.
        key_id: String = answer "keyId" String,
        /// The platform's signature over `CCUA-SEAL-DIGEST-1` and one line for each of platform, systemId, day, asOf, count,
        /// enabled, disabled, revoked and digest, each line ended by 0x0A; strict DER in standard Base64.
        sign: String = answer "sign" String,
    }
}

request_table! {
    /// Asks for the platform's rows of the caller's own seals, to be compared with the caller's.
    table ours clause "6.1.3" interface "reconciliation_rows" head Full
    pub struct RowsRequest {
        /// The last seal code of the page before.
        after: Option<SealCode> = optional "after" String,
        /// The day in Beijing whose end the rows stand for; now where it is absent.
        day: Option<DayText> = optional "day" String,
    }
}

impl Rules for RowsRequest {}

answer_table! {
    /// One seal as the platform has it.
    table ours clause "6.1.3" interface "reconciliation_rows" part "response.data.rows[]"
    pub struct SealRow {
        /// The seal.
        seal_code: SealCode = answer "sealCode" String,
        /// The system's own number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String> = answer "code" String,
        /// `enabled`, `disabled` or `revoked`.
        state: Word = answer "state" String,
        /// The version of its content.
        version: Cursor = answer "version" String,
        /// Serial number of the certificate, where one is filed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cert_number: Option<String> = answer "certNumber" String,
    }
}

answer_table! {
    /// A page of rows in the order of seal codes.
    table ours clause "6.1.3" interface "reconciliation_rows" part "response.data"
    pub struct RowPage {
        /// The rows.
        rows: Vec<SealRow> = answer "rows" Array,
        /// Whether there are more behind the last.
        more: bool = answer "more" Boolean,
    }
}
