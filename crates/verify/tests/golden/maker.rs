//! Who may make seals, when one was made, and what a time stamp proves of it. Seals beside plain signatures.

use std::sync::Arc;

use crypto::{Signer, Sm2KeyPair};
use formats::ofd::{Kind, Mode};
use formats::x509::{CertificateBuilder, NameBuilder, Profile};
use jiff::Timestamp;
use sealbridge_verify as verify;
use testkit::lab::{
    Files, Layout, MakeToken, PlainForm, PlainSpec, SIGNED_AT, SealSpec, ValueForm, ValueSpec, document,
    prepared, token,
};
use testkit::pki::{Party, at, fixed_random, pki};
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;
use verify::{
    Filing, Options, RegisterAnswer, Report, SealIdentity, SealRegister, SealState, Trust, Verdict,
};

use crate::revocation::issued;
use crate::seal::{made_by, with};
use crate::signature::prepared_by_hand;
use crate::{Golden, golden, golden_seal};

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = listed();
    all.extend(apart());
    all.extend(times());
    all.extend(beside());
    all
}

fn good() -> SealSpec {
    SealSpec::good()
}

fn listed() -> Vec<Golden> {
    let (pki, sealed) = (pki(), with(&good()));
    let filed = RegisterAnswer::Filed(Filing {
        seal_code: "E11101080A0101000000001F".to_owned(),
        seal_type: "01".to_owned(),
        state: SealState::InForce,
        since: Some(at("2025-01-01T00:00:00Z")),
    });
    let maker = &rule::MAKER_LISTED;
    let (authority, made_below) = makers_alone();
    let made_below = with(&made_by(&made_below));
    let below = |makers: &[&Party], status| Golden {
        authorities: vec![authority.certificate.clone()],
        ..golden(&made_below, &rule::MAKER_LISTED, status).makers(makers)
    };
    vec![
        golden(&sealed, maker, Note),
        golden(&sealed, maker, Good).makers(&[&pki.maker]),
        // An authority that certifies makers, and one that does not.
        below(&[&authority], Good),
        below(&[&pki.root], Note),
        below(&[&pki.sub], Unknown),
        // One that certifies signers too limits nobody.
        golden(&sealed, maker, Note).makers(&[&pki.sub]),
        golden(&sealed, maker, Good).makers(&[&pki.sub, &pki.maker]),
        golden(&sealed, maker, Unknown).makers(&[&pki.maker_expired, &pki.tsa]),
        golden(&with(&made_by(&pki.plain)), maker, Unknown).makers(&[&pki.maker]),
        // The register asked for the maker when it took the seal.
        golden(&sealed, maker, Good).makers(&[&pki.maker_expired]).register(filed),
        // Being named is no trust: the chain has to lead to a trusted root all the same.
        golden(&with(&made_by(&pki.stranger)), maker, Good)
            .makers(&[&pki.stranger])
            .also(&rule::MAKER_CHAIN, Bad),
        golden(&with(&made_by(&pki.foreign)), maker, Good)
            .makers(&[&pki.foreign])
            .also(&rule::MAKER_CHAIN, Unknown),
        golden_seal(good().write(), maker, Good).makers(&[&pki.maker]),
        golden_seal(good().write(), maker, Unknown).makers(&[&pki.maker_expired]),
    ]
}

/// An authority below the root that certifies makers alone, and one of them.
fn makers_alone() -> (Party, Party) {
    let random = fixed_random("an authority of makers");
    let [above, below] = [(); 2].map(|()| Sm2KeyPair::generate(&random).unwrap());
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let name = |name: &str| NameBuilder::new().country("CN").organization("测试单位").common_name(name);
    let profile = Profile::Intermediate { path_len: 0 };
    let builder = CertificateBuilder::new(profile, name("测试制章CA"), above.verifying_key(), from, to);
    let authority = issued(&builder, &pki().root, above.clone(), &random);
    let builder =
        CertificateBuilder::new(Profile::SealMaker, name("制章部"), below.verifying_key(), from, to);
    let maker = issued(&builder, &authority, below.clone(), &random);
    (authority, maker)
}

