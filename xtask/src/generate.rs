//! `cargo xtask gen`: writes the files that are made from code. The tests that compare them write them
//! instead when told to bless.

use crate::run::{Outcome, cargo, check};

/// Crates whose tests own a generated file.
const OWNERS: &[&str] = &["sealbridge-protocol", "sealbridge-verify"];

pub(crate) fn run() -> Outcome {
    for owner in OWNERS {
        check(
            cargo(&["test", "--package", owner, "--quiet", "--", "generated"]).env("SEALBRIDGE_BLESS", "1"),
        )?;
    }
    Ok(())
}
