//! Revocation by OCSP answers, beside lists: who may answer, for when an answer speaks, and what a revocation means
//! for a signature made before or after it. Certificate policies and constraints of names as well.

use crypto::{Random, Sm2KeyPair};
use formats::asn1::{Context, Mode as Reading, Tag, Writer};
use formats::crl::CrlReason;
use formats::ocsp::{
    CertId, CertStatus, OcspResponse, Responder, ResponderId, ResponseStatus, SingleResponse,
};
use formats::ofd::{Kind, Mode};
use formats::oid;
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use jiff::{SignedDuration, Timestamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, PlainForm, PlainSpec, SIGNED_AT, SealSpec, ValueSpec, document, prepared, token};
use testkit::pki::{Party, at, fixed_random, pki};
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue::{self as rule, Rule};
use verify::{Filing, RegisterAnswer, Revocation, SealState};

use crate::{Golden, Whom, golden};

/// A document sealed with a seal for a signer.
pub(crate) fn by(spec: &ValueSpec) -> Files {
    let seal = SealSpec::for_signer(&spec.signer).write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT)).sealed(&seal, spec)
}

fn by_signer() -> Files {
    by(&ValueSpec::good())
}

/// What an answer says, and for how long; good from the day before the judgement to the day after it at first.
#[derive(Clone)]
pub(crate) struct Says {
    status: CertStatus,
    this_update: &'static str,
    next_update: Option<&'static str>,
}

pub(crate) const GOOD: Says = Says {
    status: CertStatus::Good,
    this_update: "2026-05-31T00:00:00Z",
    next_update: Some("2026-06-02T00:00:00Z"),
};

pub(crate) fn revoked(at_time: &str, reason: Option<CrlReason>) -> Says {
    Says { status: CertStatus::Revoked { at: at(at_time), reason }, ..GOOD }
}

/// An answer about a certificate, signed by somebody.
pub(crate) fn answer(signer: &Party, about: &Party, issuer: &Party, says: &Says) -> Vec<u8> {
    let id = ResponderId::ByName(signer.certificate.subject_der().to_vec());
    let (signer_key, certificate, issuer) = (&signer.key, &signer.certificate, &issuer.certificate);
    let life = SignedDuration::from_hours(1);
    let responder = Responder { signer: signer_key, certificate, issuer, id, life };
    let single = SingleResponse {
        cert: CertId::new(crypto::DigestAlgorithm::Sm3, &about.certificate, issuer).unwrap(),
        status: says.status,
        this_update: at(says.this_update),
        next_update: says.next_update.map(at),
        unknown_critical: Vec::new(),
    };
    let basic = responder.sign(&[single], None, at(says.this_update)).unwrap();
    OcspResponse { status: ResponseStatus::Successful, basic: Some(basic), deviations: Vec::new() }.to_der()
}

/// The usual: the authority below the root answers for the signer.
fn of_signer(says: &Says) -> Vec<u8> {
    answer(&pki().sub, &pki().signer, &pki().sub, says)
}

/// The root answers for the authority below it, and that one for the maker: both good.
fn others() -> [Vec<u8>; 2] {
    let pki = pki();
    [answer(&pki.root, &pki.sub, &pki.root, &GOOD), answer(&pki.sub, &pki.maker, &pki.sub, &GOOD)]
}

fn with(files: &Files, about_signer: Vec<u8>, rule: &'static Rule, status: verify::Status) -> Golden {
    let [root, maker] = others();
    golden(files, rule, status).answers(vec![about_signer, root, maker]).revocation(Revocation::Strict)
}

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = believed();
    all.extend(times());
    all.extend(not_yet_issued());
    all.extend(lost_keys());
    all.extend(not_believed());
    all.extend(policies());
    all.extend(purposes());
    all.push(embedded());
    all
}

/// RFC 5280 §4.2.1.12: a certificate that names purposes is for those alone.
fn purposes() -> Vec<Golden> {
    let pki = pki();
    let server = delegate(Profile::ServerIdentity, &pki.sub, "2024-01-01T00:00:00Z", "2044-01-01T00:00:00Z");
    let made = |maker: &Party| {
        let seal = SealSpec { maker: maker.clone(), ..SealSpec::good() }.write();
        prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT))
            .sealed(&seal, &ValueSpec::good())
    };
    let cases = [(&pki.tsa, Bad), (&pki.tsa_lax, Note), (&server, Good)];
    let of_signers =
        cases.map(|(by_whom, status)| golden(&by(&ValueSpec::by(by_whom)), &rule::SIGNER_PURPOSE, status));
    let of_makers = cases.map(|(by_whom, status)| golden(&made(by_whom), &rule::MAKER_PURPOSE, status));
    of_signers.into_iter().chain(of_makers).collect()
}

