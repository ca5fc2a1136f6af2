//! Attacks on the signature itself: what it is over, who made it, when, and what is left of it.

use formats::ofd::{Kind, Mode, Stamp};
use formats::oid;
use testkit::lab::{Files, PlainForm, PlainSpec, SealSpec, ValueForm, ValueSpec, token};
use testkit::pki::{at, pki};

use crate::base::{
    DESCRIPTION, LIST, PAGE, SEAL, Sealing, VALUE, contract, locked, open, prepared, twice, without_reference,
};
use crate::{Made, made};

/// What looks like an attack and gains nothing: valid, and named.
pub(crate) fn harmless() -> Vec<Made> {
    let mut flipped = open();
    flipped.edit(LIST, |text| text.replace("Type=\"Seal\"", "Type=\"Sign\""));
    let elsewhere = ValueSpec {
        property_info: Some("/Doc_0/Signs/Sign_7/Signature.xml".to_owned()),
        ..ValueSpec::good()
    };
    let elsewhere = Sealing { value: elsewhere, ..Sealing::good(Mode::Continue) }.seal(&contract());
    let maker = SealSpec { maker: pki().maker_revoked.clone(), ..SealSpec::good() };
    let revoked = Sealing { seal: maker, ..Sealing::good(Mode::Continue) }.seal(&contract());
    let mut after = locked();
    after.after = vec![0; 100];
    vec![
        made("type-flipped", &flipped),
        made("property-points-elsewhere", &elsewhere),
        made("maker-revoked", &revoked),
        made("zeros-after", &after),
    ]
}

pub(crate) fn attacks() -> Vec<Made> {
    [lists(), descriptions(), stamps(), values(), people(), times(), plain()].into_iter().flatten().collect()
}

/// The entry of a list of signatures that holds `part`, taken out.
fn without_entry(text: &str, part: &str) -> String {
    let place = text.find(part).expect("the entry");
    let start = text[..place].rfind("<ofd:Signature ").expect("its start");
    let end = start + text[start..].find("/>").expect("its end") + 2;
    format!("{}{}", &text[..start], &text[end..])
}

fn lists() -> Vec<Made> {
    let mut unlisted = open();
    unlisted.edit(LIST, |text| without_entry(text, "Sign_0"));
    let mut one_of_two = twice();
    one_of_two.edit(LIST, |text| without_entry(text, "Sign_1"));
    let mut whole = twice();
    whole.edit(LIST, |text| without_entry(text, "Sign_0"));
    whole.list.retain(|file| !file.name.contains("Sign_0"));
    let second = Sealing { value: ValueSpec::by(&pki().second), ..Sealing::good(Mode::Lock) };
    let closed = second.seal(&open());
    let mut broken_lock = closed.clone();
    broken_lock.edit(LIST, |text| without_entry(text, "Sign_0"));
    let mut after_lock = locked();
    after_lock.edit(LIST, |text| {
        text.replace(
            "</ofd:Signatures>",
            "<ofd:Signature ID=\"s009\" BaseLoc=\"/Doc_0/Signs/Sign_9/Signature.xml\"/></ofd:Signatures>",
        )
    });
    let mut based = twice();
    based.edit(LIST, |text| {
        without_entry(text, "Sign_0").replace("<ofd:Signature ", "<ofd:Signature Relative=\"s001\" ")
    });
    vec![
        made("signature-unlisted", &unlisted),
        made("one-of-two-unlisted", &one_of_two),
        made("first-of-two-deleted", &whole),
        made("lock-broken-by-removal", &broken_lock),
        made("lock-broken-by-adding", &after_lock),
        made("base-removed", &based),
    ]
}

fn described(change: impl Fn(&str) -> String) -> Files {
    Sealing::good(Mode::Continue).seal_changing(&contract(), change)
}

