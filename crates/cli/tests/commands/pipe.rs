//! Who reads what we print may stop at once (`… | head -0`): no verb panics, and its work and end are the same.

use std::process::Command;

use crate::workshop::{Run, Workshop, make_line};

/// Runs a command whose standard output nobody reads.
fn into_closed_pipe(mut command: Command) -> Run {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).output().unwrap().into()
}

#[test]
fn a_reader_who_stops_early_changes_nothing() {
    let workshop = Workshop::new();
    let lines = [
        make_line("--out seal.esl"),
        "sign document.ofd --seal seal.esl --key signer.p12 --out sealed.ofd".to_owned(),
        "verify sealed.ofd --trust trust".to_owned(),
        "verify sealed.ofd --trust trust --json".to_owned(),
        "doctor".to_owned(),
        "doctor --json".to_owned(),
    ];
    for line in lines {
        let run = into_closed_pipe(workshop.command(&line));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{line}");
    }
    assert!(workshop.has("seal.esl") && workshop.has("sealed.ofd"));
}

#[test]
fn nobody_has_to_read_complaints() {
    let workshop = Workshop::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = workshop.command("verify nothing.ofd").stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}
