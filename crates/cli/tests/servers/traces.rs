//! Traces of real processes, as they arrive at a collector: a caller's trace goes through the platform into the seal
//! system, and nothing personal is in it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use protocol::endpoints::SealQuery;
use protocol::schema::{Head, RequestTable};
use protocol::wire::{Canonical, Params, sign};
use protocol::{AppId, Clock, Endpoint, MillisTime, Nonce, ParamValue};
use testkit::pki::TEST_USCC;

use crate::seal_system::{B, SIGNERS, SealSystem};
use crate::site::{PLATFORM, Site};
use crate::transport::{append, query};

const A: &str = "system-a";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// Kinds of spans, as OTLP numbers them.
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// A collector on loopback.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Vec<u8>>>>);

impl Collector {
    /// Its whole address.
    fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::clone(&self.0);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let bodies = Arc::clone(&bodies);
                std::thread::spawn(move || {
                    while let Some(body) = receive(&stream) {
                        bodies.lock().unwrap().push(body);
                    }
                });
            }
        });
        format!("http://{address}/v1/traces")
    }

    /// Every span with the name of its server.
    fn spans(&self) -> Vec<(String, Span)> {
        let bodies = self.0.lock().unwrap();
        let resources = bodies
            .iter()
            .flat_map(|body| ExportTraceServiceRequest::decode(&body[..]).expect("OTLP").resource_spans);
        resources
            .flat_map(|one| {
                let attributes = one.resource.unwrap().attributes;
                let service = attributes.iter().find(|pair| pair.key == "service.name").unwrap();
                let Some(Value::StringValue(name)) = service.value.clone().unwrap().value else {
                    panic!("a name")
                };
                one.scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans)
                    .map(move |span| (name.clone(), span))
            })
            .collect()
    }
}

/// Reads one request and answers it.
fn receive(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(
        head.starts_with("post /v1/traces ") && head.contains("content-type: application/x-protobuf"),
        "{head}"
    );
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
    Some(body)
}

/// A query of A, as a caller of another make sends it.
fn request(key: &crypto::Sm2KeyPair) -> Vec<u8> {
    let mut params = Params::new();
    query().write(&mut params);
    let time = MillisTime::of(Clock::system().now());
    Head::write(&AppId::parse(A).unwrap(), Some(time), Nonce::new(77), &mut params);
    let audience = AppId::parse(PLATFORM).unwrap();
    let target = SealQuery::INFO.target(&audience);
    let canonical = Canonical::of(&target, &params).unwrap();
    params.insert("sign", ParamValue::Text(sign(key, canonical.bytes()).unwrap())).unwrap();
    params.to_json()
}

fn text(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|pair| pair.key == key)?.value.clone()?.value?;
    match value {
        Value::StringValue(text) => Some(text),
        other => Some(format!("{other:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_trace_goes_through_to_the_seal_system() {
    let collector = Collector::default();
    let telemetry = format!("[telemetry]\nendpoint = \"{}\"\n", collector.start());
    let site = Site::new();
    append(&site, "platform.toml", &telemetry);
    let platform = site.platform();
    let key = site.join(A, "0A01", None);
    SealSystem::join(&site).await;
    append(&site, "seal-system.toml", &telemetry);
    let b = SealSystem::start(&site);
    let url = format!("{}{}", platform.url(), SealQuery::INFO.path);
    let http = client::plain_http_client().unwrap();
    let asked = http
        .post(url)
        .header("content-type", "application/json")
        // It says that it is not sampled, which is not for it to say.
        .header("traceparent", format!("00-{TRACE}-{PARENT}-00"))
        .body(request(&key));
    let answer = asked.send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("\"code\":\"0\"") && answer.contains("sealCode"), "{answer}");
    // What is left is sent at the end.
    assert!(b.end().success() && platform.end().success());
    let until = Instant::now() + Duration::from_secs(20);
    while collector.spans().is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let spans = collector.spans();
    let of_trace: Vec<_> = spans.iter().filter(|(_, span)| hex::encode(&span.trace_id) == TRACE).collect();
    let find = |service: &str, kind: i32| {
        let found = of_trace.iter().find(|(name, span)| name == service && span.kind == kind);
        &found.unwrap_or_else(|| panic!("{service} {kind}: {spans:?}")).1
    };
    let (entered, called, reached) = (find(PLATFORM, SERVER), find(PLATFORM, CLIENT), find(B, SERVER));
    assert_eq!(hex::encode(&entered.parent_span_id), PARENT);
    assert_eq!(called.parent_span_id, entered.span_id);
    assert_eq!(reached.parent_span_id, called.span_id);
    assert_eq!(entered.name, "seal_query");
    assert_eq!(text(entered, "app_id").as_deref(), Some(A));
    assert_eq!(text(entered, "code").as_deref(), Some("0"));
    assert_eq!(text(called, "peer").as_deref(), Some(B));
    assert_eq!(text(reached, "app_id").as_deref(), Some(PLATFORM));
    holds_nothing_personal(&collector);
}

/// Spans only, ours only, and of what was asked nothing.
fn holds_nothing_personal(collector: &Collector) {
    for (_, span) in &collector.spans() {
        assert!(span.events.is_empty(), "{span:?}");
        let known = [
            "app_id",
            "code",
            "http.response.status_code",
            "interface",
            "peer",
            "request_id",
            "target",
            "level",
        ];
        for pair in &span.attributes {
            assert!(known.contains(&pair.key.as_str()), "{pair:?}");
        }
    }
    let everything: Vec<u8> = collector.0.lock().unwrap().concat();
    let everything = String::from_utf8_lossy(&everything).into_owned();
    let (name, mobile, id_card) = SIGNERS[0];
    for personal in [name, mobile, id_card, TEST_USCC, "127.0.0.1", "示例科技"] {
        assert!(!everything.contains(personal), "{personal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_up_nobody() {
    let site = Site::new();
    let away = testkit::process::free_port(u64::from(site.port) + 7);
    append(
        &site,
        "platform.toml",
        &format!("[telemetry]\nendpoint = \"http://127.0.0.1:{away}/v1/traces\"\n"),
    );
    let platform = site.platform();
    let key = site.join(A, "0A01", None);
    let started = Instant::now();
    site.client(A, &key).call::<SealQuery>(&query()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(platform.end().success());
}
