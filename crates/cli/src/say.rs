//! Printing. Who reads our output may stop before its end (`… | head`): that is no fault of the work, so nothing
//! here fails or panics. The standard library's `println!` does, and is used nowhere in this crate.

/// Prints a line on standard output.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        drop(writeln!(std::io::stdout(), $($words)*));
    }};
}

/// Prints a line on standard error.
macro_rules! complain {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        drop(writeln!(std::io::stderr(), $($words)*));
    }};
}
