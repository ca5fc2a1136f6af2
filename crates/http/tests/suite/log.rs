//! What a request leaves in the log: one closing event, and nothing of what was in it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use protocol::ParamValue;
use protocol::endpoints::SealStateChange;
use protocol::lists::SealState;
use protocol::schema::RequestTable;
use protocol::tables::StateRequest;
use protocol::{Params, SealCode};
use serde_json::Value;

use crate::raw;
use crate::server::{Making, OTHER, Server};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn request(making: &Making) -> Vec<u8> {
    let mut params = Params::new();
    let seal_code = SealCode::parse("E11101080A0101000000001F").unwrap();
    StateRequest { seal_code, state: SealState::Enabled }.write(&mut params);
    params.insert("mobile", ParamValue::Text("13800001234".into())).unwrap();
    params.insert("name", ParamValue::Text("张三丰".into())).unwrap();
    making.sign::<SealStateChange>(params).params.to_json()
}

#[tokio::test]
async fn one_closing_event_without_content() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start().await;
    let path = "/api/v1/seals/state";
    for making in [Making::default(), Making { key: OTHER, ..Making::default() }] {
        raw::send(server.address, "POST", path, "application/json", &request(&making)).await;
    }
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let closing: Vec<&Value> =
        events.iter().map(|event| &event["fields"]).filter(|fields| fields["message"] == "request").collect();
    assert_eq!(closing.len(), 2);
    for (fields, code) in closing.iter().zip(["0", "10003"]) {
        assert_eq!((&fields["interface"], &fields["app_id"]), (&"seal_state".into(), &"A1".into()));
        assert_eq!(fields["code"], code);
        for name in ["request_id", "address", "status", "bytes", "micros"] {
            assert!(!fields[name].is_null(), "{name}");
        }
    }
    for secret in ["13800001234", "张三", "E11101080A", "sign="] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
