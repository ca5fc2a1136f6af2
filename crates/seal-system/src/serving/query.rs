//! Getting seals (获取电子印章, 6.1.4, tables 5 to 9): the organisation's seals in force, each with a new signId.

use formats::x509::Certificate;
use http_server::{Admitted, Done};
use jiff::Timestamp;
use protocol::endpoints::SealQuery;
use protocol::lists::{CertType, CertTypeFilter, DownloadState, KeyAlgorithm, SealType};
use protocol::tables::{AuthorisedUser, CertInfo, SealInfo, SealQueryRequest};
use protocol::{
    ApiError, AppId, Base64Data, BeijingTime, CertNumber, OrgCode, Personal, SealCode, SealName, SignId,
    UkeyId,
};
use storage::Tx;
use storage::seal_system::{owners, seals, sign_ids};

use super::{Usable, asker};
use crate::SealSystem;
use crate::failure::{OrRefuse, fault};
use crate::owners::field;

/// Most seals in one answer.
const MAX_SEALS: i64 = 200;
/// How long a signId lives (resolutions, life times).
const SIGN_ID_MILLIS: i64 = 30 * 60 * 1000;

impl SealSystem {
    /// Serves table 5.
    pub(crate) async fn serve_query(self, admitted: Admitted<SealQueryRequest>) -> Result<Done, ApiError> {
        let asker = asker::<SealQuery>(&admitted.caller, &admitted)?;
        let seals = self.query(&admitted.request, &admitted.caller.app_id, &asker.app_id).await?;
        Done::data(&seals)
    }

    async fn query(
        &self,
        request: &SealQueryRequest,
        platform: &AppId,
        origin: &AppId,
    ) -> Result<Vec<SealInfo>, ApiError> {
        let now = self.now_millis();
        let seal_type = request.seal_type.only().map(SealType::text);
        let cert_type = match request.cert_type() {
            CertTypeFilter::All => None,
            filter => Some(i64::from(filter.number())),
        };
        let filter = seals::Filter {
            seal_type,
            cert_type,
            cert_number: request.cert_number.as_ref().map(CertNumber::as_str),
            ukey_id: request.ukey_id.as_ref().map(UkeyId::as_str),
        };
        let mut tx = self.database().begin().await.or_refuse()?;
        let nine = nine_characters(&request.org_code);
        let found = seals::by_org_code(&mut tx, &nine, &filter, MAX_SEALS).await.or_refuse()?;
        let mut answer = Vec::new();
        for seal in found {
            if !self.is_asked_for(&mut tx, &seal, request).await? {
                continue;
            }
            // Seals out of force are not offered; asking for one by its code says why.
            let Ok(usable) = Usable::check(&mut tx, seal, now).await else { continue };
            if let Some(info) = self.info(&mut tx, &usable, (platform, origin), now).await? {
                answer.push(info);
            }
        }
        tx.commit().await.or_refuse()?;
        Ok(answer)
    }

    /// What the index cannot decide: the full credit code, and whose personal or telephone-bound seal it is.
    async fn is_asked_for(
        &self,
        tx: &mut Tx,
        seal: &seals::Seal,
        request: &SealQueryRequest,
    ) -> Result<bool, ApiError> {
        let owner = owners::find(tx, &seal.owner_id)
            .await
            .or_refuse()?
            .ok_or_else(|| fault("a seal without owner"))?;
        if owner.owner_type == 1 && !request.org_code.matches(&owner.cert_no) {
            return Ok(false);
        }
        if owner.owner_type == 2 {
            // Personal seals are only shown to who knows the owner's number (resolutions 16).
            let index = request.id_card.as_ref().map(|card| self.index(field::OWNER_NUMBER, card.as_str()));
            if index.as_ref() != Some(&owner.cert_no_index) {
                return Ok(false);
            }
        }
        Ok(match (&seal.device_id, &request.device_id) {
            (_, None) => true,
            (Some(own), Some(asked)) => own == asked.as_str(),
            // A telephone shield is a key in the cloud: one that is bound to no telephone serves every one.
            (None, Some(_)) => seal.cert_type == 2,
        })
    }