/// Another certificate of the signer's key.
fn second_certificate() -> Party {
    let random = fixed_random("a second certificate of the signer");
    let key: &Sm2KeyPair = &pki().signer.key;
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("制章部");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let builder = CertificateBuilder::new(Profile::SealMaker, name, key.verifying_key(), from, to);
    issued(&builder, &pki().sub, key.clone(), &random)
}

fn apart() -> Vec<Golden> {
    let (pki, apart) = (pki(), &rule::MAKER_APART);
    let digests = SealSpec { lists_digests: true, ..made_by(&pki.second) };
    let for_second = SealSpec { listed: vec![pki.second.der()], ..made_by(&pki.signer) };
    let own = golden(&with(&made_by(&pki.signer)), apart, Unknown);
    vec![
        own,
        golden(&with(&made_by(&pki.signer)), apart, Note).makers(&[&pki.signer]),
        golden(&with(&made_by(&pki.signer)), apart, Unknown).makers(&[&pki.sub]),
        // Not the signer, yet one whom the seal is for.
        golden(&with(&made_by(&pki.second)), apart, Unknown),
        golden(&with(&digests), apart, Unknown),
        golden(&with(&made_by(&second_certificate())), apart, Unknown),
        // Not one whom the seal is for, yet the signer.
        golden(&with(&for_second), apart, Unknown).also(&rule::SIGNER_IN_SEAL, Bad),
        golden_seal(made_by(&pki.second).write(), apart, Unknown),
    ]
}

fn stamped(seal: &SealSpec, stamp: MakeToken) -> Files {
    let seal = seal.write();
    let spec = ValueSpec { stamp: Some(stamp), ..ValueSpec::good() };
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT)).sealed(&seal, &spec)
}

fn times() -> Vec<Golden> {
    let made = |time: &str| SealSpec { created: at(time), ..good() };
    let old = |time: &str| {
        let layout = Layout::Gmt0031;
        let seal = SealSpec { layout, version: 1, ..made(time) }.write();
        prepared_by_hand(&seal).sealed(&seal, &ValueSpec { layout, version: 1, ..ValueSpec::good() })
    };
    let created = &rule::SEAL_CREATED;
    // Signed on 1 March 2026 at 08:00, as the signer says; stamped on 1 May, or a little before.
    let late: MakeToken = |value| token(&pki().tsa, value, at("2026-05-01T00:00:00Z"));
    let early: MakeToken = |value| token(&pki().tsa, value, at("2026-03-01T07:55:00Z"));
    let ended = SealSpec { to: at("2026-04-01T00:00:00Z"), ..good() };
    vec![
        golden(&with(&good()), created, Good),
        golden(&with(&made("2026-03-01T08:00:00Z")), created, Good),
        golden(&with(&made("2026-03-01T08:10:00Z")), created, Note),
        golden(&with(&made("2026-03-01T08:10:00Z")), created, Unknown).strict(),
        // Beijing time labelled as UTC.
        golden(&with(&made("2026-03-01T08:10:01Z")), created, Note),
        golden(&with(&made("2026-03-01T16:10:00Z")), created, Note),
        golden(&with(&made("2026-03-01T16:10:00Z")), created, Unknown).strict(),
        golden(&with(&made("2026-03-01T16:10:01Z")), created, Unknown),
        golden(&old("2026-04-01T00:00:00Z"), created, Unknown),
        golden_seal(made("2026-06-02T00:00:00Z").write(), created, Unknown),
        golden_seal(made("2026-06-01T00:00:01Z").write(), created, Note),
        // Whichever time it was used at, it was there by then.
        golden(&stamped(&made("2026-03-01T07:59:00Z"), early), created, Note),
        golden(&stamped(&ended, late), &rule::SEAL_PERIOD, Unknown).also(&rule::SEAL_NOW, Note),
        golden(&stamped(&good(), late), &rule::SEAL_PERIOD, Good),
    ]
}

