//! Checking one seal of a system's answer (table 7) against its filing before it is relayed.

use formats::ses::PictureKind;
use formats::x509::Certificate;
use jiff::Timestamp;
use protocol::lists::{CertType, OwnerKind, SealType};
use protocol::tables::{CertInfo, SealInfo};
use protocol::{ApiError, Base64Data, BeijingTime, CertNumber, Code};
use storage::platform::seals::Seal;

use crate::registry::seal_data::{self, Checked, Filed};

/// How far the two resolutions of a picture may be apart, in per mille (resolution 20).
const RESOLUTION_TOLERANCE: u64 = 20;

/// What is wrong with an entry: 60003 for what contradicts the filing or itself, 30010 for the seal's data.
fn wrong(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::SealSystemAnswerWrong, zh, en)
}

/// Checks an entry for the filed seal `seal`.
///
/// # Errors
/// 60003 or 30010 with what is wrong, 30007 when the seal itself is not valid now.
pub(super) fn entry(
    entry: &SealInfo,
    seal: &Seal,
    makers: &[Certificate],
    now: Timestamp,
) -> Result<Checked, ApiError> {
    if !entry.sign_id.carries_128_bits() {
        return Err(wrong("signId 过短", "the signId is too short"));
    }
    against_filing(entry, seal)?;
    let filed = Filed {
        name: &seal.name,
        cert_number: seal.cert_number.as_deref(),
        credit_code: (seal.possessor_type == i64::from(OwnerKind::Organisation.number()))
            .then_some(seal.possessor_cert_no.as_str()),
        valid: (seal.valid_start, seal.valid_end),
    };
    let sent: Vec<&[u8]> = entry.cert_list.iter().map(|cert| cert.sign_public_key.bytes()).collect();
    let checked = seal_data::check(entry.seal_data.bytes(), &filed, makers, &sent)?;
    if seal.seal_data_sm3.as_ref().is_some_and(|filed| *filed != checked.sm3) {
        let (zh, en) = ("与备案的印章数据不同", "it is not the seal that was filed");
        return Err(ApiError::explained(Code::SealDataWrong, zh, en));
    }
    against_itself(entry, &checked)?;
    in_force(&checked, now)?;
    Ok(checked)
}

/// Checks an entry of another platform, for which there is no filing: the maker is one that the platform vouches for,
/// and the entry says what the seal in it says.
///
/// # Errors
/// As [`entry`].
pub(super) fn foreign(entry: &SealInfo, makers: &[Certificate], now: Timestamp) -> Result<Checked, ApiError> {
    if !entry.sign_id.carries_128_bits() {
        return Err(wrong("signId 过短", "the signId is too short"));
    }
    let filed =
        Filed { name: entry.seal_name.as_str(), cert_number: None, credit_code: None, valid: (None, None) };
    let sent: Vec<&[u8]> = entry.cert_list.iter().map(|cert| cert.sign_public_key.bytes()).collect();
    let checked = seal_data::check(entry.seal_data.bytes(), &filed, makers, &sent)?;
    against_itself(entry, &checked)?;
    in_force(&checked, now)?;
    Ok(checked)
}

fn in_force(checked: &Checked, now: Timestamp) -> Result<(), ApiError> {
    if now < checked.seal.valid_start || now > checked.seal.valid_end {
        return Err(ApiError::new(Code::SealExpired));
    }
    if !checked.certificate.is_in_force(now) {
        let (zh, en) = ("印章证书不在有效期内", "its certificate is not in force");
        return Err(ApiError::explained(Code::SealExpired, zh, en));
    }
    Ok(())
}

fn against_filing(entry: &SealInfo, seal: &Seal) -> Result<(), ApiError> {
    let same = SealType::from_text(&seal.seal_type) == Some(entry.seal_type)
        && i64::from(entry.seal_relate_type.number()) == seal.possessor_type
        && i64::from(entry.cert_type.number()) == seal.cert_type
        && entry.seal_name.as_str().trim() == seal.name.trim();
    if !same {
        return Err(wrong("印章信息与备案不符", "type, owner's kind, key or name differ from the filing"));
    }
    let ukey = entry.ukey_id.as_ref().map(protocol::UkeyId::as_str);
    if seal.ukey_id.as_deref().zip(ukey).is_some_and(|(filed, sent)| filed != sent) {
        return Err(wrong("UKeyId 与备案不符", "UKeyId differs from the filing"));
    }
    Ok(())
}

/// Picture, sizes and times of the entry against the seal in it.
fn against_itself(entry: &SealInfo, checked: &Checked) -> Result<(), ApiError> {
    let picture = &checked.seal.picture;
    let millimetres = (i64::from(entry.width), i64::from(entry.height));
    if millimetres != (picture.width_mm, picture.height_mm) {
        return Err(wrong("印模尺寸与印章数据不符", "the size differs from the seal's"));
    }
    if !resolutions_agree(entry) {
        return Err(wrong("印模像素与毫米尺寸不成比例", "pixels and millimetres do not go together"));
    }
    // What the user sees must be what was sealed. A picture that is drawn from an SVG or OFD cannot be compared.
    let raster = matches!(
        picture.sniff(),
        Some(PictureKind::Png | PictureKind::Jpeg | PictureKind::Gif | PictureKind::Bmp)
    );
    if raster && entry.moulage_data.bytes() != picture.data {
        return Err(wrong("印模数据与印章数据中的图像不符", "the picture is not the one in the seal"));
    }
    if entry.seal_invalid_time != BeijingTime::of(checked.seal.valid_end) {
        return Err(wrong("有效期与印章数据不符", "the end of validity is not the seal's"));
    }
    Ok(())
}

/// Pixels per millimetre across and down, compared within 2 %.
fn resolutions_agree(entry: &SealInfo) -> bool {
    let [x, y, width, height] = [entry.dpi_x, entry.dpi_y, entry.width, entry.height].map(u64::from);
    if [x, y, width, height].contains(&0) {
        return false;
    }
    // x / width against y / height, without fractions.
    let (across, down) = (x.saturating_mul(height), y.saturating_mul(width));
    across.abs_diff(down).saturating_mul(1000) <= across.max(down).saturating_mul(RESOLUTION_TOLERANCE)
}

/// The one line of table 8 that stands behind the checked seal.
pub(super) fn certificate(checked: &Checked) -> Result<CertInfo, ApiError> {
    let certificate = &checked.certificate;
    let algorithm = algorithm(checked)?;
    Ok(CertInfo {
        algorithm,
        cert_code: CertNumber::from_bytes(&certificate.serial),
        invalid_time: BeijingTime::of(certificate.not_after),
        sign_public_key: Base64Data::from(certificate.der().to_vec()),
        subject_cn: certificate.subject.common_name().unwrap_or_default().to_owned(),
    })
}

/// The algorithm of the signing key.
pub(super) fn algorithm(checked: &Checked) -> Result<protocol::lists::KeyAlgorithm, ApiError> {
    use protocol::lists::KeyAlgorithm;
    let key = checked.certificate.verifying_key().map_err(ApiError::fault)?;
    Ok(match key.kind() {
        crypto::KeyKind::Rsa => KeyAlgorithm::Rsa,
        _ => KeyAlgorithm::Sm2,
    })
}

/// Whether the seal's key is in a UKey.
pub(super) fn in_ukey(seal: &Seal) -> bool {
    seal.cert_type == i64::from(CertType::Ukey.number())
}