fn believed() -> Vec<Golden> {
    let (pki, files) = (pki(), by_signer());
    let delegate = delegate(Profile::OcspResponder, &pki.sub, "2024-01-01T00:00:00Z", "2044-01-01T00:00:00Z");
    let of_delegate = |says: &Says| answer(&delegate, &pki.signer, &pki.sub, says);
    let lists = |golden: Golden| golden.whom(Whom::Lists);
    let hold = Says { this_update: "2026-05-01T00:00:00Z", ..revoked("2026-01-01T00:00:00Z", HOLD) };
    let mut released = with(&files, of_signer(&hold), &rule::SIGNER_REVOCATION, Good);
    released.answers.push(of_signer(&GOOD));
    // What the older answer says when it stands alone.
    let held = with(
        &files,
        of_signer(&Says { this_update: GOOD.this_update, ..hold }),
        &rule::SIGNER_REVOCATION,
        Bad,
    );
    vec![
        with(&files, of_signer(&GOOD), &rule::SIGNER_REVOCATION, Good),
        with(&files, of_signer(&GOOD), &rule::SIGNER_ANSWERS, Good),
        with(&files, of_signer(&GOOD), &rule::SIGNER_NOW, Good),
        with(&files, of_signer(&GOOD), &rule::MAKER_ANSWERS, Good),
        with(&files, of_signer(&GOOD), &rule::MAKER_REVOCATION, Good),
        with(&files, of_signer(&GOOD), &rule::MAKER_NOW, Good),
        with(&files, of_delegate(&GOOD), &rule::SIGNER_ANSWERS, Good),
        with(&files, of_delegate(&revoked("2025-01-01T00:00:00Z", None)), &rule::SIGNER_REVOCATION, Bad),
        released,
        held,
        // One of the two says that it was revoked: whoever says so rightly is not outvoted.
        lists(with(&files, of_signer(&revoked("2025-01-01T00:00:00Z", None)), &rule::SIGNER_REVOCATION, Bad)),
        lists(with(
            &by(&ValueSpec::by(&pki.revoked)),
            answer(&pki.sub, &pki.revoked, &pki.sub, &GOOD),
            &rule::SIGNER_REVOCATION,
            Bad,
        )),
        // A list serves where an answer does not.
        lists(with(
            &files,
            of_signer(&Says { status: CertStatus::Unknown, ..GOOD }),
            &rule::SIGNER_REVOCATION,
            Good,
        )),
    ]
}

const HOLD: Option<CrlReason> = Some(CrlReason::CertificateHold);

/// Keys of a time-stamp authority and of a seal's maker that somebody else had later: their own word for a time is none.
/// Signed on 1 March 2026, stamped then, judged on 1 June.
fn lost_keys() -> Vec<Golden> {
    let files = by_signer();
    let stamped = by(&ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-03-01T08:00:05Z"))),
        ..ValueSpec::good()
    });
    let of = |whom: &Party, says: &Says| answer(&pki().sub, whom, &pki().sub, says);
    let root = answer(&pki().root, &pki().sub, &pki().root, &GOOD);
    let judged = |files: &Files, tsa: &Says, maker: &Says, rule, status| {
        let answers = vec![of_signer(&GOOD), root.clone(), of(&pki().tsa, tsa), of(&pki().maker, maker)];
        golden(files, rule, status).answers(answers).revocation(Revocation::Strict)
    };
    let later = |reason| revoked("2026-04-01T00:00:00Z", reason);
    let of_stamps = |reason, status| judged(&stamped, &later(reason), &GOOD, &rule::STAMP_REVOCATION, status);
    let stolen = later(Some(CrlReason::KeyCompromise));
    let filed = |since| {
        RegisterAnswer::Filed(Filing {
            seal_code: "31000001000001".to_owned(),
            seal_type: "01".to_owned(),
            state: SealState::InForce,
            since: Some(at(since)),
        })
    };
    let of_maker = |files: &Files, status| judged(files, &GOOD, &stolen, &rule::MAKER_REVOCATION, status);
    vec![
        // RFC 3161 §4: what an authority stamped before stays good where the reason says that its key was not lost.
        of_stamps(Some(CrlReason::KeyCompromise), Unknown),
        of_stamps(Some(CrlReason::CaCompromise), Unknown),
        of_stamps(Some(CrlReason::PrivilegeWithdrawn), Unknown),
        of_stamps(None, Unknown),
        of_stamps(Some(CrlReason::Superseded), Note),
        of_stamps(Some(CrlReason::CessationOfOperation), Note),
        // With a stolen key anybody makes a seal of any date.
        of_maker(&files, Unknown),
        of_maker(&stamped, Note),
        of_maker(&files, Note).register(filed("2026-02-01T00:00:00Z")),
        of_maker(&files, Unknown).register(filed("2026-04-02T00:00:00Z")),
        judged(&files, &GOOD, &later(Some(CrlReason::Superseded)), &rule::MAKER_REVOCATION, Note),
    ]
}

