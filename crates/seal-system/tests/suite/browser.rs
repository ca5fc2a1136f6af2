//! A browser: keeps its cookies and says where its forms come from.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Response, StatusCode};

pub(crate) struct Browser {
    http: reqwest::Client,
    /// By the path they are for.
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page as it was received.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { http: http.build().unwrap(), cookies: Mutex::default() }
    }

    pub(crate) async fn get(&self, url: &str) -> Page {
        let request = self.http.get(url).headers(self.cookies(url)).header("sec-fetch-site", "none");
        self.keep(request.send().await.unwrap()).await
    }

    /// Sends a form as a page of the same site would, and follows where it leads.
    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)]) -> Page {
        let page = self.post_from(url, form, &[("sec-fetch-site", "same-origin")]).await;
        self.follow(url, page).await
    }

    /// Sends a form with these headers and follows nothing.
    pub(crate) async fn post_from(&self, url: &str, form: &[(&str, &str)], says: &[(&str, &str)]) -> Page {
        let mut request = self.http.post(url).headers(self.cookies(url)).body(encode(form));
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in says {
            request = request.header(*name, *value);
        }
        self.keep(request.send().await.unwrap()).await
    }

    /// Sends a file as the upload form does.
    pub(crate) async fn upload(&self, url: &str, name: &str, bytes: &[u8]) -> Page {
        self.upload_all(url, &[(name, bytes)]).await
    }

    /// Sends files as the upload form does when several are chosen.
    pub(crate) async fn upload_all(&self, url: &str, files: &[(&str, &[u8])]) -> Page {
        let mut body = Vec::new();
        for (name, bytes) in files {
            let head = "--b0und\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
            body.extend_from_slice(format!("{head}{name}\"\r\n\r\n").as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b0und--\r\n");
        let request = self.http.post(url).body(body).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "multipart/form-data; boundary=b0und");
        let page = self.keep(request.send().await.unwrap()).await;
        self.follow(url, page).await
    }

    pub(crate) async fn send(&self, method: reqwest::Method, url: &str, says: &[(&str, &str)]) -> Page {
        let mut request = self.http.request(method, url).headers(self.cookies(url));
        for (name, value) in says {
            request = request.header(*name, *value);
        }
        self.keep(request.send().await.unwrap()).await
    }

    pub(crate) async fn bytes(&self, url: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let answer = self.http.get(url).headers(self.cookies(url)).send().await.unwrap();
        (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
    }

    async fn follow(&self, url: &str, page: Page) -> Page {
        match page.headers.get(LOCATION) {
            Some(path) => {
                let site: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
                self.get(&format!("{site}{}", path.to_str().unwrap())).await
            }
            None => page,
        }
    }

    fn cookies(&self, url: &str) -> HeaderMap {
        let path = format!("/{}", url.splitn(4, '/').nth(3).unwrap_or_default());
        let kept = self.cookies.lock().unwrap();
        let sent =
            kept.iter().filter(|(prefix, _)| path.starts_with(prefix.as_str())).map(|(_, pair)| pair.clone());
        sent.map(|pair| (COOKIE, pair.parse().unwrap())).collect()
    }

    async fn keep(&self, answer: Response) -> Page {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let pair = text.split(';').next().unwrap().to_owned();
            let path = text.split("Path=").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or("/");
            self.cookies.lock().unwrap().insert(path.to_owned(), pair);
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page { status, headers, text: answer.text().await.unwrap() }
    }
}

fn encode(form: &[(&str, &str)]) -> String {
    let value = |text: &str| {
        let hex = hex::encode_upper(text);
        hex.as_bytes()
            .chunks(2)
            .flat_map(|pair| ['%', char::from(pair[0]), char::from(pair[1])])
            .collect::<String>()
    };
    form.iter().map(|(name, text)| format!("{name}={}", value(text))).collect::<Vec<_>>().join("&")
}
