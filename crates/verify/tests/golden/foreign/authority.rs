//! An authority that the `openssl` command runs: its certificates, lists, answers and time stamps.

use std::path::PathBuf;
use std::process::Command;

use formats::x509::{Certificate, read_certificates};

/// Keys of the kinds that are met.
pub(super) const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
pub(super) const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
pub(super) const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";
pub(super) const P521: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-521";

/// Options that make an RSA key sign with PSS.
const PSS: [&str; 2] = ["rsa_padding_mode:pss", "rsa_pss_saltlen:32"];

const CONFIG: &str = "[ca]\ndefault_ca = lists\n\
    [lists]\ndatabase = index.txt\ncrlnumber = number\ndefault_crl_days = 30\n\
    [signer]\nkeyUsage = critical, digitalSignature, nonRepudiation\nbasicConstraints = critical, CA:FALSE\n\
    [stamper]\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = critical, timeStamping\n\
    [tsa]\nserial = number\ndefault_policy = 1.2.3.4\nsigner_digest = sha256\ndigests = sha256\n\
    ess_cert_id_alg = sha256\n";

/// True when there is an `openssl`; says so when there is none.
pub(super) fn available() -> bool {
    let is_there =
        Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        println!("skipped: no openssl");
    }
    is_there
}

/// The folder with everything the authority has. The signer's serial number is 5.
pub(super) struct Authority {
    folder: tempfile::TempDir,
    digest: &'static str,
    is_pss: bool,
}

impl Authority {
    /// A self-signed authority and a signer below it, `signer.pem` with `signer.key`.
    pub(super) fn new(key: &str, digest: &'static str, is_pss: bool, signer: &str) -> Self {
        let one = Self { folder: tempfile::tempdir().unwrap(), digest, is_pss };
        one.write("openssl.cnf", CONFIG);
        one.write("number", "05\n");
        one.run(&format!("genpkey -quiet {key} -out ca.key"));
        let options = one.options("-sigopt");
        let usage = "-addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature";
        one.run(&format!(
            "req -x509 -new -key ca.key -subj /CN=authority -days 30 -{digest} {options} {usage} -out ca.pem"
        ));
        one.issue("signer", signer);
        one
    }

    /// A key and a certificate with the extensions of the section `name`.
    pub(super) fn issue(&self, name: &str, key: &str) {
        let (digest, options) = (self.digest, self.options("-sigopt"));
        self.run(&format!("genpkey -quiet {key} -out {name}.key"));
        self.run(&format!("req -new -key {name}.key -subj /CN={name} -out {name}.csr"));
        self.run(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial 5 -days 30 -{digest} {options} \
             -extfile openssl.cnf -extensions {name} -out {name}.pem"
        ));
    }

    fn options(&self, flag: &str) -> String {
        let all: Vec<String> = PSS.iter().map(|option| format!("{flag} {option}")).collect();
        if self.is_pss { all.join(" ") } else { String::new() }
    }

    /// What the authority knows of the signer.
    pub(super) fn record(&self, is_revoked: bool) {
        let state = if is_revoked { "R\t490101000000Z\t250101000000Z" } else { "V\t490101000000Z\t" };
        self.write("index.txt", format!("{state}\t05\tunknown\t/CN=signer\n"));
    }

    /// The list.
    pub(super) fn list(&self) -> Vec<u8> {
        let (digest, options) = (self.digest, self.options("-sigopt"));
        self.run(&format!(
            "ca -gencrl -config openssl.cnf -keyfile ca.key -cert ca.pem -md {digest} {options} -out list.pem"
        ));
        self.read("list.pem")
    }

    /// The answer of its responder, which is the authority itself.
    pub(super) fn answer(&self) -> Vec<u8> {
        let (digest, options) = (self.digest, self.options("-rsigopt"));
        self.run("ocsp -issuer ca.pem -cert signer.pem -no_nonce -reqout request.der");
        self.run(&format!(
            "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der -ndays 5 \
             -rmd {digest} {options} -respout answer.der"
        ));
        self.read("answer.der")
    }

    /// A bare RSA signature by the signer in an OCTET STRING.
    pub(super) fn sign(&self, content: &[u8], digest: &str) -> Vec<u8> {
        self.write("content", content);
        self.run(&format!("dgst -{digest} -sign signer.key -out value content"));
        let value = self.read("value");
        formats::asn1::Writer::build(|w| w.octets(&value))
    }

    /// A SignedData by the signer over content that is not in it.
    pub(super) fn message(&self, content: &[u8], digest: &str) -> Vec<u8> {
        self.write("content", content);
        self.run(&format!(
            "cms -sign -binary -in content -signer signer.pem -inkey signer.key -certfile ca.pem -md {digest} \
             -outform DER -out value.der"
        ));
        self.read("value.der")
    }

    /// A time stamp by `stamper`.
    pub(super) fn stamp(&self, content: &[u8]) -> Vec<u8> {
        self.write("content", content);
        self.run("ts -query -data content -sha256 -cert -out query.tsq");
        self.run(
            "ts -reply -config openssl.cnf -section tsa -queryfile query.tsq -signer stamper.pem \
             -inkey stamper.key -token_out -out token.der",
        );
        self.read("token.der")
    }

    pub(super) fn certificate(&self, name: &str) -> Certificate {
        read_certificates(&self.read(name)).unwrap().remove(0)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `openssl` with words that have no spaces.
    fn run(&self, line: &str) {
        let words = line.split_whitespace();
        let output = Command::new("openssl").current_dir(self.folder.path()).args(words).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
