//! Taking seals out of the register into a file, piece by piece. What leaves and by whose hand is evidenced before the
//! first of it is written.

use std::io::Write;

use crypto::sm3::Sm3;
use jiff::Timestamp;
use protocol::lists::{OwnerKind, SealState as Listed};
use protocol::wire::Params;
use protocol::{ApiError, AppId, BeijingTime, Code, ParamValue, PartyName, PartyNumber};
use storage::platform::seals::{self, Seal, SealState, Selection, WholeSeal};
use storage::platform::systems;

use super::columns::{self, SEAL_CODE, STATE};
use super::rows::Format;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::{Failure, Outcome};
use crate::registry;

/// Seals read at once; each may bring its data along.
const SEALS_AT_ONCE: i64 = 100;
/// Encrypted columns begin so.
const ENCRYPTED: &[u8] = b"v1.";

/// How persons leave the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Persons {
    /// Names and numbers are masked, certificates and seal data that name a person are left out: such rows cannot be
    /// imported again.
    #[default]
    Masked,
    /// In clear.
    Clear,
}

/// An export.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// Which seals.
    pub selection: Selection<'a>,
    /// How the file is written.
    pub format: Format,
    /// How persons leave.
    pub persons: Persons,
    /// The administrator who does it.
    pub actor: &'a str,
}

