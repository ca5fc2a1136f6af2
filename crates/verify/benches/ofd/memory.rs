//! Memory: of many documents in a row, and of a large one. Each is measured in a process of its own, which is told by
//! [`CHILD`], so that nothing else counts.

use std::fmt;
use std::path::Path;
use std::process::Command;

use formats::x509::{Identity, NameBuilder, Profile};
use sealbridge_verify::{Verdict, verify};
use testkit::pki::{Party, TEST_USCC, at, fixed_random, pki};

use crate::{Outcome, document, options, trust};

/// The argument of a child: what to measure, and a file or folder.
pub(crate) const CHILD: &str = "--measure";

const SIGNERS: usize = 200;
const DOCUMENTS: usize = 20_000;
/// Pictures of the large document, and bytes of each.
const PICTURES: (usize, usize) = (10, 5_000_000);

pub(crate) struct Memory {
    /// Documents judged, and resident kB after them.
    many: Vec<(usize, u64)>,
    large_bytes: u64,
    /// Resident kB at most while the large document was judged, the document included.
    large_peak: u64,
    /// The same before it was read.
    large_before: u64,
}

impl Memory {
    pub(crate) fn json(&self) -> String {
        let many: Vec<String> = self.many.iter().map(|(count, kb)| format!("\"{count}\":{kb}")).collect();
        format!(
            "{{\"bench\":\"ofd\",\"op\":\"memory\",\"rss_kb\":{{{}}},\"large_bytes\":{},\"large_peak_kb\":{},\"large_before_kb\":{}}}",
            many.join(","),
            self.large_bytes,
            self.large_peak,
            self.large_before
        )
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "resident memory, documents of {SIGNERS} signers in a row:")?;
        for (count, kb) in &self.many {
            writeln!(f, "  after {count:>6}: {:.1} MB", megabytes(*kb))?;
        }
        write!(
            f,
            "a document of {} bytes: at most {:.1} MB resident, {:.1} MB of them before it was read",
            self.large_bytes,
            megabytes(self.large_peak),
            megabytes(self.large_before)
        )
    }
}

fn megabytes(kb: u64) -> f64 {
    f64::from(u32::try_from(kb).unwrap_or(u32::MAX)) / 1000.0
}

/// Makes the documents and runs the children.
pub(crate) fn measure(folder: &Path) -> Outcome<Memory> {
    let text = |error: std::io::Error| error.to_string();
    let many = folder.join("many");
    std::fs::create_dir(&many).map_err(text)?;
    for (number, signer) in signers()?.iter().enumerate() {
        let document = document::sealed(signer, 14_000)?;
        std::fs::write(many.join(format!("{number}.ofd")), document).map_err(text)?;
    }
    let large = folder.join("large.ofd");
    let document = document::large(PICTURES.0, PICTURES.1)?;
    std::fs::write(&large, &document).map_err(text)?;
    let mut points = Vec::new();
    for line in run("many", &many)?.lines() {
        points.push(pair(line).and_then(|(count, kb)| Some((usize::try_from(count).ok()?, kb))));
    }
    let many = points.into_iter().collect::<Option<Vec<_>>>().ok_or("the child told no numbers")?;
    let told = run("large", &large)?;
    let (large_before, large_peak) = pair(&told).ok_or("the child told no numbers")?;
    Ok(Memory { many, large_bytes: document.len() as u64, large_peak, large_before })
}

fn pair(line: &str) -> Option<(u64, u64)> {
    let (first, second) = line.trim().split_once(' ')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn run(what: &str, path: &Path) -> Outcome<String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program).args([CHILD, what]).arg(path).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The child's side.
pub(crate) fn child(what: &str, path: &Path) -> Outcome {
    if what == "many" { many(path) } else { large(path) }
}

fn many(folder: &Path) -> Outcome {
    let (trust, options) = (trust()?, options());
    for count in 1..=DOCUMENTS {
        let file = folder.join(format!("{}.ofd", count % SIGNERS));
        let document = std::fs::read(file).map_err(|error| error.to_string())?;
        if verify(&document, &trust, &options).verdict != Verdict::Valid {
            return Err("a document is not valid".to_owned());
        }
        if [SIGNERS, DOCUMENTS / 8, DOCUMENTS / 4, DOCUMENTS / 2, DOCUMENTS].contains(&count) {
            println!("{count} {}", status("VmRSS:")?);
        }
    }
    Ok(())
}

fn large(file: &Path) -> Outcome {
    let (trust, options) = (trust()?, options());
    let before = status("VmHWM:")?;
    let document = std::fs::read(file).map_err(|error| error.to_string())?;
    let report = verify(&document, &trust, &options);
    if report.verdict != Verdict::Valid {
        return Err(format!("the large document is not valid: {:?}", report.findings));
    }
    println!("{before} {}", status("VmHWM:")?);
    Ok(())
}

/// A line of this process's status, in kB.
fn status(name: &str) -> Outcome<u64> {
    let text = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|first| first.parse().ok());
    number.ok_or_else(|| format!("no {name} is to be had"))
}

/// Signers of their own, each with a key and certificate.
fn signers() -> Outcome<Vec<Party>> {
    let random = fixed_random("signers of the benchmark");
    (0..SIGNERS)
        .map(|number| {
            let text = |error: &dyn fmt::Display| error.to_string();
            let key = crypto::Sm2KeyPair::generate(&random).map_err(|error| text(&error))?;
            let name = format!("测试单位{number}");
            let subject = NameBuilder::new().country("CN").organization(&name).common_name(&name);
            let public = crypto::Signer::verifying_key(&key);
            let builder = formats::x509::CertificateBuilder::new(
                Profile::SignerSign,
                subject,
                public,
                at("2024-01-01T00:00:00Z"),
                at("2044-01-01T00:00:00Z"),
            );
            let builder = builder.identity(Identity::organization(TEST_USCC));
            let issuer = &pki().sub;
            let der =
                builder.issue(&issuer.certificate, &issuer.key, &random).map_err(|error| text(&error))?;
            let certificate = formats::x509::Certificate::from_der(&der).map_err(|error| text(&error))?;
            Ok(Party { key, certificate })
        })
        .collect()
}
