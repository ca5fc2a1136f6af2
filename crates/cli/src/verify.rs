//! `sealbridge verify`: a verdict for each document, with its reasons.

use std::path::{Path, PathBuf};

use client::fetch::{FetchRules, Fetcher};
use formats::oid::Oid;
use jiff::Timestamp;
use platform::verification::Network;
use protocol::Clock;
use verify::{Options, Profile, Recorded, Report, Revocation, Trust, Verdict};

use crate::args::{ProfileArg, RevocationArg, VerifyArgs};
use crate::draw;
use crate::keys;
use crate::outcome::{About, End, Failure, Outcome};
use crate::replay;

/// Largest document that is read, in bytes.
pub(crate) const MAX_DOCUMENT: u64 = 256 << 20;
/// Largest revocation list that is read, in bytes.
pub(crate) const MAX_CRL: u64 = 64 << 20;

/// Largest file of OCSP answers that is read, in bytes.
const MAX_ANSWERS: u64 = 8 << 20;

/// Why a file could not be judged, for programs: `error.code` of its line, and `id` of its finding.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// The file itself.
    File,
    /// What `--trust` names.
    Trust,
    /// What `--trust-maker` names.
    Maker,
    /// What `--crl` names.
    Crl,
    /// What `--ocsp` names.
    Ocsp,
    /// An identifier of `--policy`.
    Policy,
    /// The time of `--at`.
    At,
    /// The network for `--fetch`.
    Network,
    /// The folder of `--evidence`.
    Evidence,
    /// The page of `--html`.
    Page,
    /// The file of `--pdf`.
    Pdf,
}

impl Trouble {
    fn code(self) -> &'static str {
        match self {
            Self::File => "file.unreadable",
            Self::Trust => "trust.unusable",
            Self::Maker => "maker.unusable",
            Self::Crl => "crl.unusable",
            Self::Ocsp => "ocsp.unusable",
            Self::Policy => "policy.malformed",
            Self::At => "at.malformed",
            Self::Network => "network.unusable",
            Self::Evidence => "evidence.unusable",
            Self::Page => "page.unusable",
            Self::Pdf => "pdf.unusable",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::File => "文件无法读取 the file cannot be read",
            Self::Trust => "信任证书无法使用，未验证 not judged: what --trust names cannot be used",
            Self::Maker => "制章者证书无法使用，未验证 not judged: what --trust-maker names cannot be used",
            Self::Crl => "吊销列表无法使用，未验证 not judged: what --crl names cannot be used",
            Self::Ocsp => "OCSP 应答无法使用，未验证 not judged: what --ocsp names cannot be used",
            Self::Policy => {
                "--policy 的标识无效，未验证 not judged: an identifier of --policy cannot be read"
            }
            Self::Network => "网络无法使用，未验证 not judged: the network cannot be used",
            Self::Evidence => {
                "证据文件夹无法写入，结果未给出 no result: the folder of --evidence cannot be written"
            }
            Self::Page => "--html 的报告无法写出，结果未给出 no result: the page of --html cannot be written",
            Self::Pdf => "--pdf 的报告无法写出，结果未给出 no result: the report of --pdf cannot be written",
            Self::At => "--at 的时间无效，未验证 not judged: the time of --at cannot be read",
        }
    }
}

/// Verifies every file, and ends with the worst: 1 when one is invalid, else 2 when one could not be judged.
pub(crate) fn run(args: &VerifyArgs) -> End {
    if let Some(report) = &args.replay {
        return replay::run(report, args);
    }
    let judge = one_page(args).and_then(|()| prepare(args));
    let judge = match judge {
        Ok(prepared) => prepared,
        Err((trouble, failure)) => {
            // Whoever asked for a line a file gets one, whatever the reason.
            if args.json {
                args.files.iter().for_each(|file| say!("{}", unjudged(file, trouble, &failure)));
            }
            failure.report();
            return End::Unknown;
        }
    };
    let ends: Vec<End> = args.files.iter().map(|file| one(file, args, &judge)).collect();
    if ends.contains(&End::Bad) {
        return End::Bad;
    }
    ends.into_iter().max().unwrap_or(End::Unknown)
}

