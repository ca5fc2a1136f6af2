//! Addresses in certificates: what may be fetched is, over real HTTP on loopback, and what may not is refused before
//! anybody is asked.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crypto::{Signer, Sm2KeyPair};
use formats::crl::CrlBuilder;
use formats::ocsp::{CertId, CertStatus, OcspRequest, Responder, respond};
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use jiff::SignedDuration;
use protocol::Clock;
use sealbridge_client::fetch::{FetchError, FetchRules, Fetcher, Item, Resolve, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::util::{now, pair};

/// An authority with a list and a responder.
struct Ca {
    certificate: Certificate,
    list: Vec<u8>,
}

fn ca() -> Ca {
    let key: &Sm2KeyPair = pair(0);
    let name = NameBuilder::new().country("CN").common_name("CA");
    let (from, to) = (now(), now() + SignedDuration::from_hours(24 * 365));
    let builder = CertificateBuilder::new(Profile::Root, name, key.verifying_key(), from, to);
    let certificate =
        Certificate::from_der(&builder.self_sign(key, &crypto::Random::system()).unwrap()).unwrap();
    let next = now() + SignedDuration::from_mins(10);
    let list = CrlBuilder::new(1, now(), next).issue(&certificate, key).unwrap();
    Ca { certificate, list }
}

/// What a server answers to a path and a body.
type Page = Arc<dyn Fn(&str, &[u8]) -> Reply + Send + Sync>;

enum Reply {
    Body(Vec<u8>),
    Status(&'static str, String),
    /// Sends a little now and then, without end.
    Drip,
    /// Says it is this long and sends without end.
    Flood,
}

/// A server on loopback that counts who comes, and how many at once.
struct Server {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Server {
    async fn new(page: Page) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counting, highest) = (Arc::clone(&count), Arc::clone(&most));
        tokio::spawn(async move {
            let inside = Arc::new(AtomicUsize::new(0));
            while let Ok((stream, _)) = listener.accept().await {
                counting.fetch_add(1, Ordering::SeqCst);
                let (page, inside, highest) = (Arc::clone(&page), Arc::clone(&inside), Arc::clone(&highest));
                tokio::spawn(async move {
                    highest.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    answer(stream, &page).await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, count, most }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Its address under a name.
    fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }
}

async fn answer(mut stream: TcpStream, page: &Page) {
    let mut asked = Vec::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        asked.extend_from_slice(&buffer[..read]);
        if let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&asked[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
            if asked.len() >= end + 4 + length {
                break (head, asked[end + 4..].to_vec());
            }
        }
        if read == 0 {
            return;
        }
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    match page(&path, &body) {
        Reply::Body(body) => {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            drop(stream.write_all(&[head.as_bytes(), &body].concat()).await);
        }
        Reply::Status(status, more) => {
            let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
            drop(stream.write_all(head.as_bytes()).await);
        }
        Reply::Drip => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await);
            while stream.write_all(b"0").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
        Reply::Flood => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await);
            while stream.write_all(&[b'0'; 4096]).await.is_ok() {}
        }
    }
}

/// Names with the addresses that they have one question after another; the last stays.
struct Names(Mutex<Vec<(String, VecDeque<Vec<IpAddr>>)>>, AtomicUsize);

impl Names {
    fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let read = |addresses: &&[&str]| addresses.iter().map(|text| text.parse().unwrap()).collect();
        let names = names.iter().map(|(name, turns)| ((*name).to_owned(), turns.iter().map(read).collect()));
        Arc::new(Self(Mutex::new(names.collect()), AtomicUsize::new(0)))
    }
}

impl Resolve for Names {
    fn resolve(&self, host: &str) -> Resolving {
        self.1.fetch_add(1, Ordering::SeqCst);
        let mut names = self.0.lock().unwrap();
        let found = names
            .iter_mut()
            .find(|(name, _)| name == host)
            .map(|(_, turns)| if turns.len() > 1 { turns.pop_front().unwrap() } else { turns[0].clone() });
        let found = found.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound));
        Box::pin(std::future::ready(found))
    }
}

const HOME: &[&[&str]] = &[&["127.0.0.1"]];

fn rules(allowed: &[String]) -> FetchRules {
    FetchRules {
        allowed_hosts: allowed.to_vec(),
        deadline: Duration::from_millis(800),
        ..FetchRules::default()
    }
}

fn list_page(list: Vec<u8>) -> Page {
    Arc::new(move |_, _| Reply::Body(list.clone()))
}

