//! Taking a document in, and looking at how far it is.

use formats::sealing::{Document, DocumentKind, Limits};
use jiff::Timestamp;
use protocol::{BeijingTime, masking};
use storage::seal_system::jobs::{self, JobState, NewJob};

use super::detail::{Detail, PageSize, Stamping};
use super::{Application, ApplicationError, BatchId, MOST_TOGETHER, Work};
use crate::failure::{OrRefuse, fault};
use crate::owners::field;

/// A document is kept so long.
const LIFE_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Longest name of a file, in characters.
const MAX_NAME: usize = 120;
/// Empty signature fields that are offered.
const MOST_FIELDS: usize = 100;
/// Documents in the list of the newest.
const MAX_RECENT: i64 = 20;

/// Names a document being sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobId(String);

impl JobId {
    pub(super) fn new(id: String) -> Self {
        Self(id)
    }

    /// Reads an id from an address.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was opened; a seal has to be chosen.
    Opened,
    /// The seal is placed; the signer has to be asked.
    Prepared,
    /// The signer was asked.
    Asked,
    /// The signature was asked for and may have been made.
    Signing,
    /// The sealed document is there.
    Sealed,
    /// It came to nothing.
    Failed,
}

impl From<JobState> for Step {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Opened => Self::Opened,
            JobState::Prepared => Self::Prepared,
            JobState::Asked => Self::Asked,
            JobState::Signing => Self::Signing,
            JobState::Sealed => Self::Sealed,
            JobState::Failed => Self::Failed,
        }
    }
}

impl Step {
    /// How far documents are that are sealed together: as far as the one that is furthest behind. One that came to
    /// nothing keeps nobody waiting.
    pub(crate) fn of_all(documents: &[Progress]) -> Self {
        let order = [Self::Opened, Self::Prepared, Self::Asked, Self::Signing, Self::Sealed];
        let behind = order.into_iter().find(|step| documents.iter().any(|one| one.step == *step));
        behind.unwrap_or(Self::Failed)
    }

    /// Whether the sealed document is there.
    pub fn is_sealed(&self) -> bool {
        *self == Self::Sealed
    }

    /// Whether it came to nothing.
    pub fn is_failed(&self) -> bool {
        *self == Self::Failed
    }

    /// In Chinese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Opened => ("待选择印章", "waiting for a seal"),
            Self::Prepared => ("待发起确认", "waiting for a signer"),
            Self::Asked => ("等待签署人确认", "waiting for the signer's consent"),
            Self::Signing => ("正在签章", "being sealed"),
            Self::Sealed => ("已签章", "sealed"),
            Self::Failed => ("未完成", "not sealed"),
        }
    }
}

/// A document and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Its id.
    pub id: JobId,
    /// How far it is.
    pub step: Step,
    /// Name of the file.
    pub name: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its size in bytes.
    pub bytes: usize,
    /// Number of pages.
    pub pages: usize,
    /// Size of the first page.
    pub first_page: PageSize,
    /// Empty signature fields of a PDF.
    pub fields: Vec<String>,
    /// The documents it is sealed together with.
    pub batch: Option<BatchId>,
    /// Where the signer decides, once asked.
    pub auth_url: Option<String>,
    /// The last characters of the digest the signer sees.
    pub digest_tail: Option<String>,
    /// The signer, masked.
    pub signer: Option<(String, String)>,
    /// What became of the time stamp.
    pub stamping: Stamping,
    /// The code of the answer it failed with.
    pub code: Option<String>,
}

/// A document in the list of the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// Its id.
    pub id: JobId,
    /// How far it is.
    pub step: Step,
    /// Name of the file.
    pub name: String,
    /// When it was opened, local time of Asia/Shanghai.
    pub opened: String,
}

impl Application {
    /// Takes a document in.
    ///
    /// # Errors
    /// [`ApplicationError::TooLarge`], [`ApplicationError::Document`], or our own failure.
    pub async fn open(&self, name: &str, document: Vec<u8>) -> Result<JobId, ApplicationError> {
        self.bounded(document.len())?;
        let new = self.received(name, document).await?;
        self.keep(std::slice::from_ref(&new), None).await?;
        Ok(new.id)
    }

    /// Takes several documents in, to be sealed together under one consent: each with its name, at most
    /// [`MOST_TOGETHER`], and all of them together no larger than one may be.
    ///
    /// # Errors
    /// [`ApplicationError::TooMany`], [`ApplicationError::TooLarge`], [`ApplicationError::Of`] with the name of the one
    /// that is no document, or our own failure. All are taken in, or none.
    pub async fn open_together(
        &self,
        documents: Vec<(String, Vec<u8>)>,
    ) -> Result<BatchId, ApplicationError> {
        if documents.is_empty() || documents.len() > MOST_TOGETHER {
            return Err(ApplicationError::TooMany(MOST_TOGETHER));
        }
        self.bounded(documents.iter().map(|(_, document)| document.len()).sum())?;
        let mut all = Vec::with_capacity(documents.len());
        for (name, document) in documents {
            let received = self.received(&name, document).await;
            all.push(received.map_err(|error| error.of(file_name(&name, DocumentKind::Ofd)))?);
        }
        let batch = BatchId::new(self.system.random().hex_id());
        self.keep(&all, Some(&batch)).await?;
        Ok(batch)
    }

    fn bounded(&self, bytes: usize) -> Result<(), ApplicationError> {
        let max = self.system.parts.application.max_document;
        if bytes > max { Err(ApplicationError::TooLarge(max >> 20)) } else { Ok(()) }
    }

