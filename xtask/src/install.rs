//! What the tests need beside the Rust toolchain: outside implementations to compare with, and PostgreSQL.
//!
//! On a Debian machine and as root, missing system packages are installed; everywhere else the tests that
//! need them skip, and this page says so by name.

use crate::run::{check, command, has, output, root};

/// A program, the Debian package that brings it, and what is skipped without it.
struct Need {
    program: &'static str,
    package: &'static str,
    skipped: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        program: "openssl",
        package: "openssl",
        skipped: "comparisons with OpenSSL (signatures, certificates, ciphers)",
    },
    Need { program: "node", package: "nodejs", skipped: "comparisons with npm sm-crypto" },
    Need { program: "npm", package: "npm", skipped: "comparisons with npm sm-crypto" },
    Need { program: "python3", package: "python3", skipped: "comparisons with PyPI gmssl" },
    Need { program: "qpdf", package: "qpdf", skipped: "PDF files judged and rearranged by qpdf" },
    Need { program: "pdftotext", package: "poppler-utils", skipped: "PDF files read and shown by poppler" },
    Need { program: "mutool", package: "mupdf-tools", skipped: "PDF files shown by MuPDF" },
];

/// Installs what is missing and can be installed; returns what stays skipped, one sentence each.
pub(crate) fn run() -> Vec<String> {
    let mut missing: Vec<&str> =
        NEEDS.iter().filter(|need| !has(need.program)).map(|need| need.package).collect();
    if crate::postgres::binaries().is_none() {
        missing.push("postgresql");
    }
    if !missing.is_empty() {
        install_packages(&missing);
    }
    let mut skipped: Vec<String> = NEEDS
        .iter()
        .filter(|need| !has(need.program))
        .map(|need| format!("{} is missing: {} skipped", need.program, need.skipped))
        .collect();
    if has("openssl") && !openssl_knows_sm2() {
        skipped.push("openssl is there but knows no SM2: comparisons with OpenSSL skipped".to_owned());
    }
    if crate::postgres::binaries().is_none() {
        skipped.push("PostgreSQL is missing: storage tests run on SQLite only".to_owned());
    }
    skipped.extend(install_oracles());
    for line in &skipped {
        eprintln!("skipped: {line}");
    }
    skipped
}

/// Whether OpenSSL's headers are there for the benchmarks beside it; installs them where that can be done.
pub(crate) fn openssl_headers() -> bool {
    let found = || check(&mut command("pkg-config", &["--exists", "openssl >= 3.0"])).is_ok();
    if !found() {
        install_packages(&["libssl-dev", "pkg-config"]);
    }
    found()
}

/// Some distributions build OpenSSL without SM2.
fn openssl_knows_sm2() -> bool {
    output(&mut command("openssl", &["ecparam", "-list_curves"])).is_some_and(|curves| curves.contains("SM2"))
}

fn install_packages(packages: &[&str]) {
    let is_root = output(&mut command("id", &["-u"])).as_deref() == Some("0");
    if !is_root || !has("apt-get") {
        eprintln!("not installed (needs Debian and root): {}", packages.join(" "));
        return;
    }
    eprintln!("installing {}", packages.join(" "));
    let mut update = command("apt-get", &["update", "-qq"]);
    let mut install = command("apt-get", &["install", "-y", "-qq", "--no-install-recommends"]);
    install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    if let Err(error) = check(&mut update).and_then(|()| check(&mut install)) {
        eprintln!("{error}");
    }
}

/// Outside implementations of SM2 and SM3 from npm and PyPI, in the target folder.
fn install_oracles() -> Option<String> {
    let script = root().join("tools/oracles.sh");
    match check(&mut command("bash", &[&script.to_string_lossy()])) {
        Ok(()) => None,
        Err(error) => Some(format!("some comparisons with other implementations ({error})")),
    }
}