/// Signed on 1 March 2026, judged on 1 June.
fn times() -> Vec<Golden> {
    let files = by_signer();
    let stamped = by(&ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-03-01T08:00:05Z"))),
        ..ValueSpec::good()
    });
    let late = by(&ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-05-01T00:00:00Z"))),
        ..ValueSpec::good()
    });
    let tsa = answer(&pki().sub, &pki().tsa, &pki().sub, &GOOD);
    let stamped_with = |files: &Files, says: &Says, status| {
        let mut golden = with(files, of_signer(says), &rule::SIGNER_REVOCATION, status);
        golden.answers.push(tsa.clone());
        golden
    };
    let stolen = revoked("2026-04-01T00:00:00Z", Some(CrlReason::KeyCompromise));
    let replaced = revoked("2026-04-01T00:00:00Z", Some(CrlReason::Superseded));
    let before = revoked("2026-02-28T00:00:00Z", Some(CrlReason::Superseded));
    let stale =
        Says { this_update: "2026-02-01T00:00:00Z", next_update: Some("2026-02-08T00:00:00Z"), ..GOOD };
    let later =
        Says { this_update: "2026-03-02T00:00:00Z", next_update: Some("2026-03-09T00:00:00Z"), ..GOOD };
    let fleeting = Says { next_update: None, ..GOOD };
    let by_revoked = by(&ValueSpec { time: at("2025-03-01T00:00:00Z"), ..ValueSpec::by(&pki().revoked) });
    let in_time = by(&ValueSpec { time: at("2025-03-01T00:00:00Z"), ..ValueSpec::good() });
    let revocation = &rule::SIGNER_REVOCATION;
    vec![
        with(&files, of_signer(&before), revocation, Bad),
        with(&files, of_signer(&before), &rule::SIGNER_NOW, Note).also(revocation, Bad),
        with(&files, of_signer(&replaced), revocation, Note),
        with(&files, of_signer(&replaced), &rule::SIGNER_NOW, Note),
        // A stolen key signs with any time it likes.
        with(&files, of_signer(&stolen), revocation, Unknown),
        stamped_with(&stamped, &stolen, Note),
        stamped_with(&late, &stolen, Unknown).also(&rule::STAMP_SIGNER, Bad),
        // Not known for the signing time; known for it, and not for now; known for a moment after it alone.
        with(&files, of_signer(&stale), revocation, Unknown),
        with(&files, of_signer(&stale), &rule::SIGNER_ANSWERS, Note).also(revocation, Unknown),
        with(&files, of_signer(&stale), revocation, Note).revocation(Revocation::Soft),
        with(&files, of_signer(&later), revocation, Note),
        with(&files, of_signer(&fleeting), revocation, Note),
        with(&files, of_signer(&later), &rule::MAKER_NOW, Good),
        golden(&by_revoked, revocation, Bad).at("2025-06-01T00:00:00Z").whom(Whom::Lists),
        golden(&in_time, revocation, Note).at("2025-06-01T00:00:00Z").whom(Whom::Lists),
        golden(&in_time, revocation, Unknown)
            .at("2025-06-01T00:00:00Z")
            .whom(Whom::Lists)
            .revocation(Revocation::Strict)
            .also(&rule::MAKER_REVOCATION, Unknown),
        // Stale for the maker: GB/T 38540 makes of it a hint at most, but for the time the seal was made.
        golden(&files, &rule::MAKER_ANSWERS, Note)
            .answers(vec![answer(&pki().sub, &pki().maker, &pki().sub, &stale)])
            .whom(Whom::Root),
        golden(&files, &rule::MAKER_NOW, Note),
    ]
}