/// A page is of one document.
fn one_page(args: &VerifyArgs) -> Result<(), (Trouble, Failure)> {
    let (trouble, option) = match (&args.html, &args.pdf) {
        (Some(_), _) => (Trouble::Page, "--html"),
        (None, Some(_)) => (Trouble::Pdf, "--pdf"),
        (None, None) => return Ok(()),
    };
    if args.files.len() > 1 {
        let failure = Failure::new(format!("{option} 只用于一份文档 {option} is of one document"))
            .hint("请逐份验证 verify them one by one");
        return Err((trouble, failure));
    }
    Ok(())
}

/// Where the report is written for people.
struct Pages<'a> {
    html: Option<&'a Path>,
    pdf: Option<&'a Path>,
}

impl Pages<'_> {
    fn write(&self, report: &Report, bytes: &[u8], file: &Path) -> Result<(), (Trouble, Failure)> {
        self.html
            .map_or(Ok(()), |out| write_html(report, bytes, file, out))
            .map_err(|e| (Trouble::Page, e))?;
        let Some(out) = self.pdf else { return Ok(()) };
        // The page just written is not written over.
        let inputs: Vec<&Path> = std::iter::once(file).chain(self.html).collect();
        write_pdf(report, bytes, &inputs, out).map_err(|failure| (Trouble::Pdf, failure))
    }
}

fn write_html(report: &Report, bytes: &[u8], file: &Path, out: &Path) -> Outcome<()> {
    let page = verify::html(report, bytes).about(out.display())?;
    keys::write_beside(out, &[file], page.as_bytes())
}

fn write_pdf(report: &Report, bytes: &[u8], inputs: &[&Path], out: &Path) -> Outcome<()> {
    let pdf = report::pdf(report, bytes).about(out.display())?;
    keys::write_beside(out, inputs, &pdf)
}

/// The page and the PDF about a document judged with what a folder trusts, now. `name` gives the files for `html` and
/// `pdf`.
pub(crate) fn pages(file: &Path, trusted: &Path, name: impl Fn(&str) -> PathBuf) -> Outcome<()> {
    let mut trust = Trust::new();
    load_trusted(&[trusted.to_path_buf()], &mut trust)?;
    trust.finish();
    let bytes = keys::read_file(file, MAX_DOCUMENT)?;
    let report = verify::verify(&bytes, &trust, &Options::new(Clock::system().now()));
    let called = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (html, pdf) = (name("html"), name("pdf"));
    let pages = Pages { html: Some(&html), pdf: Some(&pdf) };
    pages.write(&report.named(called), &bytes, file).map_err(|(_, failure)| failure)
}

/// Everything a document is judged with.
struct Judge {
    trust: Trust,
    options: Options,
    network: Option<Line>,
}

/// The way to the network, for `--fetch`.
struct Line {
    fetcher: Fetcher,
    runtime: tokio::runtime::Runtime,
}

impl Line {
    fn new(args: &VerifyArgs) -> Outcome<Self> {
        let rules = FetchRules { allowed_hosts: args.fetch_allow.clone(), ..FetchRules::default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self { fetcher: Fetcher::new(rules, Clock::system()), runtime: runtime.about("runtime")? })
    }
}

/// A judged document: with the record of how where somebody reads that, since it takes a digest of the whole file.
enum Judged {
    Plain(Box<Report>),
    Recorded(Box<Recorded>),
}

impl Judged {
    fn report(&self) -> &Report {
        match self {
            Self::Plain(report) => report,
            Self::Recorded(recorded) => &recorded.report,
        }
    }

    fn named(self, name: &str) -> Self {
        match self {
            Self::Plain(report) => Self::Plain(Box::new(report.named(name))),
            Self::Recorded(recorded) => {
                let Recorded { report, record } = *recorded;
                Self::Recorded(Box::new(Recorded { report: report.named(name), record }))
            }
        }
    }
}

