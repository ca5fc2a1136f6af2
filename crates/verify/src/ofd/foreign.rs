//! Files in a package that are for somebody who unpacks it, or for another program: programs, and documents of other formats.

use memchr::memmem;

/// Bytes of a file that tell what it is.
pub(super) const HEAD: usize = 1024;

/// How programs, archives and documents of other formats begin.
const BEGINNINGS: [&[u8]; 20] = [
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce",
    b"dex\n",
    b"#!",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"!<arch>",
    b"MSCF",
];
/// Web pages, in lower case.
const OF_PAGES: [&[u8]; 4] = [b"<html", b"<!doctype html", b"<svg", b"<script"];
/// In lower case: how the names of such files end.
const ENDINGS: [&str; 42] = [
    "7z", "apk", "bat", "chm", "class", "cmd", "com", "dex", "dll", "doc", "docx", "exe", "hta", "htm",
    "html", "jar", "js", "jse", "lnk", "mht", "mhtml", "msi", "ofd", "pdf", "ppt", "pptx", "ps1", "py",
    "rar", "rtf", "scr", "sh", "svg", "tar", "tgz", "vbe", "vbs", "wps", "xhtml", "xls", "xlsx", "zip",
];

/// Whether a file is a program or a document by its name or by how it begins.
pub(super) fn is_for_somebody_else(path: &str, head: &[u8]) -> bool {
    let ending = path.trim_end_matches([' ', '.']).rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let lower = head.to_ascii_lowercase();
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
        || BEGINNINGS.iter().any(|beginning| head.starts_with(beginning))
        || memmem::find(head, b"%PDF-").is_some()
        || OF_PAGES.iter().any(|page| memmem::find(&lower, page).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_for_somebody_else;

    #[test]
    fn programs_and_documents_are_known_by_name_or_beginning() {
        for (path, head) in [
            ("a.EXE", &b""[..]),
            ("a.pdf. ", b""),
            ("a", b"MZ\x90"),
            ("a", b"junk %PDF-1.4"),
            ("a", b"PK\x03\x04"),
            ("a.dat", b"\xef\xbb\xbf <!-- --><HTML>"),
            ("a.txt", b"#!/bin/sh"),
        ] {
            assert!(is_for_somebody_else(path, head), "{path}");
        }
        for (path, head) in
            [("notes.txt", "已归档".as_bytes()), ("a.xml", b"<note/>"), ("a.png", b"\x89PNG"), ("pdf", b"")]
        {
            assert!(!is_for_somebody_else(path, head), "{path}");
        }
    }
}
