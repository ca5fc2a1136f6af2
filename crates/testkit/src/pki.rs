//! The test PKI: one root, one authority below it, and somebody of every kind that a verifier has to tell
//! apart. Keys, serial numbers and signatures come from a fixed seed and times are fixed, so that what is
//! made with it is the same in every run.

#![expect(clippy::expect_used, reason = "test support: what cannot be made must stop the test")]

use std::sync::{Arc, Mutex, OnceLock};

use crypto::{Random, Signer, Sm2KeyPair};
use formats::asn1::Writer;
use formats::crl::{CrlBuilder, CrlReason};
use formats::oid::{self, Oid};
use formats::x509::{AlgorithmIdentifier, Certificate, CertificateBuilder, Identity, NameBuilder, Profile};
use jiff::Timestamp;

/// The unified social credit code of the test organisation; its check character is right.
pub const TEST_USCC: &str = "91110000802100433B";

/// Somebody with a key and a certificate.
#[derive(Clone)]
pub struct Party {
    /// The key.
    pub key: Sm2KeyPair,
    /// The certificate.
    pub certificate: Certificate,
}

impl Party {
    /// The certificate in DER.
    pub fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }
}

/// Everybody. Certificates run from 2024 to 2044 unless said otherwise, and come from `sub`.
pub struct TestPki {
    /// The source everything was made from; a clone goes on where it stands.
    pub random: Random,
    /// The root.
    pub root: Party,
    /// The authority below it.
    pub sub: Party,
    /// A maker of seals.
    pub maker: Party,
    /// A maker whose certificate ran from 2020 to 2022.
    pub maker_expired: Party,
    /// A maker revoked as of 2025-01-01.
    pub maker_revoked: Party,
    /// An organisation's signer.
    pub signer: Party,
    /// Another organisation's signer.
    pub second: Party,
    /// A person's signer.
    pub person: Party,
    /// A signer whose certificate ran from 2020 to 2022.
    pub expired: Party,
    /// A signer revoked as of 2025-01-01.
    pub revoked: Party,
    /// A signer with an encryption certificate.
    pub encryption: Party,
    /// A time-stamp authority.
    pub tsa: Party,
    /// Signs itself and is trusted by nobody.
    pub stranger: Party,
    /// A signer below an authority that nobody has.
    pub foreign: Party,
    /// A signer whose certificate was issued by `signer`, who is no authority.
    pub usurper: Party,
    /// A signer whose certificate says nothing of its key usage.
    pub plain: Party,
    /// A time-stamp authority whose certificate ran from 2020 to 2022.
    pub tsa_expired: Party,
    /// A time-stamp authority revoked as of 2025-01-01.
    pub tsa_revoked: Party,
    /// A time-stamp authority below an authority that nobody has.
    pub tsa_foreign: Party,
    /// A time-stamp authority whose certificate tells its purpose, but not critically.
    pub tsa_lax: Party,
    /// The list of `sub`, issued 2026-01-01, good until 2044: revokes `revoked`, `maker_revoked` and
    /// `tsa_revoked`.
    pub sub_crl: Vec<u8>,
    /// The list of `root`, same times: revokes nobody.
    pub root_crl: Vec<u8>,
}

/// A time from its RFC 3339 text.
///
/// # Panics
/// When the text is none.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time in RFC 3339")
}

/// A source of the same bytes in every run: SM3 over the seed and a counter.
///
/// # Panics
/// Never.
pub fn fixed_random(seed: &str) -> Random {
    let state = Arc::new(Mutex::new((seed.to_owned(), 0_u64)));
    Random::from_fn(move |buffer| {
        let mut state = state.lock().expect("no panic while filling");
        for chunk in buffer.chunks_mut(32) {
            state.1 += 1;
            let block = crypto::sm3::digest(format!("{}/{}", state.0, state.1).as_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    })
}

/// The PKI that all tests of a process share.
pub fn pki() -> &'static TestPki {
    static PKI: OnceLock<TestPki> = OnceLock::new();
    PKI.get_or_init(|| TestPki::new("sealbridge test pki"))
}

impl TestPki {
    /// A PKI of its own, decided by a seed.
    ///
    /// # Panics
    /// Never with a working cryptography.
    pub fn new(seed: &str) -> Self {
        let random = fixed_random(seed);
        let maker =
            Maker { random: &random, from: at("2024-01-01T00:00:00Z"), to: at("2044-01-01T00:00:00Z") };
        let old = Maker { from: at("2020-01-01T00:00:00Z"), to: at("2022-01-01T00:00:00Z"), ..maker };
        let root = maker.own(Profile::Root, "测试根CA");
        let sub = maker.issue(Profile::Intermediate { path_len: 0 }, "测试签发CA", None, &root);
        let org = Identity::organization(TEST_USCC);
        let signer = maker.issue(Profile::SignerSign, "测试单位公章", Some(org.clone()), &sub);
        let revoked = maker.issue(Profile::SignerSign, "已吊销单位", Some(org.clone()), &sub);
        let maker_revoked = maker.issue(Profile::SealMaker, "已吊销制章系统", None, &sub);
        let unknown = maker.own(Profile::Root, "无人信任的CA");
        let tsa_revoked = maker.issue(Profile::TimeStamp, "已吊销时间戳服务", None, &sub);
        let person = Identity::person(formats::x509::PersonDocument::ResidentCard, "11010519491231002X");
        let issued = |party: &Party, gone: &[&Party]| revocation_list(party, gone);
        Self {
            sub_crl: issued(&sub, &[&revoked, &maker_revoked, &tsa_revoked]),
            root_crl: issued(&root, &[]),
            maker: maker.issue(Profile::SealMaker, "测试制章系统", None, &sub),
            maker_expired: old.issue(Profile::SealMaker, "过期制章系统", None, &sub),
            second: maker.issue(Profile::SignerSign, "第二单位公章", Some(org.clone()), &sub),
            person: maker.issue(Profile::SignerSign, "张三丰", Some(person), &sub),
            expired: old.issue(Profile::SignerSign, "过期单位", Some(org.clone()), &sub),
            encryption: maker.issue(Profile::SignerEncrypt, "加密证书单位", Some(org.clone()), &sub),
            tsa: maker.issue(Profile::TimeStamp, "测试时间戳服务", None, &sub),
            stranger: maker.own(Profile::SignerSign, "自签陌生人"),
            foreign: maker.issue(Profile::SignerSign, "外部单位", None, &unknown),
            usurper: maker.issue(Profile::SignerSign, "冒名单位", Some(org), &signer),
            plain: maker.crafted("无用途单位", &sub, &[]),
            tsa_expired: old.issue(Profile::TimeStamp, "过期时间戳服务", None, &sub),
            tsa_foreign: maker.issue(Profile::TimeStamp, "外部时间戳服务", None, &unknown),
            tsa_lax: maker.crafted(
                "宽松时间戳服务",
                &sub,
                &[(oid::EXTENDED_KEY_USAGE, false, time_stamping())],
            ),
            tsa_revoked,
            random,
            root,
            sub,
            maker_revoked,
            signer,
            revoked,
        }
    }
}

/// How certificates of one period are made.
#[derive(Clone, Copy)]
struct Maker<'a> {
    random: &'a Random,
    from: Timestamp,
    to: Timestamp,
}

