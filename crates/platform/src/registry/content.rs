//! From a request of table 1 to what is stored: personal data encrypted, keys of idempotency computed.

use protocol::lists::OwnerKind;
use protocol::tables::FilingRequest;
use protocol::{ApiError, BeijingTime, Uscc};
use storage::platform::filing::{Content, Filing};
use storage::platform::seals::{Seal, SealState};

use super::seal_data::{Checked, Filed};
use crate::context::Context;

/// The column of owners' names, encrypted for persons.
const PARTY_NAME: &str = "seals.possessor";
/// The column of owners' numbers, encrypted for persons; also the index of every identity number, because
/// possessorCertNo, idCard and credentNo are one identifier (resolution 23).
pub const PARTY_NUMBER: &str = "seals.possessor_cert_no";
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
) -> Content {
    let cert_number = request.cert_number.as_ref().map(|number| number.as_str().to_owned());
    let ukey_id = request.ukey_id.as_ref().map(|id| id.as_str().to_owned());
    let content = Content {
        name: request.name.as_str().to_owned(),
        cert_type: request.cert_type.number().into(),
        cert_number: cert_number.or_else(|| before.and_then(|seal| seal.cert_number.clone())),
        ukey_id: ukey_id.or_else(|| before.and_then(|seal| seal.ukey_id.clone())),
        cert: request.cert_data.as_ref().map(|data| data.bytes().to_vec()),
        valid_start: millis(request.valid_start),
        valid_end: millis(request.valid_end),
        fingerprint: fingerprint(context, request),
        ..Content::default()
    };
    match checked {
        Some(checked) => with_seal(content, checked),
        None => content,
    }
}

/// Takes over what a checked seal says.
pub(crate) fn with_seal(content: Content, checked: &Checked) -> Content {
    Content {
        cert_number: Some(checked.cert_number()),
        cert: Some(checked.certificate.der().to_vec()),
        seal_data: Some(checked.der.clone()),
        seal_data_sm3: Some(checked.sm3.clone()),
        picture_sm3: Some(checked.picture_sm3.clone()),
        es_id: Some(checked.seal.es_id.clone()),
        valid_start: Some(checked.seal.valid_start.as_millisecond()),
        valid_end: Some(checked.seal.valid_end.as_millisecond()),
        ..content
    }
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
    let kept =
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
        possessor: kept(PARTY_NAME, request.possessor.as_str())?,
        possessor_cert_no: kept(PARTY_NUMBER, number)?,
        possessor_cert_no_index: number_index(context, number),
        org_code: Uscc::parse(number).map(|code| code.organisation().to_owned()).unwrap_or_default(),
        police_seal_code: None,
        state: SealState::Enabled,
        content: content(context, request, checked, None),
    })
}

/// The name of a seal's owner in clear.
pub(super) fn owner_name(context: &Context, seal: &Seal) -> Result<zeroize::Zeroizing<String>, ApiError> {
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
