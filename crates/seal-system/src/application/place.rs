//! Placing a seal: what will be signed is fixed here.

use formats::asn1::Mode as Reading;
use formats::ofd::{
    Along, Kind, Limits, Mode, OfdError, Package, Placement, Prepared, Provider, RidingSeal, SealError,
    Stamp, prepare,
};
use formats::ses::Seal;
use jiff::Timestamp;
use protocol::lists::{CertType, KeyAlgorithm};
use protocol::tables::SealInfo;
use storage::seal_system::jobs::{Job, JobState};

use super::detail::{PageSize, RIDING_EDGE};
use super::{Application, ApplicationError, JobId, Placing, Position};
use crate::failure::fault;
use crate::making::whole_second;

/// Distance of a seal in the corner from the edges.
const MARGIN_MM: f64 = 20.0;
/// Over so many pages one riding seal is cut at most.
const PAGES_PER_SEAL: usize = 20;

impl Application {
    /// Puts a seal on the document: everything but the signature value is made. It can be repeated until the
    /// document is signed; a consent asked for before is then void for it.
    ///
    /// # Errors
    /// [`ApplicationError::Placement`] when the seal cannot go there, [`ApplicationError::Seal`] for a seal that
    /// cannot be used, [`ApplicationError::WrongState`].
    pub async fn place(
        &self,
        id: &JobId,
        seal: &SealInfo,
        placing: &Placing,
    ) -> Result<(), ApplicationError> {
        let mut work = self.load(id).await?;
        if matches!(work.job.state, JobState::Signing | JobState::Sealed) {
            return Err(ApplicationError::WrongState(work.job.state.as_str()));
        }
        let now = whole_second(self.system.now());
        certificate(seal, now)?;
        let (seal_data, placing_now) = (seal.seal_data.bytes().to_vec(), *placing);
        let (document, name) = (work.job.document.clone(), self.system.name().to_owned());
        let plan = move || arrange(&document, &seal_data, &placing_now, &name, now);
        let prepared = tokio::task::spawn_blocking(plan).await.map_err(fault)??;
        work.job.state = JobState::Prepared;
        work.job.prepared = Some(prepared.to_bytes());
        work.job.seal_code = Some(seal.seal_code.as_str().to_owned());
        work.job.sign_id = Some(seal.sign_id.as_str().to_owned());
        (work.job.auth_id, work.job.auth_url, work.job.code) = (None, None, None);
        work.detail.auth_code = None;
        work.detail.chosen = Some(seal.clone());
        work.detail.placing = Some(*placing);
        self.save(&mut work).await
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

fn arrange(
    document: &[u8],
    seal_der: &[u8],
    placing: &Placing,
    provider: &str,
    now: Timestamp,
) -> Result<Prepared, ApplicationError> {
    let limits = Limits::default();
    let (seal, _) = Seal::parse(seal_der, Reading::Tolerant)?;
    let size = PageSize { width_mm: mm(seal.picture.width_mm), height_mm: mm(seal.picture.height_mm) };
    let stamps = stamps(document, placing.position, size, &limits)?;
    let placement = Placement {
        body: 0,
        kind: Kind::Seal(seal_der.to_vec()),
        stamps,
        provider: Provider {
            name: provider.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            company: Some("sealbridge".to_owned()),
        },
        signing_time: now,
        mode: if placing.lock { Mode::Lock } else { Mode::Continue },
    };
    Ok(prepare(document, &placement, &limits)?)
}

fn stamps(
    document: &[u8],
    position: Position,
    seal: PageSize,
    limits: &Limits,
) -> Result<Vec<Stamp>, ApplicationError> {
    let one = |page: usize, place: &dyn Fn(PageSize) -> (f64, f64)| {
        let index = page.checked_sub(1).ok_or(SealError::NoPage { page_index: 0 })?;
        let boxes = page_boxes(document, Some(index), limits)?;
        let (_, page) = boxes.first().copied().ok_or(SealError::NoPage { page_index: index })?;
        let (x, y) = place(page);
        Ok(vec![Stamp::at(index, x, y, seal.width_mm, seal.height_mm)])
    };
    match position {
        Position::At { page, x_mm, y_mm } => one(page, &|_| (x_mm, y_mm)),
        Position::Corner { page } => one(page, &|page| corner(page, seal)),
        Position::Riding => {
            let riding = RidingSeal {
                width_mm: seal.width_mm,
                height_mm: seal.height_mm,
                edge: RIDING_EDGE,
                along: Along::Middle,
                pages_per_seal: PAGES_PER_SEAL,
            };
            let pages = page_boxes(document, None, limits)?;
            let pages: Vec<_> = pages.into_iter().map(|(index, size)| (index, size.rect())).collect();
            Ok(riding.stamps(&pages)?)
        }
    }
}

/// Where a seal near the lower right corner begins.
pub(crate) fn corner(page: PageSize, seal: PageSize) -> (f64, f64) {
    let left = |page: f64, seal: f64| (page - seal - MARGIN_MM).max(0.0);
    (left(page.width_mm, seal.width_mm), left(page.height_mm, seal.height_mm))
}

/// The sizes of all pages, or of one.
fn page_boxes(
    document: &[u8],
    only: Option<usize>,
    limits: &Limits,
) -> Result<Vec<(usize, PageSize)>, ApplicationError> {
    let package = |error: OfdError| ApplicationError::Placement(SealError::Package(error));
    let opened = Package::open(document, limits).map_err(package)?;
    let first = opened.document(0).map_err(package)?;
    let all = 0..first.pages.len();
    let wanted = all.filter(|index| only.is_none_or(|only| only == *index));
    wanted
        .map(|index| {
            let page = opened.page(&first, index).map_err(package)?;
            Ok((index, page.area.map(|(area, _)| PageSize::of(area.physical)).unwrap_or_default()))
        })
        .collect()
}

fn mm(size: i64) -> f64 {
    i32::try_from(size).map_or(f64::from(i32::MAX), f64::from)
}
