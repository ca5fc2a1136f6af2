//! Handing seals on: in one transaction the signId is recorded, the download noted, the sharing of personal data
//! entered, and all of it evidenced.

use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::SealQuery;
use protocol::lists::DownloadState;
use protocol::tables::{AuthorisedUser, SealInfo};
use protocol::{ApiError, Code, Endpoint, SealName, SealSource, Shortfall};
use storage::Tx;
use storage::platform::seals::Seal;
use storage::platform::sharing::{self, Sharing};
use storage::platform::sign_ids::{self, NewSignId};
use storage::platform::systems::{self, System};
use storage::platform::{downloads, seals, system_keys};

use super::check;
use super::fetch::{self, Good, Judged, Reply};
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::{Failure, Outcome};
use crate::registry;
use crate::routing;

/// What one hand-over is about.
struct HandOver<'a> {
    context: &'a Context,
    caller: &'a Caller,
    /// Whether the caller may see personal data unmasked.
    personal_data: bool,
    at: Timestamp,
}

/// Judges the replies and hands on what is good.
pub(super) async fn hand_over(
    context: &Context,
    caller: &Caller,
    (replies, of_platforms): (Vec<Reply>, Vec<Judged>),
) -> Outcome<(Vec<(SealInfo, SealSource)>, Vec<Shortfall>)> {
    let at = context.now();
    let judge_all = move || replies.into_iter().map(|reply| fetch::judge(reply, at)).collect::<Vec<_>>();
    let judged = tokio::task::spawn_blocking(judge_all).await.map_err(ApiError::fault)?;

    // Made before the transaction: others wait while it is open.
    let mut events = vec![evidence::accepted(context, SealQuery::INFO, caller)?];
    let mut tx = context.database.begin().await?;
    let me = systems::find(&mut tx, caller.app_id.as_str()).await?;
    let personal_data = me.is_some_and(|system| system.personal_data);
    let work = HandOver { context, caller, personal_data, at };
    let (mut handed, mut failures) = (Vec::new(), Vec::new());
    for reply in judged.into_iter().chain(of_platforms) {
        work.one_system(&mut tx, reply, (&mut handed, &mut failures), &mut events).await?;
    }
    evidence::append_all(&mut tx, &events).await?;
    tx.commit().await?;
    handed.sort_by(|a: &(SealInfo, SealSource), b| a.0.seal_code.as_str().cmp(b.0.seal_code.as_str()));
    Ok((handed, failures))
}