/// Judged before any of what is at hand was issued, on 31 May: whoever has it knows more than could be known then.
fn not_yet_issued() -> Vec<Golden> {
    let (files, revocation) = (by_signer(), &rule::SIGNER_REVOCATION);
    let before = revoked("2026-02-28T00:00:00Z", Some(CrlReason::Superseded));
    let not_yet = |says: &Says, status| {
        with(&files, of_signer(says), revocation, status)
            .at("2026-03-15T00:00:00Z")
            .also(&rule::MAKER_REVOCATION, Unknown)
    };
    vec![
        not_yet(&GOOD, Unknown),
        not_yet(&GOOD, Unknown).also(&rule::SIGNER_ANSWERS, Note),
        with(&files, of_signer(&GOOD), revocation, Note)
            .at("2026-03-15T00:00:00Z")
            .revocation(Revocation::Soft),
        // Clocks differ by some minutes.
        with(&files, of_signer(&GOOD), revocation, Good).at("2026-05-30T23:55:00Z"),
        // A revocation is told later than it happened, and an earlier time to look from does not hide it.
        not_yet(&before, Bad),
    ]
}

/// Answers that are not worth anything: strictly, the status is then not known.
fn not_believed() -> Vec<Golden> {
    let (pki, files) = (pki(), by_signer());
    let begun = "2024-01-01T00:00:00Z";
    let until = "2044-01-01T00:00:00Z";
    let without_purpose = delegate(Profile::SignerSign, &pki.sub, begun, until);
    let of_another = delegate(Profile::OcspResponder, &pki.root, begun, until);
    let ended = delegate(Profile::OcspResponder, &pki.sub, begun, "2025-01-01T00:00:00Z");
    let mut damaged = of_signer(&GOOD);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let posing = {
        // Says it is the authority and is signed with another key.
        let impostor = Party { certificate: pki.sub.certificate.clone(), key: pki.maker.key.clone() };
        forged(&impostor)
    };
    let unknown = of_signer(&Says { status: CertStatus::Unknown, ..GOOD });
    let worthless = [
        answer(&without_purpose, &pki.signer, &pki.sub, &GOOD),
        answer(&of_another, &pki.signer, &pki.sub, &GOOD),
        answer(&ended, &pki.signer, &pki.sub, &GOOD),
        answer(&pki.signer, &pki.signer, &pki.sub, &GOOD),
        damaged,
        posing,
        unknown,
    ];
    let mut all: Vec<Golden> = worthless
        .into_iter()
        .map(|answer| {
            with(&files, answer, &rule::SIGNER_ANSWERS, Note).also(&rule::SIGNER_REVOCATION, Unknown)
        })
        .collect();
    // An answer about somebody else, and one by the number of another authority's certificate, are none.
    let other = answer(&pki.sub, &pki.second, &pki.sub, &GOOD);
    all.push(with(&files, other, &rule::SIGNER_REVOCATION, Unknown));
    let other = answer(&pki.root, &pki.signer, &pki.root, &GOOD);
    all.push(with(&files, other, &rule::SIGNER_REVOCATION, Unknown));
    // A delegate who was revoked before he answered: his certificate does not say that nobody need ask.
    let gone = revoked_delegate();
    let mut golden = with(&files, answer(&gone.0, &pki.signer, &pki.sub, &GOOD), &rule::SIGNER_ANSWERS, Note);
    golden.lists.push(gone.1);
    all.push(golden);
    all
}

/// Somebody certified by an authority.
pub(crate) fn delegate(profile: Profile, issuer: &Party, from: &str, to: &str) -> Party {
    let random = fixed_random(&format!("delegate {profile:?} {to}"));
    let key = Sm2KeyPair::generate(&random).unwrap();
    let name = NameBuilder::new().country("CN").common_name("状态应答服务");
    let builder =
        CertificateBuilder::new(profile, name, crypto::Signer::verifying_key(&key), at(from), at(to));
    issued(&builder, issuer, key, &random)
}

pub(crate) fn issued(
    builder: &CertificateBuilder,
    issuer: &Party,
    key: Sm2KeyPair,
    random: &Random,
) -> Party {
    let der = builder.issue(&issuer.certificate, &issuer.key, random).unwrap();
    Party { certificate: Certificate::from_der(&der).unwrap(), key }
}

