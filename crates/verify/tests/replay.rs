//! A report that is judged again: the same verdict from the same inputs, and the input that is another one by name.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use std::collections::HashMap;
use std::sync::Arc;

use formats::ofd::{Kind, Mode};
use jiff::Timestamp;
use sealbridge_verify as verify;
use serde_json::{Value, json};
use testkit::lab::{JUDGED_AT, SIGNED_AT, SealSpec, ValueSpec, document, prepared, sealed};
use testkit::pki::{Party as Holder, at, pki};
use verify::{
    Difference, Filing, Inputs, Options, OwnerClaim, OwnerMatch, Part, Party, PieceName, Reader, Record,
    RegisterAnswer, Replayed, Revocation, SealIdentity, SealRegister, SealState, Trust, Verdict,
};

/// A register that knows one answer, and calls the signer another's and the maker its own.
struct Known(SealState);

impl SealRegister for Known {
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        let (seal_code, seal_type) = (seal.es_id.clone(), "01".to_owned());
        RegisterAnswer::Filed(Filing { seal_code, seal_type, state: self.0, since: Some(at) })
    }

    fn compare_owner(&self, _: &SealIdentity, party: Party, _: &OwnerClaim) -> OwnerMatch {
        if party == Party::Maker { OwnerMatch::Same } else { OwnerMatch::Other }
    }
}

struct Kept(HashMap<String, Vec<u8>>);

impl Inputs for Kept {
    fn piece(&self, name: &PieceName) -> Option<Vec<u8>> {
        self.0.get(&format!("{}.{}", name.sm3, name.role.ending())).cloned()
    }
}

fn trust(register: Option<SealState>) -> Trust {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.add_crls(&pki().sub_crl).unwrap();
    trust.finish();
    if let Some(state) = register {
        trust.set_register(Arc::new(Known(state)));
    }
    trust
}

fn kept(trust: &Trust) -> Kept {
    Kept(trust.pieces().map(|piece| (piece.file_name(), piece.der.to_vec())).collect())
}

fn told(ofd: &[u8], trust: &Trust) -> Value {
    let recorded = verify::recorded(ofd, trust, &Options::new(at(JUDGED_AT)));
    serde_json::from_str(&serde_json::to_string(&recorded).unwrap()).unwrap()
}

fn again(ofd: &[u8], report: &Value, inputs: &Kept) -> Replayed {
    verify::replay(ofd, &Record::read(report.to_string().as_bytes()).unwrap(), inputs).unwrap()
}

#[test]
fn the_same_inputs_give_the_same_report() {
    let ofd = sealed(Mode::Lock).to_zip();
    for register in [None, Some(SealState::InForce), Some(SealState::Disabled)] {
        let trust = trust(register);
        let report = told(&ofd, &trust);
        let replayed = again(&ofd, &report, &kept(&trust));
        assert_eq!((replayed.differs, replayed.missing), (vec![], vec![]));
        let mut now = serde_json::to_value(&replayed.report).unwrap();
        now["replay"] = report["replay"].clone();
        assert_eq!(now, report);
        assert_eq!(report["replay"]["register"].is_null(), register.is_none());
    }
}

#[test]
fn a_comparison_of_owners_is_reproduced_and_no_number_is_kept() {
    let (ofd, trust) = (sealed(Mode::Lock).to_zip(), trust(Some(SealState::InForce)));
    let report = told(&ofd, &trust);
    assert_eq!(report["verdict"], "indeterminate");
    let entries = report["replay"]["register"].as_array().unwrap();
    let owners: Vec<&Value> = entries.iter().filter(|entry| entry["question"]["asked"] == "owner").collect();
    assert!(!owners.is_empty(), "{report}");
    assert!(owners.iter().all(|entry| entry["answer"]["answer"].is_string()));
    assert_eq!(again(&ofd, &report, &kept(&trust)).report.verdict, Verdict::Indeterminate);
    for identity in &pki().signer.certificate.extensions.identities {
        assert!(!report.to_string().contains(identity.text().unwrap()));
    }
}

