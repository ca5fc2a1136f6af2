//! Where a server's logs go, and its traces when the configuration names a collector.
//!
//! Traces (OpenTelemetry) hold the spans of our own crates and nothing else: no events, no source lines. What a caller
//! sends as `traceparent` makes its trace the parent, and is passed on to the seal systems; whether a trace is sent is
//! decided here, from its id, whatever the caller says, so that nobody can make us send more.

use std::time::Duration;

use bytes::Bytes;
use http_server::TelemetrySettings;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SamplingResult, SdkTracerProvider, ShouldSample};
use tracing::Subscriber;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, filter};

use crate::outcome::{About, Failure, Outcome};

/// Longest that the collector may take for one delivery.
const DELIVERY: Duration = Duration::from_secs(5);
/// Largest answer of a collector that is read, in bytes.
const MAX_ANSWER: usize = 64 << 10;

/// What was set up; to be ended after the server, so that its last traces are sent.
pub(super) struct Logs(Option<SdkTracerProvider>);

/// Sets up logs and traces for the server `id`. Logs go to standard error; `RUST_LOG` says how much,
/// `SEALBRIDGE_LOG=json` in which form. To be called within the runtime of the server.
pub(super) fn start(settings: &TelemetrySettings, id: &str) -> Outcome<Logs> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let form = std::env::var("SEALBRIDGE_LOG").unwrap_or_default();
    let provider = if settings.endpoint.is_empty() { None } else { Some(provider(settings, id)?) };
    let registry = tracing_subscriber::registry().with(provider.as_ref().map(traces));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match form.as_str() {
        "json" => registry.with(log.json().with_filter(filter)).init(),
        "" | "text" => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            registry.with(log.with_ansi(colours).with_filter(filter)).init();
        }
        other => {
            return Err(Failure::new(format!("SEALBRIDGE_LOG={other}: 没有这种日志格式 unknown form"))
                .hint("json or text"));
        }
    }
    Ok(Logs(provider))
}

impl Logs {
    /// Sends what is left.
    pub(super) fn end(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Spans of ours become spans of traces.
fn traces<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("sealbridge"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter::filter_fn(|meta| {
            meta.is_span() && meta.target().starts_with("sealbridge") && *meta.level() <= tracing::Level::INFO
        }))
}

fn provider(settings: &TelemetrySettings, id: &str) -> Outcome<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new()?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&settings.endpoint)
        .with_timeout(DELIVERY)
        .build()
        .about("telemetry.endpoint")?;
    let service = if settings.service.is_empty() { id.to_owned() } else { settings.service.clone() };
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(SdkTracerProvider::builder()
        .with_sampler(OurShare(Sampler::TraceIdRatioBased(f64::from(settings.percent) / 100.0)))
        .with_resource(Resource::builder_empty().with_service_name(service).with_attribute(version).build())
        .with_batch_exporter(exporter)
        .build())
}

/// Samples by the trace's id where a trace enters this server, and goes on with what was decided there.
#[derive(Debug, Clone)]
struct OurShare(Sampler);

impl ShouldSample for OurShare {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let ours = |context: &&Context| {
            let span = context.span();
            let span = span.span_context();
            span.is_valid() && !span.is_remote()
        };
        if parent.as_ref().is_some_and(ours) {
            let go_on = Sampler::ParentBased(Box::new(self.0.clone()));
            return go_on.should_sample(parent, trace_id, name, kind, attributes, links);
        }
        self.0.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

/// Carries spans to the collector with the HTTP client that we have anyway. The exporter calls from a thread of its
/// own, so the work is done on the server's runtime.
#[derive(Debug)]
struct Collector {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl Collector {
    fn new() -> Outcome<Self> {
        let client = client::plain_http_client().about("telemetry")?;
        Ok(Self { client, runtime: tokio::runtime::Handle::try_current().about("telemetry")? })
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let request =
            self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        let work = async move {
            let mut answer = request.send().await?;
            let status = answer.status();
            let mut body = Vec::new();
            while let Some(piece) = answer.chunk().await? {
                if body.len() + piece.len() > MAX_ANSWER {
                    break;
                }
                body.extend_from_slice(&piece);
            }
            Ok::<_, reqwest::Error>((status, body))
        };
        let (status, body) =
            self.runtime.spawn(async move { tokio::time::timeout(DELIVERY, work).await }).await???;
        Ok(Response::builder().status(status).body(Bytes::from(body))?)
    }
}