#[tokio::test]
async fn a_list_on_an_allowed_host_is_fetched_and_kept_until_its_next_update() {
    let ca = ca();
    let server = Server::new(list_page(ca.list.clone())).await;
    let hour = Arc::new(Mutex::new(now()));
    let clock = {
        let hour = Arc::clone(&hour);
        Clock::from_fn(move || *hour.lock().unwrap())
    };
    let names = Names::new(&[("ca.test", HOME)]);
    let allowed = [format!("CA.test:{}", server.address.port())];
    let fetcher = Fetcher::with_resolver(rules(&allowed), clock, names.clone());
    let url = server.url("ca.test", "/ca.crl");
    for _ in 0..3 {
        assert_eq!(&fetcher.fetch(&url, &Item::Crl).await.unwrap()[..], ca.list);
    }
    assert_eq!(server.count(), 1, "kept");
    assert_eq!(names.1.load(Ordering::SeqCst), 1, "resolved once");
    *hour.lock().unwrap() += SignedDuration::from_mins(10);
    fetcher.fetch(&url, &Item::Crl).await.unwrap();
    assert_eq!(server.count(), 2, "newer was promised by then");
    // What comes must be what was asked for.
    assert_eq!(fetcher.fetch(&url, &Item::Certificate).await, Err(FetchError::Content));
    assert_eq!(fetcher.fetch(&url, &Item::Ocsp(vec![0x30])).await, Err(FetchError::Content));
}

#[tokio::test]
async fn a_question_is_put_and_its_answer_comes_back() {
    let ca = ca();
    let certificate = ca.certificate.clone();
    let page: Page = Arc::new(move |_, question| {
        let responder = Responder::authority(&**pair(0), &certificate, SignedDuration::from_hours(1));
        Reply::Body(respond(question, &responder, &|_| CertStatus::Good, now()).unwrap())
    });
    let server = Server::new(page).await;
    let allowed = [format!("127.0.0.1:{}", server.address.port())];
    let fetcher = Fetcher::new(rules(&allowed), Clock::fixed(now()));
    let id = CertId::new(crypto::DigestAlgorithm::Sm3, &ca.certificate, &ca.certificate).unwrap();
    let item = Item::Ocsp(OcspRequest::without_nonce(vec![id]).to_der());
    let wanted = vec![
        (vec![server.url("127.0.0.1", "/nothing"), server.url("127.0.0.1", "/ocsp")], item.clone()),
        (vec!["http://127.0.0.1/x".to_owned()], item),
    ];
    let found = fetcher.fetch_all(wanted).await;
    let answers = formats::ocsp::read_responses(found[0].as_ref().unwrap()).unwrap();
    assert_eq!(answers[0].find(&ca.certificate, &ca.certificate).unwrap().status, CertStatus::Good);
    assert!(found[1].is_none(), "another port of the same host");
}

/// This machine and its neighbours, in the spellings that are known to get past simple filters.
const INNER: &str = "127.0.0.1 127.1 0x7f000001 2130706433 0177.0.0.1 0.0.0.0 [::1] [::] [::ffff:127.0.0.1] \
    [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [fe80::1] [fd00::1] 169.254.169.254 10.0.0.1 192.168.0.1 \
    100.100.100.200 224.0.0.1 127.0.0.1. １２７.0.0.1 localhost inner.test INNER.test mixed.test mapped.test \
    metadata.test";

#[tokio::test]
async fn inner_addresses_are_refused_in_every_spelling_before_anybody_is_asked() {
    let server = Server::new(list_page(ca().list)).await;
    let port = server.address.port();
    let names = Names::new(&[
        ("inner.test", HOME),
        ("mixed.test", &[&["1.1.1.1", "127.0.0.1"]]),
        ("mapped.test", &[&["::ffff:127.0.0.1"]]),
        ("metadata.test", &[&["169.254.169.254"]]),
        ("empty.test", &[&[]]),
        ("localhost", HOME),
    ]);
    let open = FetchRules { ports: vec![80, 443, port], ..rules(&["other.test".to_owned()]) };
    let fetcher = Fetcher::with_resolver(open, Clock::fixed(now()), names);
    for host in INNER.split_whitespace() {
        let error = fetcher.fetch(&server.url(host, "/x"), &Item::Crl).await.unwrap_err();
        assert!(matches!(error, FetchError::Address(_)), "{host}: {error}");
        assert!(error.is_refusal());
    }
    for (url, expected) in [
        ("file:///etc/passwd".to_owned(), FetchError::Scheme("file".to_owned())),
        ("ftp://ca.test/x.crl".to_owned(), FetchError::Scheme("ftp".to_owned())),
        ("ldap://ca.test/cn=x".to_owned(), FetchError::Scheme("ldap".to_owned())),
        ("gopher://127.0.0.1:25/_x".to_owned(), FetchError::Scheme("gopher".to_owned())),
        ("http://ca.test:22/x".to_owned(), FetchError::Port(22)),
        ("http://ca.test:6379/x".to_owned(), FetchError::Port(6379)),
        ("https://user:secret@ca.test/x".to_owned(), FetchError::Url),
        (format!("http://other.test@127.0.0.1:{port}/x"), FetchError::Url),
        ("not an address".to_owned(), FetchError::Url),
        (String::new(), FetchError::Url),
        (format!("http://ca.test/{}", "x".repeat(3000)), FetchError::Url),
        ("http://empty.test/x".to_owned(), FetchError::Resolve("no address".to_owned())),
    ] {
        assert_eq!(fetcher.fetch(&url, &Item::Crl).await, Err(expected), "{url}");
    }
    assert_eq!(server.count(), 0);
}

