//! Where a signer's browser may go after deciding: addresses that the caller has registered, compared in the form
//! in which a browser reads them.

use protocol::{ApiError, Code, Fault, RedirectUrl};

use crate::routing::normal_form;

/// Checks a prefix at its registration: an https address ending in a slash, so that it cannot match the beginning
/// of another host or folder.
///
/// # Errors
/// 20002.
pub fn check_redirect_prefix(prefix: &str) -> Result<(), ApiError> {
    let good = prefix.ends_with('/')
        && !prefix.contains(['?', '#'])
        && normal_form(prefix).is_some_and(|normal| normal == prefix);
    if good {
        return Ok(());
    }
    let (zh, en) = (
        "重定向地址前缀须为以 / 结尾的 https 地址",
        "a redirect prefix is an https address ending in a slash",
    );
    Err(ApiError::explained(Code::Malformed, zh, en))
}

/// Checks a `redirectUrl` against the caller's prefixes.
///
/// # Errors
/// 20003.
pub(super) fn check<'a>(
    url: &RedirectUrl,
    prefixes: impl IntoIterator<Item = &'a str>,
) -> Result<(), ApiError> {
    let normal = normal_form(url.as_str());
    let mut prefixes = prefixes.into_iter();
    if normal.is_some_and(|normal| prefixes.any(|prefix| prefix.ends_with('/') && normal.starts_with(prefix)))
    {
        return Ok(());
    }
    let (zh, en) = ("不在登记的重定向地址之内", "is none of the registered redirect addresses");
    Err(Fault::new(Code::NotInList, "redirect", zh, en).on("redirectUrl").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str, prefix: &str) -> bool {
        check(&RedirectUrl::try_from(url).unwrap(), [prefix]).is_ok()
    }

    #[test]
    fn only_what_is_below_a_registered_prefix() {
        let prefix = "https://a.example.cn/done/";
        assert!(allowed("https://a.example.cn/done/?state=1", prefix));
        assert!(allowed("https://A.example.cn/done/x", prefix));
        for bad in [
            "https://a.example.cn/",
            "https://a.example.cn/done/../elsewhere",
            "https://a.example.cn/done/%2e%2e/elsewhere",
            "https://a.example.cn.evil.cn/done/",
            "https://a.example.cn:8443/done/",
        ] {
            assert!(!allowed(bad, prefix), "{bad}");
        }
    }

    #[test]
    fn prefixes_end_in_a_slash() {
        assert!(check_redirect_prefix("https://a.example.cn/").is_ok());
        for bad in [
            "https://a.example.cn",
            "http://a.example.cn/",
            "https://a.example.cn/x",
            "https://a.example.cn/?/",
        ] {
            assert!(check_redirect_prefix(bad).is_err(), "{bad}");
        }
    }
}
