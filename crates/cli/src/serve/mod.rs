//! The servers from their configuration files: `sealbridge platform` and `sealbridge seal-system`; and what the
//! platform's operator does at its database, `sealbridge operator`.

mod keys;
mod operator;
mod platform;
mod seal_system;

pub(crate) use operator::{OperatorVerb, run as operator};
pub(crate) use platform::run as platform;
pub(crate) use seal_system::run as seal_system;

use std::io::Write;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::outcome::{About, Failure, Outcome};

/// The runtime of a server, with its logs set up.
fn server_runtime() -> Outcome<tokio::runtime::Runtime> {
    log_to_stderr()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build().about("runtime")
}

/// Logs go to standard error; `RUST_LOG` says how much, `SEALBRIDGE_LOG=json` in which form.
fn log_to_stderr() -> Outcome<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let form = std::env::var("SEALBRIDGE_LOG").unwrap_or_default();
    match form.as_str() {
        "json" => log.json().init(),
        "" | "text" => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        other => {
            return Err(Failure::new(format!("SEALBRIDGE_LOG={other}: unknown form")).hint("json or text"));
        }
    }
    Ok(())
}

/// Opens the port of a server.
async fn bind(address: SocketAddr, setting: &str) -> Outcome<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!("{address}: {error}")).hint(format!(
            "another program may listen there; `{setting}` in the configuration names the address"
        ))
    })
}

/// Says on standard output, in one line that ends in the address, that a server answers from now on.
fn announce(server: &str, listener: &TcpListener) -> Outcome<()> {
    let address = listener.local_addr().about("listener")?;
    tracing::info!(%address, server, "ready");
    // Whoever started the server may not care for the line and have closed the pipe.
    drop(writeln!(std::io::stdout(), "就绪 ready: {server} http://{address}"));
    Ok(())
}