impl Judge {
    /// The report, with its record for JSON; what it was made with is kept where the caller wants that.
    fn judge(&self, bytes: &[u8], args: &VerifyArgs) -> Outcome<Judged> {
        let mut trust = self.trust.clone();
        if let Some(line) = &self.network {
            let network = Network::new(line.fetcher.clone(), line.runtime.handle().clone());
            // What is fetched is what is wanted here; pages are drawn below.
            let undrawn = Options { rendering: None, ..self.options.clone() };
            drop(verify::verify_fetching(bytes, &mut trust, &undrawn, &network));
        }
        // What was fetched is in the trust now: judging once more without the network gives the same.
        let judged = if args.json {
            Judged::Recorded(Box::new(verify::recorded(bytes, &trust, &self.options)))
        } else {
            Judged::Plain(Box::new(verify::verify(bytes, &trust, &self.options)))
        };
        args.evidence.as_deref().map_or(Ok(()), |folder| replay::keep(folder, &trust))?;
        Ok(judged)
    }
}

fn prepare(args: &VerifyArgs) -> Result<Judge, (Trouble, Failure)> {
    let trust = load(args)?;
    let mut options = asked(args)?;
    options.rendering = args.render.then(draw::rendering);
    let network = args.fetch.then(|| Line::new(args)).transpose();
    let network = network.map_err(|failure| (Trouble::Network, failure))?;
    Ok(Judge { trust, options, network })
}

/// The policy and the time that the options name.
fn asked(args: &VerifyArgs) -> Result<Options, (Trouble, Failure)> {
    let at = time(args.at.as_deref()).map_err(|failure| (Trouble::At, failure))?;
    let mut options = options(args, at);
    options.certificate_policies = policies(&args.policy).map_err(|failure| (Trouble::Policy, failure))?;
    Ok(options)
}

/// What the options name as trusted, and how they judge, for a replay.
pub(crate) fn supplied(args: &VerifyArgs) -> Outcome<(Trust, Options)> {
    load(args).and_then(|trust| Ok((trust, asked(args)?))).map_err(|(_, failure)| failure)
}

fn load(args: &VerifyArgs) -> Result<Trust, (Trouble, Failure)> {
    let mut trust = Trust::new();
    load_trusted(&args.trust, &mut trust).map_err(|failure| (Trouble::Trust, failure))?;
    for path in &args.crl {
        load_crls(path, &mut trust).map_err(|failure| (Trouble::Crl, failure))?;
    }
    for path in &args.ocsp {
        load_answers(path, &mut trust).map_err(|failure| (Trouble::Ocsp, failure))?;
    }
    trust.finish();
    // An authority of makers is no more trusted for that.
    load_makers(&args.trust_maker, &mut trust).map_err(|failure| (Trouble::Maker, failure))?;
    Ok(trust)
}

/// Certificates, and the revocation lists that lie beside them in a folder.
pub(crate) fn load_trusted(paths: &[PathBuf], trust: &mut Trust) -> Outcome<()> {
    for file in keys::certificate_files(paths)? {
        trust.add_trusted(&keys::read_file(&file, MAX_CRL)?).about(file.display())?;
    }
    for file in keys::list_files(paths)? {
        load_crls(&file, trust)?;
    }
    Ok(())
}

fn load_makers(paths: &[PathBuf], trust: &mut Trust) -> Outcome<()> {
    for file in keys::certificate_files(paths)? {
        trust.add_makers(&keys::read_file(&file, MAX_CRL)?).about(file.display())?;
    }
    Ok(())
}

pub(crate) fn load_crls(path: &Path, trust: &mut Trust) -> Outcome<()> {
    trust.add_crls(&keys::read_file(path, MAX_CRL)?).about(path.display()).map(|_| ())
}

fn load_answers(path: &Path, trust: &mut Trust) -> Outcome<()> {
    trust.add_answers(&keys::read_file(path, MAX_ANSWERS)?).about(path.display()).map(|_| ())
}

fn policies(given: &[String]) -> Outcome<Vec<Oid>> {
    let read = |text: &String| {
        text.parse::<Oid>().map_err(|error| {
            Failure::new(format!("--policy {text}: 标识无效 no identifier: {error}"))
                .hint("写法如 write it like 1.2.156.112600.1")
        })
    };
    given.iter().map(read).collect()
}

