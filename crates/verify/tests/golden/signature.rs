//! The description and the value of a signature.

use formats::asn1::{Tag, Writer};
use formats::ofd::{Kind, Mode};
use formats::oid;
use formats::ses::ExtData;
use sealbridge_verify as verify;
use testkit::lab::{
    Files, Layout, PlainForm, PlainSpec, PreparedFiles, SIGNED_AT, SealSpec, ValueForm, ValueSpec, document,
    prepared, sealed,
};
use testkit::pki::{at, pki};
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;

use crate::{Golden, golden};

fn to_seal(mode: Mode) -> (PreparedFiles, Vec<u8>) {
    let seal = SealSpec::good().write();
    (prepared(&document(), Kind::Seal(seal.clone()), mode, at(SIGNED_AT)), seal)
}

/// A sealed document whose description is changed before it is signed.
fn described(change: impl Fn(&str) -> String) -> Files {
    let (prepared, seal) = to_seal(Mode::Lock);
    prepared.describing(change).sealed(&seal, &ValueSpec::good())
}

/// A sealed document whose seal has another box.
fn placed(place: &str) -> Files {
    described(|text| {
        let at = text.find(" Boundary=\"").expect("a box") + " Boundary=\"".len();
        let end = at + text[at..].find('"').expect("its end");
        format!("{}{place}{}", &text[..at], &text[end..])
    })
}

/// A sealed document with a value of its own kind.
fn valued(spec: &ValueSpec) -> Files {
    let (prepared, seal) = to_seal(Mode::Lock);
    prepared.sealed(&seal, spec)
}

/// A document with a plain signature.
fn plain(spec: &PlainSpec) -> Files {
    prepared(&document(), Kind::Sign, Mode::Lock, at(SIGNED_AT)).signed(spec)
}

/// A document with two seals, the second of which names a base.
fn based(base: &str, change: impl Fn(&mut Files)) -> Files {
    let (first, seal) = to_seal(Mode::Continue);
    let first = first.sealed(&seal, &ValueSpec::good()).to_zip();
    let second = prepared(&first, Kind::Seal(seal.clone()), Mode::Continue, at(SIGNED_AT));
    // Beside the first seal, not over it.
    let second = second.describing(|text| text.replace("Boundary=\"120 200 ", "Boundary=\"40 200 "));
    let mut files = second.sealed(&seal, &ValueSpec::by(&pki().second));
    files.edit("Doc_0/Signs/Signatures.xml", |text| {
        let last = text.rfind("<ofd:Signature ").expect("an entry") + "<ofd:Signature ".len();
        format!("{}Relative=\"{base}\" {}", &text[..last], &text[last..])
    });
    change(&mut files);
    files
}

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = descriptions();
    all.extend(references());
    all.extend(values());
    all.extend(plain_signatures());
    all.extend(bases());
    all
}