fn descriptions() -> Vec<Made> {
    let method = |written: &'static str| {
        described(move |text| text.replace("CheckMethod=\"1.2.156.10197.1.401\"", written))
    };
    let mut dropped = open();
    dropped.edit(DESCRIPTION, |text| without_reference(text, PAGE));
    dropped.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    let twice = described(|text| {
        let start = text.find(&format!("<ofd:Reference FileRef=\"/{PAGE}\"")).expect("a reference");
        let end = start + text[start..].find("</ofd:Reference>").expect("its end") + 16;
        let other = text[start..end].replace("<ofd:CheckValue>", "<ofd:CheckValue>AAAA");
        format!("{}{other}{}", &text[..end], &text[end..])
    });
    let none = described(|text| {
        let start = text.find("<ofd:Reference ").expect("a reference");
        let end = text.find("</ofd:References>").expect("the end");
        format!("{}{}", &text[..start], &text[end..])
    });
    let other_method = described(|text| text.replace("1.2.156.10197.1.501", "1.2.840.113549.1.1.11"));
    let mut edited = open();
    edited.edit(DESCRIPTION, |text| text.replace("ProviderName=\"lab\"", "ProviderName=\"bank\""));
    vec![
        made("digest-md5", &method("CheckMethod=\"MD5\"")),
        made("digest-sha1", &method("CheckMethod=\"SHA1\"")),
        made("digest-unnamed", &method("")),
        made("digest-keyed", &method("CheckMethod=\"1.2.156.10197.1.401.2\"")),
        made("reference-dropped", &dropped),
        made("reference-twice", &twice),
        made("no-references", &none),
        made("method-differs", &other_method),
        made("description-edited", &edited),
    ]
}

