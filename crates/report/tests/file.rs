//! The report as a PDF.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be made must stop it")]

use formats::ofd::Mode;
use testkit::lab::{JUDGED_AT, sealed};
use testkit::pki::{at, pki};
use verify::{Options, Report, Trust};

fn judge(ofd: &[u8]) -> Report {
    let mut trust = Trust::new();
    trust.add_trusted(&pki().root.der()).unwrap();
    trust.add_trusted(&pki().sub.der()).unwrap();
    trust.finish();
    verify::verify(ofd, &trust, &Options::new(at(JUDGED_AT)))
}

#[test]
fn look() {
    let good = sealed(Mode::Lock).to_zip();
    let pdf = sealbridge_report::pdf(&judge(&good).named("合同.ofd"), &good).unwrap();
    std::fs::write("/tmp/report-good.pdf", &pdf).unwrap();
    let mut tampered = sealed(Mode::Lock);
    tampered.edit("Doc_0/Pages/Page_0/Content.xml", |text| text.replace("10600", "99600"));
    let bad = tampered.to_zip();
    let pdf = sealbridge_report::pdf(&judge(&bad).named("合同.ofd"), &bad).unwrap();
    std::fs::write("/tmp/report-bad.pdf", &pdf).unwrap();
}
