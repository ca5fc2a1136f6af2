//! Signing: with cloud certificates (tables 16 to 18), and the verification of signIds for UKeys (6.3.1.3).
//!
//! A signature is made in three steps. *Begin*: in one transaction the seal's state, the signId and the consent are
//! judged and both are bound to this very request. *Forward*: the seal's system signs. *Finish*: the signature is
//! verified with the filed certificate, and in one transaction the signId is marked used, the signature stored and
//! the evidence written, before anybody gets it. So a process killed at any point leaves at most one signature per
//! signId, and every signature that was handed out is in the evidence log: the same request may come again and
//! gets the stored signature, or is forwarded again to a system that has stored it.

mod begin;
mod check;
mod finish;
mod stamp;
mod ukey;

pub(crate) use stamp::{Stamped, over_octets};
pub use ukey::verify_sign_id;

use std::time::Instant;

use http_server::Caller;
use protocol::Base64Data;
use protocol::endpoints::CloudSign;
use protocol::tables::{CloudSignRequest, SignatureValueData};
use storage::platform::sign_ids::Signed;

use crate::config::Stamping;
use crate::context::Context;
use crate::failure::Outcome;
use crate::routing::{Budget, Routes};
use begin::Begun;

/// Between the parts of a fingerprint: none of them may hold it.
const BETWEEN: &str = "\n";

/// Signs with a cloud seal. The same request again gives the same signature.
///
/// # Errors
/// 3000x for the seal, 40006 for the signId, 40001 to 40005 for the consent, 20004 and 20011 for what does not go
/// together, 60001 to 60004 for the seal system, 60005 where a time stamp is demanded and there is none.
pub async fn sign(
    context: &Context,
    routes: &Routes,
    caller: &Caller,
    request: &CloudSignRequest,
) -> Outcome<SignatureValueData> {
    let fingerprint = fingerprint(request);
    let task = match begin::begin(context, routes, caller, request, &fingerprint).await? {
        Begun::Done(signed) => return Ok(value(context, request, signed)),
        Begun::Task(task) => task,
    };
    let origin = caller.origin();
    let budget = Budget::new(context.config.times.sign(), None, Instant::now());
    let result = task.route.call::<CloudSign>(request, Some(&origin), budget).await;
    let work = finish::Finish { context, caller, request, task: &task, fingerprint: &fingerprint };
    match result {
        Ok(answer) => work.answered(answer).await,
        Err(upset) => Err(work.upset(&upset).await?.into()),
    }
}

/// What makes two signing requests the same (wire profile §7).
fn fingerprint(request: &CloudSignRequest) -> String {
    let message = hex::encode(crypto::sm3::digest(request.doc_hash.bytes()));
    let parts = [
        request.seal_code.as_str(),
        request.sign_id.as_str(),
        request.auth_id.as_str(),
        &message,
        request.format.text(),
        request.hash_type.text(),
    ];
    hex::encode(crypto::sm3::digest(parts.join(BETWEEN).as_bytes()))
}

/// The answer, the same for every try of a request.
fn value(context: &Context, request: &CloudSignRequest, signed: Signed) -> SignatureValueData {
    let mut data = SignatureValueData::new(request.format, signed.signature);
    data.time_stamp = signed.time_stamp.map(Base64Data::from);
    let is_wanted = context.config.policy.signing.time_stamp.mode != Stamping::Off;
    data.time_stamp_hint = (is_wanted && data.time_stamp.is_none()).then(|| stamp::HINT.to_owned());
    data
}
