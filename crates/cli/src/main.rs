//! The one binary, `sealbridge`: wires the crates together and contains nothing else.

fn main() {}
