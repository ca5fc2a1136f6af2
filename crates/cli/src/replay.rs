//! `sealbridge verify --evidence` keeps what a document was judged with, and `--replay` judges it again from a report.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use verify::{Inputs, PieceName, Reader, Record, Replayed, Report, Trust, Verdict};

use crate::args::VerifyArgs;
use crate::keys;
use crate::outcome::{About, End, Failure, Outcome};
use crate::signed_report::signed_by;
use crate::verify::{MAX_CRL, MAX_DOCUMENT, print_as, supplied, words};

/// Largest file of reports that is read, in bytes.
const MAX_REPORTS: u64 = 64 << 20;

/// Writes every piece of a trust under the name of its SM3. What is there already has the same content.
pub(crate) fn keep(folder: &Path, trust: &Trust) -> Outcome<()> {
    std::fs::create_dir_all(folder).about(folder.display())?;
    for piece in trust.pieces() {
        let path = folder.join(piece.file_name());
        if std::fs::read(&path).ok().as_deref() != Some(piece.der) {
            std::fs::write(&path, piece.der).about(path.display())?;
        }
    }
    Ok(())
}

/// Pieces given by options, and those in the folder.
struct Kept {
    given: HashMap<String, Vec<u8>>,
    folder: Option<PathBuf>,
}

impl Inputs for Kept {
    fn piece(&self, name: &PieceName) -> Option<Vec<u8>> {
        // The name comes from the report: it must lead nowhere but into the folder.
        let is_digest = name.sm3.len() == 64 && name.sm3.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return None;
        }
        let file = format!("{}.{}", name.sm3, name.role.ending());
        let given = self.given.get(&file).cloned();
        given.or_else(|| keys::read_file(&self.folder.as_ref()?.join(file), MAX_CRL).ok())
    }
}

/// Judges one document again. Ends with the verdict when nothing differs, else with 2.
pub(crate) fn run(report: &Path, args: &VerifyArgs) -> End {
    replay(report, args).unwrap_or_else(|failure| {
        failure.report();
        End::Unknown
    })
}

fn replay(report: &Path, args: &VerifyArgs) -> Outcome {
    let [file] = args.files.as_slice() else {
        return Err(Failure::new("--replay 只用于一份文档 --replay judges one document")
            .hint("请给出报告所对应的文档 name the document of the report"));
    };
    let bytes = keys::read_file(file, MAX_DOCUMENT)?;
    let judges = judges_himself(args)?;
    let (content, believes_report) = content(report, args)?;
    let (record, told) = record(report, content, &bytes)?;
    let (trust, options) = supplied(args)?;
    let given = trust.pieces().map(|piece| (piece.file_name(), piece.der.to_vec())).collect();
    let kept = Kept { given, folder: args.evidence.clone() };
    let mut replayed = verify::replay(&bytes, &record, &kept).about(report.display())?;
    replayed.compare(&told);
    if judges {
        replayed.against(&trust, believes_report);
        replayed.judge_own(&bytes, &record, &Reader { trust: &trust, options, believes_report });
    }
    let telling = replayed.telling().clone().named(file.display().to_string());
    if args.json {
        print_json(&replayed, &telling)?;
    } else {
        print_words(&replayed, &telling);
    }
    Ok(match replayed.verdict() {
        Some(Verdict::Valid) => End::Good,
        Some(Verdict::Invalid) => End::Bad,
        Some(Verdict::Indeterminate) | None => End::Unknown,
    })
}

/// True when the caller says what he trusts, so that he judges himself too. How he judges is nothing without that.
fn judges_himself(args: &VerifyArgs) -> Outcome<bool> {
    if !args.trust.is_empty() || !args.trust_maker.is_empty() {
        return Ok(true);
    }
    let judges =
        args.at.is_some() || args.revocation.is_some() || args.profile.is_some() || !args.policy.is_empty();
    if judges || args.report_key.is_some() {
        return Err(Failure::new(
            "--replay 未给出 --trust：重放只依据报告的记录 --replay without --trust goes by the record of the report alone",
        )
        .hint("请用 --trust 给出您信任的证书 give the certificates that you trust with --trust"));
    }
    Ok(false)
}

/// What the file of the report holds, and whether the platform that the caller named signed it.
fn content(path: &Path, args: &VerifyArgs) -> Outcome<(Vec<u8>, bool)> {
    match (&args.report_key, &args.report_judge) {
        (Some(key), Some(judge)) => Ok((signed_by(path, key, judge)?, true)),
        _ => Ok((keys::read_file(path, MAX_REPORTS)?, false)),
    }
}