    /// Table 7 for one seal, with a new signId. `None` for a seal that the platform has not filed yet.
    async fn info(
        &self,
        tx: &mut Tx,
        usable: &Usable,
        (platform, origin): (&AppId, &AppId),
        now: i64,
    ) -> Result<Option<SealInfo>, ApiError> {
        let Usable { seal, version } = usable;
        let Some(code) = &seal.seal_code else { return Ok(None) };
        let sign_id = self.random().hex_id();
        let row = sign_ids::SignId {
            sign_id: sign_id.clone(),
            caller_app_id: platform.as_str().to_owned(),
            origin_app_id: origin.as_str().to_owned(),
            seal_id: seal.seal_id.clone(),
            seal_version: version.version,
            state: sign_ids::SignIdState::Issued,
            fingerprint: None,
            auth_id: None,
            issued_at: now,
            expires_at: now + SIGN_ID_MILLIS,
            changed_at: now,
            signature: None,
        };
        sign_ids::issue(tx, &row).await.or_refuse()?;
        let users = owners::users_of_seal(tx, &seal.seal_id).await.or_refuse()?;
        let user_list = users.iter().map(|user| self.authorised(user)).collect::<Result<_, _>>()?;
        let seal_type = SealType::from_text(&seal.seal_type).ok_or_else(|| fault("unknown seal type"))?;
        Ok(Some(SealInfo {
            sign_id: SignId::parse(&sign_id).map_err(stored)?,
            seal_type,
            seal_relate_type: seal_type.owner(),
            seal_code: SealCode::parse(code).map_err(stored)?,
            seal_name: SealName::parse(&seal.name).map_err(stored)?,
            moulage_data: Base64Data::from(version.picture.clone()),
            width: size(version.width_mm),
            height: size(version.height_mm),
            dpi_x: size(version.width_px),
            dpi_y: size(version.height_px),
            seal_data: Base64Data::from(version.seal_data.clone()),
            seal_invalid_time: time(version.valid_end)?,
            cert_type: CertType::from_number(seal.cert_type).ok_or_else(|| fault("unknown certType"))?,
            dest_host: None,
            plat_name: self.parts.name.clone(),
            ukey_id: seal.ukey_id.as_deref().map(UkeyId::parse).transpose().map_err(stored)?,
            algorithm: KeyAlgorithm::Sm2,
            cert_list: vec![certificate(&version.cert)?],
            state: DownloadState::Pending,
            user_list,
        }))
    }

    /// Table 9. In clear: the platform masks it for callers without the right to personal data.
    fn authorised(&self, user: &owners::User) -> Result<AuthorisedUser, ApiError> {
        Ok(AuthorisedUser {
            user_name: Personal::new(self.open_field(field::NAME, &user.name)?),
            mobile_phone: Personal::new(self.open_field(field::MOBILE, &user.mobile)?),
        })
    }
}

/// Table 8 for one certificate.
fn certificate(der: &[u8]) -> Result<CertInfo, ApiError> {
    let certificate = Certificate::from_der(der).map_err(fault)?;
    Ok(CertInfo {
        algorithm: KeyAlgorithm::Sm2,
        cert_code: CertNumber::from_bytes(&certificate.serial),
        invalid_time: BeijingTime::of(certificate.not_after),
        sign_public_key: Base64Data::from(der.to_vec()),
        subject_cn: certificate.subject.common_name().unwrap_or_default().to_owned(),
    })
}

fn nine_characters(code: &OrgCode) -> String {
    match code {
        OrgCode::Credit(uscc) => uscc.organisation().to_owned(),
        OrgCode::Legacy(code) => code.clone(),
    }
}

fn size(value: i64) -> u32 {
    u32::try_from(value).unwrap_or_default()
}

fn time(millis: i64) -> Result<BeijingTime, ApiError> {
    Timestamp::from_millisecond(millis).map(BeijingTime::of).map_err(fault)
}

/// A stored text that was checked when it came and is not in order now.
fn stored(error: protocol::Fault) -> ApiError {
    fault(error.en)
}
