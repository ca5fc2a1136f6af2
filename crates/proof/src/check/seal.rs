//! The seal, its certificates, its filing and state, and the time stamp over the signature.

use formats::asn1::Mode;
use formats::crl::Crl;
use formats::ses::{Seal, parse_tbs};
use formats::x509;
use protocol::lists::SignFormat;
use verify::{Detail, Options, Trust, Verdict};

use super::exchange::Said;
use super::signing::Signed;
use super::{Case, Details, moment, sm3_hex, told};
use crate::finding::{self as rule, Lack, Step};
use crate::model::{Bundle, CertificateRole, Entry, Medium, StateChange};

/// What is trusted, with the authorities and revocation lists of the bundle: they complete paths and anchor none.
pub(super) fn trust(bundle: &Bundle, trusted: &Trust) -> Trust {
    let mut trust = trusted.clone();
    for line in bundle.certificates.iter().filter(|line| line.role == CertificateRole::Ca) {
        if let Ok(certificate) = x509::Certificate::from_der(line.data.bytes()) {
            trust.add_intermediate(certificate);
        }
    }
    for line in &bundle.crls {
        if let Ok(crl) = Crl::parse(line.data.bytes(), Mode::Tolerant) {
            trust.add_crl(crl);
        }
    }
    trust
}

pub(super) fn check(case: &mut Case<'_>, said: &Said, signed: Option<&Signed>) {
    let stamp = stamp(case, signed);
    let stamped_at = stamp.as_ref().ok().and_then(|(at, _)| *at);
    case.tell(rule::STAMP, stamp.map(|(_, detail)| detail));
    let certificate = certificate(case, signed, stamped_at);
    case.tell(rule::CERTIFICATE, certificate);
    let message = message(case, said, signed);
    case.tell(rule::MESSAGE, message);
    let seal = seal(case);
    case.tell(rule::SEAL, seal);
    let filed = filed(case);
    case.tell(rule::FILED, filed);
    case.tell(rule::REGISTER, register(case.bundle));
}

/// The findings of a verification that speak against it.
pub(super) fn told_findings(findings: &[verify::Finding]) -> String {
    let against = findings.iter().filter(|finding| finding.status().verdict() != Verdict::Valid);
    let words: Vec<String> =
        against.map(|finding| format!("{} {}", finding.id(), finding.hint_en())).collect();
    words.join("; ")
}

/// The verdict of a verification as a step.
fn step(verdict: Verdict, findings: &[verify::Finding], good: Detail) -> Step {
    let words = told_findings(findings);
    match verdict {
        Verdict::Valid => Ok(good),
        Verdict::Invalid => Err(Lack::Bad(Detail::same(words))),
        Verdict::Indeterminate => Err(Lack::Unknown(Detail::same(words))),
    }
}

/// The time stamp over the signature, and its time where it is good.
fn stamp(case: &Case<'_>, signed: Option<&Signed>) -> Step<(Option<jiff::Timestamp>, Detail)> {
    let Some(signed) = signed else {
        return Err(Lack::unknown("签名的存证记录未核验", "the record of the signature was not verified"));
    };
    let Some(token) = &signed.time_stamp else {
        return Err(Lack::absent("没有", "there is none"));
    };
    let report = verify::verify_time_stamp(token, &signed.stamped, &case.trust, case.options);
    let words = report.time.map(|at| at.to_string()).unwrap_or_default();
    step(report.verdict, &report.findings, Detail::same(words)).map(|detail| (report.time, detail))
}

fn certificate(case: &Case<'_>, signed: Option<&Signed>, stamped_at: Option<jiff::Timestamp>) -> Step {
    let certificate = signed.and_then(|signed| signed.certificate.as_ref());
    let certificate =
        certificate.ok_or_else(|| Lack::bad("签名证书无法读取", "the certificate cannot be read"))?;
    let signed_at =
        moment(case.bundle.head.signed_at).ok_or_else(|| Lack::bad("时间无效", "no such time"))?;
    let times = (signed_at, stamped_at);
    let report = verify::verify_signer(certificate.der(), times, &case.trust, case.options);
    let name = certificate.subject.common_name().unwrap_or_default().to_owned();
    step(report.verdict, &report.findings, Detail::same(name))
}

/// The certificate is one of the seal's, and a P1 message that is a TBS_Sign holds this very seal.
fn message(case: &Case<'_>, said: &Said, signed: Option<&Signed>) -> Step {
    let data = case.bundle.seal.data.bytes();
    let (seal, _, _) = Seal::parse_bearing(data, Mode::Tolerant)
        .map_err(|_| Lack::bad("印章数据无法读取", "the seal cannot be read"))?;
    let certificate = signed.and_then(|signed| signed.certificate.as_ref());
    if !certificate.is_some_and(|certificate| seal.cert_list.contains(certificate.der())) {
        return Err(Lack::bad("证书不在印章的签章人列表中", "the certificate is none of the seal's"));
    }
    let Some(what) = said.what() else {
        return Err(Lack::unknown("签名请求未核验", "the request was not verified"));
    };
    if what.format == SignFormat::P7 {
        return Ok(Detail::new("P7：文档杂凑值的签名", "P7: a signature of the document's digest"));
    }
    match parse_tbs(&what.doc_hash, Mode::Tolerant) {
        Ok((tbs, _)) if tbs.seal.raw() == data => {
            Ok(Detail::new(format!("TBS_Sign，时间 {}", tbs.time), format!("a TBS_Sign of {}", tbs.time)))
        }
        Ok(_) => Err(Lack::bad("待签名数据中是另一印章", "the message holds another seal")),
        Err(_) => Err(Lack::absent("P1 待签名数据不是 TBS_Sign", "the P1 message is no TBS_Sign")),
    }
}