/// The record for a document, and the report it stands in: a file of reports has one a line, and nothing else. When none
/// is of the document, a single one is used, and the difference told. Two of the document contradict each other or are
/// one too many, and none is chosen.
fn record(path: &Path, content: Vec<u8>, bytes: &[u8]) -> Outcome<(Record, Vec<u8>)> {
    let unusable = |what: String| {
        Failure::new(format!("{}: {what}", path.display()))
            .hint("请用 --json 的输出，一行一份报告 use what `sealbridge verify --json` printed: one report a line, and nothing else")
    };
    let lines: Vec<&[u8]> =
        content.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    let error = match Record::read(&content) {
        Ok(record) => return Ok((record, content)),
        Err(error) => error,
    };
    // A report in several lines is one, whose own error is told.
    if lines.len() < 2 || Record::read(lines.first().copied().unwrap_or_default()).is_err() {
        return Err(unusable(error.to_string()));
    }
    let mut of_document = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let number = number.saturating_add(1);
        let record = Record::read(line)
            .map_err(|error| unusable(format!("第 {number} 行 report {number}: {error}")))?;
        if record.is_of(bytes) {
            of_document.push((record, line.to_vec()));
        }
    }
    match (of_document.len(), of_document.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) => {
            Err(Failure::new(format!("{}: 没有本文件的报告 no report on this document", path.display())))
        }
        (several, _) => {
            Err(unusable(format!("{several} 份报告属于本文件 {several} reports are on this document")))
        }
    }
}

fn print_json(replayed: &Replayed, telling: &Report) -> Outcome<()> {
    let mut line = serde_json::to_value(telling).about("report")?;
    if let Some(fields) = line.as_object_mut() {
        let replay = serde_json::json!({
            "same": replayed.differs.is_empty(), "differs": replayed.differs, "missing": replayed.missing,
            "programThen": replayed.program, "changed": replayed.changed,
            // What the caller trusts beside what the report does; null where the roots are the report's word alone.
            "trust": replayed.given,
            // The verdict by the record, and the caller's own with what of the record made that one better.
            "verdict": replayed.report.verdict,
            "own": replayed.own.as_ref().map(|own| {
                serde_json::json!({ "verdict": own.report.verdict, "isWorse": own.is_worse, "better": own.better })
            }),
        });
        fields.insert("replayed".to_owned(), replay);
    }
    say!("{line}");
    Ok(())
}

fn print_words(replayed: &Replayed, telling: &Report) {
    if replayed.given.is_none() {
        say!(
            "注意：以下结论只依据报告自带的可信根，未与您的信任列表核对；请用 --trust 给出您信任的证书，或逐一核对下列可信根"
        );
        say!(
            "Note: what follows rests on the roots that come with the report, which were not compared with what you trust: \
             give that with --trust, or check each root below"
        );
    }
    print_as(telling, &|verdict| headline(replayed, verdict));
    tell_trust(replayed);
    tell_own(replayed);
    if replayed.differs.is_empty() {
        say!("重放一致 replayed: the same inputs, the same findings, and the report tells the same");
        return;
    }
    for difference in &replayed.differs {
        let (zh, en) = difference.name();
        say!("重放不一致 replay differs: {zh} {en}");
    }
    for place in &replayed.changed {
        say!("    报告中与重放不同 the report tells something else at: {place}");
    }
    for piece in &replayed.missing {
        say!("    缺少 missing: {}.{}", piece.sm3, piece.role.ending());
    }
}

/// The words for a verdict: nobody takes what rests on the report's own word, or on other inputs than the report's, for a
/// verdict of his own.
fn headline(replayed: &Replayed, verdict: Verdict) -> String {
    let words = words(verdict);
    if replayed.own.as_ref().is_some_and(|own| own.is_worse) {
        return format!("依您自己的信任 BY YOUR OWN TRUST: {words}");
    }
    match (replayed.differs.is_empty(), replayed.given.is_some()) {
        (true, true) => words.to_owned(),
        (true, false) => format!("依报告自带的可信根 BY THE ROOTS OF THE REPORT ITSELF: {words}"),
        (false, _) => format!("无法判断 CANNOT SAY（重放所得 as replayed: {words}）"),
    }
}

/// What of the report made its verdict better than the caller's own.
fn tell_own(replayed: &Replayed) {
    let Some(own) = replayed.own.as_ref().filter(|own| own.is_worse) else { return };
    let recorded = match replayed.report.verdict {
        Verdict::Valid => {
            "报告的结论更好，不予采信 the verdict of the report is better, and is not relied on"
        }
        Verdict::Invalid | Verdict::Indeterminate => {
            "报告中有的签章结论更好，不予采信 the report says better of a signature, which is not relied on"
        }
    };
    say!("{recorded}");
    for part in &own.better {
        let (zh, en) = part.name();
        say!(
            "    仅凭报告所记、未经您核实而使结论变好 made better by what the report records and you did not check: {zh} {en}"
        );
    }
}

/// How the trust of the report stands to what the caller gave.
fn tell_trust(replayed: &Replayed) {
    let Some(given) = &replayed.given else { return };
    if given.is_same() {
        say!("信任快照与所给的相同 the trust is the one given: {}", given.given);
        return;
    }
    say!("信任快照与所给的不同 the trust is not the one given: {} / {}", given.recorded, given.given);
    for root in &given.foreign {
        let subject = verify::plain(&root.subject);
        say!("    所给的信任中没有 not among those given: {subject}  SM3 {}", root.sm3);
    }
    if given.is_laxer {
        say!(
            "    报告未限定制章者，所给的信任有限定 the report accepts every seal maker, what was given does not"
        );
    }
    if given.foreign.is_empty() && !given.is_laxer {
        say!(
            "    报告的可信根都在所给之中，其余（吊销信息、中级证书等）不同 every root of the report is among those given; lists, answers or authorities are others"
        );
    }
}
