//! Keys, certificates and passwords from files.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use crypto::{Random, Sm2KeyPair, VerifyingKey};
use formats::x509::{Certificate, read_certificates};
use zeroize::Zeroizing;

use crate::args::PasswordArgs;
use crate::outcome::{About, Failure, Outcome, in_chinese};

/// The environment variable that may hold the password of key files.
pub(crate) const VARIABLE: &str = "SEALBRIDGE_KEY_PASSWORD";

/// Largest key or certificate file that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;
/// Largest file of a public key, in bytes.
const MAX_KEY: u64 = 64 << 10;
/// Most of a password file that is read, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;

/// A private key with its certificate and those above it.
pub(crate) struct Credential {
    /// The key.
    pub(crate) key: Sm2KeyPair,
    /// Its certificate.
    pub(crate) certificate: Certificate,
    /// The certificates of its issuers (DER), from the nearest up; a root is left out, since who trusts it has it.
    pub(crate) chain: Vec<Vec<u8>>,
}

/// Reads a public key in PEM.
pub(crate) fn public_key(path: &Path) -> Outcome<VerifyingKey> {
    let bytes = read_file(path, MAX_KEY)?;
    let blocks = formats::x509::pem_blocks(&bytes).about(path.display())?;
    let block = blocks.into_iter().find(|block| block.label == "PUBLIC KEY");
    let block = block.ok_or_else(|| {
        Failure::new(format!("{}: 没有公钥 no public key in it", path.display()))
            .hint("需要含 PUBLIC KEY 的 PEM 文件 a PEM file with a PUBLIC KEY is needed, as `sealbridge operator public-key` prints")
    })?;
    VerifyingKey::from_spki_der(&block.der).about(path.display())
}

/// Reads a file of bounded size.
pub(crate) fn read_file(path: &Path, max: u64) -> Outcome<Vec<u8>> {
    let unreadable = |error: std::io::Error| unreadable(path, &error);
    regular(path)?;
    let mut content = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // What a file says of its length may be wrong, and it may grow.
    file.take(max.saturating_add(1)).read_to_end(&mut content).map_err(unreadable)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > max) {
        let what = format!("{}: 过大 larger than {max} bytes [file.too-large]", path.display());
        return Err(Failure::new(what).hint("请检查是否选错文件 look whether it is the file that was meant"));
    }
    Ok(content)
}

/// Whether it is a file with an end. Asked before it is opened: opening a pipe waits for whoever writes to it, and a device
/// never ends.
pub(crate) fn regular(path: &Path) -> Outcome<()> {
    if std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_file() {
        return Ok(());
    }
    let what = format!("{}: 不是普通文件 not a regular file [file.not-regular]", path.display());
    Err(Failure::new(what).hint(
        "管道或设备可能没有尽头，请先存成文件 a pipe or a device may never end: write what it gives to a file first",
    ))
}

/// The text of a file that was read.
pub(crate) fn text(bytes: Vec<u8>, path: &Path) -> Outcome<String> {
    String::from_utf8(bytes).map_err(|error| {
        Failure::new(format!("{}: 不是 UTF-8 文本 no text in UTF-8: {error}", path.display()))
            .hint("请检查是否选错文件 look whether it is the file that was meant")
    })
}

/// Why a file cannot be read, and what to do.
fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let (zh, hint, code) = match error.kind() {
        std::io::ErrorKind::NotFound => {
            ("文件不存在", "请检查文件名和路径 look at the name and the folder", "file.not-found")
        }
        std::io::ErrorKind::PermissionDenied => {
            ("没有读取权限", "请检查文件权限 look at its permissions", "file.no-permission")
        }
        _ => ("无法读取", "请检查文件和磁盘 look at the file and the disk", "file.unreadable"),
    };
    Failure::new(format!("{}: {zh} {error} [{code}]", path.display())).hint(hint)
}

/// Writes a result, but never over a file that it was made from: a key would be gone for good.
pub(crate) fn write_beside(out: &Path, inputs: &[&Path], content: &[u8]) -> Outcome<()> {
    if inputs.iter().any(|input| is_same_file(out, input)) {
        return Err(Failure::new(format!(
            "{}: 是输入文件之一，不覆盖 is one of the files read",
            out.display()
        ))
        .hint("请另选文件名 choose another name with --out"));
    }
    replace(out, content).about(out.display())
}

