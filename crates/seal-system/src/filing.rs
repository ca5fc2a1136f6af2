//! Telling the platform (备案及状态同步, 5.1 b and c): filings and changes of state from the outbox, in their order,
//! repeated until the platform has answered.

use std::time::Duration;

use client::ClientError;
use http_server::Shutdown;
use protocol::endpoints::{SealFiling, SealStateChange};
use protocol::lists::{BizType, CertType, OwnerKind, SealState, SealType};
use protocol::tables::{FilingRequest, StateRequest};
use protocol::{
    ApiError, Base64Data, BeijingTime, BusinessCode, Fault, PartyName, PartyNumber, SealCode, SealName,
};
use serde::Serialize;
use storage::seal_system::outbox::{self, Item, ItemState, Operation};
use storage::seal_system::{owners, seals};

use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault};

/// How many items are taken at once.
const BATCH: i64 = 32;
/// How long an item stays with a sender before another may take it.
const LEASE_MILLIS: i64 = 60_000;
/// How often the outbox is looked at when nobody rings.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What one look at the outbox came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// The platform accepted so many.
    pub accepted: usize,
    /// It refused so many for good.
    pub refused: usize,
    /// So many have to be sent again.
    pub postponed: usize,
}

#[derive(Serialize)]
struct FiledDetails<'a> {
    seal_code: &'a str,
}

impl SealSystem {
    /// Tells the platform what is due, once.
    ///
    /// # Errors
    /// 90001 or 99999, when our own database fails.
    pub async fn tell_platform(&self) -> Result<Told, ApiError> {
        let mut told = Told::default();
        loop {
            let now = self.now_millis();
            let mut tx = self.database().begin().await.or_refuse()?;
            let items = outbox::claim(&mut tx, now, now + LEASE_MILLIS, BATCH).await.or_refuse()?;
            tx.commit().await.or_refuse()?;
            if items.is_empty() {
                return Ok(told);
            }
            for item in &items {
                match self.tell(item).await? {
                    ItemState::Filed => told.accepted += 1,
                    ItemState::Failed => told.refused += 1,
                    ItemState::Pending => told.postponed += 1,
                }
            }
        }
    }

    /// How much the platform has not heard yet.
    ///
    /// # Errors
    /// 90001 or 99999, when our own database fails.
    pub async fn untold(&self) -> Result<i64, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let open = outbox::open_count(&mut tx).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        Ok(open)
    }

    /// Keeps telling the platform until shutdown.
    pub async fn run_outbox(&self, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            if let Err(error) = self.tell_platform().await {
                tracing::error!(%error, "the outbox could not be read");
            }
            tokio::select! {
                () = self.outbox_bell.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = shutdown.wait() => {}
            }
        }
    }

    async fn tell(&self, item: &Item) -> Result<ItemState, ApiError> {
        let outcome = match item.operation {
            Operation::File | Operation::Extend | Operation::Change => self.file(item).await?,
            Operation::Enable => self.change_state(item, SealState::Enabled).await?,
            Operation::Disable => self.change_state(item, SealState::Disabled).await?,
            Operation::Revoke => self.change_state(item, SealState::Revoked).await?,
        };
        let at = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let state = match &outcome {
            Ok(seal_code) => {
                if let Some(seal_code) = seal_code {
                    seals::set_seal_code(&mut tx, &item.seal_id, seal_code, at).await.or_refuse()?;
                }
                outbox::settle(&mut tx, &item.item_id, ItemState::Filed, "0", at).await.or_refuse()?;
                let details = FiledDetails { seal_code: seal_code.as_deref().unwrap_or_default() };
                let event = Event {
                    at,
                    kind: kind::SEAL_FILED,
                    request_id: "",
                    subject: &item.seal_id,
                    details: &details,
                };
                evidence::note(&mut tx, &event).await?;
                ItemState::Filed
            }
            Err(error) => postpone_or_fail(&mut tx, item, error, at).await?,
        };
        tx.commit().await.or_refuse()?;
        Ok(state)
    }

    /// Files a seal; the answer is its code.
    async fn file(&self, item: &Item) -> Result<Result<Option<String>, ClientError>, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let seal =
            seals::find(&mut tx, &item.seal_id).await.or_refuse()?.ok_or_else(|| fault("no such seal"))?;
        let version = seals::version(&mut tx, &item.seal_id, item.seal_version).await.or_refuse()?;
        let version = version.ok_or_else(|| fault("no such making of the seal"))?;
        let owner =
            owners::find(&mut tx, &seal.owner_id).await.or_refuse()?.ok_or_else(|| fault("no such owner"))?;
        tx.commit().await.or_refuse()?;
        let request = filing_request(item, &seal, &version, &owner).map_err(|fault| fault.on("filing"))?;
        let answer = self.parts.platform.call_repeatedly::<SealFiling>(&request).await;
        Ok(answer.map(|answer| Some(answer.data.as_str().to_owned())))
    }

    async fn change_state(
        &self,
        item: &Item,
        state: SealState,
    ) -> Result<Result<Option<String>, ClientError>, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let seal =
            seals::find(&mut tx, &item.seal_id).await.or_refuse()?.ok_or_else(|| fault("no such seal"))?;
        tx.commit().await.or_refuse()?;
        let Some(code) = seal.seal_code else {
            return Ok(Err(ClientError::Request("the seal was never filed".to_owned())));
        };
        let seal_code = SealCode::parse(&code).map_err(|fault| fault.on("sealCode"))?;
        let request = StateRequest { seal_code, state };
        Ok(self.parts.platform.call_repeatedly::<SealStateChange>(&request).await.map(|_| None))
    }
}