/// A delegate without the extension that spares the question, and the list that revokes him.
fn revoked_delegate() -> (Party, Vec<u8>) {
    let random = fixed_random("revoked delegate");
    let key = Sm2KeyPair::generate(&random).unwrap();
    let name = NameBuilder::new().country("CN").common_name("已吊销应答服务");
    let purpose = Writer::build(|w| w.sequence(|w| w.oid(&oid::EKU_OCSP_SIGNING)));
    let builder = CertificateBuilder::new(
        Profile::SignerSign,
        name,
        crypto::Signer::verifying_key(&key),
        at("2024-01-01T00:00:00Z"),
        at("2044-01-01T00:00:00Z"),
    )
    .extension(oid::EXTENDED_KEY_USAGE, false, &purpose);
    let sub = &pki().sub;
    let party = issued(&builder, sub, key, &random);
    let list = formats::crl::CrlBuilder::new(2, at("2026-05-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
        .revoke(&party.certificate.serial, at("2026-05-01T00:00:00Z"), None)
        .issue(&sub.certificate, &sub.key)
        .unwrap();
    (party, list)
}

/// A good answer with another signature than the authority's.
fn forged(impostor: &Party) -> Vec<u8> {
    let good = OcspResponse::parse(&of_signer(&GOOD), Reading::Strict).unwrap().basic.unwrap();
    let value = crypto::Signer::sign(&impostor.key, good.tbs()).unwrap();
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(good.tbs());
            good.signature_algorithm.write(w);
            w.bits(&value);
        });
    });
    let basic = formats::ocsp::BasicResponse::parse(&der, Reading::Strict).unwrap();
    OcspResponse { status: ResponseStatus::Successful, basic: Some(basic), deviations: Vec::new() }.to_der()
}

/// RFC 5280 §6.1.5: policies along the whole path.
fn policies() -> Vec<Golden> {
    let policy: oid::Oid = "2.999.7".parse().unwrap();
    let random = fixed_random("policies");
    let (from, to): (Timestamp, Timestamp) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let authority = |policy: oid::Oid| {
        let key = Sm2KeyPair::generate(&random).unwrap();
        let name = NameBuilder::new().country("CN").common_name("有策略的CA");
        let profile = Profile::Intermediate { path_len: 0 };
        let builder = CertificateBuilder::new(profile, name, crypto::Signer::verifying_key(&key), from, to);
        issued(&builder.policy(policy), &pki().root, key, &random)
    };
    let below = |authority: &Party, profile| {
        let key = Sm2KeyPair::generate(&random).unwrap();
        let name = NameBuilder::new().country("CN").organization("测试单位").common_name("有策略的单位");
        let builder = CertificateBuilder::new(profile, name, crypto::Signer::verifying_key(&key), from, to);
        issued(&builder.policy(policy), authority, key, &random)
    };
    let sealed = |authority: &Party| {
        let (signer, maker) = (below(authority, Profile::SignerSign), below(authority, Profile::SealMaker));
        let seal = SealSpec { maker, ..SealSpec::for_signer(&signer) }.write();
        prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT))
            .sealed(&seal, &ValueSpec::by(&signer))
    };
    let judged = |authority: &Party, rule: &'static Rule, status: verify::Status| {
        let mut golden = golden(&sealed(authority), rule, status);
        golden.authorities.push(authority.certificate.clone());
        golden.options.certificate_policies = vec![oid::GM_DATA, policy];
        golden
    };
    let any = authority(oid::ANY_POLICY);
    let other = authority(oid::GM_DATA);
    let mut none = golden(&by_signer(), &rule::SIGNER_POLICY, Bad).also(&rule::MAKER_POLICY, Bad);
    none.options.certificate_policies = vec![policy];
    let mut nobody = golden(&by_signer(), &rule::SIGNER_POLICY, Note)
        .whom(Whom::Nobody)
        .also(&rule::SIGNER_CHAIN, Unknown)
        .also(&rule::MAKER_CHAIN, Unknown);
    nobody.options.certificate_policies = vec![policy];
    vec![
        golden(&by_signer(), &rule::SIGNER_POLICY, Note),
        golden(&by_signer(), &rule::MAKER_POLICY, Note),
        judged(&any, &rule::SIGNER_POLICY, Good),
        judged(&authority(policy), &rule::MAKER_POLICY, Good),
        // The authority was not allowed to certify under it.
        judged(&other, &rule::SIGNER_POLICY, Bad).also(&rule::MAKER_POLICY, Bad),
        none,
        nobody,
    ]
}

