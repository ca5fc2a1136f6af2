//! Seals with any field wrong, in the structure of any version.

use crypto::{Signer, Sm2Signature};
use formats::asn1::{Tag, Writer};
use formats::oid::{self, Oid};
use formats::ses::ExtData;
use jiff::Timestamp;

use crate::pki::{Party, at, pki};

/// A small picture: one red pixel as PNG.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xDE, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xD7, 0x63, 0xF8, 0xCF, 0xC0,
    0, 0, 3, 1, 1, 0, 0x18, 0xDD, 0x8D, 0xB0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];

/// The structure of a seal and of signatures made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// GM/T 0031-2014.
    Gmt0031,
    /// GB/T 38540-2020.
    Gbt38540,
}

/// The form of a signature value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueForm {
    /// DER, right.
    Right,
    /// 64 bare octets, right.
    Raw,
    /// DER, over other bytes.
    Wrong,
}

impl ValueForm {
    /// A signature in this form.
    ///
    /// # Panics
    /// When the key refuses.
    pub fn sign(self, signer: &dyn Signer, message: &[u8]) -> Vec<u8> {
        let der = signer.sign(if self == Self::Wrong { b"other" } else { message }).expect("a signature");
        match self {
            Self::Right | Self::Wrong => der,
            Self::Raw => Sm2Signature::from_der(&der).expect("our signature").to_raw64().to_vec(),
        }
    }
}

/// A seal, field by field.
#[derive(Clone)]
pub struct SealSpec {
    /// Structure.
    pub layout: Layout,
    /// Version in the header.
    pub version: i64,
    /// Identifier.
    pub es_id: String,
    /// Certificates in the list.
    pub listed: Vec<Vec<u8>>,
    /// The list holds text in place of certificates.
    pub lists_text: bool,
    /// The list holds SM3 digests in place of certificates (GB/T 38540 only).
    pub lists_digests: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Start of its period.
    pub from: Timestamp,
    /// End of its period.
    pub to: Timestamp,
    /// The picture, as PNG.
    pub picture: Vec<u8>,
    /// Its width and height in millimetres.
    pub size: (i64, i64),
    /// Extensions.
    pub ext_datas: Vec<ExtData>,
    /// Who makes it.
    pub maker: Party,
    /// Stands in the place of the maker's certificate.
    pub maker_cert: Option<Vec<u8>>,
    /// Signature algorithm named.
    pub algorithm: Oid,
    /// Form of the maker's signature.
    pub value: ValueForm,
}

impl SealSpec {
    /// A seal of version 4 for `signer` and `second`, with everything right.
    pub fn good() -> Self {
        let pki = pki();
        Self {
            layout: Layout::Gbt38540,
            version: 4,
            es_id: "11000000000001".to_owned(),
            listed: vec![pki.signer.der(), pki.second.der()],
            lists_text: false,
            lists_digests: false,
            created: at("2024-06-01T00:00:00Z"),
            from: at("2024-06-01T00:00:00Z"),
            to: at("2034-06-01T00:00:00Z"),
            picture: PICTURE.to_vec(),
            size: (40, 40),
            ext_datas: Vec::new(),
            maker: pki.maker.clone(),
            maker_cert: None,
            algorithm: oid::SM2_WITH_SM3,
            value: ValueForm::Right,
        }
    }

    /// The same for one signer.
    pub fn for_signer(signer: &Party) -> Self {
        Self { listed: vec![signer.der()], ..Self::good() }
    }

    /// The seal in DER.
    pub fn write(&self) -> Vec<u8> {
        let info = self.info();
        let certificate = self.maker_cert.clone().unwrap_or_else(|| self.maker.der());
        let sign_info = |w: &mut Writer, value: Option<&[u8]>| {
            w.octets(&certificate);
            w.oid(&self.algorithm);
            if let Some(value) = value {
                w.bits(value);
            }
        };
        let message = match self.layout {
            Layout::Gbt38540 => info.clone(),
            Layout::Gmt0031 => Writer::build(|w| {
                w.sequence(|w| {
                    w.raw(&info);
                    sign_info(w, None);
                });
            }),
        };
        let value = self.value.sign(&self.maker.key, &message);
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&info);
                match self.layout {
                    Layout::Gbt38540 => sign_info(w, Some(&value)),
                    Layout::Gmt0031 => w.sequence(|w| sign_info(w, Some(&value))),
                }
            });
        })
    }

    fn info(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.string(Tag::IA5_STRING, "ES");
                    w.integer(self.version);
                    w.string(Tag::IA5_STRING, "sealbridge");
                });
                w.string(Tag::IA5_STRING, &self.es_id);
                w.sequence(|w| self.properties(w));
                w.sequence(|w| {
                    w.string(Tag::IA5_STRING, "PNG");
                    w.octets(&self.picture);
                    w.integer(self.size.0);
                    w.integer(self.size.1);
                });
                if !self.ext_datas.is_empty() {
                    w.sequence(|w| self.extensions(w));
                }
            });
        })
    }

    fn properties(&self, w: &mut Writer) {
        w.integer(1);
        w.string(Tag::UTF8_STRING, "测试单位公章");
        if self.layout == Layout::Gbt38540 {
            w.integer(if self.lists_digests { 2 } else { 1 });
        }
        w.sequence(|w| {
            for certificate in &self.listed {
                if self.lists_text {
                    w.string(Tag::IA5_STRING, "some certificate");
                } else if self.lists_digests {
                    w.sequence(|w| {
                        w.string(Tag::PRINTABLE_STRING, "SM3");
                        w.octets(&crypto::sm3::digest(certificate));
                    });
                } else {
                    w.octets(certificate);
                }
            }
        });
        for time in [self.created, self.from, self.to] {
            match self.layout {
                Layout::Gbt38540 => w.generalized_time(time),
                Layout::Gmt0031 => w.x509_time(time),
            }
        }
    }

    fn extensions(&self, w: &mut Writer) {
        for data in &self.ext_datas {
            w.sequence(|w| {
                w.oid(&data.oid);
                if data.critical {
                    w.boolean(true);
                }
                w.octets(&data.value);
            });
        }
    }
}
