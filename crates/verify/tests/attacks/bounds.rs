//! Documents that are small in a file and large in memory. They are no part of the suite: it is enough that they end.

use std::fmt::Write as _;

use formats::ofd::{Kind, Mode};
use formats::oid::Oid;
use formats::ses::ExtData;
use sealbridge_verify as verify;
use testkit::lab::{Files, JUDGED_AT, SealSpec, ValueSpec};
use testkit::pki::at;
use verify::catalogue as rule;
use verify::{Options, Report, Status, Trust};

use crate::base::{DESCRIPTION, LIST, VALUE, plain_contract, prepared, stamp};

/// Bytes of the seal, and so of the value. As many as a file may have whatever it was deflated to.
const LARGE: usize = 7 << 19;

/// As many bytes, deflated to a fiftieth or so: what shrinks more is not read together with others.
fn large() -> Vec<u8> {
    let noise = |at: usize| at.wrapping_mul(2_654_435_761).to_be_bytes()[4];
    (0..LARGE).map(|at| if at % 64 == 0 { noise(at / 64) } else { 0 }).collect()
}

/// A document with a large seal, whose description is listed so often under other names, with changes of its own.
fn crowded(count: usize, change: impl Fn(usize, &mut Files, String) -> String) -> Files {
    let oid: Oid = "1.2.3.4".parse().unwrap();
    let large = ExtData { oid, critical: false, value: large() };
    let seal = SealSpec { ext_datas: vec![large], ..SealSpec::good() }.write();
    let mut files = prepared(&plain_contract(), Kind::Seal(seal.clone()), Mode::Continue, stamp())
        .sealed(&seal, &ValueSpec::good());
    let text = String::from_utf8(files.get(DESCRIPTION).to_vec()).unwrap();
    let mut list = String::new();
    for number in 0..count {
        let own = text.replacen("ProviderName=\"", &format!("ProviderName=\"{number} "), 1);
        let description = change(number, &mut files, own);
        files.add(&format!("d{number}.xml"), description);
        let _ = write!(list, "<ofd:Signature ID=\"x{number}\" Type=\"Seal\" BaseLoc=\"/d{number}.xml\"/>");
    }
    files.edit(LIST, |text| text.replace("</ofd:Signatures>", &format!("{list}</ofd:Signatures>")));
    files
}

fn judge(files: &Files) -> Report {
    verify::verify(&crate::archive::packed(files), &Trust::new(), &Options::new(at(JUDGED_AT)))
}

#[test]
fn a_value_that_many_descriptions_name_is_read_once() {
    // Read for each they would be more than is read of a document.
    let report = judge(&crowded(320, |_, _, description| description));
    assert_eq!(report.signatures.len(), 321);
    for signature in &report.signatures {
        let format = signature.findings.iter().find(|finding| finding.id() == rule::SIGNATURE_FORMAT.id);
        assert_eq!(format.map(verify::Finding::status), Some(Status::Good), "{}", signature.id);
    }
    let hash = |at: usize| {
        let findings = report.signatures[at].findings.iter();
        findings.filter(|finding| finding.id() == rule::DATA_HASH.id).map(verify::Finding::status).max()
    };
    assert_eq!((hash(0), hash(1), hash(320)), (Some(Status::Good), Some(Status::Bad), Some(Status::Bad)));
}

#[test]
fn values_of_all_signatures_together_take_bounded_room() {
    let report = judge(&crowded(40, |number, files, description| {
        let path = format!("v{number}.dat");
        files.add(&path, files.get(VALUE).to_vec());
        description.replace(&format!("/{VALUE}"), &format!("/{path}"))
    }));
    let judged = report.signatures.len();
    assert!((10..16).contains(&judged), "{judged}");
    let is_told = |finding: &verify::Finding| {
        finding.id() == rule::CONTAINER_LIMITS.id && finding.status() == Status::Unknown
    };
    assert!(report.findings.iter().any(is_told));
}
