//! `cargo xtask tidy`: the habits of ARCHITECTURE.md that a program can check.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::compliance;
use crate::run::{Outcome, cargo, command, output, root};

/// Each crate's layer; a crate may depend only on lower ones. Siblings never import one another.
const LAYERS: &[(&str, i8)] = &[
    ("sealbridge-lanes", -1),
    ("sealbridge-crypto", 0),
    ("sealbridge-formats", 1),
    ("sealbridge-picture", 1),
    ("sealbridge-protocol", 1),
    ("sealbridge-client", 2),
    ("sealbridge-http", 2),
    ("sealbridge-storage", 2),
    ("sealbridge-verify", 2),
    ("sealbridge-proof", 3),
    ("sealbridge-render", 3),
    ("sealbridge-report", 3),
    ("sealbridge-platform", 4),
    ("sealbridge-seal-system", 4),
    ("sealbridge", 5),
];

/// Crates outside the layers: they are never part of the product.
const OUTSIDE: &[&str] = &["sealbridge-testkit", "xtask"];

/// Where unsafe code may be: the vector lanes. Every other crate takes the workspace's lints, which forbid it.
const UNSAFE: &[&str] = &["crates/lanes"];

/// The longest a source file may be, in lines.
const FILE_LINES: usize = 600;

pub(crate) fn run() -> Outcome {
    let mut faults = Vec::new();
    layers(&mut faults)?;
    dependency_comments(&mut faults)?;
    compliance::check(&mut faults)?;
    for file in tracked_files()? {
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else { continue };
        source_file(&file, &text, &mut faults);
        unsafe_fence(&file, &text, &mut faults);
        lock_file(&file, &text, &mut faults);
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(format!("tidy: {count} faults")),
    }
}

/// Reads the dependency graph from cargo and compares it with the layers.
fn layers(faults: &mut Vec<String>) -> Outcome {
    let text = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]))
        .ok_or("cargo metadata failed")?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if OUTSIDE.contains(&name) {
            continue;
        }
        let Some(layer) = layer_of(name) else {
            faults.push(format!("{name}: has no layer; name it in xtask/src/tidy.rs and ARCHITECTURE.md"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let wanted = dependency["name"].as_str().unwrap_or_default();
            let dev = dependency["kind"].as_str() == Some("dev");
            if dev {
                continue;
            }
            if OUTSIDE.contains(&wanted) {
                faults.push(format!("{name}: depends on {wanted}, which is for tests only"));
            } else if layer_of(wanted).is_some_and(|other| other >= layer) {
                faults.push(format!("{name}: may not depend on {wanted} (same or higher layer)"));
            }
        }
    }
    Ok(())
}

fn layer_of(name: &str) -> Option<i8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

/// Each outside crate has one line in the root manifest that says what it is for.
fn dependency_comments(faults: &mut Vec<String>) -> Outcome {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).map_err(|error| error.to_string())?;
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    for line in section.lines().take_while(|line| !line.starts_with('[')) {
        let ours = line.contains("path = ");
        if line.contains('=') && !line.starts_with('#') && !ours && !line.contains(" # ") {
            faults.push(format!("Cargo.toml: say what it is for: {line}"));
        }
    }
    Ok(())
}

fn tracked_files() -> Outcome<Vec<PathBuf>> {
    let list = output(&mut command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]))
        .ok_or("git ls-files failed")?;
    Ok(list.lines().map(PathBuf::from).collect())
}

fn source_file(file: &Path, text: &str, faults: &mut Vec<String>) {
    if file.extension().is_none_or(|extension| extension != "rs") {
        return;
    }
    let name = file.display();
    let lines = text.lines().count();
    if lines > FILE_LINES {
        faults.push(format!("{name}: {lines} lines, more than {FILE_LINES}"));
    }
    let fuzz_target = file.starts_with("fuzz");
    if !fuzz_target && !text.trim_start().starts_with("//!") {
        faults.push(format!("{name}: begins with no comment that says what it is for"));
    }
    let attribute = concat!("#[", "allow(");
    if text.contains(attribute) || text.contains(concat!("#![", "allow(")) {
        faults.push(format!("{name}: use #[expect(…, reason = …)] and not allow"));
    }
}

/// Unsafe code stays behind its fence: the workspace's lints forbid it, and no attribute lifts that, so what is left
/// to look at is whether every crate takes them.
fn unsafe_fence(file: &Path, text: &str, faults: &mut Vec<String>) {
    let member = file.starts_with("crates") || file.starts_with("xtask");
    let manifest = file.file_name().is_some_and(|name| name == "Cargo.toml");
    let inside = UNSAFE.iter().any(|folder| file.starts_with(folder));
    if member && manifest && !inside && !text.contains("[lints]\nworkspace = true") {
        let name = file.display();
        faults.push(format!("{name}: does not take the lints of the workspace, which forbid unsafe code"));
    }
}

/// Lock files of npm without addresses: they would name the registry of whoever made them.
fn lock_file(file: &Path, text: &str, faults: &mut Vec<String>) {
    if file.ends_with("package-lock.json") && text.contains("\"resolved\"") {
        faults.push(format!("{}: holds download addresses", file.display()));
    }
}