pub(crate) fn time(given: Option<&str>) -> Outcome<Timestamp> {
    let Some(text) = given else { return Ok(Clock::system().now()) };
    text.parse::<Timestamp>().map_err(|error| {
        Failure::new(format!("--at {text}: 时间无效 no time: {error}"))
            .hint("写法如 write it like 2026-01-31T08:00:00Z")
    })
}

fn options(args: &VerifyArgs, at: Timestamp) -> Options {
    let mut options = Options::new(at);
    options.revocation = match args.revocation {
        Some(RevocationArg::Strict) => Revocation::Strict,
        Some(RevocationArg::Soft) | None => Revocation::Soft,
        Some(RevocationArg::Off) => Revocation::Off,
    };
    options.profile = match args.profile {
        Some(ProfileArg::Strict) => Profile::Strict,
        Some(ProfileArg::Compat) | None => Profile::Compat,
    };
    options
}

fn one(file: &Path, args: &VerifyArgs, judge: &Judge) -> End {
    let name = file.display().to_string();
    let judged =
        keys::read_file(file, MAX_DOCUMENT).map_err(|failure| (Trouble::File, failure)).and_then(|bytes| {
            let judged = judge.judge(&bytes, args).map_err(|failure| (Trouble::Evidence, failure))?;
            let judged = judged.named(&name);
            let pages = Pages { html: args.html.as_deref(), pdf: args.pdf.as_deref() };
            pages.write(judged.report(), &bytes, file)?;
            Ok(judged)
        });
    let judged = match judged {
        Ok(judged) => judged,
        Err((trouble, failure)) => {
            // A file that cannot be judged is a line of its own for programs too.
            if args.json {
                say!("{}", unjudged(file, trouble, &failure));
            }
            failure.report();
            return End::Unknown;
        }
    };
    match &judged {
        Judged::Plain(report) => print(report),
        Judged::Recorded(recorded) => match serde_json::to_string(recorded) {
            Ok(line) => say!("{line}"),
            Err(error) => {
                Failure::new(format!("{name}: 报告无法写出 the report cannot be written: {error}")).report();
                return End::Unknown;
            }
        },
    }
    match judged.report().verdict {
        Verdict::Valid => End::Good,
        Verdict::Invalid => End::Bad,
        Verdict::Indeterminate => End::Unknown,
    }
}

/// The line of a file that was not judged: like every other line, with `error` beside.
fn unjudged(file: &Path, trouble: Trouble, failure: &Failure) -> String {
    serde_json::json!({
        "file": file.display().to_string(), "verdict": "indeterminate", "signCount": 0, "signatures": [],
        "findings": [{
            "id": trouble.code(), "clause": "", "status": "unknown", "hint": trouble.hint(),
        }],
        "error": { "code": trouble.code(), "message": failure.what(), "hint": failure.advice() },
    })
    .to_string()
}

/// The verdict in one sentence, then each signature with what speaks against it.
fn print(report: &Report) {
    print_as(report, &|verdict| words(verdict).to_owned());
}

/// The same with other words for the verdict.
pub(crate) fn print_as(report: &Report, words: &dyn Fn(Verdict) -> String) {
    let count = report.signatures.len();
    say!("{}: {} ({count} 个签章 signatures)", verify::plain(&report.file), words(report.verdict));
    for root in report.roots() {
        say!("    所依赖的可信根 trusted root relied on: {}  SM3 {}", verify::plain(&root.subject), root.sm3);
    }
    for finding in &report.findings {
        say!("    {} {} {}", finding.status().as_str(), finding.hint_zh(), finding.hint_en());
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        let owner = signature.signer.as_ref().map_or("-", |signer| signer.owner.as_str());
        let time = signature.sign_time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        say!("  {}. {}  {owner}  {time}", index + 1, words(signature.verdict));
        for step in report.steps(signature) {
            let (zh, en) = (step.step.name().zh, step.step.name().en);
            let mark = match step.indication() {
                Verdict::Valid => "✔",
                Verdict::Invalid => "✘",
                Verdict::Indeterminate => "?",
            };
            say!("     {mark} {zh} {en}: {} {}", step.hint_zh, step.hint_en);
        }
    }
}

pub(crate) fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "有效 VALID",
        Verdict::Invalid => "无效 INVALID",
        Verdict::Indeterminate => "无法判断 CANNOT SAY",
    }
}
