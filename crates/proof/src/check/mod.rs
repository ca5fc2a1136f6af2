//! The check of a bundle: every step is judged, whatever became of the one before.

mod consent;
mod exchange;
mod keys;
mod log;
mod seal;
mod signing;
mod ukey;

use crypto::VerifyingKey;
use jiff::Timestamp;
use verify::{Detail, Options, Trust, Verdict};

use crate::finding::{self as rule, Finding, Lack, Report, Rule, Step, Summary};
use crate::model::{Bundle, Entry, Medium};
use keys::PlatformKeys;

/// What the one who checks knows beside the bundle.
#[derive(Debug, Clone, Copy)]
pub struct Trusted<'a> {
    /// The platform's root key or signing key, handed over by another way than the bundle.
    pub platform_key: Option<&'a VerifyingKey>,
    /// Certificates trusted for seals, signers and time stamps.
    pub trust: &'a Trust,
    /// How those are judged, and when.
    pub options: &'a Options,
    /// The signature that a UKey made, which the platform never saw: as it stands in the document (bare value or
    /// SignedData, DER). Nothing else is looked up by it.
    pub signature: Option<&'a [u8]>,
}

/// One check under way.
struct Case<'a> {
    bundle: &'a Bundle,
    options: &'a Options,
    /// What is trusted, with the authorities and lists of the bundle to complete paths.
    trust: Trust,
    keys: PlatformKeys,
    /// Keys of systems that have signed something here, with the time.
    used: Vec<keys::Used>,
    findings: Vec<Finding>,
}

/// Checks a bundle. Nothing but `trusted` and the bundle is looked at.
pub fn check(bundle: &Bundle, trusted: &Trusted<'_>) -> Report {
    let mut case = Case {
        bundle,
        options: trusted.options,
        trust: seal::trust(bundle, trusted.trust),
        keys: PlatformKeys::of(bundle),
        used: Vec::new(),
        findings: Vec::new(),
    };
    case.tell(rule::PLATFORM_KEY, case.keys.step(trusted.platform_key));
    case.tell(rule::BUNDLE_SIGNATURE, case.keys.bundle(bundle));
    log::check(&mut case);
    let (said, signed) = if bundle.head.medium == Some(Medium::Ukey) {
        let (said, signed) = ukey::check(&mut case, trusted.signature);
        (said, Some(signed))
    } else {
        let said = exchange::check(&mut case);
        consent::check(&mut case, &said);
        let signed = signing::check(&mut case, &said);
        (said, signed)
    };
    seal::check(&mut case, &said, signed.as_ref());
    case.tell(rule::TIMES, times(bundle));
    let registered = keys::registered(&case);
    case.tell(rule::KEYS, registered);
    let summary = summary(bundle, &said);
    let order = |rule: &Rule| rule::rules().iter().position(|one| one.id == rule.id);
    case.findings.sort_by_key(|finding| order(finding.rule));
    let verdict = Verdict::of(case.findings.iter().map(|finding| finding.status));
    Report { verdict, summary, findings: case.findings }
}

impl<'a> Case<'a> {
    fn tell(&mut self, rule: &'static Rule, step: Step) {
        self.findings.push(Finding::of(rule, step));
    }

    /// The one entry of a request and kind that `wanted` takes.
    fn entry(
        &self,
        request_id: &str,
        kind: &str,
        wanted: impl Fn(&Details) -> bool,
    ) -> Step<(&'a Entry, Details)> {
        let mut found = self
            .bundle
            .entries
            .iter()
            .filter(|entry| entry.kind == kind && entry.request_id == request_id)
            .filter_map(|entry| Some((entry, Details::of(entry)?)))
            .filter(|(_, details)| wanted(details));
        found.next().ok_or_else(|| {
            Lack::unknown(format!("缺少存证记录 {kind}"), format!("no entry {kind} of that request is here"))
        })
    }
}

/// The details of an entry.
struct Details(serde_json::Value);

impl Details {
    fn of(entry: &Entry) -> Option<Self> {
        serde_json::from_str(entry.payload.as_deref()?).ok().map(Self)
    }

    /// A text; empty where there is none.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(serde_json::Value::as_i64)
    }

    /// An object inside.
    fn inner(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or_default())
    }
}

