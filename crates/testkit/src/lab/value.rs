//! Signature values with any field wrong: seal signatures, plain signatures, time-stamp tokens.

use crypto::Signer;
use formats::asn1::{Tag, Writer};
use formats::cms::SignedDataDraft;
use formats::oid::{self, Oid};
use formats::ses::ExtData;
use formats::tsp::{MessageImprint, TstInfo};
use jiff::Timestamp;

use super::seal::{Layout, ValueForm};
use crate::pki::{Party, at, pki};

/// Makes a time-stamp token over a signature value.
pub type MakeToken = fn(&[u8]) -> Vec<u8>;

/// A seal signature, field by field.
#[derive(Clone)]
pub struct ValueSpec {
    /// Structure.
    pub layout: Layout,
    /// Version in the signed part.
    pub version: i64,
    /// Who signs.
    pub signer: Party,
    /// Stands in the place of the signer's certificate.
    pub signer_cert: Option<Vec<u8>>,
    /// Signing time.
    pub time: Timestamp,
    /// Stands in the place of the description's digest.
    pub hash: Option<[u8; 32]>,
    /// Stands in the place of the description's path.
    pub property_info: Option<String>,
    /// Signature algorithm named.
    pub algorithm: Oid,
    /// Form of the signature value.
    pub value: ValueForm,
    /// Makes the time-stamp token from the signature value.
    pub stamp: Option<MakeToken>,
    /// Makes a token from the description that stands in the place of the time (GM/T 0031).
    pub inside: Option<MakeToken>,
    /// Extensions of the signed part.
    pub ext_datas: Vec<ExtData>,
    /// One element too many, after the signature value.
    pub surplus: bool,
}

impl ValueSpec {
    /// A signature of version 4 by `signer`, with everything right and no time stamp.
    pub fn good() -> Self {
        Self {
            layout: Layout::Gbt38540,
            version: 4,
            signer: pki().signer.clone(),
            signer_cert: None,
            time: at(super::SIGNED_AT),
            hash: None,
            property_info: None,
            algorithm: oid::SM2_WITH_SM3,
            value: ValueForm::Right,
            stamp: None,
            inside: None,
            ext_datas: Vec::new(),
            surplus: false,
        }
    }

    /// The same by another signer.
    pub fn by(signer: &Party) -> Self {
        Self { signer: signer.clone(), ..Self::good() }
    }

    /// The value over a description that stands at a path.
    pub fn write(&self, seal: &[u8], description: &[u8], path: &str) -> Vec<u8> {
        let tbs = self.signed_part(seal, description, path);
        let value = self.value.sign(&self.signer.key, &tbs);
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                if self.layout == Layout::Gbt38540 {
                    self.signer_fields(w);
                }
                w.bits(&value);
                if let Some(stamp) = self.stamp {
                    w.explicit(0, |w| w.bits(&stamp(&value)));
                }
                if self.surplus {
                    w.octets(b"more");
                }
            });
        })
    }

    fn signed_part(&self, seal: &[u8], description: &[u8], path: &str) -> Vec<u8> {
        let hash = self.hash.unwrap_or_else(|| crypto::sm3::digest(description));
        let info = self.property_info.clone().unwrap_or_else(|| path.to_owned());
        Writer::build(|w| {
            w.sequence(|w| {
                w.integer(self.version);
                w.raw(seal);
                match self.layout {
                    Layout::Gbt38540 => w.generalized_time(self.time),
                    Layout::Gmt0031 => w.bits(&match self.inside {
                        Some(inside) => inside(description),
                        None => Writer::build(|w| w.x509_time(self.time)),
                    }),
                }
                w.bits(&hash);
                w.string(Tag::IA5_STRING, &info);
                if self.layout == Layout::Gmt0031 {
                    self.signer_fields(w);
                }
                if !self.ext_datas.is_empty() {
                    w.explicit(0, |w| {
                        w.sequence(|w| {
                            for data in &self.ext_datas {
                                w.sequence(|w| {
                                    w.oid(&data.oid);
                                    w.boolean(data.critical);
                                    w.octets(&data.value);
                                });
                            }
                        });
                    });
                }
            });
        })
    }

    fn signer_fields(&self, w: &mut Writer) {
        w.octets(&self.signer_cert.clone().unwrap_or_else(|| self.signer.der()));
        w.oid(&self.algorithm);
    }
}