    /// Reads as much of a document as is needed.
    async fn received(&self, name: &str, document: Vec<u8>) -> Result<Received, ApplicationError> {
        let look = move || {
            let detail = look(&document)?;
            Ok::<_, ApplicationError>((document, detail))
        };
        let (document, detail) = tokio::task::spawn_blocking(look).await.map_err(fault)??;
        let name = file_name(name, detail.format.into());
        Ok(Received {
            id: JobId(self.system.random().hex_id()),
            file_name: self.system.seal_field(field::FILE_NAME, &name)?,
            document,
            detail: self.system.seal_field(field::JOB, &detail.write()?)?,
        })
    }

    async fn keep(&self, all: &[Received], batch: Option<&BatchId>) -> Result<(), ApplicationError> {
        let at = self.system.now_millis();
        let mut tx = self.system.database().begin().await.or_refuse()?;
        for (number, received) in (1_i64..).zip(all) {
            let new = NewJob {
                job_id: received.id.as_str(),
                file_name: &received.file_name,
                document: &received.document,
                created_at: at,
                expires_at: at.saturating_add(LIFE_MILLIS),
                detail: Some(&received.detail),
                batch: batch.map(|batch| (batch.as_str(), number)),
            };
            jobs::insert(&mut tx, &new).await.or_refuse()?;
        }
        tx.commit().await.or_refuse()?;
        Ok(())
    }

    /// How far a document is.
    ///
    /// # Errors
    /// [`ApplicationError::UnknownJob`], or our own failure.
    pub async fn progress(&self, id: &JobId) -> Result<Progress, ApplicationError> {
        let work = self.load(id).await?;
        self.progress_of(&work)
    }

    pub(super) fn progress_of(&self, work: &Work) -> Result<Progress, ApplicationError> {
        let Work { job, detail } = work;
        let digest = super::place::prepared(job)?.map(|prepared| crypto::sm3::digest(prepared.to_sign()));
        let tail = digest.map(|digest| {
            let text = hex::encode_upper(digest);
            format!("{} {}", text.get(56..60).unwrap_or_default(), text.get(60..64).unwrap_or_default())
        });
        let signer = detail.signer.as_ref().map(|signer| {
            let name = signer.name.as_deref().map(masking::name).unwrap_or_default();
            (name, masking::mobile(&signer.mobile))
        });
        Ok(Progress {
            id: JobId(job.job_id.clone()),
            step: job.state.into(),
            name: self.file_name_of(work)?,
            kind: detail.format.into(),
            bytes: job.document.len(),
            pages: detail.pages,
            first_page: detail.first_page,
            fields: detail.fields.clone(),
            batch: job.batch_id.clone().map(BatchId::new),
            auth_url: job.auth_url.clone(),
            digest_tail: tail,
            signer,
            stamping: detail.stamping.clone(),
            code: job.code.clone(),
        })
    }

    pub(super) fn file_name_of(&self, work: &Work) -> Result<String, ApplicationError> {
        Ok(self.system.open_field(field::FILE_NAME, &work.job.file_name)?)
    }

    /// The newest documents.
    ///
    /// # Errors
    /// Our own failure.
    pub async fn recent(&self) -> Result<Vec<Recent>, ApplicationError> {
        let mut tx = self.system.database().read().await.or_refuse()?;
        let rows = jobs::recent(&mut tx, MAX_RECENT).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        rows.into_iter()
            .map(|row| {
                let opened = Timestamp::from_millisecond(row.created_at).map_err(fault)?;
                let name = self.system.open_field(field::FILE_NAME, &row.file_name)?;
                let opened = BeijingTime::of(opened).to_string();
                Ok(Recent { id: JobId(row.job_id), step: row.state.into(), name, opened })
            })
            .collect()
    }
}

/// A document as it came in, ready to be kept.
struct Received {
    id: JobId,
    /// Sealed.
    file_name: String,
    document: Vec<u8>,
    /// Sealed.
    detail: String,
}

/// Reads as much as is needed to know that seals can be put on it.
fn look(document: &[u8]) -> Result<Detail, ApplicationError> {
    let opened = Document::open(document, &Limits::default()).map_err(ApplicationError::Document)?;
    let first_page = opened.page_size(0).map_err(ApplicationError::Document)?.into();
    let fields = opened.empty_fields(MOST_FIELDS).map_err(ApplicationError::Document)?;
    Ok(Detail {
        format: opened.kind().into(),
        pages: opened.page_count(),
        first_page,
        fields,
        ..Detail::default()
    })
}

/// The last part of a path, without what belongs in no name.
fn file_name(name: &str, kind: DocumentKind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control() && !is_direction(*c)).take(MAX_NAME).collect();
    let name = name.trim();
    if name.is_empty() { format!("未命名.{}", kind.extension()) } else { name.to_owned() }
}

/// Characters that turn the direction of text, with which a name can be made to look like another.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_folders_and_tricks() {
        let ofd = |name: &str| file_name(name, DocumentKind::Ofd);
        assert_eq!(ofd("C:\\文件\\合同.ofd"), "合同.ofd");
        assert_eq!(ofd("../../etc/passwd"), "passwd");
        assert_eq!(ofd("a\u{202E}dfo.exe\n"), "adfo.exe");
        assert_eq!(ofd("  "), "未命名.ofd");
        assert_eq!(file_name("", DocumentKind::Pdf), "未命名.pdf");
        assert_eq!(ofd(&"长".repeat(300)).chars().count(), MAX_NAME);
    }

    #[test]
    fn ids_are_32_hexadecimal_digits() {
        assert!(JobId::parse(&"0af9".repeat(8)).is_some());
        for bad in ["", "0af9", &"0AF9".repeat(8), &"../x".repeat(8)] {
            assert!(JobId::parse(bad).is_none(), "{bad}");
        }
    }
}
