//! From a request of table 1 to what is stored: personal data encrypted, keys of idempotency computed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::x509::{Certificate, IdentityKind};
use protocol::lists::OwnerKind;
use protocol::tables::{FilingRequest, SealInfo};
use protocol::{ApiError, BeijingTime, Uscc};
use storage::platform::filing::{Content, Filing};
use storage::platform::seals::{Seal, SealState, SealVersion, WholeSeal};

use super::seal_data::{Checked, Filed};
use crate::context::Context;

/// The column of owners' names, encrypted for persons.
const PARTY_NAME: &str = "seals.possessor";
/// The column of owners' numbers, encrypted for persons; also the index of every identity number, because
/// possessorCertNo, idCard and credentNo are one identifier (resolution 23).
pub const PARTY_NUMBER: &str = "seals.possessor_cert_no";
/// The columns of certificates and seal data, encrypted where they name a person: a certificate of GB/T 20518 holds
/// the number of the identity card in clear, and a seal holds the certificate.
const CERTIFICATE: &str = "seals.cert";
const SEAL_DATA: &str = "seal_versions.seal_data";
const FINGERPRINT: &str = "filing.fingerprint";
const NATURAL_KEY: &str = "filing.natural-key";
/// Between the parts of a key: no value may hold it.
const BETWEEN: &str = "\n";

/// The blind index of an identity number.
pub fn number_index(context: &Context, number: &str) -> String {
    context.cipher.blind_index(PARTY_NUMBER, number)
}

fn millis(time: Option<BeijingTime>) -> Option<i64> {
    time.map(|time| time.timestamp().as_millisecond())
}

fn sm3_hex(bytes: Option<&[u8]>) -> String {
    bytes.map(|bytes| hex::encode(crypto::sm3::digest(bytes))).unwrap_or_default()
}

/// A keyed digest of everything a caller filed beside the operation and the seal code.
pub(super) fn fingerprint(context: &Context, request: &FilingRequest) -> String {
    let text = |part: Option<String>| part.unwrap_or_default();
    let parts = [
        request.name.as_str().to_owned(),
        request.seal_type.text().to_owned(),
        text(request.ukey_id.as_ref().map(ToString::to_string)),
        text(request.cert_number.as_ref().map(ToString::to_string)),
        request.possessor.as_str().to_owned(),
        request.possessor_cert_no.as_str().to_owned(),
        request.possessor_type.text().to_owned(),
        request.cert_type.text().to_owned(),
        text(request.valid_start.map(|time| time.to_string())),
        text(request.valid_end.map(|time| time.to_string())),
        sm3_hex(request.seal_data.as_ref().map(protocol::Base64Data::bytes)),
        sm3_hex(request.cert_data.as_ref().map(protocol::Base64Data::bytes)),
    ];
    context.cipher.blind_index(FINGERPRINT, &parts.join(BETWEEN))
}

/// What the seal's data have to agree with.
pub(super) fn filed<'a>(request: &'a FilingRequest, cert_number: Option<&'a str>) -> Filed<'a> {
    Filed {
        name: request.name.as_str(),
        cert_number,
        credit_code: credit_code(request).then(|| request.possessor_cert_no.as_str()),
        valid: (millis(request.valid_start), millis(request.valid_end)),
    }
}

fn credit_code(request: &FilingRequest) -> bool {
    request.possessor_type == OwnerKind::Organisation
}

/// The content of a request, with what its checked seal says; `before` fills in what the request leaves out.
pub(super) fn content(
    context: &Context,
    request: &FilingRequest,
    checked: Option<&Checked>,
    before: Option<&Seal>,
) -> Result<Content, ApiError> {
    let person = request.possessor_type == OwnerKind::Person;
    let cert_number = request.cert_number.as_ref().map(|number| number.as_str().to_owned());
    let ukey_id = request.ukey_id.as_ref().map(|id| id.as_str().to_owned());
    let content = Content {
        name: request.name.as_str().to_owned(),
        cert_type: request.cert_type.number().into(),
        cert_number: cert_number.or_else(|| before.and_then(|seal| seal.cert_number.clone())),
        ukey_id: ukey_id.or_else(|| before.and_then(|seal| seal.ukey_id.clone())),
        cert: request
            .cert_data
            .as_ref()
            .filter(|_| checked.is_none())
            .map(|data| kept(context, CERTIFICATE, data.bytes(), person || names_person(data.bytes())))
            .transpose()?,
        valid_start: millis(request.valid_start),
        valid_end: millis(request.valid_end),
        fingerprint: fingerprint(context, request),
        ..Content::default()
    };
    match checked {
        Some(checked) => with_seal(context, content, checked, person),
        None => Ok(content),
    }
}