/// What may pass is tried again, later each time; what the platform refuses for good waits for a person.
async fn postpone_or_fail(
    tx: &mut storage::Tx,
    item: &Item,
    error: &ClientError,
    at: i64,
) -> Result<ItemState, ApiError> {
    let refusal = error.refusal();
    let code = refusal.map_or("60001", |refusal| refusal.code.as_str());
    tracing::warn!(seal = item.seal_id, operation = item.operation.as_str(), code, %error, "not accepted by the platform");
    let for_good = match (refusal, error) {
        (Some(refusal), _) => !refusal.retryable,
        (None, ClientError::Request(_)) => true,
        _ => false,
    };
    if for_good {
        outbox::settle(tx, &item.item_id, ItemState::Failed, code, at).await.or_refuse()?;
        return Ok(ItemState::Failed);
    }
    let doublings = u32::try_from(item.attempts.clamp(0, 9)).unwrap_or(9);
    let wait = 1_000_i64.saturating_mul(2_i64.pow(doublings));
    outbox::postpone(tx, &item.item_id, at.saturating_add(wait), code, at).await.or_refuse()?;
    Ok(ItemState::Pending)
}

fn filing_request(
    item: &Item,
    seal: &seals::Seal,
    version: &seals::SealVersion,
    owner: &owners::Owner,
) -> Result<FilingRequest, Fault> {
    let damaged = || Fault::malformed("stored", "存储的数据已损坏", "stored data is damaged");
    let time =
        |millis: i64| jiff::Timestamp::from_millisecond(millis).map(BeijingTime::of).map_err(|_| damaged());
    let biz_type = match item.operation {
        Operation::Extend => BizType::Extend,
        Operation::Change => BizType::Change,
        _ => BizType::File,
    };
    let seal_code = match (&seal.seal_code, biz_type) {
        (Some(code), BizType::Extend | BizType::Change) => Some(SealCode::parse(code)?),
        _ => None,
    };
    Ok(FilingRequest {
        code: Some(BusinessCode::parse(&seal.code)?),
        seal_code,
        name: SealName::parse(&seal.name)?,
        seal_type: SealType::from_text(&seal.seal_type).ok_or_else(damaged)?,
        ukey_id: seal.ukey_id.as_deref().map(protocol::UkeyId::parse).transpose()?,
        cert_number: seal.cert_number.as_deref().map(protocol::CertNumber::parse).transpose()?,
        possessor: PartyName::parse(&owner.name)?,
        possessor_cert_no: PartyNumber::parse(&owner.cert_no)?,
        possessor_type: OwnerKind::from_number(owner.owner_type).ok_or_else(damaged)?,
        biz_type,
        cert_type: CertType::from_number(seal.cert_type).ok_or_else(damaged)?,
        valid_start: Some(time(version.valid_start)?),
        valid_end: Some(time(version.valid_end)?),
        seal_data: Some(Base64Data::from(version.seal_data.clone())),
        cert_data: Some(Base64Data::from(version.cert.clone())),
    })
}
