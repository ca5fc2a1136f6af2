//! The results: one object a line for programs, a table for people.

use std::time::Duration;

use crate::op::Op;
use crate::peers::Implementation;
use crate::rounds::Measured;

pub(crate) fn json(results: &[Measured]) {
    for result in results {
        println!(
            "{{\"bench\":\"crypto\",\"op\":\"{}\",\"implementation\":\"{}\",\"min_ns\":{:.0},\"median_ns\":{:.0}}}",
            result.op.name(),
            result.implementation,
            result.minimum(),
            result.median()
        );
    }
}

pub(crate) fn table(
    results: &[Measured],
    implementations: &[Box<dyn Implementation>],
    machine: &str,
    wall: Duration,
) {
    println!("{machine}");
    for implementation in implementations {
        println!("{}: {}", implementation.name(), implementation.about());
    }
    let rounds = results.iter().map(|result| result.rounds.len()).min().unwrap_or_default();
    println!("{rounds} rounds in {} s; processor time of one core, per operation\n", wall.as_secs());
    println!(
        "{:<24} {:<12} {:>12} {:>12} {:>14} {:>18}",
        "operation", "by", "min", "median", "per second", "sealbridge does"
    );
    for op in Op::ALL {
        let of_op = || results.iter().filter(|result| result.op == op);
        let ours = of_op().find(|result| result.implementation == "sealbridge").map(Measured::minimum);
        for result in of_op() {
            let times = match ours {
                Some(ours) if result.implementation != "sealbridge" => {
                    format!("{:.2} times that", result.minimum() / ours)
                }
                _ => String::new(),
            };
            let row = format!(
                "{:<24} {:<12} {:>12} {:>12} {:>14} {times:>18}",
                op.name(),
                result.implementation,
                time(result.minimum()),
                time(result.median()),
                rate(op, result.minimum())
            );
            println!("{}", row.trim_end());
        }
    }
    println!();
    for note in implementations.iter().flat_map(|implementation| implementation.notes()) {
        println!("note: {note}");
    }
}

fn time(nanos: f64) -> String {
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

/// Operations a second, and for hashing the bytes.
fn rate(op: Op, nanos: f64) -> String {
    match op {
        Op::Sm3Mebibyte => format!("{:.0} MB/s", 1_048_576.0 * 1e3 / nanos),
        _ => format!("{:.0}", 1e9 / nanos),
    }
}
