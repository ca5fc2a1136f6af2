//! Verification of documents (文档验真, 6.4, tables 24 to 28) with this system's own trust.

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::tables::DocumentVerifyRequest;

use crate::SealSystem;
use crate::failure::fault;

impl SealSystem {
    /// Serves table 24. The document is not kept.
    pub(crate) async fn serve_verify(
        self,
        admitted: Admitted<DocumentVerifyRequest>,
    ) -> Result<Done, ApiError> {
        let upload = admitted.upload.ok_or_else(|| fault("a multipart request without its file"))?;
        let options = verify::Options::new(self.now());
        let trust = self.parts.trust.clone();
        let work = move || verify::verify(&upload.bytes, &trust, &options).named(&upload.file_name);
        let judged = tokio::task::spawn_blocking(work).await.map_err(fault)?;
        match verify::refusal(&judged) {
            Some(refusal) => Err(refusal),
            None => Done::data(&verify::document_report(&judged)),
        }
    }
}