impl Maker<'_> {
    fn own(self, profile: Profile, name: &str) -> Party {
        let key = Sm2KeyPair::generate(self.random).expect("a key");
        let builder = self.builder(profile, name, &key);
        party(&builder.self_sign(&key, self.random).expect("a certificate"), key)
    }

    fn issue(self, profile: Profile, name: &str, identity: Option<Identity>, issuer: &Party) -> Party {
        let key = Sm2KeyPair::generate(self.random).expect("a key");
        let mut builder = self.builder(profile, name, &key);
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        party(&builder.issue(&issuer.certificate, &issuer.key, self.random).expect("a certificate"), key)
    }

    /// A certificate with just these extensions, which the product's own issuer would not make.
    fn crafted(self, name: &str, issuer: &Party, extensions: &[(Oid, bool, Vec<u8>)]) -> Party {
        let key = Sm2KeyPair::generate(self.random).expect("a key");
        let subject = NameBuilder::new().country("CN").organization("测试单位").common_name(name);
        let algorithm = AlgorithmIdentifier::plain(oid::SM2_WITH_SM3);
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                w.explicit(0, |w| w.integer(2));
                w.unsigned(&self.random.bytes::<15>());
                algorithm.write(w);
                w.raw(issuer.certificate.subject_der());
                w.sequence(|w| {
                    w.x509_time(self.from);
                    w.x509_time(self.to);
                });
                w.raw(&subject.to_der().expect("a name"));
                w.raw(key.verifying_key().spki_der());
                if !extensions.is_empty() {
                    w.explicit(3, |w| w.sequence(|w| write_extensions(w, extensions)));
                }
            });
        });
        let signature = issuer.key.sign(&tbs).expect("a signature");
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                algorithm.write(w);
                w.bits(&signature);
            });
        });
        party(&der, key)
    }

    fn builder(self, profile: Profile, name: &str, key: &Sm2KeyPair) -> CertificateBuilder {
        let subject = NameBuilder::new().country("CN").organization("测试单位").common_name(name);
        CertificateBuilder::new(profile, subject, key.verifying_key(), self.from, self.to)
    }
}

fn party(der: &[u8], key: Sm2KeyPair) -> Party {
    Party { key, certificate: Certificate::from_der(der).expect("our own certificate") }
}

fn write_extensions(w: &mut Writer, extensions: &[(Oid, bool, Vec<u8>)]) {
    for (oid, critical, value) in extensions {
        w.sequence(|w| {
            w.oid(oid);
            if *critical {
                w.boolean(true);
            }
            w.octets(value);
        });
    }
}

/// The purpose of time stamping, as an extension's value.
fn time_stamping() -> Vec<u8> {
    Writer::build(|w| w.sequence(|w| w.oid(&oid::EKU_TIME_STAMPING)))
}

/// A list of the issuer's, issued 2026-01-01: `gone` revoked as of 2025-01-01.
fn revocation_list(issuer: &Party, gone: &[&Party]) -> Vec<u8> {
    let list = CrlBuilder::new(1, at("2026-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let revoke = |list: CrlBuilder, party: &&Party| {
        list.revoke(&party.certificate.serial, at("2025-01-01T00:00:00Z"), Some(CrlReason::KeyCompromise))
    };
    gone.iter().fold(list, revoke).issue(&issuer.certificate, &issuer.key).expect("a revocation list")
}
