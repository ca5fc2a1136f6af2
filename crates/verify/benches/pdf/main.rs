//! Signed and sealed PDFs judged with every check on, beside pyHanko: `cargo xtask bench pdf [--pyhanko PYTHON] [--json]`.
//!
//! In the process: one thread, processor time, rounds that alternate between the two, minimum and median; both read the
//! document from its file every time, both into memory that they have already: pyHanko piece by piece, ours as a whole.
//! What it takes ours to read into memory that is new each time is told beside. As whole processes, wall time and the largest resident memory, where pyHanko's
//! interpreter is given; that interpreter measures both. Arguments: `--json`; `--sealbridge FILE`, the program that is
//! run as a whole process; `--pyhanko PYTHON` (`benches/peers/pyhanko_judge.py`).

#[path = "../common/peer.rs"]
mod peer;

mod document;
mod processes;

use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sealbridge_verify::{Options, Report, Trust, Verdict, verify};
use testkit::pki::{at, pki};

use document::Plan;
use peer::Peer;

type Outcome<T = ()> = Result<T, String>;

/// Rounds of a document, and how long one lasts at least.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(150);
/// The peer needs a minute and more for this one; it is judged once there.
const SLOW: &str = "340,000 objects, two signatures, RSA";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the person asked for.
#[derive(Default)]
pub(crate) struct Wanted {
    json: bool,
    pub(crate) program: Option<PathBuf>,
    pub(crate) python: Option<PathBuf>,
}

fn run() -> Outcome {
    let mut wanted = Wanted::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut file = || args.next().map(PathBuf::from).ok_or_else(|| format!("{arg} needs a file"));
        match arg.as_str() {
            "--json" => wanted.json = true,
            "--sealbridge" => wanted.program = Some(file()?),
            "--pyhanko" => wanted.python = Some(file()?),
            // Given by cargo.
            "--bench" => {}
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let folder = tempfile::tempdir_in(memory_folder()).map_err(|error| error.to_string())?;
    let documents = documents(folder.path())?;
    for document in &documents {
        let measured = measure(document, folder.path(), &wanted)?;
        if wanted.json { println!("{}", measured.json()) } else { println!("{measured}") }
    }
    Ok(())
}

/// A folder in memory where there is one, so that nobody waits for a disk.
fn memory_folder() -> &'static Path {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared } else { Path::new(".") }
}

/// A document of the benchmark.
struct Document {
    name: &'static str,
    file: PathBuf,
    bytes: u64,
    /// Whether pyHanko can judge it: it knows no SM2.
    is_rsa: bool,
}

fn documents(folder: &Path) -> Outcome<Vec<Document>> {
    document::rsa_signer(folder)?;
    std::fs::write(folder.join("roots.pem"), roots(folder)?).map_err(|error| error.to_string())?;
    let small = document::plain(Plan { pages: 3, picture: 350_000, small: 0 });
    let large = document::plain(Plan { pages: 61, picture: 820_000, small: 0 });
    let objects = document::plain(Plan { pages: 20, picture: 10_000, small: 17_000 });
    let twice = document::rsa_signed(&document::rsa_signed(&objects, folder)?, folder)?;
    let mut documents = Vec::new();
    let mut add = |name, is_rsa, content: Vec<u8>| {
        let file = folder.join(format!("{}.pdf", documents.len()));
        std::fs::write(&file, &content).map_err(|error| error.to_string())?;
        documents.push(Document { name, file, bytes: content.len() as u64, is_rsa });
        Ok::<(), String>(())
    };
    add("1 MB, RSA", true, document::rsa_signed(&small, folder)?)?;
    add("1 MB, sealed with SM2", false, document::sealed(&small)?)?;
    add("50 MB, RSA", true, document::rsa_signed(&large, folder)?)?;
    add("50 MB, sealed with SM2", false, document::sealed(&large)?)?;
    add(SLOW, true, twice)?;
    Ok(documents)
}

/// Everything that is trusted, as one file of PEM.
fn roots(folder: &Path) -> Outcome<String> {
    let rsa = std::fs::read_to_string(folder.join("cert.pem")).map_err(|error| error.to_string())?;
    let sm2 = [&pki().root, &pki().sub].map(|party| formats::x509::pem_encode("CERTIFICATE", &party.der()));
    Ok(format!("{rsa}{}", sm2.concat()))
}

fn trust(folder: &Path) -> Outcome<Trust> {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    let pem = std::fs::read(folder.join("cert.pem")).map_err(|error| error.to_string())?;
    let certificates = formats::x509::read_certificates(&pem).map_err(|error| error.to_string())?;
    for certificate in certificates {
        trust.add_anchor(certificate);
    }
    trust.finish();
    Ok(trust)
}

/// What was measured of a document.
struct Measured {
    name: &'static str,
    bytes: u64,
    /// Nanoseconds of processor time for one judgement, each round.
    ours: Vec<f64>,
    /// The same, reading into new memory.
    fresh: Vec<f64>,
    theirs: Vec<f64>,
    /// Ours and theirs, as whole processes.
    processes: Vec<processes::Process>,
}

