//! Sealed OFDs judged with every check on, beside ofdrw: `cargo xtask bench ofd [--ofdrw DIR] [--json]`.
//!
//! One thread, processor time, rounds that alternate between the two, minimum and median. Both read the document from
//! its file every time. Then memory: twenty thousand documents of two hundred signers in a row, and a document of 50 MB.
//! Arguments: `--json`; `--ofdrw COMMAND…` to the end, the command that starts the peer (`benches/peers/Ofdrw.java`).

mod document;
mod memory;
#[path = "../common/peer.rs"]
mod peer;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sealbridge_verify::{Options, Trust, Verdict, verify};
use testkit::pki::{at, pki};

use peer::Peer;

type Outcome<T = ()> = Result<T, String>;

const ROUNDS: usize = 30;
const ROUND: Duration = Duration::from_millis(200);
/// What a round of the peer gets more, which needs longer for one document.
const PEERS_SHARE: u32 = 3;

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
struct Wanted {
    json: bool,
    peer: Vec<String>,
}

fn run() -> Outcome {
    let mut wanted = Wanted::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--json" => wanted.json = true,
            "--ofdrw" => wanted.peer = args.by_ref().collect(),
            // Given by cargo.
            "--bench" => {}
            memory::CHILD => {
                let mut value = || args.next().ok_or_else(|| format!("{arg} needs more"));
                return memory::child(&value()?, Path::new(&value()?));
            }
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let folder = tempfile::tempdir_in(memory_folder()).map_err(|error| error.to_string())?;
    let speed = speed(&wanted, folder.path())?;
    let memory = memory::measure(folder.path())?;
    if wanted.json {
        for one in &speed {
            println!("{}", one.json());
        }
        println!("{}", memory.json());
    } else {
        table(&speed);
        println!("{memory}");
    }
    Ok(())
}

/// A folder in memory where there is one, so that nobody waits for a disk.
fn memory_folder() -> &'static Path {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared } else { Path::new(".") }
}

/// The trust of all measurements: root, authority, and both revocation lists.
fn trust() -> Outcome<Trust> {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    for list in [&pki().root_crl, &pki().sub_crl] {
        trust.add_crls(list).map_err(|error| error.to_string())?;
    }
    trust.finish();
    Ok(trust)
}

fn options() -> Options {
    Options::new(at("2026-06-02T00:00:00Z"))
}

/// Nanoseconds for one document, of each round.
struct Speed {
    name: String,
    size: usize,
    nanos: Vec<f64>,
}

impl Speed {
    fn minimum(&self) -> f64 {
        self.nanos.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        let mut sorted = self.nanos.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn json(&self) -> String {
        format!(
            "{{\"bench\":\"ofd\",\"op\":\"one_seal\",\"bytes\":{},\"implementation\":\"{}\",\"min_ns\":{:.0},\"median_ns\":{:.0}}}",
            self.size,
            self.name,
            self.minimum(),
            self.median()
        )
    }
}

fn table(speed: &[Speed]) {
    println!("one OFD with one seal, every check on, one thread, processor time:");
    for one in speed {
        println!(
            "  {:<12} {} bytes: min {:.3} ms, median {:.3} ms, {:.0} a second and core",
            one.name,
            one.size,
            one.minimum() / 1e6,
            one.median() / 1e6,
            1e9 / one.minimum()
        );
    }
    if let [ours, peer] = speed {
        println!(
            "  times as many documents: {:.1} by the minima, {:.1} by the medians",
            peer.minimum() / ours.minimum(),
            peer.median() / ours.median()
        );
    }
}

/// Rounds of ours, and of the peer where there is one.
fn speed(wanted: &Wanted, folder: &Path) -> Outcome<Vec<Speed>> {
    let document = document::sealed(&pki().signer, 14_000)?;
    let file = folder.join("one.ofd");
    std::fs::write(&file, &document).map_err(|error| error.to_string())?;
    let (trust, options) = (trust()?, options());
    let report = verify(&document, &trust, &options);
    if report.verdict != Verdict::Valid {
        return Err(format!("the document of the benchmark must be valid: {:?}", report.findings));
    }
    let mut peer = if wanted.peer.is_empty() { None } else { Some(Peer::start(&wanted.peer, &file)?) };
    let empty = |name: &str| Speed { name: name.to_owned(), size: document.len(), nanos: Vec::new() };
    let mut speed = vec![empty("sealbridge")];
    speed.extend(peer.as_ref().map(|peer| empty(&peer.name)));
    for _ in 0..ROUNDS {
        let ours = round(&file, &trust, &options)?;
        let theirs = peer.as_mut().map(|peer| peer.round(ROUND * PEERS_SHARE)).transpose()?;
        for (one, nanos) in speed.iter_mut().zip([Some(ours), theirs].into_iter().flatten()) {
            one.nanos.push(nanos);
        }
    }
    Ok(speed)
}

fn round(file: &Path, trust: &Trust, options: &Options) -> Outcome<f64> {
    let (started, before) = (Instant::now(), processor_nanos()?);
    let mut count = 0_u32;
    while started.elapsed() < ROUND {
        let document = std::fs::read(file).map_err(|error| error.to_string())?;
        let report = verify(black_box(&document), trust, options);
        if report.verdict != Verdict::Valid {
            return Err("a document was not valid all of a sudden".to_owned());
        }
        count += 1;
    }
    Ok((processor_nanos()? - before) / f64::from(count))
}

/// Processor time of this thread.
fn processor_nanos() -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").map_err(|error| error.to_string())?;
    let nanos = text.split_whitespace().next().and_then(|first| first.parse().ok());
    nanos.ok_or_else(|| "no processor time of this thread is to be had".to_owned())
}
