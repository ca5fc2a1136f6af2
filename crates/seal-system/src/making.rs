//! Making a seal (制章, GB/T 38540 §6.2): draw the picture, get the owner a key and a certificate, put the seal
//! together and sign it as its maker. The filing with the platform is entered in the same transaction.

use crypto::{Signer, Sm2KeyPair};
use formats::ses::{CertList, Picture, SealDraft};
use formats::x509::Certificate;
use jiff::{SignedDuration, Timestamp};
use picture::{Drawn, SealDesign, SealPicture};
use protocol::lists::SealType;
use protocol::{ApiError, Code};
use serde::Serialize;
use storage::seal_system::{keys, outbox, owners, seals};

use crate::SealSystem;
use crate::authority::Subject;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault, refuse};
use crate::owners::{OwnerId, UserId, field};

/// Which system makes the seals, written into each one (Vid).
const VENDOR: &str = "sealbridge";

/// A seal to be made.
#[derive(Debug, Clone)]
pub struct SealOrder {
    /// Whose it is.
    pub owner: OwnerId,
    /// Its type.
    pub seal_type: SealType,
    /// Its name, also the text on it.
    pub name: String,
    /// How it looks; customary for its type when not given.
    pub design: Option<SealDesign>,
    /// Who may apply it.
    pub users: Vec<UserId>,
    /// How long it and its certificate are valid.
    pub days: u32,
}

/// A seal that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// Our id of it.
    pub seal_id: String,
    /// esID inside the seal.
    pub es_id: String,
    /// The seal, DER.
    pub seal_data: Vec<u8>,
    /// The owner's signing certificate, DER.
    pub certificate: Vec<u8>,
}

#[derive(Serialize)]
struct MadeDetails<'a> {
    es_id: &'a str,
    seal_sm3: String,
    certificate_sm3: String,
}

impl SealSystem {
    /// Makes a seal with a key in the cloud and enters its filing.
    ///
    /// # Errors
    /// 20003 for a picture that cannot be drawn, 30001 for an unknown owner, 99999.
    pub async fn make_seal(&self, order: &SealOrder) -> Result<Made, ApiError> {
        let now = whole_second(self.now());
        let drawn = draw(order)?;
        let owner = self.owner(&order.owner).await?;
        let (key, certificate) = self.certified_key(&owner, now, order.days)?;
        let es_id = self.random().hex_id();
        let valid_end = now
            .checked_add(SignedDuration::from_hours(24 * i64::from(order.days)))
            .map_err(|error| refuse(Code::NotInList, error))?;
        let draft = SealDraft {
            vid: VENDOR.to_owned(),
            es_id: es_id.clone(),
            seal_type: i64::from(order.seal_type.number()),
            name: order.name.clone(),
            cert_list: CertList::Certificates(vec![certificate.clone()]),
            create: now,
            valid_start: now,
            valid_end,
            picture: Picture {
                kind: "PNG".to_owned(),
                data: drawn.png.clone(),
                width_mm: i64::from(drawn.width_mm),
                height_mm: i64::from(drawn.height_mm),
            },
            ext_datas: Vec::new(),
        };
        let maker = &self.parts.maker;
        let seal_data = draft.sign(&maker.key, &maker.certificate).map_err(fault)?;
        let made = Made { seal_id: self.random().hex_id(), es_id, seal_data, certificate };
        self.store(order, &owner, &key, &made, &drawn, (now, valid_end)).await?;
        self.outbox_bell.notify_one();
        Ok(made)
    }

