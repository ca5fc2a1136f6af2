//! Documents: parameters first, then the file, hashed on the way (wire profile §5).

use std::time::Duration;

use crypto::sm3;
use protocol::endpoints::DocumentVerify;
use protocol::wire::Bound;
use protocol::{FileHash, ParamValue, Params};
use sealbridge_http::Limits;
use tokio::io::AsyncWriteExt;

use crate::raw;
use crate::server::{Making, SERVER, Server, Signed, app, now, pair, unbound};

const PATH: &str = "/api/v1/documents/verify";
const KIND: &str = "multipart/form-data; boundary=XyZ";

fn signed(making: &Making, file: &[u8]) -> Signed {
    let mut params = Params::new();
    params.insert("file", ParamValue::Text(FileHash(sm3::digest(file)).text())).unwrap();
    making.sign::<DocumentVerify>(params)
}

fn scalars(params: &Params) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in params.iter().filter(|(key, _)| *key != "file") {
        let text = value.signed_text();
        body.extend(
            format!("--XyZ\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{text}\r\n").into_bytes(),
        );
    }
    body
}

fn file_part(content: &[u8]) -> Vec<u8> {
    let head = "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"合同.ofd\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn body(request: &Signed, parts: &[&[u8]]) -> Vec<u8> {
    [&scalars(&request.params)[..], &parts.concat(), b"--XyZ--\r\n"].concat()
}

async fn post(server: &Server, request: &Signed, body: &[u8]) -> raw::Answer {
    let answer = raw::send(server.address, "POST", PATH, KIND, body).await;
    let own = request.params.text("appId").map(app).unwrap();
    let believed =
        answer.believe(&app("server"), Some((&own, &request.canonical)), raw::key_of(&**pair(SERVER)), now());
    // Whoever got as far as a canonical string has an answer bound to it.
    let expected = if ["0", "10003"].contains(&answer.code().as_str()) { Bound::Yes } else { Bound::No };
    assert_eq!(believed, Ok(expected), "{answer:?}");
    answer
}

#[tokio::test]
async fn a_document_arrives_whole() {
    let server = Server::start().await;
    let content: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let request = signed(&Making::default(), &content);
    let answer = post(&server, &request, &body(&request, &[&file_part(&content)])).await;
    assert_eq!(answer.code(), "0", "{answer:?}");
    assert_eq!(answer.json()["data"]["fileSize"], 300_000);
    assert_eq!(answer.json()["data"]["fileName"], "合同.ofd");
}

#[tokio::test]
async fn the_signature_covers_the_file() {
    let server = Server::start().await;
    let request = signed(&Making::default(), b"one");
    // The answer is bound to what arrived.
    let arrived = signed(&Making::default(), b"two");
    let answer = post(&server, &arrived, &body(&request, &[&file_part(b"two")])).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "10003"));
}

#[tokio::test]
async fn nothing_is_read_for_whom_nobody_knows_or_whose_time_is_off() {
    let server = Server::start().await;
    for (making, code) in [
        (Making { app_id: "A9", ..Making::default() }, "10001"),
        (Making { seconds: 301, ..Making::default() }, "10005"),
    ] {
        let request = signed(&making, b"x");
        // Of a file said to be 40 MiB only the beginning is ever sent, and the answer comes all the same.
        let start = [&scalars(&request.params)[..], &file_part(b"beginning")[..]].concat();
        let mut stream = raw::begin(server.address, "POST", PATH, KIND, 40 << 20).await;
        stream.write_all(&start).await.unwrap();
        let answer = raw::read_answer(&mut stream).await;
        assert_eq!(answer.code(), code);
        unbound(&answer);
    }
}

#[tokio::test]
async fn the_answer_reaches_a_caller_who_sends_on_regardless() {
    let server = Server::start().await;
    let content = vec![7_u8; 8 << 20];
    let request = signed(&Making { app_id: "A9", ..Making::default() }, &content);
    let answer = post(&server, &request, &body(&request, &[&file_part(&content)])).await;
    assert_eq!(answer.code(), "10001");
}

#[tokio::test]
async fn files_have_a_limit_of_size_and_time() {
    let time = Duration::from_millis(150);
    let limits = Limits { file_bytes: 1000, json_time: time, file_time: time, ..Limits::default() };
    let server = Server::with_limits(limits).await;
    let content = vec![7_u8; 1001];
    let request = signed(&Making::default(), &content);
    let answer = post(&server, &request, &body(&request, &[&file_part(&content)])).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "20010"));

    let mut stream = raw::begin(server.address, "POST", PATH, KIND, 5000).await;
    stream.write_all(&[&scalars(&request.params)[..], &file_part(b"slow")[..20]].concat()).await.unwrap();
    assert_eq!(raw::read_answer(&mut stream).await.code(), "90001");
    let mut stream = raw::begin(server.address, "POST", PATH, KIND, 5000).await;
    stream.write_all(&[&scalars(&request.params)[..], &file_part(b"slow")].concat()).await.unwrap();
    assert_eq!(raw::read_answer(&mut stream).await.code(), "90001");
}

#[tokio::test]
async fn too_many_documents_at_once_are_sent_away() {
    let server = Server::with_limits(Limits { uploads: 1, ..Limits::default() }).await;
    let request = signed(&Making::default(), b"x");
    let start = [&scalars(&request.params)[..], &file_part(b"x")[..]].concat();
    let mut first = raw::begin(server.address, "POST", PATH, KIND, 5000).await;
    first.write_all(&start).await.unwrap();
    while server.knobs.addresses.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = post(&server, &request, &body(&request, &[&file_part(b"x")])).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
    drop(first);
}

#[tokio::test]
async fn other_forms_are_refused() {
    let server = Server::start().await;
    let request = signed(&Making::default(), b"x");
    let file = file_part(b"x");
    let scalar = |name: &str, value: &str| {
        format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
    };
    let control = scalar("note", "a\nb");
    let many: Vec<u8> = (0..40).flat_map(|n| scalar(&format!("k{n}"), "v")).collect();
    let huge = scalar("note", &"x".repeat(70_000));
    let late = scalar("note", "x");
    for (parts, code, rule) in [
        (vec![], "20001", "missing"),
        (vec![&file, &file], "20002", "multipart.order"),
        (vec![&file, &late], "20002", "multipart.order"),
        (vec![&control, &file], "20002", "control"),
        (vec![&scalar("appId", "A1"), &file], "20002", "duplicate-key"),
        (vec![&scalar("a-b", "A1"), &file], "20002", "json.key"),
        (vec![&many, &file], "20002", "multipart.parts"),
    ] {
        let parts: Vec<&[u8]> = parts.into_iter().map(Vec::as_slice).collect();
        let answer = post(&server, &request, &body(&request, &parts)).await;
        assert_eq!(answer.code(), code, "{rule}");
        assert_eq!(answer.json()["data"]["errors"][0]["rule"], rule);
    }
    let answer = post(&server, &request, &body(&request, &[&huge, &file])).await;
    assert_eq!(answer.code(), "20010");
    for (kind, content) in [
        ("application/json", &b"{}"[..]),
        ("multipart/form-data", b"x"),
        (KIND, b"--XyZ\r\nrubbish"),
        (KIND, b""),
    ] {
        assert_eq!(server.post_raw(PATH, kind, content).await.code(), "20002", "{kind}");
    }
}