/// SM3 in lower-case hexadecimal.
fn sm3_hex(bytes: &[u8]) -> String {
    hex::encode(crypto::sm3::digest(bytes))
}

fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// A time for people.
fn told(millis: i64) -> String {
    moment(millis).map_or_else(|| millis.to_string(), |at| at.to_string())
}

/// Hand-over, application, consent, beginning and release follow one another, by number and by time.
fn times(bundle: &Bundle) -> Step {
    if bundle.head.medium == Some(Medium::Ukey) {
        return times_of_ukey(bundle);
    }
    let requests = &bundle.head.requests;
    let of = |request: Option<&str>, kind: &str| {
        let request = request?;
        bundle.entries.iter().find(|entry| entry.kind == kind && entry.request_id == request)
    };
    let begun = of(Some(&requests.sign), "signing.begun");
    let released = of(Some(&requests.sign), "signature.released");
    let (Some(begun), Some(released)) = (begun, released) else {
        return Err(Lack::unknown("缺少签名的存证记录", "the entries of the signing are not here"));
    };
    let handed = of(requests.query.as_deref(), "seal.handed-over");
    let applied = of(requests.apply.as_deref(), "consent.applied");
    let given = of(requests.result.as_deref(), "consent.given");
    let pairs = [
        (handed, Some(begun)),
        (applied, given),
        (given, Some(begun)),
        (applied, Some(begun)),
        (Some(begun), Some(released)),
    ];
    let wrong = pairs.into_iter().filter_map(|(first, second)| first.zip(second)).any(|(first, second)| {
        // Clocks of replicas may differ a little; the numbers of the log do not.
        first.seq >= second.seq || first.at > second.at.saturating_add(keys::SKEW)
    });
    if wrong {
        return Err(Lack::bad("先后顺序不成立", "something came before what it follows from"));
    }
    if released.at != bundle.head.signed_at {
        return Err(Lack::bad("签名时间与存证记录不符", "the time of signing is not that of the log"));
    }
    if handed.is_none() || applied.is_none() || given.is_none() {
        return Err(Lack::unknown("缺少部分存证记录", "some of the entries are not here"));
    }
    Ok(Detail::same(told(released.at)))
}

/// The seal was handed over before the UKey was allowed to use it.
fn times_of_ukey(bundle: &Bundle) -> Step {
    let requests = &bundle.head.requests;
    let of = |request: &str, kind: &str| {
        bundle.entries.iter().find(|entry| entry.kind == kind && entry.request_id == request)
    };
    let handed = requests.query.as_deref().and_then(|query| of(query, "seal.handed-over"));
    let (Some(handed), Some(allowed)) = (handed, of(&requests.sign, "ukey.authorised")) else {
        return Err(Lack::unknown("缺少部分存证记录", "some of the entries are not here"));
    };
    if handed.seq >= allowed.seq || handed.at > allowed.at.saturating_add(keys::SKEW) {
        return Err(Lack::bad("先后顺序不成立", "something came before what it follows from"));
    }
    if allowed.at != bundle.head.signed_at {
        return Err(Lack::bad("准许时间与存证记录不符", "the time is not that of the log"));
    }
    Ok(Detail::same(told(allowed.at)))
}

/// The entry by which the signing is what it is: the signature's release, or what a UKey was allowed.
fn decisive(bundle: &Bundle) -> Option<&Entry> {
    let kind = match bundle.head.medium {
        Some(Medium::Ukey) => "ukey.authorised",
        None => "signature.released",
    };
    let sign = &bundle.head.requests.sign;
    bundle.entries.iter().find(|entry| entry.kind == kind && entry.request_id == *sign)
}

fn summary(bundle: &Bundle, said: &exchange::Said) -> Summary {
    let head = &bundle.head;
    let what = said.what();
    Summary {
        platform: head.platform.to_string(),
        caller: head.caller.to_string(),
        system: head.system.to_string(),
        seal_code: head.seal_code.clone(),
        seal_name: bundle.register.name.clone(),
        sign_id: head.sign_id.clone(),
        medium: head.medium,
        signed_at: moment(head.signed_at).unwrap_or(Timestamp::UNIX_EPOCH),
        format: what.map(|what| what.format.text().to_owned()),
        digest: what.map(|what| hex::encode(what.digest())),
        document_digest: what.and_then(exchange::What::document_digest).map(hex::encode),
    }
}
