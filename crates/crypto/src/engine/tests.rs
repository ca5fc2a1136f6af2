//! The engines beside RustCrypto's arithmetic.

mod agree;
mod aimed;
mod arithmetic;
mod digits;
mod made;

use std::sync::Arc;

use super::batch::{Open, sums_with_tables};
use super::claim::Answer;
use super::table::KeyTable;
use super::{IFMA, Job, Sm2Key, spread, sum_with_table, sum_without_table};
use crate::signature::Sm2Signature;

/// What each way of ours says of a signature. The ways are called directly, so that the tests need not change which
/// engine the process uses. Nothing when r + s is zero.
fn answers(
    key: &Sm2Key,
    table: &Arc<KeyTable>,
    e: &[u8; 32],
    signature: &Sm2Signature,
) -> Vec<(&'static str, Answer)> {
    let Some(claim) = signature.claim(e) else { return Vec::new() };
    let mut answers = vec![
        ("table", claim.judge(sum_with_table(&claim, table))),
        ("no table", claim.judge(sum_without_table(&claim, &key.point))),
    ];
    if let Some(ifma) = *IFMA {
        answers.push(("table, lanes", spread::judge_with_table(ifma, &claim, table)));
        answers.push(("no table, lanes", spread::judge_without_table(ifma, &claim, &key.point)));
        let job = Job { key, e: *e, signature: *signature };
        let open = Open { place: 0, job: &job, claim, table: Some(Arc::clone(table)) };
        answers.extend(sums_with_tables(ifma, &[open]).into_iter().map(|answer| ("batch", answer)));
    }
    answers
}

/// Whether all ways, with what is done about their exceptions, say what RustCrypto says; and what that is.
fn all_agree(
    key: &Sm2Key,
    table: &Arc<KeyTable>,
    e: &[u8; 32],
    signature: &Sm2Signature,
    what: &str,
) -> bool {
    let expected = key.verify_reference(e, signature);
    let answers = answers(key, table, e, signature);
    assert!(!answers.is_empty() || !expected, "{what}: RustCrypto accepts r + s = 0");
    for (way, answer) in answers {
        let said = key.conclude(answer, e, signature);
        assert_eq!(said, expected, "{what}: {way} says {answer:?} of {signature:?} over {}", hex::encode(e));
    }
    expected
}
