//! A small PKI with keys that are the same in every run, and ready-made drafts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crypto::{Random, Signer, Sm2KeyPair};
use jiff::Timestamp;
use sealbridge_formats::ses::{CertList, Picture, SealDraft, TbsSignDraft};
use sealbridge_formats::x509::{
    Certificate, CertificateBuilder, Identity, NameBuilder, PersonDocument, Profile,
};

/// Random octets that are the same in every run, and never to be used outside tests.
pub(crate) fn random(seed: &'static str) -> Random {
    let count = Arc::new(AtomicU64::new(0));
    Random::from_fn(move |buffer| {
        for chunk in buffer.chunks_mut(32) {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let block = crypto::sm3::digest(format!("{seed}/{number}").as_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    })
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct Member {
    pub(crate) key: Sm2KeyPair,
    pub(crate) cert: Certificate,
}

impl Member {
    pub(crate) fn der(&self) -> &[u8] {
        self.cert.der()
    }
}

pub(crate) struct Pki {
    pub(crate) root: Member,
    pub(crate) sub: Member,
    pub(crate) maker: Member,
    pub(crate) signer: Member,
    pub(crate) person: Member,
    pub(crate) tsa: Member,
    pub(crate) server: Member,
}

fn name(common: &str) -> NameBuilder {
    NameBuilder::new().country("CN").organization("海豹测试").common_name(common)
}

fn builder(profile: Profile, common: &str, key: &Sm2KeyPair) -> CertificateBuilder {
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    CertificateBuilder::new(profile, name(common), key.verifying_key(), from, to)
}

/// The PKI, made once for all tests.
pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let random = random("pki");
        let key = || Sm2KeyPair::generate(&random).unwrap();
        let read = |der: Vec<u8>| Certificate::from_der(&der).unwrap();
        let root_key = key();
        let root = read(builder(Profile::Root, "根", &root_key).self_sign(&root_key, &random).unwrap());
        let sub_key = key();
        let sub_builder = builder(Profile::Intermediate { path_len: 0 }, "运营CA", &sub_key);
        let sub = read(sub_builder.issue(&root, &root_key, &random).unwrap());
        let issue = |builder: CertificateBuilder, key: Sm2KeyPair| {
            let builder = builder.crl_url("http://127.0.0.1/sub.crl").ocsp_url("http://127.0.0.1/ocsp");
            Member { cert: read(builder.issue(&sub, &sub_key, &random).unwrap()), key }
        };
        let (maker_key, signer_key, person_key, tsa_key, server_key) = (key(), key(), key(), key(), key());
        let signer = builder(Profile::SignerSign, "测试单位", &signer_key)
            .identity(Identity::organization("91110000802100433B"))
            .policy("1.2.156.10197.6.1.1".parse().unwrap());
        let person = builder(Profile::SignerEncrypt, "张三", &person_key)
            .identity(Identity::person(PersonDocument::ResidentCard, "11010519491231002X"));
        Pki {
            maker: issue(builder(Profile::SealMaker, "制章者", &maker_key), maker_key),
            signer: issue(signer, signer_key),
            person: issue(person, person_key),
            tsa: issue(builder(Profile::TimeStamp, "时间戳", &tsa_key), tsa_key),
            server: issue(builder(Profile::ServerIdentity, "平台", &server_key), server_key),
            root: Member { key: root_key, cert: root },
            sub: Member { key: sub_key, cert: sub },
        }
    })
}

/// A PNG of one transparent pixel.
pub(crate) fn picture() -> Picture {
    let data = hex::decode(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000\
         1f15c4890000000d49444154789c63000100000500010d0a2db40000000049454e44ae426082",
    );
    Picture { kind: "PNG".to_owned(), data: data.unwrap(), width_mm: 40, height_mm: 40 }
}

pub(crate) fn seal_draft() -> SealDraft {
    SealDraft {
        vid: "SealBridge".to_owned(),
        es_id: "11010000000001".to_owned(),
        seal_type: 1,
        name: "测试单位公章".to_owned(),
        cert_list: CertList::Certificates(vec![pki().signer.der().to_vec()]),
        create: at("2024-06-01T00:00:00Z"),
        valid_start: at("2024-06-01T00:00:00Z"),
        valid_end: at("2040-01-01T00:00:00Z"),
        picture: picture(),
        ext_datas: Vec::new(),
    }
}

pub(crate) fn seal() -> Vec<u8> {
    seal_draft().sign(&pki().maker.key, pki().maker.der()).unwrap()
}

pub(crate) fn tbs_draft() -> TbsSignDraft {
    TbsSignDraft {
        seal_der: seal(),
        time: at("2026-11-24T08:00:00Z"),
        data_hash: crypto::sm3::digest(b"Signature.xml"),
        property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
        ext_datas: Vec::new(),
    }
}

/// Kinds of the deviations, sorted, each once.
pub(crate) fn kinds(deviations: &[sealbridge_formats::asn1::Deviation]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = deviations.iter().map(|deviation| deviation.kind.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
