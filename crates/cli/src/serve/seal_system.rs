//! `sealbridge seal-system`: the reference seal system from its configuration file.

use crypto::{Random, Sm2Engine};
use http_server::Shutdown;
use protocol::Clock;
use seal_system::config::Config;
use zeroize::Zeroizing;

use crate::args::ServeArgs;
use crate::outcome::{About, End, Failure, Outcome};

/// Runs a seal system until it is asked to end.
pub(crate) fn run(args: &ServeArgs, engine: Option<Sm2Engine>) -> Outcome {
    let config = seal_system::read_config(&args.config).about("configuration")?;
    let (telemetry, id) = (config.telemetry.clone(), config.app_id.clone());
    super::run_server(&telemetry, &id, serve(config, engine))
}

async fn serve(config: Config, engine: Option<Sm2Engine>) -> Outcome {
    let random = Random::system();
    // Before the self-test, which goes through the engine in use.
    config.sm2.apply(engine);
    let variable = &config.keys.password_variable;
    let password = std::env::var(variable).map(Zeroizing::new).map_err(|_| {
        Failure::new("密钥文件没有口令 no password for the key files")
            .hint(format!("give it in the environment variable {variable}"))
    })?;
    let address = config.listen.parse().map_err(|_| {
        Failure::new(format!("listen: {}: 不是地址 no address", config.listen))
            .hint("例如 such as 127.0.0.1:8081")
    })?;
    config.server.plain_http.check(address, config.server.tls.as_ref()).about("listen")?;
    // First the port: a second start by mistake touches nothing.
    let listener = super::bind(address, "listen").await?;
    crypto::self_test(&random).about("self-test")?;
    let system =
        seal_system::from_config(&config, &password, Clock::system(), random).await.about("seal system")?;
    let shutdown = Shutdown::new();
    shutdown.on_signal();
    super::announce("seal-system", &listener, config.server.tls.is_some())?;
    system.run(listener, shutdown).await.about("seal system")?;
    system.close().await;
    tracing::info!("ended");
    Ok(End::Good)
}