    async fn owner(&self, owner: &OwnerId) -> Result<owners::Owner, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        let found = owners::find(&mut tx, &owner.0).await.or_refuse()?;
        found.ok_or_else(|| refuse(Code::SealNotFound, "no such owner"))
    }

    /// A new key with its certificate from the CA.
    fn certified_key(
        &self,
        owner: &owners::Owner,
        now: Timestamp,
        days: u32,
    ) -> Result<(Sm2KeyPair, Vec<u8>), ApiError> {
        let certifier =
            self.parts.certifier.as_ref().ok_or_else(|| fault("no certification authority is set"))?;
        let key = Sm2KeyPair::generate(self.random()).map_err(fault)?;
        let subject = Subject::Organization { name: owner.name.clone(), uscc: owner.cert_no.clone() };
        let certificate = certifier.certify(&subject, key.verifying_key(), now, days).map_err(fault)?;
        Ok((key, certificate))
    }

    async fn store(
        &self,
        order: &SealOrder,
        owner: &owners::Owner,
        key: &Sm2KeyPair,
        made: &Made,
        drawn: &Drawn,
        (start, end): (Timestamp, Timestamp),
    ) -> Result<(), ApiError> {
        let at = self.now_millis();
        let serial = Certificate::from_der(&made.certificate).map_err(fault)?.serial_hex();
        let key_row = self.key_row(key, made, &serial, at)?;
        let seal = seals::Seal {
            seal_id: made.seal_id.clone(),
            owner_id: owner.owner_id.clone(),
            code: made.es_id.clone(),
            seal_code: None,
            name: order.name.clone(),
            seal_type: order.seal_type.text().to_owned(),
            org_code: owner.org_code.clone(),
            cert_type: 2,
            cert_number: Some(serial),
            ukey_id: None,
            device_id: None,
            key_id: Some(key_row.key_id.clone()),
            state: seals::SealState::Enabled,
            version: 1,
            created_at: at,
            changed_at: at,
        };
        let version = seals::SealVersion {
            seal_id: made.seal_id.clone(),
            version: 1,
            es_id: made.es_id.clone(),
            seal_data: made.seal_data.clone(),
            cert: made.certificate.clone(),
            picture: drawn.png.clone(),
            picture_kind: "PNG".to_owned(),
            width_mm: i64::from(drawn.width_mm),
            height_mm: i64::from(drawn.height_mm),
            width_px: i64::from(drawn.width_px),
            height_px: i64::from(drawn.height_px),
            valid_start: start.as_millisecond(),
            valid_end: end.as_millisecond(),
            made_at: at,
        };
        let mut tx = self.database().begin().await.or_refuse()?;
        keys::insert(&mut tx, &key_row).await.or_refuse()?;
        if !seals::insert(&mut tx, &seal, &version).await.or_refuse()? {
            return Err(fault("a random id occurred twice"));
        }
        for user in &order.users {
            owners::authorise(&mut tx, &made.seal_id, &user.0, at).await.or_refuse()?;
        }
        let item = self.random().hex_id();
        outbox::add(&mut tx, &item, (&made.seal_id, 1), outbox::Operation::File, at).await.or_refuse()?;
        let details = MadeDetails {
            es_id: &made.es_id,
            seal_sm3: hex::encode(crypto::sm3::digest(&made.seal_data)),
            certificate_sm3: hex::encode(crypto::sm3::digest(&made.certificate)),
        };
        let event =
            Event { at, kind: kind::SEAL_MADE, request_id: "", subject: &made.seal_id, details: &details };
        evidence::note(&mut tx, &event).await?;
        tx.commit().await.or_refuse()
    }

    /// The key's row: the private part is encrypted before it leaves memory.
    fn key_row(&self, key: &Sm2KeyPair, made: &Made, serial: &str, at: i64) -> Result<keys::Key, ApiError> {
        let pkcs8 = key.to_pkcs8_der().map_err(fault)?;
        let plain = zeroize::Zeroizing::new(hex::encode(&*pkcs8));
        Ok(keys::Key {
            key_id: self.random().hex_id(),
            purpose: keys::KeyPurpose::Signer,
            spki: key.verifying_key().spki_der().to_vec(),
            private_key: Some(self.seal_field(field::KEY, &plain)?.into_bytes()),
            cert: Some(made.certificate.clone()),
            cert_number: Some(serial.to_owned()),
            created_at: at,
            destroyed_at: None,
        })
    }
}

fn draw(order: &SealOrder) -> Result<Drawn, ApiError> {
    let number = order.seal_type.number();
    let kind = picture::SealType::from_number(number).ok_or_else(|| fault("unknown seal type"))?;
    let design = match &order.design {
        Some(design) => design.clone(),
        None => SealDesign::for_type(kind, &order.name).map_err(|error| refuse(Code::NotInList, error))?,
    };
    SealPicture::draw(&design).map_err(|error| refuse(Code::NotInList, error))
}

/// Seals and signatures hold whole seconds.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