/// How a plain signature is tied to the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainForm {
    /// (a) The digest as content, no attributes.
    Content,
    /// (b) Detached, with attributes.
    Attributes,
    /// (c) The digest as Base64 text, no attributes.
    Base64,
    /// (d) A bare signature value over the description.
    Bare,
}

/// A plain signature, field by field.
#[derive(Clone)]
pub struct PlainSpec {
    /// Form.
    pub form: PlainForm,
    /// Who signs.
    pub signer: Party,
    /// Digest algorithm named.
    pub digest: Oid,
    /// Form of the signature value.
    pub value: ValueForm,
    /// One element too many, after the signers.
    pub surplus: bool,
    /// Further signed attributes, encoded.
    pub attributes: Vec<Vec<u8>>,
    /// Digest algorithm that the message announces, where it is another.
    pub announced: Option<Oid>,
    /// Type of the content.
    pub content_type: Oid,
}

impl PlainSpec {
    /// A signature by `signer` in a form, with everything right.
    pub fn good(form: PlainForm) -> Self {
        Self {
            form,
            signer: pki().signer.clone(),
            digest: oid::SM3,
            value: ValueForm::Right,
            attributes: Vec::new(),
            surplus: false,
            announced: None,
            content_type: oid::GM_DATA,
        }
    }

    /// The value over a description.
    ///
    /// # Panics
    /// When the key refuses.
    pub fn write(&self, description: &[u8]) -> Vec<u8> {
        let digest = crypto::sm3::digest(description);
        match self.form {
            PlainForm::Bare => self.signer.key.sign(description).expect("a signature"),
            PlainForm::Attributes => self.message(None, &digest),
            PlainForm::Content => self.message(Some(&digest), &digest),
            PlainForm::Base64 => {
                use base64::Engine as _;
                let text = base64::engine::general_purpose::STANDARD.encode(digest);
                self.message(Some(text.as_bytes()), &digest)
            }
        }
    }

    fn message(&self, content: Option<&[u8]>, digest: &[u8; 32]) -> Vec<u8> {
        let mut draft = SignedDataDraft::detached(*digest, at(super::SIGNED_AT));
        draft.extra_attributes.clone_from(&self.attributes);
        let attributes = draft.attributes_der();
        let message = content.unwrap_or(&attributes);
        let value = self.value.sign(&self.signer.key, message);
        let algorithm = |w: &mut Writer, oid: &Oid| w.sequence(|w| w.oid(oid));
        let certificate = &self.signer.certificate;
        let signer_info = Writer::build(|w| {
            w.sequence(|w| {
                w.integer(1);
                w.sequence(|w| {
                    w.raw(certificate.issuer_der());
                    w.value(Tag::INTEGER, &certificate.serial);
                });
                algorithm(w, &self.digest);
                if content.is_none() {
                    let mut tagged = attributes.clone();
                    tagged[0] = Tag::context(0).0;
                    w.raw(&tagged);
                }
                algorithm(w, &oid::SM2_SIGN);
                w.octets(&value);
            });
        });
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&oid::GM_SIGNED_DATA);
                w.explicit(0, |w| {
                    w.sequence(|w| {
                        w.integer(1);
                        w.nested(Tag::SET, |w| algorithm(w, self.announced.as_ref().unwrap_or(&self.digest)));
                        w.sequence(|w| {
                            w.oid(&self.content_type);
                            if let Some(content) = content {
                                w.explicit(0, |w| w.octets(content));
                            }
                        });
                        w.set_of(Tag::context(0), vec![certificate.der().to_vec()]);
                        w.set_of(Tag::SET, vec![signer_info]);
                        if self.surplus {
                            w.octets(b"more");
                        }
                    });
                });
            });
        })
    }
}

/// A time-stamp token over some bytes at a time, by anybody, with the key's own idea of its purpose.
///
/// # Panics
/// When the key refuses.
pub fn token(authority: &Party, over: &[u8], time: Timestamp) -> Vec<u8> {
    let info = TstInfo {
        policy: "1.2.156.10197.6.1.4.2".parse().expect("an identifier"),
        imprint: MessageImprint::sm3(over),
        serial: vec![1],
        gen_time: time,
        accuracy: None,
        ordering: false,
        nonce: None,
        critical_extensions: Vec::new(),
    };
    let content = info.to_der();
    let draft = SignedDataDraft {
        content_type: oid::TST_INFO,
        digest: crypto::sm3::digest(&content),
        signing_time: time,
        extra_attributes: Vec::new(),
    };
    draft.sign(&authority.key, &authority.der(), &[], Some(&content)).expect("a token")
}
