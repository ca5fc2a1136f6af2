//! The trust list (信任列表): the roots of licensed certification authorities, and the makers (制章人) of each
//! system's seals. The platform relies on it and certifies nothing itself (resolution 2).

use formats::asn1::Mode;
use formats::crl::Crl;
use formats::x509::Certificate;
use jiff::Timestamp;
use protocol::resources::TrustAnchor;
use protocol::{ApiError, AppId, Base64Data, Code};
use storage::Tx;
use storage::platform::trust::{self, Purpose, TrustedCertificate};
use verify::Trust;

use crate::config::Makers;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::federation;

/// Trusted for every system.
const EVERYBODY: &str = "";

fn malformed(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::explained(Code::Malformed, "证书无法读取", "the certificate cannot be read").because(error)
}

/// Puts a certificate on the list: a root, intermediate or time-stamp authority for everybody (`system` is
/// `None`), or a maker of one system's seals.
///
/// # Errors
/// 20002 when it is no certificate, 20004 for a maker without a system or another purpose with one.
pub async fn add(
    context: &Context,
    (purpose, system): (Purpose, Option<&AppId>),
    certificate: &[u8],
    actor: &str,
) -> Outcome<()> {
    let certificate = Certificate::from_der(certificate).map_err(|error| malformed(&error))?;
    if (purpose == Purpose::Maker) != system.is_some() {
        let (zh, en) = (
            "制章人证书须指明所属系统,其他证书不属于任何系统",
            "a maker belongs to a system, nothing else does",
        );
        return Err(ApiError::explained(Code::Contradiction, zh, en).into());
    }
    let at = context.now();
    let row = TrustedCertificate {
        cert_sm3: hex::encode(certificate.sm3()),
        purpose,
        app_id: system.map_or(EVERYBODY, AppId::as_str).to_owned(),
        cert: certificate.der().to_vec(),
        added_at: at.as_millisecond(),
        removed_at: None,
    };
    let detail = serde_json::json!({
        "actor": actor, "purpose": purpose.as_str(), "appId": row.app_id, "certSm3": row.cert_sm3, "added": true,
    });
    let event = Event::new(Kind::TrustChanged, at, "", &row.cert_sm3, &detail)?;
    let mut tx = context.database.begin().await?;
    trust::add(&mut tx, &row).await?;
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Takes a certificate off the list.
///
/// # Errors
/// 20003 when it is not on it.
pub async fn remove(
    context: &Context,
    (purpose, system): (Purpose, Option<&AppId>),
    cert_sm3: &str,
    actor: &str,
) -> Outcome<()> {
    let at = context.now();
    let app_id = system.map_or(EVERYBODY, AppId::as_str);
    let detail = serde_json::json!({
        "actor": actor, "purpose": purpose.as_str(), "appId": app_id, "certSm3": cert_sm3, "added": false,
    });
    let event = Event::new(Kind::TrustChanged, at, "", cert_sm3, &detail)?;
    let mut tx = context.database.begin().await?;
    if !trust::remove(&mut tx, cert_sm3, purpose, app_id, at.as_millisecond()).await? {
        let (zh, en) = ("信任列表中没有该证书", "the certificate is not on the trust list");
        return Err(ApiError::explained(Code::NotInList, zh, en).into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Stores a revocation list unless a newer one of its issuer is there; whether it was stored.
///
/// # Errors
/// 20002 when it is no revocation list.
pub async fn put_crl(context: &Context, der: &[u8]) -> Outcome<bool> {
    let crl = Crl::parse(der, Mode::Tolerant).map_err(|error| {
        ApiError::explained(Code::Malformed, "吊销列表无法读取", "the revocation list cannot be read")
            .because(error)
    })?;
    let row = trust::Crl {
        issuer: hex::encode(crl.issuer_der()),
        crl: der.to_vec(),
        this_update: crl.this_update.as_millisecond(),
        next_update: crl.next_update.map(jiff::Timestamp::as_millisecond),
        fetched_at: context.now().as_millisecond(),
    };
    let mut tx = context.database.begin().await?;
    let stored = trust::put_crl(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(stored)
}

/// The certificates of the makers of one system's seals. One that cannot be read any more trusts nobody.
///
/// # Errors
/// Failures of the database.
pub async fn makers(tx: &mut Tx, system: &str) -> Outcome<Vec<Certificate>> {
    let rows = trust::makers(tx, system).await?;
    Ok(rows.iter().filter_map(|row| Certificate::from_der(&row.cert).ok()).collect())
}

/// Everything trusted now, ready for the verification of documents: roots by themselves, and the makers of every
/// system as certificates that are pinned and named as makers; and what other platforms vouch for, where the operator
/// accepts that and as long as their lists are in force at `now`.
///
/// # Errors
/// Failures of the database.
pub async fn snapshot(tx: &mut Tx, now: Timestamp, makers: Makers) -> Outcome<Trust> {
    let mut trusted = Trust::new();
    let name_maker = |trusted: &mut Trust, certificate: &Certificate| {
        if makers == Makers::Listed {
            trusted.add_maker(certificate.clone());
        }
    };
    for row in trust::current(tx).await? {
        let Ok(certificate) = Certificate::from_der(&row.cert) else { continue };
        match row.purpose {
            Purpose::Intermediate => trusted.add_intermediate(certificate),
            Purpose::Root | Purpose::TimeStamp => trusted.add_anchor(certificate),
            Purpose::Maker => {
                name_maker(&mut trusted, &certificate);
                trusted.add_anchor(certificate);
            }
        }
    }
    for peer in federation::known(tx, now).await?.iter().filter(|peer| peer.row.accept_anchors) {
        for (purpose, certificate) in peer.certificates() {
            if purpose == "maker" {
                name_maker(&mut trusted, &certificate);
            }
            if purpose == "ca" && certificate.issuer_der() != certificate.subject_der() {
                trusted.add_intermediate(certificate);
            } else {
                trusted.add_anchor(certificate);
            }
        }
    }
    for row in trust::crls(tx).await? {
        if let Ok(crl) = Crl::parse(&row.crl, Mode::Tolerant) {
            trusted.add_crl(crl);
        }
    }
    Ok(trusted)
}

/// The certificates of the list as they are published.
///
/// # Errors
/// Failures of the database.
pub(crate) async fn anchors(tx: &mut Tx) -> Outcome<Vec<TrustAnchor>> {
    let anchor = |row: TrustedCertificate| TrustAnchor {
        purpose: match row.purpose {
            Purpose::Root | Purpose::Intermediate => "ca",
            Purpose::Maker => "maker",
            Purpose::TimeStamp => "tsa",
        }
        .to_owned(),
        certificate: Base64Data::from(row.cert),
        app_id: AppId::parse(&row.app_id).ok(),
    };
    Ok(trust::current(tx).await?.into_iter().map(anchor).collect())
}