/// True when two names lead to one file, by links of either kind too.
#[cfg(unix)]
fn is_same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(a), Ok(b)) = (std::fs::metadata(a), std::fs::metadata(b)) else { return false };
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// True when two names lead to one file, by symbolic links too.
#[cfg(not(unix))]
fn is_same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Puts a file in the place of what was there, whole or not at all. What is no file (a device, a pipe) is written to.
fn replace(out: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    if std::fs::metadata(out).is_ok_and(|there| !there.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(out)?.write_all(content);
    }
    // Behind a symbolic link the file itself is replaced.
    let out = out.canonicalize().unwrap_or_else(|_| out.to_path_buf());
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sealbridge-");
    // A document is for others to read, as far as the umask lets them; a temporary file by itself is not.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    if let Ok(there) = std::fs::metadata(&out) {
        file.as_file().set_permissions(there.permissions())?;
    }
    file.persist(&out).map_err(|error| error.error)?;
    Ok(())
}

/// Opens a PKCS#12 file with one SM2 key and its certificate.
pub(crate) fn read_pkcs12(path: &Path, password: &str) -> Outcome<Credential> {
    let file = read_file(path, MAX_FILE)?;
    let (key, certificates) = Sm2KeyPair::from_pkcs12(&file, password, &Random::system())
        .map_err(|error| Failure::new(format!("{}: {}", path.display(), in_chinese(&error))))
        .map_err(|failure| failure.hint("需要含一个 SM2 密钥及其证书的 PKCS#12 文件 a PKCS#12 file with one SM2 key and its certificate is needed"))?;
    let spki = crypto::Signer::verifying_key(&key).spki_der();
    let mut certificates: Vec<Certificate> =
        certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let own = certificates.iter().position(|certificate| certificate.spki_der() == spki);
    let own = own.ok_or_else(|| {
        Failure::new(format!("{}: 没有该密钥的证书 no certificate for the key in it", path.display()))
    })?;
    let certificate = certificates.swap_remove(own);
    let chain = issuers(&certificate, certificates);
    Ok(Credential { key, certificate, chain })
}

/// The issuers of a certificate among others, from the nearest up and without a root.
fn issuers(certificate: &Certificate, mut others: Vec<Certificate>) -> Vec<Vec<u8>> {
    let mut chain = Vec::new();
    let mut wanted = certificate.issuer.clone();
    while let Some(at) = others.iter().position(|other| other.subject == wanted) {
        let issuer = others.swap_remove(at);
        if issuer.subject == issuer.issuer {
            break;
        }
        wanted = issuer.issuer.clone();
        chain.push(issuer.der().to_vec());
    }
    chain
}

/// The certificates in PEM or DER files and in folders of such files, in the order of their names.
pub(crate) fn certificates(paths: &[PathBuf]) -> Outcome<Vec<Certificate>> {
    let mut found = Vec::new();
    for file in certificate_files(paths)? {
        let bytes = read_file(&file, MAX_FILE)?;
        found.extend(read_certificates(&bytes).about(file.display())?);
    }
    Ok(found)
}

/// The files themselves, and the certificate files in the folders.
pub(crate) fn certificate_files(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(files_in(path)?);
    }
    Ok(files)
}

/// The file itself, or the certificate files in a folder.
fn files_in(path: &Path) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let files = ending_in(path, &["pem", "crt", "cer", "der"])?;
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{}: 文件夹中没有证书文件 no certificate file in this folder",
            path.display()
        ))
        .hint("读取以下后缀的文件 files that end in .pem, .crt, .cer or .der are read"));
    }
    Ok(files)
}

/// The revocation lists (`.crl`) in those of the paths that are folders.
pub(crate) fn list_files(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in paths.iter().filter(|path| path.is_dir()) {
        files.extend(ending_in(folder, &["crl"])?);
    }
    Ok(files)
}

/// The files of a folder with one of these endings, in the order of their names.
fn ending_in(folder: &Path, endings: &[&str]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).about(folder.display())? {
        let file = entry.about(folder.display())?.path();
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if file.is_file() && endings.contains(&ending.to_ascii_lowercase().as_str()) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The password: from the file, else from the environment, else from the person at the terminal.
pub(crate) fn password(args: &PasswordArgs, what: &str) -> Outcome<Zeroizing<String>> {
    if let Some(path) = &args.password_file {
        // A pipe is welcome here: that is how a store of passwords hands one over.
        let mut text = Zeroizing::new(String::new());
        let file = std::fs::File::open(path).about(path.display())?;
        file.take(MAX_PASSWORD).read_to_string(&mut text).about(path.display())?;
        return Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()));
    }
    if let Ok(text) = std::env::var(VARIABLE) {
        return Ok(Zeroizing::new(text));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!("没有口令 no password for {what}"))
            .hint(format!("请用 use --password-file or the environment variable {VARIABLE}")));
    }
    rpassword::prompt_password(format!("密码 password ({what}): ")).map(Zeroizing::new).about("password")
}
