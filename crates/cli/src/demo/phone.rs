//! The signer's telephone: opens the consent page, reads the one-time code that was sent, and agrees. It knows
//! nothing but the address in the QR code and the messages it receives.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};

use crate::outcome::{About, Failure, Outcome};

/// A telephone that receives its messages in a file.
pub(super) struct Phone {
    http: reqwest::Client,
    messages: PathBuf,
}

impl Phone {
    /// The telephone whose messages arrive in `messages`.
    pub(super) fn new(messages: &Path) -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()
            .about("telephone")?;
        Ok(Self { http, messages: messages.to_path_buf() })
    }

    /// Opens the page behind the QR code and agrees.
    pub(super) async fn agree(&self, url: &str) -> Outcome<()> {
        let page = self.http.get(url).send().await.about("consent page")?;
        if !page.status().is_success() {
            return Err(Failure::new(format!("the consent page answered HTTP {}", page.status())));
        }
        let headers = browser_headers(url, page.headers())?;
        let before = self.codes();
        self.post(&format!("{url}/code"), &headers, "").await?;
        let code = self.wait_for_code(before).await?;
        self.post(&format!("{url}/accept"), &headers, &format!("code={code}")).await
    }

    async fn post(&self, url: &str, headers: &HeaderMap, body: &str) -> Outcome<()> {
        let sent = self.http.post(url).headers(headers.clone()).body(body.to_owned()).send().await;
        let answer = sent.about("consent page")?;
        let status = answer.status();
        if status.is_success() || status.is_redirection() {
            return Ok(());
        }
        Err(Failure::new(format!("the consent page answered HTTP {status}")))
    }

    fn codes(&self) -> usize {
        std::fs::read_to_string(&self.messages).map_or(0, |text| text.lines().count())
    }

    /// Messages may take a moment.
    async fn wait_for_code(&self, before: usize) -> Outcome<String> {
        for _ in 0..100 {
            let text = std::fs::read_to_string(&self.messages).unwrap_or_default();
            if let Some(line) = text.lines().nth(before)
                && let Some(code) = line.split('\t').next_back()
            {
                return Ok(code.to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Failure::new("no one-time code arrived on the telephone"))
    }
}

/// What a browser sends along: the session it was given, and where the form came from.
fn browser_headers(url: &str, given: &HeaderMap) -> Outcome<HeaderMap> {
    let mut headers = HeaderMap::new();
    for cookie in given.get_all(SET_COOKIE) {
        let text = cookie.to_str().about("cookie")?;
        let pair = text.split(';').next().unwrap_or_default();
        headers.append(COOKIE, HeaderValue::from_str(pair).about("cookie")?);
    }
    let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    headers.insert(ORIGIN, HeaderValue::from_str(&origin).about("origin")?);
    headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    Ok(headers)
}