impl HandOver<'_> {
    async fn one_system(
        &self,
        tx: &mut Tx,
        reply: Judged,
        (handed, failures): (&mut Vec<(SealInfo, SealSource)>, &mut Vec<Shortfall>),
        events: &mut Vec<Event>,
    ) -> Outcome<()> {
        let Judged { app_id, system, good, failures: missing, mut lies, unasked, exchange } = reply;
        failures.extend(missing);
        if let Some(exchange) = &exchange {
            events.push(routing::answered(
                self.context,
                self.at,
                &self.caller.request_id,
                (&app_id, SealQuery::INFO.name),
                exchange,
            )?);
        }
        for code in unasked {
            // A seal of its own that does not match or may not be used is left out; any other is a lie.
            if seals::find(tx, &code).await?.is_none_or(|seal| seal.app_id != app_id.as_str()) {
                let (zh, en) = ("返回了不属于该系统的印章", "it returned a seal that is not its own");
                let error = ApiError::explained(Code::SealSystemAnswerWrong, zh, en);
                lies.push(fetch::lie(Some(&code), &error, en.to_owned()));
                failures.push(Shortfall::new(app_id.as_str(), Some(&code), &error));
            }
        }
        for entry in good {
            let code = entry.seal.seal_code.clone();
            let own =
                || SealSource { seal_code: code.clone(), system: app_id.to_string(), platforms: Vec::new() };
            let source = entry.source.clone().unwrap_or_else(own);
            match self.one_seal(tx, &system, entry, events).await {
                Ok(info) => handed.push((info, source)),
                Err(Failure::Refused(error)) => {
                    if error.code() == Code::SealSystemAnswerWrong {
                        lies.push(fetch::lie(Some(&code), &error, error.message().to_owned()));
                    }
                    failures.push(Shortfall::new(app_id.as_str(), Some(&code), &error));
                }
                Err(error) => return Err(error),
            }
        }
        for lie in &lies {
            events.push(routing::lied(self.at, &self.caller.request_id, &app_id, lie)?);
        }
        Ok(())
    }

    /// Records one seal as handed on. The refusals come before anything is written.
    async fn one_seal(
        &self,
        tx: &mut Tx,
        system: &System,
        good: Good,
        events: &mut Vec<Event>,
    ) -> Outcome<SealInfo> {
        let code = good.seal.seal_code.as_str();
        let current = registry::hold(tx, code).await?;
        registry::check_usable(&current.seal, current.system.state, self.at)?;
        let other_data = current.seal.seal_data_sm3.as_ref().is_some_and(|filed| *filed != good.checked.sm3);
        if current.seal.version != good.seal.version || other_data {
            let (zh, en) = ("印章刚刚变更,请重新获取", "the seal has just changed, get it again");
            return Err(ApiError::explained(Code::StateForbids, zh, en).into());
        }
        let spki_sm3 = hex::encode(crypto::sm3::digest(good.checked.certificate.spki_der()));
        if system_keys::by_spki(tx, &spki_sm3).await?.is_some() {
            let (zh, en) = ("印章密钥同时用于接口签名", "the seal's key signs requests of a system too");
            return Err(ApiError::explained(Code::SealDataWrong, zh, en).into());
        }
        self.issue(tx, &good).await?;
        if current.seal.seal_data_sm3.is_none() {
            events.extend(fetch::adopt(self.context, tx, &good, &self.caller.request_id).await?);
        }
        let first = downloads::mark(tx, self.caller.app_id.as_str(), code, self.at.as_millisecond()).await?;
        self.enter_sharing(tx, &good).await?;
        let detail = serde_json::json!({
            "caller": self.caller.app_id.as_str(), "version": good.seal.version, "sealDataSm3": good.checked.sm3,
            "signIdSm3": hex::encode(crypto::sm3::digest(good.entry.sign_id.as_str().as_bytes())),
            "source": good.source,
        });
        events.push(Event::new(Kind::SealHandedOver, self.at, &self.caller.request_id, code, &detail)?);
        self.info(system, good, first)
    }

    async fn issue(&self, tx: &mut Tx, good: &Good) -> Outcome<()> {
        let end = self.at.checked_add(self.context.config.times.sign_id()).unwrap_or(self.at);
        let new = NewSignId {
            system_app_id: &good.seal.app_id,
            sign_id: good.entry.sign_id.as_str(),
            caller_app_id: self.caller.app_id.as_str(),
            seal_code: &good.seal.seal_code,
            seal_version: good.seal.version,
            issued_at: self.at.as_millisecond(),
            expires_at: end.as_millisecond(),
            request_id: &self.caller.request_id,
        };
        if sign_ids::issue(tx, &new).await? {
            return Ok(());
        }
        let (zh, en) = ("重复使用了 signId", "it used a signId twice");
        Err(ApiError::explained(Code::SealSystemAnswerWrong, zh, en).into())
    }

    /// Every hand-over of the names and numbers of authorised persons, masked ones too (resolution 22).
    async fn enter_sharing(&self, tx: &mut Tx, good: &Good) -> Outcome<()> {
        if good.entry.user_list.is_empty() {
            return Ok(());
        }
        let record = Sharing {
            request_id: self.caller.request_id.clone(),
            seal_code: good.seal.seal_code.clone(),
            receiver_app_id: self.caller.app_id.as_str().to_owned(),
            source_app_id: good.seal.app_id.clone(),
            fields: "userName,mobilePhone".to_owned(),
            purpose: SealQuery::INFO.name.to_owned(),
            masked: !self.personal_data,
            at: self.at.as_millisecond(),
        };
        Ok(sharing::record(tx, &record).await?)
    }

    /// Table 7 as the platform answers it: what the registry knows comes from the registry, the certificate is the
    /// one that was checked, and personal data are masked unless granted.
    fn info(&self, system: &System, good: Good, first: bool) -> Outcome<SealInfo> {
        let Good { entry, seal, checked, source } = good;
        let ukey = check::in_ukey(&seal);
        let name = SealName::parse(&seal.name).map_err(|fault| ApiError::fault(fault.en))?;
        let users = if self.personal_data {
            entry.user_list
        } else {
            entry.user_list.iter().map(AuthorisedUser::masked).collect()
        };
        Ok(SealInfo {
            seal_name: name,
            dest_host: if ukey { system.dest_host.clone() } else { None },
            // Another platform names its own systems.
            plat_name: match source {
                Some(_) => entry.plat_name,
                None => system.plat_name.clone().unwrap_or_else(|| system.name.clone()),
            },
            ukey_id: if ukey { entry.ukey_id.or_else(|| stored_ukey(&seal)) } else { None },
            algorithm: check::algorithm(&checked)?,
            cert_list: vec![check::certificate(&checked)?],
            state: if first { DownloadState::Pending } else { DownloadState::Fetched },
            user_list: users,
            ..entry
        })
    }
}

fn stored_ukey(seal: &Seal) -> Option<protocol::UkeyId> {
    seal.ukey_id.as_deref().and_then(|id| protocol::UkeyId::parse(id).ok())
}
