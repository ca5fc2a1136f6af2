//! The published suite: documents, expectations and trust in `fixtures/attacks`, the table in `docs/attack-suite.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use formats::x509::pem_encode;
use testkit::lab::JUDGED_AT;
use testkit::pki::pki;

use crate::{Expected, Made};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The list of expectations, kept by hand.
pub(crate) fn expectations() -> String {
    std::fs::read_to_string(root().join("fixtures/attacks/expected.tsv")).expect("the list of expectations")
}

/// What is published is what is made now; with `SEALBRIDGE_BLESS=1` it is written.
pub(crate) fn check(suite: &[Made], expected: &[Expected<'_>]) {
    let folder = root().join("fixtures/attacks");
    let peers = std::fs::read_to_string(folder.join("peers.tsv")).unwrap_or_default();
    let made = suite.iter().map(|(name, ofd)| (folder.join(format!("{name}.ofd")), ofd.clone()));
    let mut files: Vec<(PathBuf, Vec<u8>)> = made.collect();
    for (name, party) in [("root", &pki().root), ("issuing", &pki().sub)] {
        let pem = pem_encode("CERTIFICATE", &party.der());
        files.push((folder.join(format!("trust/{name}.pem")), pem.into_bytes()));
    }
    for (name, list) in [("root", &pki().root_crl), ("issuing", &pki().sub_crl)] {
        files.push((folder.join(format!("trust/{name}.crl")), list.clone()));
    }
    files.push((root().join("docs/attack-suite.md"), page(expected, &peers).into_bytes()));
    if std::env::var_os("SEALBRIDGE_BLESS").is_some() {
        std::fs::create_dir_all(folder.join("trust")).unwrap();
        for (path, content) in &files {
            std::fs::write(path, content).unwrap();
        }
    }
    let stale = files.iter().filter(|(path, content)| std::fs::read(path).ok().as_ref() != Some(content));
    let stale: Vec<_> = stale.map(|(path, _)| path.file_name().unwrap_or_default()).collect();
    assert!(stale.is_empty(), "run with SEALBRIDGE_BLESS=1: {stale:?}");
    let published = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let orphans: Vec<_> = published
        .filter(|path| path.extension().is_some_and(|ending| ending == "ofd"))
        .filter(|path| files.iter().all(|(made, _)| made.file_name() != path.file_name()))
        .collect();
    assert!(orphans.is_empty(), "nobody makes {orphans:?}");
}

/// What a peer answered, measured and kept in `peers.tsv`: file, then one column for each peer.
fn answers<'p>(peers: &'p str, name: &str) -> [&'p str; 2] {
    let line =
        peers.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(".ofd\t")));
    let mut columns = line.unwrap_or_default().split('\t').skip(1);
    [columns.next().unwrap_or("–"), columns.next().unwrap_or("–")]
}

fn page(expected: &[Expected<'_>], peers: &str) -> String {
    let mut wrong = [0_usize; 2];
    let mut rows = String::new();
    for one in expected {
        let theirs = answers(peers, one.name);
        let marked = [0, 1].map(|peer| {
            let is_wrong = one.is_attack() && theirs[peer] == "valid";
            wrong[peer] += usize::from(is_wrong);
            if is_wrong { "**valid**".to_owned() } else { theirs[peer].to_owned() }
        });
        let found = one.findings.join("` `");
        let found = if found.is_empty() { found } else { format!(" `{found}`") };
        let (name, [zh, en], verdict) = (one.name, one.words, one.verdict);
        writeln!(rows, "| `{name}` | {zh} · {en} | {verdict}{found} | {} | {} |", marked[0], marked[1])
            .unwrap();
    }
    let attacks = expected.iter().filter(|one| one.is_attack()).count();
    let [ofdrw, sofd] = wrong;
    let count = format!(
        "{attacks} attacks. sealbridge calls none of them valid; ofdrw {ofdrw}, sofd {sofd} (in bold)."
    );
    let head = HEAD.replace("{at}", JUDGED_AT);
    let titles =
        "| document | what was done | sealbridge | ofdrw 2.4.0 | sofd 0.7.1 |\n|---|---|---|---|---|\n";
    format!("{head}{count}\n\n{titles}{rows}")
}

const HEAD: &str = "# Attack suite

<!-- Written by crates/verify/tests/attacks; SEALBRIDGE_BLESS=1 writes it anew. -->

Hostile OFDs, each made from a good one by `crates/verify/tests/attacks` and published in `fixtures/attacks`. The keys and certificates are made for the suite and protect nothing. Try a verifier on them:

```sh
sealbridge verify --trust fixtures/attacks/trust --at {at} fixtures/attacks/*.ofd
```

`fixtures/attacks/expected.tsv` holds the verdict and the findings that each must get; `peers.tsv` what other verifiers answered when the suite was made. ofdrw 2.4.0 (`org.ofdrw:ofdrw-full`) was asked with `OFDValidator` and its validators for seals of versions 4, 1 and 5 and for GB/T 35275, valid where one of them says so; sofd 0.7.1 with `Document::verify_signatures`, valid where there is a signature and every one is. `error` stands for an exception or a file that it does not open. Neither is given the trust: ofdrw has no place for it.

An attack may change nothing but what a signature leaves out. GB/T 38540 itself calls such a signature good; what it does not cover can be made to say anything, so the document is at least indeterminate ([the rules](verification.md#what-may-be-uncovered)).

";
