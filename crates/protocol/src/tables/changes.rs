//! What changed, for those who may see it: interfaces of ours beside the standard's, to keep states in step (6.1.3).

use crate::ids::{AppId, Cursor, Word};
use crate::schema::{Rules, answer_table, request_table};
use crate::seal_code::SealCode;
use crate::values::MillisTime;

request_table! {
    /// Asks what changed behind a cursor. A system sees its own seals and itself, and of other systems' seals those that it
    /// has fetched.
    table ours clause "6.1.3" interface "seal_changes" head Full
    pub struct ChangesRequest {
        /// The `next` of the answer before; from the oldest that is kept where it is absent.
        cursor: Option<Cursor> = optional "cursor" String,
    }
}

impl Rules for ChangesRequest {}

answer_table! {
    /// One change.
    table ours clause "6.1.3" interface "seal_changes" part "response.data.changes[]"
    pub struct ChangeEntry {
        /// Its number: that of its entry in the platform's evidence log. Numbers grow and have gaps.
        cursor: Cursor = answer "cursor" String,
        /// What happened, such as `seal.state`; the list only grows.
        kind: Word = answer "kind" String,
        /// The system it is about, or whose seal it is about.
        system_id: AppId = answer "systemId" String,
        /// The seal, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal_code: Option<SealCode> = answer "sealCode" String,
        /// The state after it: of the seal `enabled`, `disabled` or `revoked`, of a system such as `suspended`.
        state: Word = answer "state" String,
        /// The version of the seal's content, or of the system's state.
        revision: Cursor = answer "revision" String,
        /// When, milliseconds since 1970 UTC.
        changed_at: String = answer "changedAt" String,
    }
}

answer_table! {
    /// What changed behind a cursor, in the order in which it happened.
    table ours clause "6.1.3" interface "seal_changes" part "response.data"
    pub struct ChangePage {
        /// The changes.
        changes: Vec<ChangeEntry> = answer "changes" Array,
        /// Where to go on; the cursor that was given when nothing changed.
        next: Cursor = answer "next" String,
        /// Whether there is more already.
        more: bool = answer "more" Boolean,
    }
}

request_table! {
    /// Tells a subscriber of one change; its signed answer is the acknowledgement. It may come twice and out of order: the
    /// cursor tells which it is, and `seal_changes` what is missing.
    table ours clause "6.1.3" interface "change_notice" head Full
    pub struct ChangeNoticeRequest {
        /// The number of the change.
        cursor: Cursor = required "cursor" String,
        /// What happened.
        kind: Word = required "kind" String,
        /// The system it is about, or whose seal it is about.
        system_id: AppId = required "systemId" String,
        /// The seal, where it is about one.
        seal_code: Option<SealCode> = optional "sealCode" String,
        /// The state after it.
        state: Word = required "state" String,
        /// The version of the seal's content, or of the system's state.
        revision: Cursor = required "revision" String,
        /// When, milliseconds since 1970 UTC.
        changed_at: MillisTime = required "changedAt" String,
    }
}

impl Rules for ChangeNoticeRequest {}