/// What left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Seals.
    pub seals: u64,
    /// Octets.
    pub bytes: u64,
    /// SM3 of the file, lower hexadecimal; empty until it ends.
    pub sm3: String,
}

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be written.
    #[error("{0}")]
    Write(#[from] std::io::Error),
    /// The database failed, or a stored value was altered.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<storage::Error> for ExportError {
    fn from(error: storage::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ApiError> for ExportError {
    fn from(error: ApiError) -> Self {
        Self::Failure(error.into())
    }
}

/// Whether there is such a system: an export of none that looks like one of all is worse than a refusal.
///
/// # Errors
/// 10001 when there is none, failures of the database.
pub async fn known_system(context: &Context, app_id: &AppId) -> Outcome<()> {
    let mut tx = context.database.read().await?;
    let found = systems::find(&mut tx, app_id.as_str()).await?;
    tx.commit().await?;
    found.map(|_| ()).ok_or_else(|| ApiError::new(Code::UnknownCaller).into())
}

/// Writes every seal of a selection, as the register is at one moment. `watch` is told how far it is.
///
/// # Errors
/// [`ExportError`].
pub async fn export(
    context: &Context,
    order: &Export<'_>,
    out: &mut impl Write,
    mut watch: impl FnMut(&Exported),
) -> Result<Exported, ExportError> {
    note(context, order, None).await?;
    let mut out = Counted { out, bytes: 0, digest: Sm3::new() };
    let columns = columns::exported();
    if order.format == Format::Csv {
        writeln!(out, "{}", columns.join(","))?;
    }
    let mut exported = Exported::default();
    let mut after = String::new();
    let mut tx = context.database.read().await?;
    loop {
        let page = seals::whole(&mut tx, &order.selection, &after, SEALS_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.seal.seal_code);
        for whole in &page {
            let row = row(context, whole, order.persons)?;
            let line = match order.format {
                Format::Csv => line(&columns, &row).into_bytes(),
                Format::JsonLines => row.to_json(),
            };
            out.write_all(&line)?;
            out.write_all(b"\n")?;
            exported.seals += 1;
        }
        exported.bytes = out.bytes;
        watch(&exported);
    }
    tx.commit().await?;
    out.flush()?;
    exported.bytes = out.bytes;
    exported.sm3 = hex::encode(out.digest.finalize());
    note(context, order, Some(&exported)).await?;
    Ok(exported)
}

/// Evidences that an export begins, or what it was.
async fn note(context: &Context, order: &Export<'_>, ended: Option<&Exported>) -> Result<(), ExportError> {
    let wanted = &order.selection;
    let detail = serde_json::json!({
        "actor": order.actor, "phase": if ended.is_some() { "ended" } else { "begun" }, "appId": wanted.app_id,
        "state": wanted.state.map(SealState::as_str), "filedFrom": wanted.filed_from,
        "filedBefore": wanted.filed_before, "personsInClear": order.persons == Persons::Clear,
        "seals": ended.map(|ended| ended.seals), "sm3": ended.map(|ended| &ended.sm3),
    });
    let event =
        Event::new(Kind::StockExported, context.now(), "", wanted.app_id.unwrap_or_default(), &detail)?;
    let mut tx = context.database.begin().await?;
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

fn row(context: &Context, whole: &WholeSeal, persons: Persons) -> Result<Params, ApiError> {
    let seal = &whole.seal;
    let mut row = Params::new();
    let mut put = |name: &str, value: Option<&str>| match value {
        Some(text) => row.insert(name, ParamValue::Text(text.to_owned())),
        None => Ok(()),
    };
    put(SEAL_CODE, Some(&seal.seal_code))?;
    put("code", seal.code.as_deref())?;
    let person = OwnerKind::from_number(seal.possessor_type) == Some(OwnerKind::Person);
    let is_masked = person && persons == Persons::Masked;
    put("name", Some(&if is_masked { masked(&seal.name)? } else { seal.name.clone() }))?;
    put("sealType", Some(&seal.seal_type))?;
    put("UKeyId", seal.ukey_id.as_deref())?;
    put("certNumber", seal.cert_number.as_deref())?;
    let (name, number) = owner(context, seal, is_masked)?;
    put("possessor", Some(&name))?;
    put("possessorCertNo", Some(&number))?;
    put("validStart", local(seal.valid_start)?.as_deref())?;
    put("validEnd", local(seal.valid_end)?.as_deref())?;
    let [cert, data] = data(context, whole, persons)?;
    put("sealData", data.as_deref())?;
    put("certData", cert.as_deref())?;
    put("appId", Some(&seal.app_id))?;
    put("filedAt", Some(&time(seal.filed_at)?.to_string()))?;
    put("changedAt", Some(&time(seal.changed_at)?.to_string()))?;
    let state = match seal.state {
        SealState::Enabled => Listed::Enabled,
        SealState::Disabled => Listed::Disabled,
        SealState::Revoked => Listed::Revoked,
    };
    let numbers = [
        ("possessorType", seal.possessor_type),
        ("certType", seal.cert_type),
        (STATE, state.number().into()),
        ("contentVersion", seal.version),
    ];
    for (name, number) in numbers {
        row.insert(name, ParamValue::Integer(number.into()))?;
    }
    Ok(row)
}

/// Name and number of a seal's owner.
fn owner(context: &Context, seal: &Seal, is_masked: bool) -> Result<(String, String), ApiError> {
    let name = registry::owner_name(context, seal)?;
    let number = registry::owner_number(context, seal)?;
    if !is_masked {
        return Ok((name.to_string(), number.to_string()));
    }
    let number = PartyNumber::parse(&number).map(|number| number.masked()).map_err(ApiError::fault)?;
    Ok((masked(&name)?, number))
}

/// A name with the person made unrecognisable; that of a person's seal is the person's too.
fn masked(name: &str) -> Result<String, ApiError> {
    PartyName::parse(name).map(|name| name.masked()).map_err(ApiError::fault)
}

/// Certificate and data of a seal, Base64.
fn data(context: &Context, whole: &WholeSeal, persons: Persons) -> Result<[Option<String>; 2], ApiError> {
    use base64::Engine;
    let stored = [whole.seal.cert.as_ref(), whole.seal_data.as_ref()];
    let personal = stored.map(|stored| stored.is_some_and(|stored| stored.starts_with(ENCRYPTED)));
    let octets = registry::seal_octets(context, whole)?;
    let mut read = octets.into_iter().zip(personal).map(|(octets, personal)| {
        let octets = octets.filter(|_| persons == Persons::Clear || !personal)?;
        Some(base64::engine::general_purpose::STANDARD.encode(octets))
    });
    Ok([read.next().flatten(), read.next().flatten()])
}

fn time(millis: i64) -> Result<Timestamp, ApiError> {
    Timestamp::from_millisecond(millis).map_err(ApiError::fault)
}

fn local(millis: Option<i64>) -> Result<Option<String>, ApiError> {
    millis.map(|millis| time(millis).map(|at| BeijingTime::of(at).to_string())).transpose()
}

fn line(columns: &[&str], row: &Params) -> String {
    let mut line = String::new();
    for (at, name) in columns.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        if let Some(value) = row.get(name) {
            columns::put_csv(&mut line, &value.signed_text());
        }
    }
    line
}

/// Counts and digests what goes through.
struct Counted<'a, W> {
    out: &'a mut W,
    bytes: u64,
    digest: Sm3,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.digest.update(bytes.get(..count).unwrap_or_default());
        self.bytes += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
