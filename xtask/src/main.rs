//! Work on the repository itself: tests, tidiness, generated files.

fn main() {}