fn measure(document: &Document, folder: &Path, wanted: &Wanted) -> Outcome<Measured> {
    let (trust, options) = (trust(folder)?, Options::new(now_of(document)));
    let (mut ours, mut fresh, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let in_process = document.name != SLOW;
    let mut peer = match &wanted.python {
        Some(python) if document.is_rsa && in_process => Some(start(python, document, folder)?),
        _ => None,
    };
    let mut buffer = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(round(&document.file, &trust, &options, &mut Reading::Kept(&mut buffer))?);
        theirs.extend(peer.as_mut().map(|peer| peer.round(ROUND)).transpose()?);
    }
    drop(buffer);
    for _ in 0..ROUNDS {
        fresh.push(round(&document.file, &trust, &options, &mut Reading::New)?);
    }
    let processes = processes::measure(wanted, &document.file, document.is_rsa, folder)?;
    Ok(Measured { name: document.name, bytes: document.bytes, ours, fresh, theirs, processes })
}

fn now_of(document: &Document) -> jiff::Timestamp {
    if document.is_rsa { document::now() } else { at("2026-06-02T00:00:00Z") }
}

fn start(python: &Path, document: &Document, folder: &Path) -> Outcome<Peer> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/peers/pyhanko_judge.py");
    let root = folder.join("cert.pem").display().to_string();
    Peer::start(&[python.display().to_string(), script.to_owned(), "lines".to_owned(), root], &document.file)
}

/// The memory that a document is read into.
enum Reading<'b> {
    /// The same each time.
    Kept(&'b mut Vec<u8>),
    /// New each time: the kernel clears every page of it.
    New,
}

fn judge(file: &Path, trust: &Trust, options: &Options, reading: &mut Reading<'_>) -> Outcome<Report> {
    let text = |error: std::io::Error| error.to_string();
    match reading {
        Reading::Kept(buffer) => {
            buffer.clear();
            let mut file = std::fs::File::open(file).map_err(text)?;
            file.read_to_end(buffer).map_err(text)?;
            Ok(verify(black_box(buffer), trust, options))
        }
        Reading::New => {
            let document = std::fs::read(file).map_err(text)?;
            Ok(verify(black_box(&document), trust, options))
        }
    }
}

fn round(file: &Path, trust: &Trust, options: &Options, reading: &mut Reading<'_>) -> Outcome<f64> {
    let (started, before) = (Instant::now(), processor_nanos()?);
    let mut count = 0_u32;
    while count == 0 || started.elapsed() < ROUND {
        let report = judge(file, trust, options, reading)?;
        if report.verdict != Verdict::Valid {
            return Err(format!("{} must be valid: {:#?}", file.display(), bad(&report)));
        }
        count += 1;
    }
    Ok((processor_nanos()? - before) / f64::from(count))
}

/// What weighs in a report.
fn bad(report: &Report) -> Vec<String> {
    let all = report.findings.iter().chain(report.signatures.iter().flat_map(|one| &one.findings));
    let weighty = all.filter(|finding| finding.status() >= sealbridge_verify::Status::Unknown);
    weighty.map(|finding| format!("{}: {}", finding.id(), finding.hint_en())).collect()
}

/// Processor time of this thread.
fn processor_nanos() -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").map_err(|error| error.to_string())?;
    let nanos = text.split_whitespace().next().and_then(|first| first.parse().ok());
    nanos.ok_or_else(|| "no processor time of this thread is to be had".to_owned())
}

fn minimum(nanos: &[f64]) -> f64 {
    nanos.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(nanos: &[f64]) -> f64 {
    let mut sorted = nanos.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Measured {
    fn json(&self) -> String {
        let processes: Vec<String> = self.processes.iter().map(processes::Process::json).collect();
        let peer = if self.theirs.is_empty() {
            String::new()
        } else {
            format!(
                ",\"pyhanko_min_ns\":{:.0},\"pyhanko_median_ns\":{:.0}",
                minimum(&self.theirs),
                median(&self.theirs)
            )
        };
        format!(
            "{{\"bench\":\"pdf\",\"document\":\"{}\",\"bytes\":{},\"min_ns\":{:.0},\"median_ns\":{:.0},\"fresh_min_ns\":{:.0}{peer},\"processes\":[{}]}}",
            self.name,
            self.bytes,
            minimum(&self.ours),
            median(&self.ours),
            minimum(&self.fresh),
            processes.join(",")
        )
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} ({} bytes)", self.name, self.bytes)?;
        let (ours, theirs) = (minimum(&self.ours) / 1e6, minimum(&self.theirs) / 1e6);
        write!(f, "  in process: sealbridge min {ours:.3} ms, median {:.3} ms", median(&self.ours) / 1e6)?;
        write!(f, " (into new memory min {:.3} ms)", minimum(&self.fresh) / 1e6)?;
        if !self.theirs.is_empty() {
            write!(f, "; pyHanko min {theirs:.2} ms, median {:.2} ms", median(&self.theirs) / 1e6)?;
            write!(f, "; times {:.1}", theirs / ours)?;
        }
        writeln!(f)?;
        for process in &self.processes {
            writeln!(f, "  {process}")?;
        }
        if let [ours, theirs] = self.processes.as_slice() {
            write!(f, "  times {:.1}, memory 1 / {:.1}", theirs.seconds / ours.seconds, theirs.kb / ours.kb)?;
        }
        Ok(())
    }
}