/// A plain signature that shows a seal, as its own writer might: the file, if there is one, is covered.
fn shown(file: Option<Vec<u8>>, is_shown: bool) -> Files {
    let mut files = Files::from_zip(&document());
    let path = "Doc_0/Seal.esl";
    let stamp = "<ofd:StampAnnot ID=\"1\" PageRef=\"3\" Boundary=\"120 200 40 40\"/>";
    let mut named = if is_shown { stamp.to_owned() } else { String::new() };
    if let Some(file) = file {
        files.add(path, file);
        named = format!("{named}<ofd:Seal><ofd:BaseLoc>/{path}</ofd:BaseLoc></ofd:Seal>");
    }
    prepared(&files.to_zip(), Kind::Sign, Mode::Lock, at(SIGNED_AT))
        .describing(|text| text.replace("</ofd:SignedInfo>", &format!("{named}</ofd:SignedInfo>")))
        .signed(&PlainSpec::good(PlainForm::Attributes))
}

fn beside() -> Vec<Golden> {
    let pki = pki();
    let seal = |spec: &SealSpec| shown(Some(spec.write()), true);
    let ended = SealSpec { to: at("2026-02-01T00:00:00Z"), ..good() };
    let wrong = SealSpec { value: ValueForm::Wrong, ..good() };
    let later = SealSpec { created: at("2026-05-01T00:00:00Z"), ..good() };
    let mut missing = shown(Some(good().write()), true);
    missing.remove("Doc_0/Seal.esl");
    vec![
        golden(&seal(&good()), &rule::SEAL_BESIDE, Good),
        golden(&shown(Some(good().write()), false), &rule::SEAL_BESIDE, Good),
        golden(&seal(&good()), &rule::MAKER_LISTED, Good).makers(&[&pki.maker]),
        golden(&shown(None, true), &rule::SEAL_BESIDE, Unknown),
        golden(&shown(Some(b"no seal".to_vec()), true), &rule::SEAL_BESIDE, Unknown),
        golden(&missing, &rule::SEAL_BESIDE, Unknown)
            .also(&rule::REFERENCES, Bad)
            .also(&rule::COVERAGE, Unknown),
        // Judged as the seal of a signature with a seal is.
        golden(&seal(&wrong), &rule::MAKER_SIGNATURE, Bad),
        golden(&seal(&made_by(&pki.stranger)), &rule::MAKER_CHAIN, Bad),
        golden(&seal(&made_by(&pki.signer)), &rule::MAKER_APART, Unknown),
        golden(&seal(&ended), &rule::SEAL_PERIOD, Bad),
        golden(&seal(&later), &rule::SEAL_CREATED, Unknown),
        golden(&seal(&SealSpec::for_signer(&pki.second)), &rule::SIGNER_IN_SEAL, Bad),
    ]
}

/// A register in which the seal was in force until a time.
struct Until(Timestamp, RegisterAnswer);

impl SealRegister for Until {
    fn state_at(&self, _: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        if at >= self.0 { self.1.clone() } else { filing(SealState::InForce) }
    }
}

fn filing(state: SealState) -> RegisterAnswer {
    let (seal_code, seal_type) = ("31000001000001".to_owned(), "01".to_owned());
    RegisterAnswer::Filed(Filing { seal_code, seal_type, state, since: Some(at("2025-01-01T00:00:00Z")) })
}

fn judged(ofd: &[u8], register: Until) -> Report {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    trust.set_register(Arc::new(register));
    verify::verify(ofd, &trust, &Options::new(at(testkit::lab::JUDGED_AT)))
}

