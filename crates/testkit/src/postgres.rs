//! The PostgreSQL server for tests.
//!
//! `SEALBRIDGE_TEST_POSTGRES` names one, or a private one is started: on a free loopback port, in a folder under
//! the temporary one, as `nobody` when we are root (PostgreSQL refuses root). All test processes of one
//! `cargo nextest run` share it, and a small shell process stops it and removes the folder when that run (or,
//! without nextest, this process) is over.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot have its database must stop")]

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The variable that names a server: `postgres://user@host:port/database`, with the right to create databases.
pub const VARIABLE: &str = "SEALBRIDGE_TEST_POSTGRES";

/// The address of the server, started if need be; `None` when PostgreSQL is not installed.
pub fn url() -> Option<String> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()).or_else(private)).clone()
}

/// The folder with `initdb` and `pg_ctl`.
pub(crate) fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = debian.map(|version| version.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(versions);
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// The process whose end is the end of the server: nextest when it runs us, else we ourselves.
fn owner() -> u32 {
    if std::env::var_os("NEXTEST_RUN_ID").is_some() { parent_id() } else { std::process::id() }
}

/// Joins the private server of this run, or starts it.
fn private() -> Option<String> {
    let binaries = binaries()?;
    let owner = owner();
    let folder = std::env::temp_dir().join(format!("sealbridge-testkit-postgres-{owner}"));
    std::fs::create_dir_all(&folder).expect("a folder for PostgreSQL");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join("url");
    if let Ok(url) = std::fs::read_to_string(&ready) {
        if answers(&url) {
            return Some(url);
        }
        // Left by a machine that went down; the number of the process came round again.
        std::fs::remove_dir_all(folder.join("server")).expect("the old server's folder is removed");
    }
    let url = start(&binaries, &folder);
    watch(&binaries, &folder, owner);
    std::fs::write(&ready, &url).expect("the address is written");
    Some(url)
}

fn answers(url: &str) -> bool {
    let address = url.rsplit_once('@').and_then(|(_, rest)| rest.split_once('/')).map(|(address, _)| address);
    address.is_some_and(|address| std::net::TcpStream::connect(address).is_ok())
}

fn start(binaries: &Path, folder: &Path) -> String {
    let port = free_port();
    init(binaries, folder);
    serve(binaries, folder, port);
    format!("postgres://sealbridge@127.0.0.1:{port}/postgres")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// The server's own folder inside `folder`, because the account that runs the server must own it.
pub(crate) fn home(folder: &Path) -> PathBuf {
    let home = folder.join("server");
    std::fs::create_dir_all(&home).expect("a folder for the server");
    give_away(&home, folder);
    home
}

/// Makes the account that runs the server the owner.
pub(crate) fn give_away(path: &Path, folder: &Path) {
    if is_root() {
        run(Command::new("chown").arg("nobody").arg(path), folder);
    }
}

/// Makes an empty server in `folder`.
pub(crate) fn init(binaries: &Path, folder: &Path) {
    let data = home(folder).join("data");
    let init =
        ["-D", &data.to_string_lossy(), "-U", "sealbridge", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
    run(tool(binaries, "initdb").args(init).arg("--no-sync"), folder);
}

/// Starts the server in `folder` and waits until it takes connections.
pub(crate) fn serve(binaries: &Path, folder: &Path, port: u16) {
    let (data, log) = (folder.join("server").join("data"), folder.join("server").join("log"));
    let settings = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200"
    );
    let begin = ["-D", &data.to_string_lossy(), "-w", "-l", &log.to_string_lossy(), "-o", &settings, "start"]
        .map(str::to_owned);
    run(tool(binaries, "pg_ctl").args(begin), folder);
}

/// Leaves a process behind that stops the server once `owner` is gone, and then removes the folder.
#[expect(clippy::zombie_processes, reason = "it outlives us on purpose, and init takes it then")]
pub(crate) fn watch(binaries: &Path, folder: &Path, owner: u32) {
    let data = folder.join("server").join("data");
    let mut stop = tool(binaries, "pg_ctl");
    stop.args(["-D", &data.to_string_lossy(), "-m", "immediate", "-w", "stop"]);
    let script = "while kill -0 \"$1\" 2>/dev/null; do sleep 0.5; done; folder=$2; shift 2; \"$@\"; rm -rf \"$folder\"";
    let mut watcher = Command::new("sh");
    watcher.args(["-c", script, "watch", &owner.to_string()]).arg(folder).arg(stop.get_program());
    watcher.args(stop.get_args()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Its own group and folder, so that neither a signal to the test nor a removed folder ends it early.
    watcher.process_group(0).current_dir("/").spawn().expect("a process that stops PostgreSQL at the end");
}

/// A tool of PostgreSQL, run as `nobody` when we are root.
pub(crate) fn tool(binaries: &Path, name: &str) -> Command {
    let program = binaries.join(name);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of a file we make is the account we run as.
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Runs a tool to its end. Output goes to a file, not a pipe: the server that `pg_ctl` leaves behind would keep a
/// pipe open, and this process would wait for ever.
pub(crate) fn run(command: &mut Command, folder: &Path) {
    let path = folder.join("said");
    let file = File::create(&path).expect("a file for what the tool says");
    let copy = file.try_clone().expect("the file once more");
    let status = command.stdin(Stdio::null()).stdout(file).stderr(copy).process_group(0).status();
    if !matches!(&status, Ok(status) if status.success()) {
        let said = std::fs::read_to_string(&path).unwrap_or_default();
        panic!("{command:?} failed ({status:?}): {said}");
    }
}