#[test]
fn what_differs_is_named() {
    let (ofd, trust) = (sealed(Mode::Lock).to_zip(), trust(Some(SealState::InForce)));
    let report = told(&ofd, &trust);
    let differs = |ofd: &[u8], report: &Value, inputs: &Kept| again(ofd, report, inputs).differs;
    let all = || kept(&trust);
    assert_eq!(differs(&document(), &report, &all()), [Difference::Document]);
    let mut fewer = all();
    fewer.0.retain(|name, _| name.split_once('.').is_none_or(|(_, ending)| ending != "crl"));
    let replayed = again(&ofd, &report, &fewer);
    assert_eq!((replayed.differs, replayed.missing.len()), (vec![Difference::Trust], 1));
    let mut swapped = all();
    swapped.0.values_mut().for_each(|der| *der = pki().foreign.der());
    assert_eq!(again(&ofd, &report, &swapped).missing.len(), 3, "only what has the digest is used");
    let changed = |path: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(path).unwrap() = value;
        report
    };
    let disabled = changed("/replay/register/0/answer/state", json!("disabled"));
    assert_eq!(differs(&ofd, &disabled, &all()), [Difference::Register]);
    assert_eq!(differs(&ofd, &changed("/replay/register", json!([])), &all()), [Difference::Register]);
    let strict = changed("/replay/policy/profile", json!("strict"));
    assert_eq!(differs(&ofd, &strict, &all()), [Difference::Policy]);
    assert_eq!(differs(&ofd, &changed("/replay/trustId", json!("0")), &all()), [Difference::Trust]);
    assert_eq!(differs(&ofd, &changed("/replay/outcomeSm3", json!("0")), &all()), [Difference::Findings]);
    let earlier = changed("/replay/at", json!("2001-01-01T00:00:00Z"));
    assert_eq!(differs(&ofd, &earlier, &all()), [Difference::Findings]);
}

/// A report that was forged with roots of one's own is reproduced as well as any: the reader's own trust tells.
#[test]
fn the_roots_of_a_report_are_compared_with_those_given() {
    let (ofd, own) = (sealed(Mode::Lock).to_zip(), trust(None));
    let against = |recorded: &Trust, given: &Trust| {
        let report = told(&ofd, recorded);
        let mut replayed = again(&ofd, &report, &kept(recorded));
        assert_eq!((replayed.differs.as_slice(), &replayed.given), ([].as_slice(), &None));
        replayed.against(given, false);
        (replayed.differs.clone(), replayed.given.unwrap())
    };
    let (differs, same) = against(&own, &own);
    assert!(differs.is_empty() && same.is_same() && same.foreign.is_empty());
    // Other lists and authorities are nobody's roots.
    let mut fewer = Trust::new();
    fewer.add_anchor(pki().root.certificate.clone());
    let (differs, other) = against(&own, &fewer);
    assert!(differs.is_empty() && !other.is_same() && other.foreign.is_empty());
    // The attacker's own root, alone or beside the right one.
    let mut forged = own.clone();
    forged.add_anchor(pki().stranger.certificate.clone());
    for recorded in [&forged, &own] {
        let given = if recorded.id() == own.id() { Trust::new() } else { own.clone() };
        let (differs, other) = against(recorded, &given);
        assert_eq!((differs, other.foreign.len()), (vec![Difference::Roots], 1));
        assert_eq!(other.foreign[0].sm3.len(), 64);
    }
    // Makers: none named where the reader names some, others than his, and fewer.
    let (mut strict, mut makers) = (own.clone(), own.clone());
    strict.add_maker(pki().maker.certificate.clone());
    let (differs, other) = against(&own, &strict);
    assert_eq!((differs, other.is_laxer), (vec![Difference::Roots], true));
    makers.add_maker(pki().second.certificate.clone());
    assert_eq!(against(&makers, &strict).0, [Difference::Roots]);
    assert_eq!(against(&strict, &own).0, []);
    assert_eq!(against(&strict, &strict).0, []);
    assert_ne!(strict.id(), own.id());
}

/// A register of whoever forges a report: every seal is filed, and everybody is who he says.
struct Obliging;

impl SealRegister for Obliging {
    fn state_at(&self, seal: &SealIdentity, at: Timestamp) -> RegisterAnswer {
        Known(SealState::InForce).state_at(seal, at)
    }

    fn compare_owner(&self, _: &SealIdentity, _: Party, _: &OwnerClaim) -> OwnerMatch {
        OwnerMatch::Same
    }
}

/// A document sealed by one with a seal that another made.
fn sealed_by(signer: &Holder, maker: &Holder) -> Vec<u8> {
    let seal = SealSpec { maker: maker.clone(), ..SealSpec::for_signer(signer) }.write();
    let prepared = prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT));
    prepared.sealed(&seal, &ValueSpec::by(signer)).to_zip()
}

/// The root and the authority below it, makers, and lists.
fn trusting(makers: &[&Holder], lists: &[&[u8]]) -> Trust {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    for list in lists {
        assert_eq!(trust.add_crls(list).unwrap(), 1);
    }
    trust.finish();
    for maker in makers {
        trust.add_maker(maker.certificate.clone());
    }
    trust
}