fn descriptions() -> Vec<Golden> {
    let mut broken = sealed(Mode::Continue);
    broken.set("Doc_0/Signs/Sign_0/Signature.xml", b"<ofd:Signature".to_vec());
    let mut deep = sealed(Mode::Continue);
    deep.set(
        "Doc_0/Signs/Sign_0/Signature.xml",
        format!("{}{}", "<a>".repeat(100), "</a>".repeat(100)).into_bytes(),
    );
    let no_method = described(|text| cut(text, "<ofd:SignatureMethod>", "</ofd:SignatureMethod>"));
    let other_method = described(|text| text.replace("1.2.156.10197.1.501", "1.2.840.113549.1.1.11"));
    let odd_method = described(|text| text.replace("1.2.156.10197.1.501", "1.2.156.10197.501"));
    let other_time = described(|text| text.replace("20260301080000Z", "20260301093000Z"));
    let nowhere = described(|text| cut(text, "<ofd:StampAnnot ", "/>"));
    let other_page = described(|text| text.replace("PageRef=\"", "PageRef=\"99"));
    vec![
        golden(&broken, &rule::SIGNATURE_DESCRIPTION, Bad)
            .also(&rule::COVERAGE_ROOT, Unknown)
            .also(&rule::COVERAGE_SHOWN, Unknown)
            .also(&rule::COVERAGE_EXTRA, Unknown),
        golden(&deep, &rule::SIGNATURE_DESCRIPTION, Unknown)
            .also(&rule::COVERAGE_ROOT, Unknown)
            .also(&rule::COVERAGE_SHOWN, Unknown)
            .also(&rule::COVERAGE_EXTRA, Unknown),
        golden(&no_method, &rule::SIGNATURE_METHOD, Note),
        golden(&no_method, &rule::SIGNATURE_METHOD, Bad).strict().also(&rule::DOCUMENT_DEVIATION, Bad),
        golden(&other_method, &rule::SIGNATURE_METHOD, Bad),
        golden(&odd_method, &rule::SIGNATURE_METHOD, Note),
        golden(&odd_method, &rule::SIGNATURE_METHOD, Bad).strict(),
        golden(&other_time, &rule::DECLARED_TIME, Note),
        golden(&other_page, &rule::STAMPS, Unknown),
        golden(&placed("500 600 40 40"), &rule::STAMP_BOX, Unknown).also(&rule::STAMP_SEEN, Unknown),
        golden(&placed("190 200 40 40"), &rule::STAMP_BOX, Note),
        golden(&placed("190 200 40 40\" Clip=\"30 0 10 40"), &rule::STAMP_BOX, Unknown)
            .also(&rule::STAMP_SEEN, Unknown),
        golden(&placed("190 200 40 40\" Clip=\"0 0 15 40"), &rule::STAMP_SEEN, Unknown),
        golden(&placed("50 50 36 40"), &rule::STAMP_SEEN, Note),
        golden(&placed("50 50 19 40"), &rule::STAMP_SEEN, Unknown),
        golden(&nowhere, &rule::STAMPS, Note),
        golden(&placed("1000 1000 40 40\" Clip=\"-950 -950 40 40"), &rule::STAMP_BOX, Unknown)
            .also(&rule::STAMP_SEEN, Unknown),
        golden(&placed("50 50 40 40\" Clip=\"0 0 0 0"), &rule::STAMP_BOX, Unknown),
        golden(&placed("50 50 0.00001 0.00001"), &rule::STAMP_BOX, Unknown).also(&rule::STAMP_SEEN, Unknown),
        golden(&placed("NaN NaN NaN NaN"), &rule::STAMP_BOX, Unknown),
        golden(&placed("inf 50 40 40"), &rule::STAMP_BOX, Unknown),
    ]
}

/// The text without what stands from one mark to the end of another.
fn cut(text: &str, from: &str, to: &str) -> String {
    let start = text.find(from).expect("the first mark");
    let end = start + text[start..].find(to).expect("the second mark") + to.len();
    format!("{}{}", &text[..start], &text[end..])
}

fn references() -> Vec<Golden> {
    let md5 = described(|text| text.replace(" CheckMethod=\"1.2.156.10197.1.401\"", ""));
    let keyed = described(|text| text.replace("1.2.156.10197.1.401\"", "1.2.156.10197.1.401.2\""));
    let sha256 = with_sha256();
    let mut changed = sealed(Mode::Continue);
    changed.edit("Doc_0/Pages/Page_0/Content.xml", |text| text.replace("10600.00", "99600.00"));
    let mut relisted = sealed(Mode::Lock);
    relisted
        .edit("Doc_0/Signs/Signatures.xml", |text| text.replace("</ofd:Signatures>", " </ofd:Signatures>"));
    let nothing = described(|text| {
        let start = text.find("<ofd:Reference ").expect("references");
        let end = text.rfind("</ofd:Reference>").expect("their end") + "</ofd:Reference>".len();
        format!("{}{}", &text[..start], &text[end..])
    });
    let uncovered =
        |golden: Golden| golden.also(&rule::COVERAGE_ROOT, Unknown).also(&rule::COVERAGE_SHOWN, Unknown);
    vec![
        uncovered(golden(&md5, &rule::REFERENCES_METHOD, Bad).also(&rule::REFERENCES, Bad))
            .also(&rule::LOCK, Bad),
        uncovered(golden(&keyed, &rule::REFERENCES_METHOD, Bad).also(&rule::REFERENCES, Bad))
            .also(&rule::LOCK, Bad),
        golden(&sha256, &rule::REFERENCES_METHOD, Note),
        golden(&changed, &rule::REFERENCES, Bad).also(&rule::COVERAGE_SHOWN, Unknown),
        golden(&relisted, &rule::LOCK, Bad).also(&rule::REFERENCES, Bad),
        uncovered(golden(&nothing, &rule::REFERENCES, Bad)).also(&rule::COVERAGE, Unknown),
    ]
}

/// A document whose references are digested with SHA-256.
fn with_sha256() -> Files {
    use base64::Engine as _;
    let (prepared, seal) = to_seal(Mode::Continue);
    let files = prepared.files.clone();
    let digests: Vec<(String, String)> = files
        .list
        .iter()
        .map(|file| {
            let encode = |digest: Vec<u8>| base64::engine::general_purpose::STANDARD.encode(digest);
            let sm3 = encode(crypto::sm3::digest(&file.data).to_vec());
            (sm3, encode(crypto::DigestAlgorithm::Sha256.digest(&file.data)))
        })
        .collect();
    prepared
        .describing(|text| {
            let text = text.replace("CheckMethod=\"1.2.156.10197.1.401\"", "CheckMethod=\"SHA256\"");
            digests.iter().fold(text, |text, (sm3, sha256)| text.replace(sm3, sha256))
        })
        .sealed(&seal, &ValueSpec::good())
}

