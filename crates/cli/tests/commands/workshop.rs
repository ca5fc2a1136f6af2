//! A folder with keys, certificates and a document, and the binary that is run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use formats::x509::pem_encode;
use testkit::pki::{Party, pki};

pub(crate) const PASSWORD: &str = "a password for tests";

/// The folder: `maker.p12`, `signer.p12`, `signer.pem`, `trust/root.pem`, `trust/sub.pem`, `document.ofd`, `document.pdf`.
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
}

/// What a run of the binary left.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Run {
    /// Asserts that it could not do its work, and that it said why and what to do.
    pub(crate) fn refused(&self, why: &str) {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        assert!(self.err.contains(why), "{why}: {}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        let pki = pki();
        let pfx = |party: &Party| {
            party.key.to_pkcs12(&[party.der()], PASSWORD, "test", &crypto::Random::system()).unwrap()
        };
        let pem = |party: &Party| pem_encode("CERTIFICATE", &party.der()).into_bytes();
        std::fs::create_dir(workshop.path("trust")).unwrap();
        workshop.write("maker.p12", &pfx(&pki.maker));
        workshop.write("signer.p12", &pfx(&pki.signer));
        workshop.write("signer.pem", &pem(&pki.signer));
        workshop.write("trust/root.pem", &pem(&pki.root));
        workshop.write("trust/sub.pem", &pem(&pki.sub));
        workshop.write("document.ofd", &testkit::lab::document());
        workshop.write("document.pdf", &contract());
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The binary, with the folder as its own and the password of the keys in its environment.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealbridge"));
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        command.env("SEALBRIDGE_KEY_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        self.command(line).output().unwrap().into()
    }

    /// `seal make` for the signer, with more options.
    pub(crate) fn make(&self, more: &str) -> Run {
        self.run(&make_line(more))
    }
}

/// A contract of two or three pages as PDF; 乙方（盖章） stands on the last.
pub(crate) fn contract() -> Vec<u8> {
    let parties = formats::ofd::compose::Parties { buyer: "甲公司", seller: "测试单位", number: "1" };
    let created = testkit::pki::at(testkit::lab::SIGNED_AT);
    formats::pdf::compose::purchase_contract(&parties, created, picture::SONG_FONT).unwrap().pdf
}

/// The arguments of [`Workshop::make`].
pub(crate) fn make_line(more: &str) -> String {
    format!("seal make --name 测试单位 --signer signer.pem --maker maker.p12 {more}")
}

/// The seal in a file.
pub(crate) fn seal(path: &Path) -> formats::ses::Seal {
    let der = std::fs::read(path).unwrap();
    formats::ses::Seal::parse(&der, formats::asn1::Mode::Strict).unwrap().0
}