/// Takes over what a checked seal says; `person` where it is a person's.
///
/// # Errors
/// 99999 when it cannot be encrypted.
pub(crate) fn with_seal(
    context: &Context,
    content: Content,
    checked: &Checked,
    person: bool,
) -> Result<Content, ApiError> {
    let certificate = checked.certificate.der();
    let person = person || names_person(certificate);
    Ok(Content {
        cert_number: Some(checked.cert_number()),
        cert: Some(kept(context, CERTIFICATE, certificate, person)?),
        seal_data: Some(kept(context, SEAL_DATA, &checked.der, person)?),
        seal_data_sm3: Some(checked.sm3.clone()),
        picture_sm3: Some(checked.picture_sm3.clone()),
        es_id: Some(checked.seal.es_id.clone()),
        valid_start: Some(checked.seal.valid_start.as_millisecond()),
        valid_end: Some(checked.seal.valid_end.as_millisecond()),
        ..content
    })
}

/// Whether a certificate names a person; one that cannot be read may.
fn names_person(certificate: &[u8]) -> bool {
    let personal = |kind| matches!(kind, IdentityKind::Person | IdentityKind::Insurance);
    Certificate::from_der(certificate).map_or(true, |certificate| {
        certificate.extensions.identities.iter().any(|identity| personal(identity.kind))
    })
}

/// Octets for a column, encrypted where they name a person.
fn kept(context: &Context, column: &str, octets: &[u8], person: bool) -> Result<Vec<u8>, ApiError> {
    if !person {
        return Ok(octets.to_vec());
    }
    Ok(context.seal(column, &STANDARD.encode(octets))?.into_bytes())
}

/// The certificate of a seal, from its column.
///
/// # Errors
/// 99999 when what is stored was altered.
pub(crate) fn certificate(context: &Context, seal: &Seal) -> Result<Option<Certificate>, ApiError> {
    let Some(stored) = &seal.cert else { return Ok(None) };
    Certificate::from_der(&octets(context, CERTIFICATE, stored)?).map(Some).map_err(ApiError::fault)
}

/// Certificate and data of a seal, DER, from their columns.
///
/// # Errors
/// 99999 when what is stored was altered.
pub(crate) fn seal_octets(context: &Context, whole: &WholeSeal) -> Result<[Option<Vec<u8>>; 2], ApiError> {
    let read =
        |column, stored: Option<&Vec<u8>>| stored.map(|stored| octets(context, column, stored)).transpose();
    Ok([read(CERTIFICATE, whole.seal.cert.as_ref())?, read(SEAL_DATA, whole.seal_data.as_ref())?])
}

/// The same of one version of a seal.
///
/// # Errors
/// 99999 when what is stored was altered.
pub(crate) fn version_octets(
    context: &Context,
    version: &SealVersion,
) -> Result<[Option<Vec<u8>>; 2], ApiError> {
    let read =
        |column, stored: Option<&Vec<u8>>| stored.map(|stored| octets(context, column, stored)).transpose();
    Ok([read(CERTIFICATE, version.cert.as_ref())?, read(SEAL_DATA, version.seal_data.as_ref())?])
}

/// The octets of a column that is encrypted where they name a person.
fn octets(context: &Context, column: &str, stored: &[u8]) -> Result<Vec<u8>, ApiError> {
    // DER begins otherwise; rows of earlier versions hold it in clear.
    if !stored.starts_with(b"v1.") {
        return Ok(stored.to_vec());
    }
    let text = context.open(column, std::str::from_utf8(stored).map_err(ApiError::fault)?)?;
    STANDARD.decode(&*text).map_err(ApiError::fault)
}