fn values() -> Vec<Golden> {
    let good = ValueSpec::good;
    let mut garbage = sealed(Mode::Continue);
    garbage.set("Doc_0/Signs/Sign_0/SignedValue.dat", b"no value".to_vec());
    let raw = valued(&ValueSpec { value: ValueForm::Raw, ..good() });
    let wrong = valued(&ValueSpec { value: ValueForm::Wrong, ..good() });
    let algorithm = valued(&ValueSpec { algorithm: oid::GM_SIGNED_DATA, ..good() });
    let hash = valued(&ValueSpec { hash: Some([7; 32]), ..good() });
    let info =
        valued(&ValueSpec { property_info: Some("/Doc_0/Signs/Sign_9/Signature.xml".to_owned()), ..good() });
    let mut moved = sealed(Mode::Continue);
    moved.edit("Doc_0/Signs/Sign_0/Signature.xml", |text| text.replace("Boundary=\"120", "Boundary=\"10"));
    let mut other_kind = plain(&PlainSpec::good(PlainForm::Attributes));
    other_kind.edit("Doc_0/Signs/Signatures.xml", |text| text.replace("Type=\"Sign\"", "Type=\"Seal\""));
    let critical = ExtData { oid: oid::GM_DATA, critical: true, value: vec![1] };
    let extended = valued(&ValueSpec { ext_datas: vec![critical], ..good() });
    let surplus = valued(&ValueSpec { surplus: true, ..good() });
    vec![
        golden(&garbage, &rule::SIGNATURE_FORMAT, Bad),
        // Wrong in one part, and everything else is judged and good.
        golden(&surplus, &rule::SIGNATURE_FORMAT, Bad)
            .also(&rule::SIGNATURE_VALUE, Good)
            .also(&rule::MAKER_SIGNATURE, Good)
            .also(&rule::SIGNER_CHAIN, Good)
            .also(&rule::DATA_HASH, Good),
        golden(&extended, &rule::SIGNATURE_EXTENSION, Note),
        golden(&extended, &rule::SIGNATURE_EXTENSION, Unknown).strict(),
        golden(&raw, &rule::SIGNATURE_DEVIATION, Note),
        golden(&raw, &rule::SIGNATURE_DEVIATION, Bad).strict(),
        golden(&wrong, &rule::SIGNATURE_VALUE, Bad),
        golden(&algorithm, &rule::SIGNATURE_ALGORITHM, Bad)
            .also(&rule::SIGNATURE_METHOD, Bad)
            .also(&rule::SIGNATURE_VALUE, Unknown),
        golden(&hash, &rule::DATA_HASH, Bad),
        golden(&info, &rule::PROPERTY_INFO, Note),
        golden(&info, &rule::PROPERTY_INFO, Bad).strict(),
        golden(&moved, &rule::DATA_HASH, Bad),
        golden(&other_kind, &rule::SIGNATURE_KIND, Unknown)
            .also(&rule::LOCK, Bad)
            .also(&rule::REFERENCES, Bad),
        golden(&other_kind, &rule::SIGNATURE_KIND, Bad)
            .strict()
            .also(&rule::LOCK, Bad)
            .also(&rule::REFERENCES, Bad),
        golden(&sealed(Mode::Lock), &rule::COVERAGE, Good),
        golden(&old(Layout::Gmt0031), &rule::SIGNATURE_VALUE, Good),
    ]
}

/// A document sealed in the structure of GM/T 0031.
fn old(layout: Layout) -> Files {
    let seal = SealSpec { layout, version: 1, ..SealSpec::good() }.write();
    prepared_by_hand(&seal).sealed(&seal, &ValueSpec { layout, version: 1, ..ValueSpec::good() })
}

/// The writer makes signatures of version 4 alone: the seal of another version is put in afterwards.
pub(crate) fn prepared_by_hand(seal: &[u8]) -> PreparedFiles {
    use base64::Engine as _;
    let (prepared, good) = to_seal(Mode::Continue);
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(crypto::sm3::digest(bytes));
    let (from, to) = (encode(&good), encode(seal));
    let mut prepared =
        if from == to { prepared } else { prepared.describing(|text| text.replace(&from, &to)) };
    prepared.files.set("Doc_0/Signs/Sign_0/Seal.esl", seal.to_vec());
    prepared
}

