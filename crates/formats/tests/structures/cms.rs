//! Signed messages of our own, in every form in which signatures are met.

use base64::Engine;
use crypto::{Signer, Sm2Signature, VerifyError};
use sealbridge_formats::asn1::{DeviationKind, Mode, Tag, Writer};
use sealbridge_formats::cms::{
    CmsError, SignedData, SignedDataDraft, SignedMessage, SignerId, sign_detached,
};
use sealbridge_formats::oid::{self, Oid};
use sealbridge_formats::x509::SignatureFault;

use crate::support::{at, kinds, pki};

const DOCUMENT: &[u8] = b"<ofd:Signature/>";

fn detached() -> Vec<u8> {
    let signer = &pki().signer;
    let digest = crypto::sm3::digest(DOCUMENT);
    sign_detached(digest, at("2026-11-24T08:00:00Z"), &signer.key, signer.der(), &[pki().sub.der().to_vec()])
        .unwrap()
}

/// A message without attributes, the parts as given.
struct Plain<'a> {
    content: Option<&'a [u8]>,
    signature: &'a [u8],
    attributes: &'a [u8],
    content_type: Oid,
    by_key_id: bool,
}

impl Plain<'_> {
    fn build(&self) -> Vec<u8> {
        let signer = &pki().signer.cert;
        let digest = |w: &mut Writer| w.sequence(|w| w.oid(&oid::SM3));
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&oid::GM_SIGNED_DATA);
                w.explicit(0, |w| {
                    w.sequence(|w| {
                        w.integer(1);
                        w.nested(Tag::SET, digest);
                        w.sequence(|w| {
                            w.oid(&self.content_type);
                            if let Some(content) = self.content {
                                w.explicit(0, |w| w.octets(content));
                            }
                        });
                        w.nested(Tag::context(0), |w| w.raw(signer.der()));
                        w.nested(Tag::SET, |w| {
                            w.sequence(|w| {
                                w.integer(1);
                                if self.by_key_id {
                                    w.implicit_primitive(
                                        0,
                                        signer.extensions.subject_key_id.as_ref().unwrap(),
                                    );
                                } else {
                                    w.sequence(|w| {
                                        w.raw(signer.issuer_der());
                                        w.value(Tag::INTEGER, &signer.serial);
                                    });
                                }
                                digest(w);
                                w.raw(self.attributes);
                                w.sequence(|w| w.oid(&oid::SM2_SIGN));
                                w.octets(self.signature);
                            });
                        });
                    });
                });
            });
        })
    }
}

fn plain<'a>(content: Option<&'a [u8]>, signature: &'a [u8]) -> Plain<'a> {
    Plain { content, signature, attributes: &[], content_type: oid::GM_DATA, by_key_id: false }
}

#[test]
fn the_form_we_write_is_read_strictly() {
    let data = SignedData::parse(&detached(), Mode::Strict).unwrap();
    assert_eq!((data.version, data.content_type, data.content.clone()), (1, oid::GM_DATA, None));
    assert_eq!(data.certificates.len(), 2);
    let signer = &data.signers[0];
    let attributes = signer.signed_attributes.as_ref().unwrap();
    assert!(attributes.sorted);
    assert_eq!(attributes.message_digest().unwrap(), crypto::sm3::digest(DOCUMENT));
    assert_eq!(attributes.signing_time(), Some(at("2026-11-24T08:00:00Z")));
    assert_eq!(attributes.content_type(), Some(oid::GM_DATA));
    assert_eq!(attributes.stored[0], 0x31);
    assert_eq!(signer.signature_algorithm.oid, oid::SM2_SIGN);
    let cert = data.certificate_of(signer).unwrap();
    assert_eq!(cert, pki().signer.cert);
    assert_eq!(signer.check_signature(&cert.verifying_key().unwrap(), None), Ok(vec![]));
    let wrong = signer.check_signature(pki().maker.key.verifying_key(), None);
    assert_eq!(wrong, Err(SignatureFault::Wrong(VerifyError::Mismatch)));
}