/// RFC 5940: a signed message brings list and answer along.
fn embedded() -> Golden {
    let pki = pki();
    let files = prepared(&document(), Kind::Sign, Mode::Lock, at(SIGNED_AT));
    let mut files = files.signed(&PlainSpec::good(PlainForm::Attributes));
    let path = "Doc_0/Signs/Sign_0/SignedValue.dat";
    let value = files.get(path).to_vec();
    let context = Context::new(Reading::Tolerant);
    let mut outer = context.top(&value).unwrap().sequence().unwrap();
    let kind = outer.read(Tag::OID).unwrap();
    let mut data = outer.read(Tag::context(0)).unwrap().explicit().unwrap().sequence().unwrap();
    let mut fields = Vec::new();
    while let Some(field) = data.read_any().unwrap() {
        fields.push(field);
    }
    let signers = fields.pop().unwrap();
    let with_crls = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(kind.raw());
            w.explicit(0, |w| {
                w.sequence(|w| {
                    for field in &fields {
                        w.raw(field.raw());
                    }
                    w.nested(Tag::context(1), |w| {
                        w.raw(&pki.root_crl);
                        w.nested(Tag::context(1), |w| {
                            w.oid(&oid::RI_OCSP_RESPONSE);
                            w.raw(&of_signer(&GOOD));
                        });
                        w.nested(Tag::context(1), |w| w.octets(b"junk"));
                    });
                    w.raw(signers.raw());
                });
            });
        });
    });
    files.set(path, with_crls);
    golden(&files, &rule::SIGNER_REVOCATION, Good).revocation(Revocation::Strict)
}

/// RFC 5280 §4.2.1.10: whom an authority may certify.
#[test]
fn an_authority_certifies_whom_it_may() {
    let random = fixed_random("constraints");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let organization = |name: &str| NameBuilder::new().country("CN").organization(name);
    let constraints = |permitted: &[NameBuilder], excluded: &[NameBuilder]| {
        Writer::build(|w| {
            w.sequence(|w| {
                for (number, names) in [(0, permitted), (1, excluded)] {
                    if !names.is_empty() {
                        w.nested(Tag::context(number), |w| {
                            for name in names {
                                w.sequence(|w| w.explicit(4, |w| w.raw(&name.to_der().unwrap())));
                            }
                        });
                    }
                }
            });
        })
    };
    let judged =
        |value: &[u8]| {
            let key = Sm2KeyPair::generate(&random).unwrap();
            let profile = Profile::Intermediate { path_len: 0 };
            let public = crypto::Signer::verifying_key(&key).clone();
            let builder = CertificateBuilder::new(profile, organization("受限"), &public, from, to)
                .extension(oid::NAME_CONSTRAINTS, true, value);
            let authority = issued(&builder, &pki().root, key, &random);
            let key = Sm2KeyPair::generate(&random).unwrap();
            let public = crypto::Signer::verifying_key(&key).clone();
            let name = organization("测试单位").common_name("公章");
            let builder = CertificateBuilder::new(Profile::SignerSign, name, &public, from, to);
            let signer = issued(&builder, &authority, key, &random);
            let mut golden = golden(&by(&ValueSpec::by(&signer)), &rule::SIGNER_CHAIN, Good);
            golden.authorities.push(authority.certificate.clone());
            let (verdict, findings) = golden.judge();
            let chain = findings.into_iter().find(|finding| finding.id() == "signer.chain").unwrap();
            (verdict, chain.hint_en())
        };
    let (verdict, _) = judged(&constraints(&[organization("测试单位")], &[organization("别人")]));
    assert_eq!(verdict, verify::Verdict::Valid);
    for refused in [
        constraints(&[organization("别人")], &[]),
        constraints(&[], &[NameBuilder::new().country("CN")]),
        constraints(&[organization("测试单位")], &[organization("测试单位").common_name("公章")]),
    ] {
        let (verdict, hint) = judged(&refused);
        assert_eq!(verdict, verify::Verdict::Invalid);
        assert!(hint.contains("outside what an authority above may certify"), "{hint}");
    }
}