/// The name says one thing when it is checked and another when it is asked again: nobody asks again.
#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let ca = ca();
    let server = Server::new(list_page(ca.list.clone())).await;
    // Allowed: connected to what the first answer said, not to what a second one would say.
    let names = Names::new(&[("ca.test", &[&["127.0.0.1"], &["192.0.2.1"]])]);
    let allowed = [format!("ca.test:{}", server.address.port())];
    let fetcher = Fetcher::with_resolver(rules(&allowed), Clock::fixed(now()), names.clone());
    fetcher.fetch(&server.url("ca.test", "/x"), &Item::Crl).await.unwrap();
    assert_eq!((server.count(), names.1.load(Ordering::SeqCst)), (1, 1));
    // Not allowed: a public address at first, an inner one for whoever asks twice. The connection would go to the
    // public one; 192.0.2.1 stands for it, which is not public either, so nothing leaves this machine.
    let names = Names::new(&[("evil.test", &[&["192.0.2.1"], &["127.0.0.1"]])]);
    let open = FetchRules { ports: vec![server.address.port()], ..rules(&[]) };
    let fetcher = Fetcher::with_resolver(open, Clock::fixed(now()), names.clone());
    let error = fetcher.fetch(&server.url("evil.test", "/x"), &Item::Crl).await.unwrap_err();
    assert_eq!(error, FetchError::Address("192.0.2.1".parse().unwrap()));
    assert_eq!(names.1.load(Ordering::SeqCst), 1);
    assert_eq!(server.count(), 1, "nobody came");
}

#[tokio::test]
async fn a_redirect_is_checked_like_a_first_address() {
    let ca = ca();
    let list = ca.list.clone();
    let inner = Server::new(list_page(ca.list.clone())).await;
    let inner_url = inner.url("inner.test", "/secret");
    let page: Page = Arc::new(move |path, _| {
        let moved = |to: &str| Reply::Status("302 Found", format!("Location: {to}\r\n"));
        match path {
            "/good" => moved("/list"),
            "/list" => Reply::Body(list.clone()),
            "/inner" => moved(&inner_url),
            "/file" => moved("file:///etc/passwd"),
            "/nowhere" => Reply::Status("301 Moved", String::new()),
            "/gone" => Reply::Status("404 Not Found", String::new()),
            _ => moved("/loop"),
        }
    });
    let server = Server::new(page).await;
    let names = Names::new(&[("ca.test", HOME), ("inner.test", HOME)]);
    let allowed = [format!("ca.test:{}", server.address.port())];
    let ports = vec![80, inner.address.port()];
    let fetcher = Fetcher::with_resolver(FetchRules { ports, ..rules(&allowed) }, Clock::fixed(now()), names);
    let fetch = async |path: &str| fetcher.fetch(&server.url("ca.test", path), &Item::Crl).await;
    assert_eq!(&fetch("/good").await.unwrap()[..], ca.list);
    assert_eq!(fetch("/inner").await, Err(FetchError::Address("127.0.0.1".parse().unwrap())));
    assert_eq!(fetch("/file").await, Err(FetchError::Scheme("file".to_owned())));
    assert_eq!(fetch("/nowhere").await, Err(FetchError::Redirect));
    assert_eq!(fetch("/gone").await, Err(FetchError::Status(404)));
    let before = server.count();
    assert_eq!(fetch("/loop").await, Err(FetchError::Redirect));
    assert_eq!(server.count() - before, 4, "the first and three more");
    assert_eq!(fetch("/loop").await, Err(FetchError::Redirect));
    assert_eq!(server.count() - before, 4, "a failure is not tried again for every document");
    assert_eq!(inner.count(), 0);
}

#[tokio::test]
async fn time_size_and_number_are_bounded() {
    let page: Page = Arc::new(|path, _| match path {
        "/drip" => Reply::Drip,
        "/flood" => Reply::Flood,
        _ => Reply::Body(b"junk".to_vec()),
    });
    let server = Server::new(page).await;
    let allowed = [format!("127.0.0.1:{}", server.address.port())];
    let bounded = FetchRules { max_len: 100_000, at_once: 2, ..rules(&allowed) };
    let fetcher = Fetcher::new(bounded, Clock::fixed(now()));
    let url = |path: &str| server.url("127.0.0.1", path);
    assert_eq!(fetcher.fetch(&url("/drip"), &Item::Crl).await, Err(FetchError::Late));
    assert_eq!(fetcher.fetch(&url("/flood"), &Item::Crl).await, Err(FetchError::TooLarge(100_000)));
    server.most.store(0, Ordering::SeqCst);
    let wanted = (0..12).map(|number| (vec![url(&format!("/{number}"))], Item::Crl)).collect();
    assert!(fetcher.fetch_all(wanted).await.iter().all(Option::is_none));
    assert!(
        server.most.load(Ordering::SeqCst) <= 3,
        "two at once, and perhaps one whose end is not noticed yet"
    );
    let unheard = Fetcher::new(rules(&["127.0.0.1:1".to_owned()]), Clock::fixed(now()));
    let error = unheard.fetch("http://127.0.0.1:1/x", &Item::Crl).await.unwrap_err();
    assert!(matches!(error, FetchError::Connection(_)) && !error.is_refusal(), "{error}");
}