fn replayed(
    ofd: &[u8],
    (trust, options): (&Trust, &Options),
    own: (&Trust, &Options),
    is_signed: bool,
) -> Replayed {
    let report = serde_json::to_vec(&verify::recorded(ofd, trust, options)).unwrap();
    let record = Record::read(&report).unwrap();
    let mut replayed = verify::replay(ofd, &record, &kept(trust)).unwrap();
    replayed.compare(&report);
    assert_eq!((replayed.differs.as_slice(), replayed.missing.as_slice()), ([].as_slice(), [].as_slice()));
    replayed.against(own.0, is_signed);
    let reader = Reader { trust: own.0, options: own.1.clone(), believes_report: is_signed };
    replayed.judge_own(ofd, &record, &reader);
    replayed
}

/// What nobody signed is the word of whoever wrote the report: it makes no verdict better for one who says what he trusts.
#[test]
fn what_of_a_record_makes_its_verdict_better_is_named_and_does_not_count() {
    let (mut filed, usual) = (trusting(&[&pki().maker], &[]), Options::new(at(JUDGED_AT)));
    filed.set_register(Arc::new(Obliging));
    let with = |revocation| Options { revocation, ..usual.clone() };
    let (strict, off) = (with(Revocation::Strict), with(Revocation::Off));
    let (early, late) = (Options::new(at("2026-01-01T00:00:00Z")), Options::new(at("2027-01-01T00:00:00Z")));
    let by = |maker| sealed_by(&pki().signer, maker);
    let (other, own, honest) = (by(&pki().plain), by(&pki().signer), by(&pki().maker));
    let revoked = sealed_by(&pki().revoked, &pki().maker);
    let lists = [pki().sub_crl.as_slice(), &pki().root_crl];
    let (plain, listing) = (trusting(&[], &[]), trusting(&[], &lists));
    let (makers, selfmade) = (trusting(&[&pki().maker], &[]), trusting(&[&pki().signer], &[]));
    let (open, bad) = (Verdict::Indeterminate, Verdict::Invalid);
    for (number, (ofd, recorded, reader, verdict, better)) in [
        (&other, (&filed, &usual), (&makers, &usual), open, vec![Part::Register]),
        (&other, (&plain, &usual), (&makers, &usual), open, vec![Part::Makers]),
        (&own, (&selfmade, &usual), (&plain, &usual), open, vec![Part::Makers]),
        (&own, (&selfmade, &usual), (&plain, &strict), open, vec![Part::Makers, Part::Policy]),
        (&revoked, (&plain, &usual), (&listing, &usual), bad, vec![Part::Revocation]),
        (&revoked, (&listing, &off), (&listing, &usual), bad, vec![Part::Policy]),
        (&honest, (&plain, &usual), (&plain, &strict), open, vec![Part::Policy]),
        (&honest, (&plain, &late), (&plain, &early), open, vec![Part::Time]),
    ]
    .into_iter()
    .enumerate()
    {
        let replayed = replayed(ofd, recorded, reader, false);
        assert_eq!(replayed.report.verdict, Verdict::Valid, "{number}");
        let judged = replayed.own.as_ref().unwrap();
        assert_eq!((judged.is_worse, &judged.better), (true, &better), "{number}: {:?}", judged.report);
        assert_eq!((replayed.verdict(), replayed.telling().verdict), (Some(verdict), verdict), "{number}");
        assert!(replayed.differs.contains(&Difference::Own), "{number}");
    }
}

/// Roots of one's own make every chain good: by the reader's they end nowhere.
#[test]
fn roots_of_a_record_do_not_count_either() {
    let (ofd, usual) = (sealed(Mode::Lock).to_zip(), Options::new(at(JUDGED_AT)));
    let mut stranger = Trust::new();
    stranger.add_anchor(pki().stranger.certificate.clone());
    let replayed = replayed(&ofd, (&trusting(&[], &[]), &usual), (&stranger, &usual), false);
    assert_eq!(replayed.own.as_ref().unwrap().better, [Part::Roots]);
    assert_eq!(replayed.differs, [Difference::Roots, Difference::Own]);
    assert_ne!(replayed.verdict(), Some(Verdict::Valid));
}

/// Whoever believes the one who signed the report believes what it says of the register, makers, policy and time; what
/// his own lists call revoked is revoked all the same.
#[test]
fn a_report_that_is_believed_is_believed_but_for_roots_and_revocation() {
    let (mut filed, usual) = (trusting(&[], &[]), Options::new(at(JUDGED_AT)));
    filed.set_register(Arc::new(Obliging));
    let strict = Options { revocation: Revocation::Strict, ..usual.clone() };
    let makers = trusting(&[&pki().maker], &[]);
    let other = sealed_by(&pki().signer, &pki().plain);
    let believed = replayed(&other, (&filed, &usual), (&makers, &strict), true);
    assert_eq!((believed.differs.as_slice(), believed.verdict()), ([].as_slice(), Some(Verdict::Valid)));
    let revoked = sealed_by(&pki().revoked, &pki().plain);
    let listing = trusting(&[], &[&pki().sub_crl]);
    let believed = replayed(&revoked, (&filed, &usual), (&listing, &usual), true);
    assert_eq!(believed.own.as_ref().unwrap().better, [Part::Revocation]);
    assert_eq!(believed.verdict(), Some(Verdict::Invalid));
}