#[test]
fn two_steps_give_the_same_message_as_one() {
    let signer = &pki().signer;
    let draft = SignedDataDraft::detached(crypto::sm3::digest(DOCUMENT), at("2026-11-24T08:00:00Z"));
    let signature = signer.key.sign(&draft.attributes_der()).unwrap();
    let token = Writer::build(|w| w.sequence(|w| w.octets(b"token")));
    let der = draft.assemble(signer.der(), &signature, &[], None, Some(&token)).unwrap();
    let data = SignedData::parse(&der, Mode::Strict).unwrap();
    let info = &data.signers[0];
    assert_eq!(info.signed_bytes(None).unwrap(), draft.attributes_der());
    assert_eq!(info.time_stamp_tokens().collect::<Vec<_>>(), [token.as_slice()]);
    assert_eq!(info.check_signature(signer.key.verifying_key(), None), Ok(vec![]));
    let wrong = draft.sign(&pki().maker.key, signer.der(), &[], None);
    assert_eq!(wrong, Err(CmsError::WrongKey));
}

#[test]
fn form_a_digest_as_content() {
    let digest = crypto::sm3::digest(DOCUMENT);
    let key = &pki().signer.key;
    let signature = key.sign(&digest).unwrap();
    let data = SignedData::parse(&plain(Some(&digest), &signature).build(), Mode::Strict).unwrap();
    assert_eq!(data.content_as_digest(32), Some((digest.to_vec(), None)));
    let content = data.content.as_deref();
    assert_eq!(data.signers[0].check_signature(key.verifying_key(), content), Ok(vec![]));
    assert!(data.signers[0].check_signature(key.verifying_key(), None).is_err());
}

#[test]
fn form_c_digest_as_base64_text() {
    let digest = crypto::sm3::digest(DOCUMENT);
    let text = base64::engine::general_purpose::STANDARD.encode(digest);
    let key = &pki().signer.key;
    let signature = key.sign(text.as_bytes()).unwrap();
    let data = SignedData::parse(&plain(Some(text.as_bytes()), &signature).build(), Mode::Tolerant).unwrap();
    assert_eq!(data.content_as_digest(32), Some((digest.to_vec(), Some(DeviationKind::Base64Digest))));
    assert_eq!(data.signers[0].check_signature(key.verifying_key(), data.content.as_deref()), Ok(vec![]));
}

#[test]
fn form_d_bare_signature() {
    let signature = pki().signer.key.sign(DOCUMENT).unwrap();
    let (message, notes) = SignedMessage::parse(&signature, Mode::Tolerant).unwrap();
    assert_eq!(message, SignedMessage::Bare(signature.clone()));
    assert_eq!(kinds(&notes), ["cms.bare_signature"]);
    assert!(SignedMessage::parse(&signature, Mode::Strict).is_err());
    let (message, notes) = SignedMessage::parse(&detached(), Mode::Strict).unwrap();
    assert!(matches!(message, SignedMessage::SignedData(_)) && notes.is_empty());
}

#[test]
fn raw_signature_values_are_read_and_told() {
    let digest = crypto::sm3::digest(DOCUMENT);
    let key = &pki().signer.key;
    let raw = Sm2Signature::from_der(&key.sign(&digest).unwrap()).unwrap().to_raw64();
    let der = plain(Some(&digest), &raw).build();
    let data = SignedData::parse(&der, Mode::Tolerant).unwrap();
    assert_eq!(kinds(&data.deviations), ["signature.raw"]);
    let checked = data.signers[0].check_signature(key.verifying_key(), data.content.as_deref());
    assert_eq!(checked, Ok(vec![DeviationKind::RawSignature]));
    assert!(SignedData::parse(&der, Mode::Strict).is_err());
}

/// Attributes in the order given, under the tag `[0]`.
fn attributes(elements: &[Vec<u8>]) -> Vec<u8> {
    Writer::build(|w| w.value(Tag::context(0), &elements.concat()))
}

fn attribute(oid: &Oid, value: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.value(Tag::SET, value);
        });
    })
}

fn unsorted_elements() -> Vec<Vec<u8>> {
    let digest = crypto::sm3::digest(DOCUMENT);
    let mut elements = vec![
        attribute(&oid::CONTENT_TYPE, &Writer::build(|w| w.oid(&oid::PKCS7_DATA))),
        attribute(&oid::MESSAGE_DIGEST, &Writer::build(|w| w.octets(&digest))),
    ];
    elements.sort_unstable();
    elements.reverse();
    elements
}

