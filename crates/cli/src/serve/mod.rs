//! The servers from their configuration files: `sealbridge platform` and `sealbridge seal-system`; and what the
//! platform's operator does at its database, `sealbridge operator`, `import`, `export` and `evidence`.

mod evidence;
mod keys;
mod logs;
mod migrate;
mod operator;
mod platform;
mod seal_system;
mod stock;

pub(crate) use evidence::{
    EvidenceCheckpointArgs, EvidenceExportArgs, checkpoint, export as export_evidence,
};
pub(crate) use migrate::{MigrateArgs, run as migrate};
pub(crate) use operator::{OperatorVerb, run as operator};
pub(crate) use platform::run as platform;
pub(crate) use seal_system::run as seal_system;
pub(crate) use stock::{ExportArgs, ImportArgs, export, import};

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use http_server::TelemetrySettings;
use tokio::net::TcpListener;

use crate::outcome::{About, Failure, Outcome};

/// Runs a server on a runtime of its own, with its logs and traces set up.
fn run_server(telemetry: &TelemetrySettings, id: &str, serving: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().about("runtime")?;
    let entered = runtime.enter();
    let logs = logs::start(telemetry, id)?;
    drop(entered);
    let ended = runtime.block_on(serving);
    logs.end();
    ended
}

/// Opens the port of a server.
async fn bind(address: SocketAddr, setting: &str) -> Outcome<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!("{address}: 无法监听 cannot listen: {error}")).hint(format!(
            "可能已有程序在监听 another program may listen there; `{setting}` in the configuration names the address"
        ))
    })
}

/// Says on standard output, in one line that ends in the address, that a server answers from now on.
fn announce(server: &str, listener: &TcpListener, secure: bool) -> Outcome<()> {
    let address = listener.local_addr().about("listener")?;
    tracing::info!(%address, server, "ready");
    let scheme = if secure { "https" } else { "http" };
    // Whoever started the server may not care for the line and have closed the pipe.
    drop(writeln!(std::io::stdout(), "就绪 ready: {server} {scheme}://{address}"));
    Ok(())
}

/// A new file that its owner alone can read.
fn private(path: &Path) -> Outcome<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        Failure::new(format!("{}: 无法写入 cannot be written: {error}", path.display()))
            .hint("--out 须为尚不存在的文件 --out names a file that is not there yet")
    })
}
