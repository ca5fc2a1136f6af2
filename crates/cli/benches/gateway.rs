//! Requests through the platform's gateway: `cargo xtask bench gateway [--json]`.
//!
//! A platform with SQLite on disk serves real HTTP on loopback; requests are signed beforehand, sent by eight
//! connections, and each is let in, answered with a business refusal (the seal is unknown), signed and put into
//! the evidence log. Processor time is that of the whole process, client included; beside it stands what the SM2
//! operations of a request alone cost, measured in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crypto::{FieldCipher, Random, SignatureAlgorithm, Signer, Sm2KeyPair};
use platform::onboarding::{self, Grants, KeyMaterial, NewKey, NewSystem, Proof};
use platform::{Config, Keys, Platform};
use protocol::endpoints::ConsentOutcome;
use protocol::schema::{Head, RequestTable};
use protocol::tables::ConsentResultRequest;
use protocol::wire::{Canonical, Params, sign};
use protocol::{AppId, AuthId, Clock, Endpoint, MillisTime, Nonce, ParamValue, SealCode, Uscc};
use storage::platform::systems::SystemState;
use storage::{Database, Options, Schema};

/// Requests sent.
const REQUESTS: usize = 4000;
/// Connections at once.
const CONNECTIONS: usize = 8;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let json = std::env::args().any(|arg| arg == "--json");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(json))
}

async fn measure(json: bool) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let random = Random::system();
    let clock = Clock::system();
    let path = folder.path().join("platform.db");
    let database = Database::open(&path.to_string_lossy(), &Options::new(Schema::Platform)).await?;
    let mut config = Config::default();
    config.onboarding.way = platform::config::Way::Short;
    config.limits.rate.per_second = 1_000_000;
    config.limits.rate.burst = 1_000_000;
    config.limits.system_rate = config.limits.rate;
    config.limits.address_rate = config.limits.rate;
    config.limits.requests_per_address = config.limits.requests;
    let keys = Keys {
        signing: Arc::new(Sm2KeyPair::generate(&random)?),
        root: Arc::new(Sm2KeyPair::generate(&random)?),
        fields: FieldCipher::new(&random.bytes()),
    };
    let platform = Arc::new(Platform::new(config, database, keys, clock.clone(), random.clone()).await?);
    let key = Sm2KeyPair::generate(&random)?;
    let app_id = AppId::parse("bench").map_err(|fault| fault.en.into_owned())?;
    register(&platform, &app_id, &key, &clock).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}{}", listener.local_addr()?, ConsentOutcome::INFO.path);
    let shutdown = http_server::Shutdown::new();
    let (serving, stop) = (Arc::clone(&platform), shutdown.clone());
    let server = tokio::spawn(async move { serving.serve(listener, stop).await });
    let bodies = requests(&platform.context().id, &app_id, &key, &clock, &random)?;
    let sm2 = sm2_of_one_request(&key)?;
    let (cpu_before, started) = (cpu_time(), Instant::now());
    send(&url, bodies).await?;
    let (took, cpu) = (started.elapsed(), cpu_time().saturating_sub(cpu_before));
    shutdown.begin();
    server.await??;
    report(json, took, cpu, sm2);
    Ok(())
}

