//! What the tests of packages share.

use crate::support::{at, pki, seal};
use sealbridge_formats::ofd::compose::{Composer, FontFace};
use sealbridge_formats::ofd::{
    Kind, Limits, Mode, Outcome, Package, Placement, Prepared, Provider, Signature, Stamp, embed, prepare,
};
use sealbridge_formats::ses::assemble_signature;
use sealbridge_formats::zip::{Archive, DosTime, Writer};
use std::path::PathBuf;

/// The signing time of all tests.
pub(crate) const TIME: &str = "2026-03-01T02:03:04Z";

/// A document of `pages` A4 pages.
pub(crate) fn document(pages: usize) -> Vec<u8> {
    let mut composer = Composer::new("0123456789abcdef0123456789abcdef", "测试", at("2025-01-01T00:00:00Z"));
    for number in 1..=pages {
        composer.page(|page| {
            page.text(20.0, 20.0, 5.0, FontFace::Song, &format!("第 {number} 页"));
        });
    }
    composer.finish().unwrap()
}

/// A seal on the first page.
pub(crate) fn sealing(mode: Mode) -> Placement {
    Placement {
        body: 0,
        kind: Kind::Seal(seal()),
        stamps: vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)],
        provider: Provider {
            name: "sealbridge <test>".to_owned(),
            version: Some("0.1".to_owned()),
            company: None,
        },
        signing_time: at(TIME),
        mode,
    }
}

/// A plain signature.
pub(crate) fn signing(mode: Mode) -> Placement {
    Placement { kind: Kind::Sign, stamps: Vec::new(), ..sealing(mode) }
}

/// Prepares, signs and embeds.
pub(crate) fn applied(ofd: &[u8], placement: &Placement) -> Vec<u8> {
    let prepared = prepare(ofd, placement, &Limits::default()).unwrap();
    finish(&prepared, placement)
}

/// Signs and embeds.
pub(crate) fn finish(prepared: &Prepared, placement: &Placement) -> Vec<u8> {
    let signer = &pki().signer;
    let signature = crypto::Signer::sign(&signer.key, prepared.to_sign()).unwrap();
    let value = match placement.kind {
        Kind::Seal(_) => assemble_signature(prepared.to_sign(), signer.der(), &signature, None),
        Kind::Sign => {
            let draft = sealbridge_formats::cms::SignedDataDraft::detached(
                *prepared.data_hash(),
                prepared.signing_time(),
            );
            draft.assemble(signer.der(), &signature, &[], None, None).unwrap()
        }
    };
    embed(prepared, &value, &Limits::default()).unwrap()
}

/// All signatures of the first document.
pub(crate) fn signatures(package: &Package<'_>) -> Vec<Signature> {
    let list = package.signatures(0).unwrap().unwrap();
    list.entries.iter().map(|entry| (*package.signature(entry).unwrap()).clone()).collect()
}

/// Paths that a signature covers, sorted; every digest must be right.
pub(crate) fn covered(package: &Package<'_>, signature: &Signature) -> Vec<String> {
    let checks = package.check_references(signature);
    let bad: Vec<_> = checks.iter().filter(|check| check.outcome != Outcome::Match).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let mut paths: Vec<String> = checks.into_iter().map(|check| check.path).collect();
    paths.sort();
    paths
}

/// Every file of `before` is in `after` with the same local record, but for those named.
pub(crate) fn assert_kept(before: &[u8], after: &[u8], but: &[&str]) {
    let limits = sealbridge_formats::zip::Limits::default();
    let (before, after) = (Archive::open(before, &limits).unwrap(), Archive::open(after, &limits).unwrap());
    assert_eq!(after.facts(), []);
    let names = |archive: &Archive<'_>| -> Vec<String> {
        archive.entries().iter().map(|entry| entry.name().to_owned()).collect()
    };
    assert!(names(&after).starts_with(&names(&before)));
    for entry in before.entries() {
        let kept = after.find(entry.path()).unwrap();
        let same = before.record(entry) == after.record(kept);
        assert_eq!(same, !but.contains(&entry.path()), "{}", entry.path());
        if same {
            let (old, new) = (before.central_record(entry), after.central_record(kept));
            assert_eq!((&old[..42], &old[46..]), (&new[..42], &new[46..]));
        }
    }
}

/// An archive of these files.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(DosTime::from_timestamp(at(TIME)));
    for (path, content) in files {
        writer.add(path, content).unwrap();
    }
    writer.finish().unwrap()
}

/// `ofd` with some files changed or added.
pub(crate) fn changed(ofd: &[u8], files: &[(&str, &[u8])]) -> Vec<u8> {
    let archive = Archive::open(ofd, &sealbridge_formats::zip::Limits::default()).unwrap();
    let mut rewrite = sealbridge_formats::zip::Rewrite::new(&archive, DosTime::from_timestamp(at(TIME)));
    for (path, content) in files {
        match archive.find(path) {
            Some(_) => rewrite.replace(path, content.to_vec()).unwrap(),
            None => rewrite.add(path, content.to_vec()).unwrap(),
        }
    }
    rewrite.finish().unwrap()
}

/// The folder with the samples: `$SEALBRIDGE_SHARED`, or `../shared` beside the workspace.
pub(crate) fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("SEALBRIDGE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("samples/ofd");
    if folder.join("INDEX.md").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: no samples in {}", folder.display());
    None
}

/// Every OFD of the samples' index with its column `checks`, one part for each signature.
pub(crate) fn indexed(folder: &std::path::Path) -> Vec<(PathBuf, Vec<String>)> {
    let index = std::fs::read_to_string(folder.join("INDEX.md")).unwrap();
    let (mut section, mut column, mut found) = (String::new(), 0, Vec::new());
    for line in index.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.split('/').next().unwrap().trim().clone_into(&mut section);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if cells.get(1) == Some(&"file") {
            column = cells.iter().position(|cell| *cell == "checks").unwrap_or(0);
        } else if cells.get(1).is_some_and(|name| name.to_lowercase().ends_with(".ofd")) {
            let checks = cells.get(column).copied().unwrap_or("-");
            let parts = checks.split(';').map(|part| part.trim().to_owned());
            found.push((folder.join(&section).join(cells[1]), parts.filter(|part| part != "-").collect()));
        }
    }
    found
}