/// A new filing as it is stored.
pub(super) fn filing(
    context: &Context,
    app_id: &str,
    request: &FilingRequest,
    checked: Option<&Checked>,
) -> Result<Filing, ApiError> {
    let number = request.possessor_cert_no.as_str();
    let person = request.possessor_type == OwnerKind::Person;
    let sealed =
        |column: &str, text: &str| if person { context.seal(column, text) } else { Ok(text.to_owned()) };
    let natural = [
        app_id,
        request.cert_number.as_ref().map(protocol::CertNumber::as_str).unwrap_or_default(),
        request.seal_type.text(),
        number,
        request.name.as_str(),
    ];
    Ok(Filing {
        app_id: app_id.to_owned(),
        code: request.code.as_ref().map(|code| code.as_str().to_owned()),
        natural_key: context.cipher.blind_index(NATURAL_KEY, &natural.join(BETWEEN)),
        seal_type: request.seal_type.text().to_owned(),
        possessor_type: request.possessor_type.number().into(),
        possessor: sealed(PARTY_NAME, request.possessor.as_str())?,
        possessor_cert_no: sealed(PARTY_NUMBER, number)?,
        possessor_cert_no_index: number_index(context, number),
        org_code: Uscc::parse(number).map(|code| code.organisation().to_owned()).unwrap_or_default(),
        police_seal_code: None,
        state: SealState::Enabled,
        content: content(context, request, checked, None)?,
    })
}

/// A seal of another platform as it is recorded: what a filing would say comes from the entry and its seal.
///
/// # Errors
/// 99999 when it cannot be encrypted.
pub(crate) fn foreign_filing(
    context: &Context,
    app_id: &str,
    (entry, checked): (&SealInfo, &Checked),
    owner: &str,
) -> Result<Filing, ApiError> {
    let person = entry.seal_relate_type == OwnerKind::Person;
    let sealed =
        |column: &str, text: &str| if person { context.seal(column, text) } else { Ok(text.to_owned()) };
    let code = entry.seal_code.as_str();
    let subject = &checked.certificate.subject;
    let name = if person { None } else { subject.organization() };
    let name = name.or_else(|| subject.common_name()).unwrap_or(entry.seal_name.as_str());
    Ok(Filing {
        app_id: app_id.to_owned(),
        // Its code is the key of idempotency: it names one seal, whoever records it.
        code: Some(code.to_owned()),
        natural_key: context.cipher.blind_index(NATURAL_KEY, &[app_id, code].join(BETWEEN)),
        seal_type: entry.seal_type.text().to_owned(),
        possessor_type: entry.seal_relate_type.number().into(),
        possessor: sealed(PARTY_NAME, name)?,
        possessor_cert_no: sealed(PARTY_NUMBER, owner)?,
        possessor_cert_no_index: number_index(context, owner),
        org_code: if person { String::new() } else { nine(owner) },
        police_seal_code: None,
        state: SealState::Enabled,
        content: Content {
            name: entry.seal_name.as_str().to_owned(),
            cert_type: entry.cert_type.number().into(),
            fingerprint: context.cipher.blind_index(FINGERPRINT, &checked.sm3),
            ..Content::default()
        },
    })
}

/// The nine characters of an organisation's number.
fn nine(number: &str) -> String {
    Uscc::parse(number).map_or_else(|_| number.to_owned(), |code| code.organisation().to_owned())
}

/// Whether a recorded seal is that of the owner with this number.
pub(crate) fn is_owner(context: &Context, seal: &Seal, owner: &str) -> bool {
    if is_person(seal) {
        seal.possessor_cert_no_index == number_index(context, owner)
    } else {
        seal.org_code == nine(owner)
    }
}

/// The name of a seal's owner in clear.
pub(crate) fn owner_name(context: &Context, seal: &Seal) -> Result<zeroize::Zeroizing<String>, ApiError> {
    clear(context, seal, PARTY_NAME, &seal.possessor)
}

/// The number of a seal's owner in clear.
pub(crate) fn owner_number(context: &Context, seal: &Seal) -> Result<zeroize::Zeroizing<String>, ApiError> {
    clear(context, seal, PARTY_NUMBER, &seal.possessor_cert_no)
}

fn clear(
    context: &Context,
    seal: &Seal,
    column: &str,
    stored: &str,
) -> Result<zeroize::Zeroizing<String>, ApiError> {
    if is_person(seal) {
        context.open(column, stored)
    } else {
        Ok(zeroize::Zeroizing::new(stored.to_owned()))
    }
}

/// Whether the seal's owner is a person.
pub(crate) fn is_person(seal: &Seal) -> bool {
    OwnerKind::from_number(seal.possessor_type) == Some(OwnerKind::Person)
}