/// The signing time is the signer's claim: the register is asked for the time that a stamp proves as well.
#[test]
fn the_register_is_asked_for_the_stamped_time_too() {
    let stamp: MakeToken = |value| token(&pki().tsa, value, at("2026-04-01T00:00:00Z"));
    let (plain, stamped) = (with(&good()).to_zip(), stamped(&good(), stamp).to_zip());
    let status = |ofd: &[u8], until: &str, then: RegisterAnswer| {
        let report = judged(ofd, Until(at(until), then));
        let finding = report.signatures[0].finding(rule::SEAL_REGISTER.id).unwrap();
        (finding.status(), report.verdict, finding.hint_en())
    };
    for then in [
        filing(SealState::Revoked),
        filing(SealState::Disabled),
        filing(SealState::Replaced),
        RegisterAnswer::NotFiled,
        RegisterAnswer::Unavailable,
    ] {
        // Gone between the claimed time and the stamped one.
        let (found, verdict, hint) = status(&stamped, "2026-03-15T00:00:00Z", then.clone());
        assert_eq!((found, verdict), (Unknown, Verdict::Indeterminate), "{then:?}");
        assert!(hint.contains("in force at the claimed signing time"), "{hint}");
        // Nobody says otherwise than the signer.
        let (found, verdict, _) = status(&plain, "2026-03-15T00:00:00Z", then.clone());
        assert_eq!((found, verdict), (Good, Verdict::Valid));
        // Gone after the stamped time.
        let (found, verdict, _) = status(&stamped, "2026-04-15T00:00:00Z", then);
        assert_eq!((found, verdict), (Good, Verdict::Valid));
    }
    // Gone before the claimed time: that decides.
    let (found, verdict, _) = status(&stamped, "2026-02-15T00:00:00Z", filing(SealState::Revoked));
    assert_eq!((found, verdict), (Bad, Verdict::Invalid));
}

/// The seal beside a plain signature is looked up in the register, and told like any other.
#[test]
fn a_seal_beside_a_plain_signature_is_looked_up() {
    let seal = good().write();
    let ofd = shown(Some(seal.clone()), true).to_zip();
    let seals = verify::seals_in(&ofd, &Options::new(at(testkit::lab::JUDGED_AT)));
    assert_eq!(seals.len(), 1);
    assert_eq!(seals[0].sm3, crypto::sm3::digest(&seal));
    let gone = || Until(at("2026-02-01T00:00:00Z"), filing(SealState::Revoked));
    let report = judged(&ofd, gone());
    assert_eq!(report.verdict, Verdict::Invalid);
    let one = &report.signatures[0];
    assert_eq!(one.finding(rule::SEAL_REGISTER.id).unwrap().status(), Bad);
    assert_eq!(one.exit().unwrap().text, "GB/T 38540-2020 7.3 d4");
    assert_eq!(one.seal.as_ref().unwrap().name, "测试单位公章");
    assert_eq!(one.seal_code.as_deref(), Some("31000001000001"));
    assert!(one.maker.is_some());
    // In the place of the document, its digests.
    let digests = verify::digests_of(&ofd, &Options::new(at(testkit::lab::JUDGED_AT))).unwrap();
    let handed = judged(&digests, gone());
    assert_eq!(handed.signatures[0].finding(rule::SEAL_REGISTER.id).unwrap().status(), Bad);
}

/// A report names the trusted certificates that it rests on, and no others.
#[test]
fn a_report_names_the_roots_it_rests_on() {
    let ofd = with(&good()).to_zip();
    let mut trust = Trust::new();
    trust.add_anchor(pki().stranger.certificate.clone());
    let options = Options::new(at(testkit::lab::JUDGED_AT));
    assert!(verify::verify(&ofd, &trust, &options).roots().is_empty());
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    let report = verify::verify(&ofd, &trust, &options);
    let [root]: [verify::Root; 1] = report.roots().try_into().unwrap();
    assert_eq!(root.sm3, hex::encode(pki().root.certificate.sm3()));
    assert!(root.subject.contains("测试根CA"));
    let line = serde_json::to_value(&report).unwrap();
    assert_eq!(line["roots"][0]["sm3"], root.sm3.as_str());
    // Pinned certificates are what a report rests on as well.
    trust.add_anchor(pki().maker.certificate.clone());
    let report = verify::verify(&ofd, &trust, &options);
    assert_eq!(report.roots().len(), 2);
    assert!(verify::html(&report, &ofd).unwrap().contains(&root.sm3));
}