/// Honest reports keep their verdict, whoever asks and however much later.
#[test]
fn an_honest_report_is_no_worse_for_its_reader() {
    let (ofd, usual) = (sealed(Mode::Lock).to_zip(), Options::new(at(JUDGED_AT)));
    let lists = [pki().sub_crl.as_slice(), &pki().root_crl];
    let named = trusting(&[&pki().maker], &lists);
    let later = Options { revocation: Revocation::Strict, ..Options::new(at("2040-01-01T00:00:00Z")) };
    for (reader, options) in
        [(&named, &usual), (&trusting(&[], &[]), &usual), (&trusting(&[&pki().maker], &[]), &later)]
    {
        let replayed = replayed(&ofd, (&named, &usual), (reader, options), false);
        assert_eq!((replayed.differs.as_slice(), replayed.verdict()), ([].as_slice(), Some(Verdict::Valid)));
        assert!(!replayed.own.unwrap().is_worse);
    }
    // Bad for the record, and for whoever asks.
    let revoked = sealed_by(&pki().revoked, &pki().maker);
    let replayed = replayed(&revoked, (&named, &usual), (&named, &usual), false);
    assert_eq!((replayed.differs.as_slice(), replayed.verdict()), ([].as_slice(), Some(Verdict::Invalid)));
}

#[test]
fn what_is_no_record_is_refused() {
    let ofd = sealed(Mode::Lock).to_zip();
    let trust = trust(None);
    let report = told(&ofd, &trust);
    for text in ["", "{}", "[[[[", "{\"replay\":1}"] {
        assert!(Record::read(text.as_bytes()).is_err(), "{text}");
    }
    let with = |path: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(path).unwrap() = value;
        report.to_string()
    };
    // A field that stands twice, a second value, and what this program would not write.
    let text = report.to_string();
    let twice = text.replacen('{', "{\"verdict\":\"valid\",", 1);
    let more = |path: &str| {
        let mut report = report.clone();
        let object = report.pointer_mut(path).unwrap().as_object_mut().unwrap();
        object.insert("more".to_owned(), Value::Null);
        report.to_string()
    };
    for text in
        [twice, format!("{text}\n{text}"), format!("{text}\nx"), more("/replay"), more("/replay/trust/0")]
    {
        assert!(Record::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Record::read(format!("{text}\n\n").as_bytes()).is_ok());
    assert!(Record::read(more("").as_bytes()).is_ok(), "compared, and told");
    assert!(Record::read(with("/replay/form", json!("sealbridge-replay-9")).as_bytes()).is_err());
    for (path, value) in [
        ("/replay/policy/profile", json!("lenient")),
        ("/replay/policy/limits/walkLen", json!(u64::MAX)),
        ("/replay/policy/keys/0/name", json!("SM9")),
    ] {
        let record = Record::read(with(path, value).as_bytes()).unwrap();
        assert!(verify::replay(&ofd, &record, &kept(&trust)).is_err(), "{path}");
    }
}

#[test]
fn a_report_that_tells_something_else_is_not_the_same() {
    let (ofd, trust) = (sealed(Mode::Lock).to_zip(), trust(None));
    let report = told(&ofd, &trust);
    let compared = |report: &Value| {
        let mut replayed = again(&ofd, report, &kept(&trust));
        replayed.compare(report.to_string().as_bytes());
        (replayed.differs, replayed.changed)
    };
    assert_eq!(compared(&report), (vec![], vec![]));
    let mut renamed = report.clone();
    renamed["file"] = json!("another name.ofd");
    assert_eq!(compared(&renamed), (vec![], vec![]), "the name is the caller's word");
    for (path, value) in [
        ("/verdict", json!("invalid")),
        ("/signatures/0/certOwner", json!("another")),
        ("/signatures/0/findings/0/hint", json!("all is well")),
        ("/findings", json!([])),
        ("/at", json!("2027-01-01T00:00:00Z")),
    ] {
        let mut forged = report.clone();
        *forged.pointer_mut(path).unwrap() = value;
        assert_eq!(compared(&forged), (vec![Difference::Report], vec![path.to_owned()]));
    }
    let mut fewer = report.clone();
    fewer.as_object_mut().unwrap().remove("policyId");
    assert_eq!(compared(&fewer), (vec![Difference::Report], vec!["/policyId".to_owned()]));
    // Other inputs make another report: that is told once.
    let mut other = again(&document(), &report, &kept(&trust));
    other.compare(report.to_string().as_bytes());
    assert_eq!((other.differs, other.changed), (vec![Difference::Document], vec![]));
}
