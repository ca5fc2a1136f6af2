//! What the platform tells of changes (变更通知): written down in this system's evidence log, which is what acknowledges it.

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::tables::ChangeNoticeRequest;
use serde::Serialize;

use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::OrRefuse;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    platform: &'a str,
    cursor: &'a str,
    kind: &'a str,
    system_id: &'a str,
    state: &'a str,
    revision: &'a str,
    changed_at: String,
}

impl SealSystem {
    /// Notes what changed. A notice that comes again is noted again: its cursor tells.
    pub(crate) async fn serve_notice(self, asked: Admitted<ChangeNoticeRequest>) -> Result<Done, ApiError> {
        let request = &asked.request;
        let told = Told {
            platform: asked.caller.app_id.as_str(),
            cursor: request.cursor.as_str(),
            kind: request.kind.as_str(),
            system_id: request.system_id.as_str(),
            state: request.state.as_str(),
            revision: request.revision.as_str(),
            changed_at: request.changed_at.to_string(),
        };
        let subject = request.seal_code.as_ref().map_or(told.system_id, protocol::SealCode::as_str);
        let event = Event {
            at: self.now_millis(),
            kind: kind::PLATFORM_TOLD,
            request_id: &asked.caller.request_id,
            subject,
            details: &told,
        };
        let mut tx = self.database().begin().await.or_refuse()?;
        evidence::note(&mut tx, &event).await?;
        tx.commit().await.or_refuse()?;
        tracing::info!(
            kind = told.kind,
            system = told.system_id,
            state = told.state,
            "the platform told of a change"
        );
        Done::data(&())
    }
}