/// The seal by itself, for when it was used.
fn seal(case: &Case<'_>) -> Step {
    let at = moment(case.bundle.head.signed_at).ok_or_else(|| Lack::bad("时间无效", "no such time"))?;
    let options = Options { at, ..case.options.clone() };
    let report = verify::verify_seal(case.bundle.seal.data.bytes(), &case.trust, &options);
    let name = report.seal.as_ref().map(|seal| format!("{} {}", seal.name, seal.es_id)).unwrap_or_default();
    step(report.verdict, &report.findings, Detail::same(name))
}

/// The log has a filing with just this seal.
fn filed(case: &Case<'_>) -> Step {
    let sm3 = sm3_hex(case.bundle.seal.data.bytes());
    let head = &case.bundle.head;
    let kinds = ["seal.filed", "seal.mirrored", "seal.checked", "seal.extended", "seal.changed"];
    let entries = case.bundle.entries.iter();
    let mut about = entries
        .filter(|entry| entry.subject == head.seal_code && kinds.contains(&entry.kind.as_str()))
        .filter(|entry| entry.at <= head.signed_at)
        .peekable();
    if about.peek().is_none() {
        return Err(Lack::unknown("缺少备案记录", "the entries of the filing are not here"));
    }
    let same = about.any(|entry| {
        Details::of(entry).is_some_and(|details| {
            details.text("sealDataSm3") == sm3
                && details.number("version").is_none_or(|version| version == head.seal_version)
        })
    });
    if !same {
        return Err(Lack::bad("备案的是另一印章", "another seal was filed"));
    }
    Ok(Detail::same(sm3))
}

/// Every state of the seal that the log tells until the signature was handed out, with its time; of a seal of another
/// platform the time is that of the log and not of the register.
fn states(bundle: &Bundle) -> Vec<(String, Option<i64>)> {
    let until = super::decisive(bundle).map_or(i64::MAX, |entry| entry.seq);
    let about =
        bundle.entries.iter().filter(|entry| entry.subject == bundle.head.seal_code && entry.seq < until);
    let state = |entry: &Entry| {
        let details = Details::of(entry)?;
        match entry.kind.as_str() {
            "seal.filed" => Some((details.text("state").to_owned(), Some(entry.at))),
            "seal.state" => Some((details.text("to").to_owned(), Some(entry.at))),
            // Only the first sight of it is a filing; later ones are new versions.
            "seal.mirrored" if details.number("version") == Some(1) => Some(("enabled".to_owned(), None)),
            _ => None,
        }
    };
    about.filter_map(state).collect()
}

/// The states in the register against those of the log, and whether the seal could be used.
fn register(bundle: &Bundle) -> Step {
    let (head, register) = (&bundle.head, &bundle.register);
    let logged = states(bundle);
    if logged.is_empty() {
        return Err(Lack::unknown("缺少备案记录", "the entries of the filing are not here"));
    }
    let same = |((state, at), (number, change)): (&(String, Option<i64>), (usize, &StateChange))| {
        change.state == *state
            && at.is_none_or(|at| at == change.at)
            && change.at <= head.signed_at
            && usize::try_from(change.version).is_ok_and(|version| version == number + 1)
    };
    let agree = logged.len() == register.history.len()
        && logged.iter().zip(register.history.iter().enumerate()).all(same)
        && register
            .history
            .last()
            .is_some_and(|last| last.state == register.state && last.at == register.since);
    if !agree {
        return Err(Lack::bad("登记状态与存证记录不符", "the register's states are not those of the log"));
    }
    if !described(bundle) {
        return Err(Lack::bad(
            "登记内容与存证记录不符",
            "what the register says of the seal is not what the log says",
        ));
    }
    let within = register.valid_start.is_none_or(|start| start <= head.signed_at)
        && register.valid_end.is_none_or(|end| head.signed_at <= end);
    let good = register.state == "enabled"
        && register.system_state == "online"
        && register.system_since <= head.signed_at
        && within;
    if !good {
        return Err(Lack::bad("签名时印章不可用", "the seal was not in force"));
    }
    let (state, since) = (&register.state, told(register.since));
    Ok(Detail::same(format!("{state} {since}")))
}

/// Name, type and organisation, as far as seal and log say them.
fn described(bundle: &Bundle) -> bool {
    let register = &bundle.register;
    let seal = Seal::parse_bearing(bundle.seal.data.bytes(), Mode::Tolerant).ok();
    let name = seal.is_none_or(|(seal, _, _)| seal.name.trim() == register.name.trim());
    let seal_type = bundle
        .entries
        .iter()
        .filter(|entry| entry.subject == bundle.head.seal_code)
        .filter(|entry| ["seal.filed", "seal.mirrored"].contains(&entry.kind.as_str()))
        .filter_map(Details::of)
        .all(|details| details.text("sealType") == register.seal_type);
    let details = super::decisive(bundle).and_then(Details::of);
    let organisation = details.map(|details| match bundle.head.medium {
        Some(Medium::Ukey) => details,
        None => details.inner("record"),
    });
    name && seal_type && organisation.is_none_or(|record| record.text("orgCode") == register.org_code)
}
