//! Placing a seal: what will be signed is fixed here.

use formats::asn1::Mode as Reading;
use formats::ofd::Provider;
use formats::sealing::{self, Document, Limits, Order, PdfWishes, Place, Prepared, prepare};
use formats::ses::Seal;
use jiff::Timestamp;
use protocol::lists::{CertType, KeyAlgorithm};
use protocol::tables::SealInfo;
use storage::seal_system::jobs::{Job, JobState};

use super::detail::{RIDING_EDGE, Spot};
use super::{Application, ApplicationError, Placing, Position, Subject, Work};
use crate::failure::fault;
use crate::making::whole_second;

/// Distance of a seal in the corner from the edges.
const MARGIN_MM: f64 = 20.0;
/// Over so many pages one riding seal is cut at most.
const PAGES_PER_SEAL: usize = 20;

impl Application {
    /// Puts a seal on the document: everything but the signature value is made. It can be repeated until the
    /// document is signed; a consent asked for before is then void for it. On several documents it goes in the same
    /// way, on all or on none. One of several that is given a seal by itself goes on by itself.
    ///
    /// # Errors
    /// [`ApplicationError::Placement`] when the seal cannot go there, [`ApplicationError::Seal`] for a seal that
    /// cannot be used, [`ApplicationError::WrongState`].
    pub async fn place(
        &self,
        subject: impl Into<Subject>,
        seal: &SealInfo,
        placing: &Placing,
    ) -> Result<(), ApplicationError> {
        let subject = subject.into();
        let mut works = self.load_open(&subject).await?;
        certificate(seal, whole_second(self.system.now()))?;
        let mut rest = works.iter_mut();
        if let Some(first) = rest.next() {
            self.place_on(first, seal, placing).await.map_err(|error| self.named(&subject, first, error))?;
            for work in rest {
                let own = self.another(&first.detail, seal).await?;
                work.detail.org_code.clone_from(&first.detail.org_code);
                self.place_on(work, &own, placing)
                    .await
                    .map_err(|error| self.named(&subject, work, error))?;
            }
        }
        if matches!(subject, Subject::One(_)) {
            leave_batch(&mut works);
        }
        self.save_all(&mut works).await
    }

    /// Prepares one document; nothing is stored.
    async fn place_on(
        &self,
        work: &mut Work,
        seal: &SealInfo,
        placing: &Placing,
    ) -> Result<(), ApplicationError> {
        let now = whole_second(self.system.now());
        let order = self.order(seal.seal_data.bytes().to_vec(), placing, work.detail.pages, now)?;
        let document = work.job.document.clone();
        let plan = move || arrange(&document, &order);
        let (prepared, spot) = tokio::task::spawn_blocking(plan).await.map_err(fault)??;
        work.job.state = JobState::Prepared;
        work.job.prepared = Some(prepared.to_bytes());
        work.job.seal_code = Some(seal.seal_code.as_str().to_owned());
        work.job.sign_id = Some(seal.sign_id.as_str().to_owned());
        (work.job.auth_id, work.job.auth_url, work.job.code) = (None, None, None);
        work.detail.auth_code = None;
        work.detail.chosen = Some(seal.clone());
        work.detail.placing = Some(placing.clone());
        work.detail.spot = spot;
        Ok(())
    }

    /// What is to be prepared.
    fn order(
        &self,
        seal_der: Vec<u8>,
        placing: &Placing,
        pages: usize,
        now: Timestamp,
    ) -> Result<Order, ApplicationError> {
        let rules = &self.system.parts.application;
        let wishes = PdfWishes { profile: rules.profile(), ..PdfWishes::default() };
        let (place, pdf) = match &placing.position {
            Position::Field { name } => (None, PdfWishes { field: Some(name.clone()), ..wishes }),
            position => (Some(place(position, pages)?), wishes),
        };
        Ok(Order {
            subject: sealing::Subject::Seal(seal_der),
            place,
            provider: Provider {
                name: self.system.name().to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                company: Some("sealbridge".to_owned()),
            },
            signing_time: now,
            lock: placing.lock,
            // The authority may be down when it is signed.
            is_stamped: false,
            pdf,
            seed: self.system.random().bytes(),
        })
    }
}

/// What is done to one document by itself takes it out of its batch.
pub(super) fn leave_batch(works: &mut [Work]) {
    for work in works {
        work.job.batch_id = None;
    }
}

/// What was prepared, if a seal was placed.
pub(super) fn prepared(job: &Job) -> Result<Option<Prepared>, ApplicationError> {
    let bytes = job.prepared.as_deref();
    bytes.map(Prepared::from_bytes).transpose().map_err(|error| ApplicationError::Fault(fault(error)))
}

/// The certificate that signs with this seal: from the answer's list, named in the seal and in force.
pub(super) fn certificate(info: &SealInfo, now: Timestamp) -> Result<Vec<u8>, ApplicationError> {
    let unusable = |zh: &str, en: &str| ApplicationError::Seal { zh: zh.to_owned(), en: en.to_owned() };
    if info.cert_type != CertType::Cloud {
        return Err(unusable("密钥在 UKey 中", "its key is in a UKey"));
    }
    let (seal, _) = Seal::parse(info.seal_data.bytes(), Reading::Tolerant)?;
    if now < seal.valid_start || now > seal.valid_end {
        return Err(unusable("不在有效期内", "outside its period of validity"));
    }
    let mut listed = info.cert_list.iter().filter(|certificate| certificate.algorithm == KeyAlgorithm::Sm2);
    let usable = listed.find_map(|listed| {
        let der = listed.sign_public_key.bytes();
        let certificate = formats::x509::Certificate::from_der(der).ok()?;
        (seal.cert_list.contains(der) && certificate.is_in_force(now)).then(|| der.to_vec())
    });
    usable.ok_or_else(|| unusable("没有可用的签名证书", "no certificate in the answer may sign with it"))
}

/// The place in the document's own counting: pages count from 1 for people.
fn place(position: &Position, pages: usize) -> Result<Place, ApplicationError> {
    let page_index = |page: usize| {
        page.checked_sub(1).ok_or_else(|| ApplicationError::Value {
            field: "页码 page".to_owned(),
            message: "从 1 开始 / counts from 1".to_owned(),
        })
    };
    Ok(match position {
        Position::At { page, x_mm, y_mm } => {
            Place::At { page_index: page_index(*page)?, x_mm: *x_mm, y_mm: *y_mm }
        }
        Position::Corner { page } => {
            Place::Corner { page_index: page_index(page.unwrap_or(pages))?, margin_mm: MARGIN_MM }
        }
        Position::Riding => Place::Riding { edge: RIDING_EDGE, pages_per_seal: PAGES_PER_SEAL },
        Position::Keyword { text, which } => {
            Place::Keyword { text: text.trim().to_owned(), which: (*which).into() }
        }
        Position::Field { .. } => return Err(fault("a field has its place").into()),
    })
}

/// The prepared document, and where the first stamp is.
fn arrange(document: &[u8], order: &Order) -> Result<(Prepared, Option<Spot>), ApplicationError> {
    let limits = Limits::default();
    let (prepared, stamps) = prepare(document, order, &limits)?;
    let Some(first) = stamps.first() else { return Ok((prepared, None)) };
    let size = Document::open(document, &limits)?.page_size(first.page_index)?;
    let spot = Spot::of(first, size.into());
    Ok((prepared, Some(spot)))
}
