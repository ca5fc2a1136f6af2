//! Writing `Signature.xml` (GB/T 33190-2016 §18.2), in the schema's order of elements.

use super::placement::Stamp;
use crate::ofd::{NAMESPACE, Provider};
use crate::xml;
use base64::Engine as _;
use jiff::Timestamp;
use std::fmt::Write as _;

/// SM2 with SM3.
const SIGNATURE_METHOD: &str = "1.2.156.10197.1.501";
/// SM3.
const CHECK_METHOD: &str = "1.2.156.10197.1.401";

/// Everything that the description of a signature holds.
pub(super) struct Description<'d> {
    pub provider: &'d Provider,
    pub signing_time: Timestamp,
    /// Path and SM3 digest of every covered file.
    pub references: &'d [(String, Vec<u8>)],
    /// Id, id of the page, and place of every stamp.
    pub stamps: &'d [(String, String, Stamp)],
    /// Path of the seal's file, for a seal.
    pub seal_path: Option<&'d str>,
    pub value_path: &'d str,
}

impl Description<'_> {
    /// The file's bytes.
    pub(super) fn to_xml(&self) -> Vec<u8> {
        let mut out = String::with_capacity(1024 + self.references.len() * 160);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        // Writing into a String cannot fail.
        let _ = self.write(&mut out);
        out.into_bytes()
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(out, r#"<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo>"#)?;
        self.write_provider(out)?;
        write!(out, "<ofd:SignatureMethod>{SIGNATURE_METHOD}</ofd:SignatureMethod>")?;
        // The same text as in TBS_Sign: UTC, so that no reader can take it for local time.
        let time = self.signing_time.strftime("%Y%m%d%H%M%SZ");
        write!(out, "<ofd:SignatureDateTime>{time}</ofd:SignatureDateTime>")?;
        write!(out, r#"<ofd:References CheckMethod="{CHECK_METHOD}">"#)?;
        for (path, digest) in self.references {
            let value = base64::engine::general_purpose::STANDARD.encode(digest);
            let path = xml::attribute(path);
            write!(out, r#"<ofd:Reference FileRef="/{path}"><ofd:CheckValue>{value}"#)?;
            out.push_str("</ofd:CheckValue></ofd:Reference>");
        }
        out.push_str("</ofd:References>");
        for (id, page, stamp) in self.stamps {
            write!(out, r#"<ofd:StampAnnot ID="{id}" PageRef="{}""#, xml::attribute(page))?;
            write!(out, r#" Boundary="{}""#, stamp.boundary.to_text())?;
            if let Some(clip) = stamp.clip {
                write!(out, r#" Clip="{}""#, clip.to_text())?;
            }
            out.push_str("/>");
        }
        if let Some(path) = self.seal_path {
            write!(out, "<ofd:Seal><ofd:BaseLoc>/{}</ofd:BaseLoc></ofd:Seal>", xml::text(path))?;
        }
        let value_path = xml::text(self.value_path);
        write!(out, "</ofd:SignedInfo><ofd:SignedValue>/{value_path}</ofd:SignedValue></ofd:Signature>")
    }

    fn write_provider(&self, out: &mut String) -> std::fmt::Result {
        write!(out, r#"<ofd:Provider ProviderName="{}""#, xml::attribute(&self.provider.name))?;
        for (name, value) in [("Version", &self.provider.version), ("Company", &self.provider.company)] {
            if let Some(value) = value {
                write!(out, r#" {name}="{}""#, xml::attribute(value))?;
            }
        }
        out.push_str("/>");
        Ok(())
    }
}