fn stamps() -> Vec<Made> {
    let edited = |from: &'static str, to: &'static str| {
        let mut files = open();
        files.edit(DESCRIPTION, |text| text.replace(from, to));
        files
    };
    let riding = (0..2).map(|page| Stamp {
        clip: Some(formats::ofd::Rect { x: 20.0 * f64::from(page), y: 0.0, width: 20.0, height: 40.0 }),
        ..Stamp::at(usize::try_from(page).expect("small"), 190.0 - 20.0 * f64::from(page), 100.0, 40.0, 40.0)
    });
    let mut dropped = Sealing { stamps: riding.collect(), ..Sealing::good(Mode::Continue) }.seal(&contract());
    dropped.edit(DESCRIPTION, |text| {
        let start = text.rfind("<ofd:StampAnnot ").expect("a slice");
        let end = start + text[start..].find("/>").expect("its end") + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
    let mut picture = open();
    let mut esl = picture.get(SEAL).to_vec();
    let middle = esl.len() / 2;
    esl[middle] ^= 1;
    picture.set(SEAL, esl);
    let signed_nowhere = described(|text| text.replace("PageRef=\"3\"", "PageRef=\"77\""));
    vec![
        made("stamp-moved", &edited("Boundary=\"120 200 40 40\"", "Boundary=\"20 20 40 40\"")),
        made("stamp-enlarged", &edited("200 40 40\"", "200 80 80\"")),
        made("stamp-on-other-page", &edited("PageRef=\"3\"", "PageRef=\"6\"")),
        made(
            "stamp-removed",
            &edited("<ofd:StampAnnot ID=\"s002\" PageRef=\"3\" Boundary=\"120 200 40 40\"/>", ""),
        ),
        made("riding-slice-dropped", &dropped),
        made("stamp-nowhere", &signed_nowhere),
        made("seal-file-changed", &picture),
    ]
}

fn values() -> Vec<Made> {
    let mut moved = open();
    let mut other = contract();
    other.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    moved.set(VALUE, Sealing::good(Mode::Continue).seal(&other).get(VALUE).to_vec());
    let mut transplanted = Sealing::good(Mode::Continue).seal(&other);
    for name in [DESCRIPTION, VALUE, SEAL] {
        let from = open().get(name).to_vec();
        transplanted.set(name, from);
    }
    let spec = |change: &dyn Fn(&mut ValueSpec)| {
        let mut value = ValueSpec::good();
        change(&mut value);
        Sealing { value, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    let mut flipped = open();
    let mut value = flipped.get(VALUE).to_vec();
    let last = value.len() - 1;
    value[last] ^= 1;
    flipped.set(VALUE, value);
    let mut gone = open();
    gone.remove(VALUE);
    let mut empty = open();
    empty.set(VALUE, Vec::new());
    vec![
        made("value-from-other-document", &moved),
        made("signature-transplanted", &transplanted),
        made("data-hash-of-another", &spec(&|value| value.hash = Some([7; 32]))),
        made("value-flipped", &flipped),
        made("value-gone", &gone),
        made("value-empty", &empty),
        made("algorithm-mislabelled", &spec(&|value| value.algorithm = oid::SM3)),
    ]
}

fn people() -> Vec<Made> {
    let by = |signer: &testkit::pki::Party| {
        Sealing {
            seal: SealSpec::for_signer(signer),
            value: ValueSpec::by(signer),
            ..Sealing::good(Mode::Continue)
        }
        .seal(&contract())
    };
    let with_seal = |change: &dyn Fn(&mut SealSpec)| {
        let mut seal = SealSpec::good();
        change(&mut seal);
        Sealing { seal, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    let stolen =
        Sealing { value: ValueSpec::by(&pki().foreign), ..Sealing::good(Mode::Continue) }.seal(&contract());
    let foreign_key = Sealing {
        value: ValueSpec { signer_cert: Some(pki().signer.der()), ..ValueSpec::by(&pki().second) },
        ..Sealing::good(Mode::Continue)
    }
    .seal(&contract());
    vec![
        made("seal-stolen", &stolen),
        made("certificate-stolen", &foreign_key),
        made("signer-untrusted", &by(&pki().foreign)),
        made("signer-self-signed", &by(&pki().stranger)),
        made("issuer-is-no-authority", &by(&pki().usurper)),
        made("signer-expired", &by(&pki().expired)),
        made("signer-revoked", &by(&pki().revoked)),
        made("encryption-certificate", &by(&pki().encryption)),
        made("seal-expired", &with_seal(&|seal| seal.to = at("2025-01-01T00:00:00Z"))),
        made("seal-forged", &with_seal(&|seal| seal.value = ValueForm::Wrong)),
        made("seal-by-nobody", &with_seal(&|seal| seal.maker = pki().stranger.clone())),
    ]
}

fn times() -> Vec<Made> {
    let with = |change: &dyn Fn(&mut ValueSpec)| {
        let mut value = ValueSpec::good();
        change(&mut value);
        Sealing { value, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    vec![
        made("signed-in-the-future", &with(&|value| value.time = at("2031-01-01T00:00:00Z"))),
        made(
            "stamp-earlier",
            &with(&|value| value.stamp = Some(|over| token(&pki().tsa, over, at("2026-02-01T00:00:00Z")))),
        ),
        made(
            "stamp-over-another",
            &with(&|value| value.stamp = Some(|_| token(&pki().tsa, b"another", at("2026-03-01T08:00:01Z")))),
        ),
        made(
            "stamp-by-no-authority",
            &with(&|value| value.stamp = Some(|over| token(&pki().signer, over, at("2026-03-01T08:00:01Z")))),
        ),
        made(
            "stamp-authority-expired",
            &with(&|value| {
                value.stamp = Some(|over| token(&pki().tsa_expired, over, at("2026-03-01T08:00:01Z")));
            }),
        ),
    ]
}

fn plain() -> Vec<Made> {
    let signed = |form: PlainForm, change: &dyn Fn(&mut PlainSpec)| {
        let mut spec = PlainSpec::good(form);
        change(&mut spec);
        let (mut files, folder) = prepared(&contract(), Kind::Sign, Vec::new(), Mode::Continue);
        let value = spec.write(files.get(&format!("{folder}/Signature.xml")));
        files.set(&format!("{folder}/SignedValue.dat"), value);
        files
    };
    let mut other = signed(PlainForm::Attributes, &|_| {});
    other.edit(DESCRIPTION, |text| text.replace("ProviderName=\"lab\"", "ProviderName=\"bank\""));
    let mut page = signed(PlainForm::Attributes, &|_| {});
    page.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    vec![
        made("plain-message-digest", &other),
        made("plain-page-edited", &page),
        made("plain-weak-digest", &signed(PlainForm::Attributes, &|spec| spec.digest = oid::SHA1)),
        made("plain-wrong-value", &signed(PlainForm::Attributes, &|spec| spec.value = ValueForm::Wrong)),
        made("plain-bare", &signed(PlainForm::Bare, &|_| {})),
    ]
}
