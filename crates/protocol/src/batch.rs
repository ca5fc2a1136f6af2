//! Consent to several documents at once (批量意愿认证): extension fields of table 10, in the flat form that every parameter
//! has. `docHashes` is a list of digests in Base64, separated by commas; `docNames` their names, separated by slashes,
//! which no name in it may hold.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::error::Fault;
use crate::ids::DocName;
use crate::scalar::{Described, ParamValue, Scalar, TableType, text_of};

/// Documents that one consent may be for, at most.
pub const MOST_DOCUMENTS: u32 = 100;

/// Between digests: no character of Base64.
const COMMA: char = ',';
/// Between names.
const SLASH: char = '/';

/// The digests of several documents, each of 32 bytes, none twice, in the order in which the signer is shown them.
#[derive(Clone, PartialEq, Eq)]
pub struct DocHashes(Vec<[u8; 32]>);

impl DocHashes {
    /// Takes 1 to [`MOST_DOCUMENTS`] digests.
    ///
    /// # Errors
    /// 20002.
    pub fn new(digests: Vec<[u8; 32]>) -> Result<Self, Fault> {
        let fits = u32::try_from(digests.len()).is_ok_and(|count| (1..=MOST_DOCUMENTS).contains(&count));
        if !fits {
            return Err(Fault::malformed("doc-hashes", "应为 1 至 100 个杂凑值", "must be 1 to 100 digests"));
        }
        let mut sorted = digests.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != digests.len() {
            return Err(Fault::malformed("doc-hashes", "杂凑值重复", "names a digest twice"));
        }
        Ok(Self(digests))
    }

    /// Reads the list.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || {
            Fault::malformed(
                "doc-hashes",
                "应为逗号分隔的 32 字节杂凑值（Base64）",
                "must be digests of 32 bytes in Base64, separated by commas",
            )
        };
        let read = |part: &str| {
            let bytes = STANDARD.decode(part).map_err(|_| wrong())?;
            <[u8; 32]>::try_from(bytes).map_err(|_| wrong())
        };
        Self::new(text.split(COMMA).map(read).collect::<Result<_, _>>()?)
    }

    /// The digests.
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.0
    }

    /// The text on the wire.
    pub fn text(&self) -> String {
        self.0.iter().map(|digest| STANDARD.encode(digest)).collect::<Vec<_>>().join(",")
    }
}

impl fmt::Debug for DocHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocHashes({})", self.0.len())
    }
}

impl Scalar for DocHashes {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        ParamValue::Text(self.text())
    }
}

impl Described for DocHashes {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9+/=]{44}(,[A-Za-z0-9+/=]{44}){0,99}$" })
    }
}

/// The names of several documents, in the order of their digests.
#[derive(Clone, PartialEq, Eq)]
pub struct DocNames(Vec<DocName>);

impl DocNames {
    /// Reads the list: as many names as there are, none empty.
    ///
    /// # Errors
    /// 20002.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let most = usize::try_from(MOST_DOCUMENTS).unwrap_or(usize::MAX);
        let names: Vec<DocName> =
            text.split(SLASH).take(most + 1).map(DocName::parse).collect::<Result<_, _>>()?;
        if names.len() > most || names.iter().any(|name| name.as_str().is_empty()) {
            return Err(Fault::malformed(
                "doc-names",
                "应为 / 分隔的文件名",
                "must be names separated by slashes",
            ));
        }
        Ok(Self(names))
    }

    /// The names.
    pub fn names(&self) -> &[DocName] {
        &self.0
    }
}

impl fmt::Debug for DocNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocNames({})", self.0.len())
    }
}

impl Scalar for DocNames {
    fn read(value: &ParamValue, _: TableType) -> Result<Self, Fault> {
        Self::parse(text_of(value)?)
    }

    fn write(&self, _: TableType) -> ParamValue {
        let names: Vec<&str> = self.0.iter().map(DocName::as_str).collect();
        ParamValue::Text(names.join("/"))
    }
}

impl Described for DocNames {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string", "maxLength": 25_600 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_and_names_are_read_as_they_are_written() {
        let digests: Vec<[u8; 32]> = (0..100).map(|number| [number; 32]).collect();
        let hashes = DocHashes::new(digests.clone()).unwrap();
        assert_eq!(DocHashes::parse(&hashes.text()).unwrap().digests(), digests);
        for wrong in ["", ",", "AAAA", &format!("{},", hashes.text()), &hashes.text().replace('=', "")] {
            assert!(DocHashes::parse(wrong).is_err(), "{wrong}");
        }
        assert!(DocHashes::new(Vec::new()).is_err());
        assert!(DocHashes::new(vec![[1; 32], [1; 32]]).is_err());
        assert!(DocHashes::new((0..101).map(|number| [number; 32]).collect()).is_err());
        let names = DocNames::parse("合同.ofd/附件, 一.pdf").unwrap();
        assert_eq!(names.names().len(), 2);
        assert!(names.write(TableType::String) == ParamValue::Text("合同.ofd/附件, 一.pdf".to_owned()));
        for wrong in ["", "a//b", "/", &"a/".repeat(100)] {
            assert!(DocNames::parse(wrong).is_err(), "{wrong}");
        }
    }
}
