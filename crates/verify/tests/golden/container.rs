//! The file as a container.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::sealed;
use verify::Status::{Bad, Note, Unknown};
use verify::catalogue as rule;

use crate::{Golden, golden, golden_bytes};

pub(crate) fn goldens() -> Vec<Golden> {
    let good = sealed(Mode::Lock);
    let with = |change: &dyn Fn(&mut testkit::lab::Files)| {
        let mut files = good.clone();
        change(&mut files);
        files
    };
    let page = "Doc_0/Pages/Page_0/Content.xml";
    let doubled = with(&|files| {
        let content = files.get(page).to_vec();
        files.add(page, content);
    });
    let added = |name: &str| with(&|files| _ = files.add(name, ""));
    let other_case = added("doc_0/pages/page_0/content.xml");
    let under_a_file = added("Doc_0/Pages/Page_0/Content.xml/x/");
    let encrypted = with(&|files| files.file("Doc_0/PublicRes.xml").flags = 1);
    let damaged = with(&|files| files.file("Doc_0/PublicRes.xml").crc_offset = 1);
    let prefixed = with(&|files| files.before = b"#!header\n".to_vec());
    let padded = with(&|files| files.after = b"\0\0 \r\n".to_vec());
    let doubled_archive = with(&|files| {
        files.after = files.clone().to_zip();
        files.after.truncate(200);
    });
    let backslash = with(&|files| {
        for file in &mut files.list {
            file.name = file.name.replace("Doc_0/PublicRes.xml", "Doc_0\\PublicRes.xml");
        }
    });
    let mut small = golden(&good, &rule::CONTAINER_LIMITS, Unknown);
    small.options.limits.file_len = 1000;
    let mut few = golden(&good, &rule::CONTAINER_LIMITS, Unknown).also(&rule::SIGNATURES_NONE, Unknown);
    few.options.limits.signatures = 0;
    vec![
        golden(&good, &rule::CONTAINER_FORMAT, verify::Status::Good),
        // What we write is right to the letter.
        golden(&good, &rule::CONTAINER_FORMAT, verify::Status::Good).strict(),
        golden_bytes(b"no archive at all".to_vec(), &rule::CONTAINER_FORMAT, Unknown),
        small,
        few,
        golden(&doubled, &rule::CONTAINER_DUPLICATES, Bad),
        golden(&other_case, &rule::CONTAINER_NAMES, Unknown)
            .also(&rule::COVERAGE_EXTRA, Unknown)
            .also(&rule::COVERAGE_ADDED, Unknown)
            .also(&rule::ADDED_FILES, Unknown),
        golden(&under_a_file, &rule::CONTAINER_NAMES, Unknown),
        golden(&encrypted, &rule::CONTAINER_CONTENT, Unknown)
            .also(&rule::REFERENCES, Unknown)
            .also(&rule::DOCUMENT_STRUCTURE, Unknown)
            .also(&rule::COVERAGE_SHOWN, Unknown),
        golden(&damaged, &rule::CONTAINER_CONTENT, Bad)
            .also(&rule::REFERENCES, Unknown)
            .also(&rule::DOCUMENT_STRUCTURE, Unknown)
            .also(&rule::COVERAGE_SHOWN, Unknown),
        // Only padding is let pass; of anything else nobody knows what it is to another program.
        golden(&padded, &rule::CONTAINER_SURROUNDINGS, Note),
        golden(&padded, &rule::CONTAINER_SURROUNDINGS, Bad).strict(),
        golden(&prefixed, &rule::CONTAINER_SURROUNDINGS, Unknown),
        golden(&prefixed, &rule::CONTAINER_SURROUNDINGS, Bad).strict(),
        golden(&doubled_archive, &rule::CONTAINER_SURROUNDINGS, Unknown),
        golden(&backslash, &rule::CONTAINER_DEVIATION, Note),
        golden(&backslash, &rule::CONTAINER_DEVIATION, Bad).strict(),
    ]
}
