//! `sealbridge doctor`: can this machine do the work?

use std::path::Path;

use crypto::{Random, Signer, Sm2Engine, Sm2KeyPair};
use jiff::Timestamp;
use picture::{SealDesign, SealPicture, SealType};
use serde::Serialize;

use crate::args::DoctorArgs;
use crate::outcome::{About, End, Outcome};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    title: &'static str,
    ok: bool,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
struct Diagnosis {
    ok: bool,
    version: &'static str,
    checks: Vec<Check>,
}

/// A time before which this program cannot have been built: a clock behind it is wrong.
const BUILT_AFTER: &str = "2026-11-01T00:00:00Z";

/// Looks at everything and says what to do about what is wrong. Ends 0 when all is well, 1 when not.
pub(crate) fn run(args: &DoctorArgs, engine: Option<Sm2Engine>) -> Outcome {
    let random = Random::system();
    let folder = args.dir.clone().unwrap_or_else(std::env::temp_dir);
    let checks = vec![
        self_test(&random),
        sm2_engine(engine),
        speed(&random),
        clock(protocol::Clock::system().now()),
        font(),
        writable(&folder),
        loopback(),
    ];
    let ok = checks.iter().all(|check| check.ok);
    if args.json {
        let diagnosis = Diagnosis { ok, version: env!("CARGO_PKG_VERSION"), checks };
        say!("{}", serde_json::to_string(&diagnosis).about("diagnosis")?);
    } else {
        print(&checks, ok);
    }
    Ok(if ok { End::Good } else { End::Bad })
}

fn print(checks: &[Check], ok: bool) {
    say!("sealbridge {}", env!("CARGO_PKG_VERSION"));
    for check in checks {
        say!("  {}  {}: {}", if check.ok { "✔" } else { "✘" }, check.title, check.detail);
        if let Some(hint) = check.hint {
            say!("     hint: {hint}");
        }
    }
    say!("{}", if ok { "一切正常 all well" } else { "有问题需要处理 something needs care" });
}

fn check(
    name: &'static str,
    title: &'static str,
    result: Result<String, String>,
    hint: &'static str,
) -> Check {
    let ok = result.is_ok();
    let detail = result.unwrap_or_else(|error| error);
    Check { name, title, ok, detail, hint: (!ok).then_some(hint) }
}

fn self_test(random: &Random) -> Check {
    let result = crypto::self_test(random)
        .map(|report| format!("{} known answers right", report.passed.len()))
        .map_err(|error| error.to_string());
    check("self_test", "密码自检 algorithms", result, "the build or the machine is damaged: do not use it")
}

/// Which engine verifies, and what the processor offers. None is wrong: they differ in speed only.
fn sm2_engine(asked: Option<Sm2Engine>) -> Check {
    check("sm2_engine", "验签引擎 SM2 engine", Ok(crate::engine::describe(asked)), "")
}

/// Not a benchmark: an order of magnitude that tells an optimised build from another.
fn speed(random: &Random) -> Check {
    let measure = || {
        let key = Sm2KeyPair::generate(random).map_err(|error| error.to_string())?;
        let signature = key.sign(b"doctor").map_err(|error| error.to_string())?;
        let started = std::time::Instant::now();
        for _ in 0..20 {
            let verified =
                key.verifying_key().verify(crypto::SignatureAlgorithm::Sm2Sm3, b"doctor", &signature);
            verified.map_err(|error| error.to_string())?;
        }
        let micros = (started.elapsed() / 20).as_micros();
        Ok(format!("SM2 verification in about {micros} µs"))
    };
    check("speed", "签名验签 sign and verify", measure(), "SM2 does not work on this machine")
}

fn clock(now: Timestamp) -> Check {
    let result = match BUILT_AFTER.parse::<Timestamp>() {
        Ok(built) if now < built => Err(format!("{now} is before this program was made")),
        _ => Ok(now.to_string()),
    };
    check("clock", "时钟 clock", result, "set the clock; signatures and requests carry the time")
}

fn font() -> Check {
    let draw = || {
        let design = SealDesign::for_type(SealType::LegalName, "示例科技有限公司")?;
        SealPicture::draw(&design)
            .map(|drawn| format!("a seal of {} × {} pixels drawn", drawn.width_px, drawn.height_px))
    };
    let result = draw().map_err(|error| error.to_string());
    check("font", "印模字体 seal font", result, "the embedded font is damaged: build again")
}

fn writable(folder: &Path) -> Check {
    let probe = folder.join(format!(".sealbridge-doctor-{}", std::process::id()));
    let result = std::fs::write(&probe, b"doctor")
        .and_then(|()| std::fs::remove_file(&probe))
        .map(|()| folder.display().to_string())
        .map_err(|error| format!("{}: {error}", folder.display()));
    check(
        "folder",
        "目录可写 folder",
        result,
        "choose another folder with --dir, or give this user the right to write",
    )
}

fn loopback() -> Check {
    let result = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| format!("{address} can be used"))
        .map_err(|error| error.to_string());
    check("loopback", "本机端口 loopback", result, "the demonstration and the servers need to open a port")
}
