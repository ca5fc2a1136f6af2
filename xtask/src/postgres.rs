//! A private PostgreSQL server for one test run: own folder, own loopback port, stopped when dropped.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Outcome, command, output, root, target};

/// The folder with `initdb` and `pg_ctl`, if PostgreSQL is installed.
pub(crate) fn binaries() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(debian.map(|version| version.path().join("bin")));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// A running server; dropping it stops the server and removes its folder.
pub(crate) struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server for tests, which may lose what it has in a power failure, or says why there is none.
    pub(crate) fn start() -> Outcome<Self> {
        Self::start_with("-c fsync=off")
    }

    /// Starts a server for benchmarks: a commit is on the disk, and its memory is that of a small server.
    pub(crate) fn start_durable() -> Outcome<Self> {
        Self::start_with(
            "-c fsync=on -c shared_buffers=1GB -c max_wal_size=8GB -c maintenance_work_mem=512MB",
        )
    }

    fn start_with(settings: &str) -> Outcome<Self> {
        let binaries = binaries().ok_or("PostgreSQL is not installed")?;
        let base = if is_root() { std::env::temp_dir() } else { target() };
        let folder = base.join(format!("sealbridge-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if is_root() {
            // PostgreSQL refuses to run as root; the folder belongs to the account that runs it.
            quiet(command("chown", &["nobody", &folder.to_string_lossy()]))?;
        }
        let port = free_port()?;
        let server = Self { binaries, folder, port };
        let data = server.data();
        quiet(
            server
                .tool("initdb", &["-D", &data, "-U", "sealbridge", "-A", "trust", "-E", "UTF8", "--no-sync"]),
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 {settings}"
        );
        let log = server.folder.join("log").to_string_lossy().into_owned();
        quiet(server.tool("pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"]))?;
        Ok(server)
    }

    /// The address for clients.
    pub(crate) fn url(&self) -> String {
        format!("postgres://sealbridge@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.join("data").to_string_lossy().into_owned()
    }

    fn tool(&self, name: &str, args: &[&str]) -> Command {
        let program = self.binaries.join(name);
        let mut command = if is_root() {
            let mut command = command("setpriv", &["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
            command.arg(program);
            command
        } else {
            command(&program.to_string_lossy(), &[])
        };
        command.args(args).current_dir(if is_root() { PathBuf::from("/") } else { root() });
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        if let Err(error) = quiet(self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"])) {
            eprintln!("{error}");
        }
        // Only the folder that this server made, under the name of this process.
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("{}: {error}", self.folder.display());
        }
    }
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// Runs a tool that needs to be heard only when it fails. Output goes to files, not pipes: the server that
/// `pg_ctl` leaves behind would keep a pipe open and this program would wait for ever.
fn quiet(mut command: Command) -> Outcome {
    let log = std::env::temp_dir().join(format!("sealbridge-xtask-{}.log", std::process::id()));
    let file = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let copy = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
    let status = command.stdin(std::process::Stdio::null()).stdout(file).stderr(copy).status();
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    std::fs::remove_file(&log).ok();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}: {}", said.trim())),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}
