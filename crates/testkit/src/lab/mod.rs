//! The workshop for documents that are good, and for documents that are bad in exactly one way.
//!
//! Good ones come from the product's own writer. To make a bad one, the parts are taken apart ([`Files`]),
//! changed, and put together again: [`SealSpec`] and [`ValueSpec`] write seals and signature values with any
//! field wrong that one likes, in the structure of any version, and [`Files::to_zip`] writes archives that
//! no careful writer would.

#![expect(clippy::expect_used, reason = "test support: what cannot be made must stop the test")]

mod files;
mod seal;
mod value;

pub use files::{File, Files};
pub use seal::{Layout, SealSpec, ValueForm};
pub use value::{MakeToken, PlainForm, PlainSpec, ValueSpec, token};

use formats::ofd::compose::{Composer, FontFace};
use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Stamp, prepare};
use jiff::Timestamp;

/// The signing time of the lab's documents.
pub const SIGNED_AT: &str = "2026-03-01T08:00:00Z";
/// The time at which they are judged.
pub const JUDGED_AT: &str = "2026-06-01T00:00:00Z";

/// A document of two pages.
///
/// # Panics
/// Never: its content is fixed.
pub fn document() -> Vec<u8> {
    let mut composer =
        Composer::new("0123456789abcdef0123456789abcdef", "测试合同", crate::pki::at(SIGNED_AT));
    for number in 1..=2 {
        composer.page(|page| {
            page.text(20.0, 30.0, 6.0, FontFace::Song, &format!("第 {number} 页，金额 10600.00 元"));
        });
    }
    composer.finish().expect("a small document")
}

/// A document prepared for one more seal or signature, as files with everything but the signature value.
///
/// # Panics
/// When the document refuses to be signed.
pub fn prepared(ofd: &[u8], kind: Kind, mode: Mode, signing_time: Timestamp) -> PreparedFiles {
    let stamps = match kind {
        Kind::Seal(_) => vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)],
        Kind::Sign => Vec::new(),
    };
    let provider = Provider {
        name: "sealbridge lab".to_owned(),
        version: Some("1".to_owned()),
        company: Some("sealbridge".to_owned()),
    };
    let placement = Placement { body: 0, kind, stamps, provider, signing_time, mode };
    let prepared = prepare(ofd, &placement, &Limits::default()).expect("a document that can be signed");
    // An empty value stands for the one to come; embedding is the writer's business, not the lab's.
    let path = prepared.property_info();
    let with_value =
        formats::ofd::embed(&prepared, b"value to come", &Limits::default()).expect("room for a value");
    let folder = path.trim_start_matches('/').trim_end_matches("/Signature.xml").to_owned();
    PreparedFiles { files: Files::from_zip(&with_value), folder }
}

/// The files of a prepared document, and the folder of the new signature.
#[derive(Clone)]
pub struct PreparedFiles {
    /// All files.
    pub files: Files,
    /// The folder of the signature, without slashes around it.
    pub folder: String,
}

impl PreparedFiles {
    /// Path of the description.
    pub fn description(&self) -> String {
        format!("{}/Signature.xml", self.folder)
    }

    /// Changes the text of the description before it is signed.
    #[must_use]
    pub fn describing(mut self, change: impl Fn(&str) -> String) -> Self {
        let path = self.description();
        self.files.edit(&path, change);
        self
    }

    /// Puts in the value that `spec` makes with a seal.
    #[must_use]
    pub fn sealed(mut self, seal: &[u8], spec: &ValueSpec) -> Files {
        let path = self.description();
        let value = spec.write(seal, self.files.get(&path), &format!("/{path}"));
        self.files.set(&format!("{}/SignedValue.dat", self.folder), value);
        self.files
    }

    /// Puts in the value of a plain signature.
    #[must_use]
    pub fn signed(mut self, spec: &PlainSpec) -> Files {
        let value = spec.write(self.files.get(&self.description()));
        self.files.set(&format!("{}/SignedValue.dat", self.folder), value);
        self.files
    }
}

/// The document with one seal, all as it should be.
pub fn sealed(mode: Mode) -> Files {
    let seal = SealSpec::good().write();
    prepared(&document(), Kind::Seal(seal.clone()), mode, crate::pki::at(SIGNED_AT))
        .sealed(&seal, &ValueSpec::good())
}