async fn register(
    platform: &Platform,
    app_id: &AppId,
    key: &Sm2KeyPair,
    clock: &Clock,
) -> Result<(), Failure> {
    let context = platform.context();
    let new = NewSystem {
        app_id: app_id.clone(),
        code: "B000".to_owned(),
        name: "bench".to_owned(),
        uscc: Uscc::parse("91110000802100433B").map_err(|fault| fault.en.into_owned())?,
        base_url: None,
        dest_host: None,
        personal_data: false,
        grants: Grants {
            addresses: vec!["127.0.0.1".to_owned()],
            interfaces: vec![ConsentOutcome::INFO.name.to_owned()],
            ..Grants::default()
        },
    };
    onboarding::register_system(context, &new, "one").await?;
    let challenge = onboarding::challenge(context, app_id);
    let signature = key.sign(challenge.as_bytes())?;
    let now = clock.now();
    let new = NewKey {
        app_id: app_id.clone(),
        material: KeyMaterial::PublicKey(key.verifying_key().spki_der().to_vec()),
        not_before: now,
        not_after: now.checked_add(jiff::SignedDuration::from_hours(24))?,
        proof: Proof { challenge, signature },
    };
    let id = onboarding::register_key(context, &new, "one").await?;
    onboarding::approve_key(context, &id, "two").await?;
    onboarding::set_state(context, app_id, SystemState::Online, ("two", None)).await?;
    Ok(())
}

/// The bodies of all requests, signed.
fn requests(
    platform: &AppId,
    app_id: &AppId,
    key: &Sm2KeyPair,
    clock: &Clock,
    random: &Random,
) -> Result<Vec<Vec<u8>>, Failure> {
    let request = ConsentResultRequest {
        auth_id: AuthId::parse("0123456789abcdef0123456789abcdef").map_err(|fault| fault.en.into_owned())?,
        seal_code: SealCode::parse("E11101080A0101000000001F").map_err(|fault| fault.en.into_owned())?,
    };
    let mut bodies = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let mut params = Params::new();
        request.write(&mut params);
        let time = Some(MillisTime::of(clock.now()));
        Head::write(app_id, time, Some(Nonce::from_random(random.bytes())), &mut params);
        let canonical = Canonical::of(&ConsentOutcome::INFO.target(platform), &params)?;
        params.insert("sign", ParamValue::Text(sign(key, canonical.bytes())?))?;
        bodies.push(params.to_json());
    }
    Ok(bodies)
}

/// What the gateway does in SM2 for one request: verify it, sign the answer.
fn sm2_of_one_request(key: &Sm2KeyPair) -> Result<Duration, Failure> {
    const TIMES: u32 = 300;
    let message = [7_u8; 300];
    let signature = key.sign(&message)?;
    let started = Instant::now();
    for _ in 0..TIMES {
        key.verifying_key().verify(SignatureAlgorithm::Sm2Sm3, &message, &signature)?;
        key.sign(&message)?;
    }
    Ok(started.elapsed() / TIMES)
}

async fn send(url: &str, bodies: Vec<Vec<u8>>) -> Result<(), Failure> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut tasks = tokio::task::JoinSet::new();
    let share = bodies.len() / CONNECTIONS;
    for chunk in bodies.chunks(share).map(<[Vec<u8>]>::to_vec) {
        let (http, url) = (http.clone(), url.to_owned());
        tasks.spawn(async move {
            for body in chunk {
                let answer =
                    http.post(&url).header("content-type", "application/json").body(body).send().await?;
                if answer.status() != 200 {
                    return Err(Failure::from(format!("HTTP {}: {}", answer.status(), answer.text().await?)));
                }
                answer.bytes().await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// Processor time of this process so far (Linux; zero elsewhere).
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn report(json: bool, took: Duration, cpu: Duration, sm2: Duration) {
    let count = u32::try_from(REQUESTS).unwrap_or(u32::MAX);
    let each = cpu / count;
    if json {
        println!(
            "{{\"bench\":\"gateway\",\"op\":\"request\",\"implementation\":\"sealbridge\",\"min_ns\":{0},\"median_ns\":{0}}}",
            each.as_nanos()
        );
        return;
    }
    println!("{:.0} requests a second over {CONNECTIONS} connections", f64::from(count) / took.as_secs_f64());
    println!(
        "{:.0} requests a second and core (processor time {each:?} each, client included)",
        1.0 / each.as_secs_f64()
    );
    println!("of it SM2: {sm2:?}, {:.0} %", 100.0 * sm2.as_secs_f64() / each.as_secs_f64());
}
