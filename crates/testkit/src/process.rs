//! Real processes of a server: started, waited for until they say on standard output where they are ready, killed
//! with `SIGKILL` or asked to end. A process never outlives its handle.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot have its process must stop")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a server may take to be ready, on a machine with much else to do.
const READY: Duration = Duration::from_mins(1);
/// How long it may take to end when it is asked to.
const END: Duration = Duration::from_secs(40);
/// Ports that systems do not give away by themselves: one that was free stays free while its server is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A running server.
pub struct Program {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Program {
    /// Starts a server and waits for the line that ends in its address. What it logs is appended to `log`.
    ///
    /// # Panics
    /// When it does not start, or is not ready in time; the end of its log is shown.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let errors = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().expect("the program starts");
        let output = child.stdout.take().expect("its standard output");
        let (send, ready) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the server never waits for us.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(url) = line.rsplit(' ').next().filter(|word| word.contains("://")) {
                    drop(send.send(url.to_owned()));
                }
            }
        });
        let mut program = Self { child, url: String::new(), log: log.to_path_buf() };
        match ready.recv_timeout(READY) {
            Ok(url) => program.url = url,
            Err(RecvTimeoutError::Timeout) => panic!("not ready in time:\n{}", program.log_end()),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("ended before it was ready:\n{}", program.log_end())
            }
        }
        program
    }

    /// Where it serves, `http://…` or `https://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it: no destructor runs, nothing is written any more. Returns when it is gone.
    ///
    /// # Panics
    /// When it had ended by itself.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("its state");
        assert!(ended.is_none(), "it ended by itself ({ended:?}):\n{}", self.log_end());
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// Asks it to end (`SIGTERM`) and waits for that.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn end(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("the command `kill`").success());
        let until = Instant::now() + END;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end:\n{}", self.log_end());
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Fails when it is gone already, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether there is an `openssl` command that knows SM2; without, a word on the output that a test is skipped.
/// `cargo xtask test` collects these words.
pub fn openssl_with_sm2() -> bool {
    let curves = Command::new("openssl").args(["ecparam", "-list_curves"]).stdin(Stdio::null()).output();
    let found = curves.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("SM2"));
    if !found {
        println!("skipped: no openssl command with SM2, run cargo xtask test");
    }
    found
}

/// A port on loopback that nobody listens at, `choice` deciding where the search begins.
///
/// # Panics
/// When there is none.
pub fn free_port(choice: u64) -> u16 {
    let count = u64::from(PORTS.end - PORTS.start);
    let port = |offset: u64| {
        let offset = u16::try_from((choice % count + offset) % count).unwrap_or_default();
        PORTS.start + offset
    };
    (0..count)
        .map(port)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port on loopback")
}
