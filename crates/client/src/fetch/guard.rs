//! A client whose connection goes to an address that was checked, for calling where somebody else wants to be called
//! (SSRF): the rules are those of the fetcher.

use reqwest::Url;

use super::exchange::{MAX_URL, check};
use super::resolve::Pinned;
use super::{FetchError, FetchRules, Resolve};
use crate::Client;

impl Client {
    /// The same client, if its peer's base address is one that may be called: the name is resolved once, every address it
    /// has must be public or its host listed, and this client connects to that address alone. It follows no redirects.
    /// It is meant for one call or a few: names move.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn guarded(&self, rules: &FetchRules, resolver: &dyn Resolve) -> Result<Self, FetchError> {
        let base = &self.peer().base_url;
        if base.len() > MAX_URL {
            return Err(FetchError::Url);
        }
        let url = Url::parse(base).map_err(|_| FetchError::Url)?;
        let looked = tokio::time::timeout(rules.deadline, check(rules, resolver, &url));
        let address = looked.await.unwrap_or(Err(FetchError::Late))?;
        let pool = self
            .pool
            .pinned(Pinned::shared(address), rules.deadline)
            .map_err(|error| FetchError::Connection(error.to_string()))?;
        let mut client = self.clone();
        client.pool = pool;
        Ok(client)
    }
}
