//! The signer's telephone: opens the consent page, receives the one-time code in a file, and agrees.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};

pub(crate) struct Phone {
    http: reqwest::Client,
    messages: PathBuf,
}

impl Phone {
    pub(crate) fn new(messages: &Path) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { http: http.build().unwrap(), messages: messages.to_path_buf() }
    }

    /// Opens the page behind the link and agrees.
    pub(crate) async fn agree(&self, url: &str) {
        let page = self.http.get(url).send().await.unwrap();
        assert!(page.status().is_success(), "{}", page.status());
        let cookies = page.headers().get_all(SET_COOKIE).iter();
        let pairs: Vec<&str> =
            cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect();
        let cookie = pairs.join("; ");
        let before = self.codes().len();
        self.post(&format!("{url}/code"), &cookie, String::new()).await;
        let code = self.wait_for_code(before).await;
        self.post(&format!("{url}/accept"), &cookie, format!("code={code}")).await;
    }

    async fn post(&self, url: &str, cookie: &str, form: String) -> Response {
        let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let request = self.http.post(url).header(COOKIE, cookie).header(ORIGIN, origin).body(form);
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{}", answer.status());
        answer
    }

    fn codes(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.messages).unwrap_or_default();
        text.lines().map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect()
    }

    async fn wait_for_code(&self, before: usize) -> String {
        for _ in 0..250 {
            if let Some(code) = self.codes().get(before) {
                return code.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no one-time code arrived");
    }
}
