//! Killing the platform with -9 in the middle of signing, again and again: at most one signature per signId, and
//! every signature that was handed out is in the evidence log.

use std::time::Duration;

use protocol::endpoints::CloudSign;
use storage::Schema;
use testkit::databases::sqlite;
use testkit::scripted_system::Transport;

use crate::common::child::{Stage, first, insist};

/// When the child is killed, in milliseconds after the request was sent; the seal system takes 100.
const MOMENTS: [u64; 14] = [0, 2, 5, 10, 20, 40, 60, 80, 100, 105, 110, 115, 125, 200];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_one_signature_and_every_one_of_them_in_the_log() {
    let mut stage = Stage::new(sqlite(Schema::Platform).await, None).await;
    let mut handed_out = Vec::new();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        stage.b.behave();
        let message = [u8::try_from(number).unwrap(); 32];
        let request = stage.ready_to_sign(&message).await;
        stage.b.script(|script| script.transport = Transport::Late(Duration::from_millis(100)));
        let first = first(&stage.a, &request);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        stage.process.kill();
        stage.process.start_again().await;
        let signature = insist::<CloudSign>(&stage.a, &request).await;
        if let Ok(early) = first.await.unwrap() {
            assert_eq!(
                early, signature,
                "what was handed out before the kill is what is handed out after it"
            );
        }
        assert_eq!(stage.b.signatures_made(request.sign_id.as_str()), 1, "killed after {moment} ms");
        handed_out.push(signature.sign_data.text());
    }
    stage.check_released(&handed_out).await;
}
