//! The trust list.

use platform::trust;
use storage::platform::trust::Purpose;

use super::args::{PurposeArg, TrustAddArgs, TrustRemoveArgs};
use super::{app_id, desk, told};
use crate::keys::certificates;
use crate::outcome::{End, Failure, Outcome};

/// Puts a certificate on the list.
pub(super) async fn add(args: &TrustAddArgs) -> Outcome {
    let found = certificates(std::slice::from_ref(&args.cert))?;
    let [certificate] = found.as_slice() else {
        return Err(Failure::new(format!(
            "{}: 有 {1} 张证书 {1} certificates",
            args.cert.display(),
            found.len()
        ))
        .hint("一次一张 one certificate at a time, so that each is looked at"));
    };
    let system = args.app_id.as_deref().map(app_id).transpose()?;
    let context = desk(&args.desk.site.config).await?;
    let what = (purpose(args.purpose), system.as_ref());
    told(trust::add(&context, what, certificate.der(), &args.desk.actor).await)?;
    let name = certificate.subject.common_name().unwrap_or_default();
    say!("已加入信任 trusted as {} {}: {name}", word(what.0), what.0.as_str());
    say!("SM3: {}", hex::encode(certificate.sm3()));
    Ok(End::Good)
}

/// Takes a certificate off the list.
pub(super) async fn remove(args: &TrustRemoveArgs) -> Outcome {
    let system = args.app_id.as_deref().map(app_id).transpose()?;
    let context = desk(&args.desk.site.config).await?;
    let what = (purpose(args.purpose), system.as_ref());
    told(trust::remove(&context, what, &args.sm3.to_ascii_lowercase(), &args.desk.actor).await)?;
    say!("已移出信任 no longer trusted as {} {}: {}", word(what.0), what.0.as_str(), args.sm3);
    Ok(End::Good)
}

fn purpose(arg: PurposeArg) -> Purpose {
    match arg {
        PurposeArg::Root => Purpose::Root,
        PurposeArg::Intermediate => Purpose::Intermediate,
        PurposeArg::Maker => Purpose::Maker,
        PurposeArg::TimeStamp => Purpose::TimeStamp,
    }
}

/// A purpose in Chinese.
pub(super) fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Root => "根证书",
        Purpose::Intermediate => "中级证书",
        Purpose::Maker => "制章人",
        Purpose::TimeStamp => "时间戳服务",
    }
}