fn plain_signatures() -> Vec<Golden> {
    let keyed = PlainSpec { digest: oid::SM3_KEYED, ..PlainSpec::good(PlainForm::Attributes) };
    let forms = [PlainForm::Content, PlainForm::Attributes, PlainForm::Base64];
    let mut all: Vec<Golden> = forms
        .into_iter()
        .map(|form| golden(&plain(&PlainSpec::good(form)), &rule::DATA_HASH, Good))
        .collect();
    let forms = [PlainForm::Content, PlainForm::Attributes, PlainForm::Base64];
    all.extend(forms.into_iter().map(|form| {
        let wrong = PlainSpec { value: ValueForm::Wrong, ..PlainSpec::good(form) };
        golden(&plain(&wrong), &rule::SIGNATURE_VALUE, Bad)
    }));
    all.push(
        golden(&plain(&PlainSpec::good(PlainForm::Bare)), &rule::SIGNATURE_FORMAT, Bad)
            .also(&rule::SIGNATURE_VALUE, Unknown),
    );
    let other_type = PlainSpec { content_type: oid::TST_INFO, ..PlainSpec::good(PlainForm::Attributes) };
    let unannounced = PlainSpec { announced: Some(oid::SHA256), ..PlainSpec::good(PlainForm::Attributes) };
    for spec in [other_type, unannounced] {
        all.push(golden(&plain(&spec), &rule::SIGNATURE_DEVIATION, Note));
        all.push(golden(&plain(&spec), &rule::SIGNATURE_DEVIATION, Bad).strict());
    }
    // The fields of GM/T 0031 with a seal of GB/T 38540.
    let mixed = valued(&ValueSpec { layout: Layout::Gmt0031, ..ValueSpec::good() });
    all.push(golden(&mixed, &rule::SIGNATURE_DEVIATION, Note));
    all.push(golden(&mixed, &rule::SIGNATURE_DEVIATION, Bad).strict());
    let surplus = PlainSpec { surplus: true, ..PlainSpec::good(PlainForm::Attributes) };
    all.push(
        golden(&plain(&surplus), &rule::SIGNATURE_FORMAT, Bad)
            .also(&rule::SIGNATURE_VALUE, Good)
            .also(&rule::SIGNER_CHAIN, Good)
            .also(&rule::DATA_HASH, Good),
    );
    all.push(golden(&plain(&keyed), &rule::DATA_HASH, Unknown).also(&rule::SIGNATURE_ALGORITHM, Unknown));
    all.extend([
        golden(&naming(oid::SM3, &pki().signer), &rule::SIGNING_CERTIFICATE, Good),
        golden(&naming(oid::SM3, &pki().second), &rule::SIGNING_CERTIFICATE, Bad),
        golden(&naming(oid::SM3_KEYED, &pki().signer), &rule::SIGNING_CERTIFICATE, Unknown),
    ]);
    all
}

/// A plain signature whose attributes name a certificate by a digest (RFC 5035).
fn naming(digest: oid::Oid, party: &testkit::pki::Party) -> Files {
    let value = Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| w.oid(&digest));
                    w.octets(&crypto::sm3::digest(party.certificate.der()));
                });
            });
        });
    });
    let attribute = Writer::build(|w| {
        w.sequence(|w| {
            w.oid(&oid::SIGNING_CERTIFICATE_V2);
            w.value(Tag::SET, &value);
        });
    });
    plain(&PlainSpec { attributes: vec![attribute], ..PlainSpec::good(PlainForm::Attributes) })
}

fn bases() -> Vec<Golden> {
    let good = based("s001", |_| {});
    let missing = based("s099", |_| {});
    let bad = based("s001", |files| {
        let value = files.get("Doc_0/Signs/Sign_1/SignedValue.dat").to_vec();
        // The second signature covers the first one's value, so that one is bad too.
        files.set("Doc_0/Signs/Sign_0/SignedValue.dat", value);
    });
    let own = based("s003", |_| {});
    vec![
        golden(&good, &rule::BASE, Good),
        golden(&good, &rule::BASE, Unknown)
            .whom(crate::Whom::Nobody)
            .also(&rule::SIGNER_CHAIN, Unknown)
            .also(&rule::MAKER_CHAIN, Unknown),
        golden(&missing, &rule::BASE, Bad),
        golden(&bad, &rule::BASE, Bad)
            .also(&rule::REFERENCES, Bad)
            .also(&rule::DATA_HASH, Bad)
            .also(&rule::SIGNATURES_REPEATED, Unknown),
        golden(&own, &rule::BASE, Bad),
    ]
}
