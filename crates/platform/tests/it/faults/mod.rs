//! The fault matrix (`docs/faults.md`): what the platform refuses while something it needs is away, what goes on, what
//! ready says, and that it recovers without a restart and loses nothing it has acknowledged.

mod clocks;
mod database;
mod disk;
mod replicas;
mod systems;

use client::{Client, ClientError};
use protocol::Endpoint;

/// A refusal that asks to try again: its code. Anything else ends the test.
async fn refused<E: Endpoint>(client: &Client, request: &E::Request) -> String
where
    E::Answer: std::fmt::Debug,
{
    match client.call::<E>(request).await {
        Err(ClientError::Refused(refusal)) => {
            assert!(refusal.retryable && refusal.retry_after.is_some(), "{refusal:?}");
            refusal.code
        }
        other => panic!("no refusal: {other:?}"),
    }
}
