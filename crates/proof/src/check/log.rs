//! The entries of the evidence log: each as it was written, each under a checkpoint that the platform signed.

use protocol::log::{EntryFields, entry_hash, root_of_path};
use verify::{Detail, Verdict};

use super::{Case, Details, sm3_hex};
use crate::finding::{self as rule, Lack, Step};
use crate::model::{Bundle, Checkpoint, Entry};

pub(super) fn check(case: &mut Case<'_>) {
    case.tell(rule::LOG_ENTRIES, entries(case.bundle));
    case.tell(rule::LOG_INCLUSION, inclusion(case.bundle));
    let checkpoints = checkpoints(case);
    case.tell(rule::LOG_CHECKPOINTS, checkpoints);
    let stamps = stamps(case);
    case.tell(rule::LOG_STAMPS, stamps);
}

fn counted(count: usize) -> Detail {
    Detail::new(format!("{count} 条"), format!("{count} of them"))
}

/// Every hash again.
fn entries(bundle: &Bundle) -> Step {
    let mut before: Option<&Entry> = None;
    for entry in &bundle.entries {
        let fields = EntryFields {
            seq: entry.seq,
            at: entry.at,
            kind: &entry.kind,
            request_id: &entry.request_id,
            subject: &entry.subject,
            payload_sm3: &entry.payload_sm3.0,
        };
        let payload = entry
            .payload
            .as_ref()
            .is_none_or(|text| crypto::sm3::digest(text.as_bytes()) == entry.payload_sm3.0);
        let chained = before
            .filter(|before| before.seq.checked_add(1) == Some(entry.seq))
            .is_none_or(|before| before.hash == entry.prev);
        if !opened(entry) {
            let seq = entry.seq;
            return Err(Lack::bad(
                format!("第 {seq} 条的解密内容与其摘要不符"),
                format!("what is opened of entry {seq} is not what its digest says"),
            ));
        }
        if !payload || !chained || entry_hash(&entry.prev.0, &fields) != entry.hash.0 {
            let seq = entry.seq;
            return Err(Lack::bad(format!("第 {seq} 条被改动"), format!("entry {seq} was changed")));
        }
        before = Some(entry);
    }
    Ok(counted(bundle.entries.len()))
}

/// What is encrypted in an entry stands there in clear by its digest.
fn opened(entry: &Entry) -> bool {
    let Some(opened) = &entry.opened else { return true };
    let Some(details) = Details::of(entry) else { return false };
    let is_digest = |text: &Option<String>, name: &str| {
        text.as_ref().is_none_or(|text| sm3_hex(text.as_bytes()) == details.text(name))
    };
    is_digest(&opened.request, "requestHash") && is_digest(&opened.body, "bodySm3")
}

fn inclusion(bundle: &Bundle) -> Step {
    for entry in &bundle.entries {
        let checkpoint = bundle.checkpoints.iter().find(|one| one.number == entry.checkpoint);
        if !checkpoint.is_some_and(|checkpoint| stands(entry, checkpoint)) {
            let seq = entry.seq;
            return Err(Lack::bad(
                format!("第 {seq} 条不在所称的检查点之内"),
                format!("entry {seq} is not under its checkpoint"),
            ));
        }
    }
    Ok(counted(bundle.entries.len()))
}

fn stands(entry: &Entry, checkpoint: &Checkpoint) -> bool {
    let Some(count) = checkpoint.signed().count() else { return false };
    let index = entry.seq.checked_sub(checkpoint.first).and_then(|index| u64::try_from(index).ok());
    let path: Vec<[u8; 32]> = entry.path.iter().map(|hash| hash.0).collect();
    let root = index.and_then(|index| root_of_path(&entry.hash.0, index, count, &path));
    // The last entry's hash is named by the checkpoint itself as well.
    root == Some(checkpoint.root.0) && (entry.seq != checkpoint.last || entry.hash == checkpoint.last_hash)
}

fn checkpoints(case: &Case<'_>) -> Step {
    let platform = &case.bundle.head.platform;
    let mut last: Option<&Checkpoint> = None;
    let mut sorted: Vec<&Checkpoint> = case.bundle.checkpoints.iter().collect();
    sorted.sort_by_key(|one| one.number);
    for checkpoint in sorted {
        let number = checkpoint.number;
        let signed = checkpoint.signed();
        let key = case.keys.at(&checkpoint.key_id, checkpoint.at);
        if key.is_none_or(|key| signed.verify(platform, &checkpoint.sign, key).is_err()) {
            return Err(Lack::bad(
                format!("检查点 {number} 的签名无效"),
                format!("checkpoint {number} is not signed by the platform"),
            ));
        }
        let follows = last.is_none_or(|last| {
            let next = last.number.checked_add(1) == Some(number);
            let named = checkpoint.previous.map(|hash| hash.0) == Some(last.signed().sm3(platform));
            last.last < checkpoint.first
                && (!next || (named && last.last.checked_add(1) == Some(checkpoint.first)))
        });
        if !follows {
            return Err(Lack::bad(
                format!("检查点 {number} 与前一检查点不衔接"),
                format!("checkpoint {number} does not continue the one before"),
            ));
        }
        last = Some(checkpoint);
    }
    if last.is_none() {
        return Err(Lack::unknown("没有检查点", "there is no checkpoint"));
    }
    Ok(counted(case.bundle.checkpoints.len()))
}

fn stamps(case: &Case<'_>) -> Step {
    let mut count = 0;
    for checkpoint in &case.bundle.checkpoints {
        let Some(token) = &checkpoint.time_stamp else { continue };
        let number = checkpoint.number;
        let Ok(signature) = protocol::Base64Data::parse(&checkpoint.sign) else { continue };
        let report = verify::verify_time_stamp(token.bytes(), signature.bytes(), &case.trust, case.options);
        let words = super::seal::told_findings(&report.findings);
        match report.verdict {
            Verdict::Valid => count += 1,
            Verdict::Invalid => {
                return Err(Lack::bad(
                    format!("检查点 {number}: {words}"),
                    format!("checkpoint {number}: {words}"),
                ));
            }
            Verdict::Indeterminate => {
                return Err(Lack::unknown(
                    format!("检查点 {number}: {words}"),
                    format!("checkpoint {number}: {words}"),
                ));
            }
        }
    }
    if count == 0 {
        return Err(Lack::absent("没有", "there are none"));
    }
    Ok(counted(count))
}