fn as_set(mut attributes: Vec<u8>) -> Vec<u8> {
    attributes[0] = 0x31;
    attributes
}

#[test]
fn unsorted_attributes_are_tried_as_stored_and_then_sorted() {
    let key = &pki().signer.key;
    let stored = attributes(&unsorted_elements());
    let as_stored = key.sign(&as_set(stored.clone())).unwrap();
    let sorted = Writer::build(|w| w.set_of(Tag::SET, unsorted_elements()));
    let as_sorted = key.sign(&sorted).unwrap();
    for (signature, expected) in [(as_stored, vec![]), (as_sorted, vec![DeviationKind::DerOrderSigned])] {
        let message = Plain { attributes: &stored, content_type: oid::PKCS7_DATA, ..plain(None, &signature) };
        let data = SignedData::parse(&message.build(), Mode::Tolerant).unwrap();
        assert_eq!(kinds(&data.deviations), ["ber.set_not_sorted", "cms.foreign_oid"]);
        assert_eq!(data.signers[0].check_signature(key.verifying_key(), None), Ok(expected));
    }
}

#[test]
fn an_attribute_twice_is_refused() {
    let mut elements = unsorted_elements();
    elements.push(elements[0].clone());
    let twice = attributes(&elements);
    let message = Plain { attributes: &twice, ..plain(None, &[0; 70]) }.build();
    assert!(matches!(SignedData::parse(&message, Mode::Tolerant), Err(CmsError::DuplicateAttribute(_))));
}

/// RFC 5652 §11: content type, digest and time have one value each, and the content type is there.
#[test]
fn attributes_of_one_value_have_one() {
    let kind = Writer::build(|w| w.oid(&oid::GM_DATA));
    let digest = Writer::build(|w| w.octets(&crypto::sm3::digest(DOCUMENT)));
    let several = |oid: &Oid, values: &[&[u8]]| {
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(oid);
                w.nested(Tag::SET, |w| values.iter().for_each(|value| w.raw(value)));
            });
        })
    };
    let read = |elements: &[Vec<u8>]| {
        let attributes = attributes(elements);
        let message = Plain { attributes: &attributes, ..plain(None, &[0; 70]) }.build();
        SignedData::parse(&message, Mode::Tolerant)
    };
    let named = attribute(&oid::CONTENT_TYPE, &kind);
    for values in [&[&digest[..], &digest[..]][..], &[]] {
        let refused = read(&[named.clone(), several(&oid::MESSAGE_DIGEST, values)]);
        assert!(matches!(refused, Err(CmsError::AttributeValues(oid::MESSAGE_DIGEST))), "{refused:?}");
    }
    let refused = read(&[several(&oid::CONTENT_TYPE, &[&kind, &kind])]);
    assert!(matches!(refused, Err(CmsError::AttributeValues(oid::CONTENT_TYPE))), "{refused:?}");
    let alone = read(&[attribute(&oid::MESSAGE_DIGEST, &digest)]).unwrap();
    assert!(kinds(&alone.deviations).contains(&"cms.content_type_missing"));
}

#[test]
fn a_signer_may_be_named_by_key() {
    let digest = crypto::sm3::digest(DOCUMENT);
    let signature = pki().signer.key.sign(&digest).unwrap();
    let message = Plain { by_key_id: true, ..plain(Some(&digest), &signature) }.build();
    let data = SignedData::parse(&message, Mode::Tolerant).unwrap();
    assert!(matches!(data.signers[0].id, SignerId::SubjectKeyId(_)));
    assert_eq!(kinds(&data.deviations), ["cms.ski"]);
    assert_eq!(data.certificate_of(&data.signers[0]), Some(pki().signer.cert.clone()));
}

#[test]
fn other_content_is_refused() {
    let other = Writer::build(|w| w.sequence(|w| w.oid(&oid::GM_DATA)));
    assert_eq!(SignedData::parse(&other, Mode::Tolerant), Err(CmsError::NotSignedData(oid::GM_DATA)));
}
