//! The published suite: documents, expectations and trust in `fixtures/attacks`, the table in `docs/attack-suite.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use formats::x509::pem_encode;
use testkit::lab::JUDGED_AT;
use testkit::pki::pki;
use verify::Verdict;

use crate::{Attack, verify};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is published is what is made now; with `SEALBRIDGE_BLESS=1` it is written.
pub(crate) fn check(suite: &[Attack]) {
    let folder = root().join("fixtures/attacks");
    let peers = std::fs::read_to_string(folder.join("peers.tsv")).unwrap_or_default();
    let mut files: Vec<(PathBuf, Vec<u8>)> = suite
        .iter()
        .map(|attack| (folder.join(format!("{}.ofd", attack.name)), attack.ofd.clone()))
        .collect();
    files.push((folder.join("expected.tsv"), expected(suite).into_bytes()));
    for (name, party) in [("root", &pki().root), ("issuing", &pki().sub)] {
        let pem = pem_encode("CERTIFICATE", &party.der());
        files.push((folder.join(format!("trust/{name}.pem")), pem.into_bytes()));
    }
    for (name, list) in [("root", &pki().root_crl), ("issuing", &pki().sub_crl)] {
        files.push((folder.join(format!("trust/{name}.crl")), list.clone()));
    }
    files.push((root().join("docs/attack-suite.md"), page(suite, &peers).into_bytes()));
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

/// One line for each document: file, verdict, what must be found, what was done.
fn expected(suite: &[Attack]) -> String {
    let mut out = "file\tverdict\tfindings\tzh\ten\n".to_owned();
    for attack in suite {
        let findings = findings(attack).join(" ");
        let verdict = attack.verdict.as_str();
        writeln!(out, "{}.ofd\t{verdict}\t{findings}\t{}\t{}", attack.name, attack.zh, attack.en).unwrap();
    }
    out
}

fn findings(attack: &Attack) -> Vec<String> {
    attack.findings.iter().map(|(id, status)| format!("{id}={}", status.as_str())).collect()
}

/// What a peer answered, measured and kept in `peers.tsv`: file, then one column for each peer.
fn answers<'p>(peers: &'p str, name: &str) -> [&'p str; 2] {
    let line =
        peers.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(".ofd\t")));
    let mut columns = line.unwrap_or_default().split('\t').skip(1);
    [columns.next().unwrap_or("–"), columns.next().unwrap_or("–")]
}

fn page(suite: &[Attack], peers: &str) -> String {
    let mut out = HEAD.replace("{at}", JUDGED_AT);
    let mut wrong = [0_usize; 2];
    let mut rows = String::new();
    for attack in suite {
        let theirs = answers(peers, attack.name);
        let is_attack = attack.verdict != Verdict::Valid;
        let marked = [0, 1].map(|peer| {
            let says_valid = theirs[peer] == "valid";
            wrong[peer] += usize::from(is_attack && says_valid);
            if is_attack && says_valid { "**valid**".to_owned() } else { theirs[peer].to_owned() }
        });
        let found = findings(attack).iter().map(|one| format!(" `{one}`")).collect::<String>();
        let (name, zh, en) = (attack.name, attack.zh, attack.en);
        let verdict = attack.verdict.as_str();
        writeln!(rows, "| `{name}` | {zh} · {en} | {verdict}{found} | {} | {} |", marked[0], marked[1])
            .unwrap();
    }
    let attacks = suite.iter().filter(|attack| attack.verdict != Verdict::Valid).count();
    writeln!(
        out,
        "{attacks} attacks. sealbridge calls none of them valid; ofdrw {}, sofd {} (in bold).\n",
        wrong[0], wrong[1]
    )
    .unwrap();
    out.push_str(
        "| document | what was done | sealbridge | ofdrw 2.4.0 | sofd 0.7.1 |\n|---|---|---|---|---|\n",
    );
    out.push_str(&rows);
    out
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
