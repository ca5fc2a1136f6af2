//! The columns of stock files: the fields of table 1, and what an export adds to them.

use protocol::schema::RequestTable;
use protocol::tables::FilingRequest;
use protocol::{ParamValue, TableType};

/// The seal's state by the numbers of table 3 (1 enabled, 3 revoked, 4 disabled); read by the import too.
pub const STATE: &str = "state";
/// The platform's code of the seal. An import leaves it aside, unless it is told to keep the codes.
pub const SEAL_CODE: &str = "sealCode";
/// The operation of table 1; an import files (1) and nothing else.
pub const BIZ_TYPE: &str = "bizType";
/// What an export adds for people, and an import leaves aside: system, version of the content, times (UTC).
pub const TOLD: [&str; 4] = ["appId", "contentVersion", "filedAt", "changedAt"];

/// The columns of an export, in their order.
pub fn exported() -> Vec<&'static str> {
    let table = FilingRequest::TABLE.fields.iter().map(|field| field.name);
    let table = table.filter(|name| *name != BIZ_TYPE && *name != SEAL_CODE);
    [SEAL_CODE].into_iter().chain(table).chain([STATE]).chain(TOLD).collect()
}

/// Whether a file may have this column.
pub fn is_known(name: &str) -> bool {
    let in_table = FilingRequest::TABLE.fields.iter().any(|field| field.name == name);
    in_table || name == "ukeyId" || name == STATE || TOLD.contains(&name)
}

/// A value of a CSV file: a number where its column holds one and it is written plainly, else the text.
pub(super) fn value(name: &str, text: &str) -> ParamValue {
    let fields = FilingRequest::TABLE.fields;
    let integer = fields.iter().any(|field| field.name == name && field.table_type == TableType::Integer);
    match text.parse::<i128>() {
        Ok(number) if (integer || name == STATE) && number.to_string() == text => ParamValue::Integer(number),
        _ => ParamValue::Text(text.to_owned()),
    }
}

/// What table calculators take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What keeps them from it.
const GUARD: char = '\'';

/// A text as it stands in a CSV file: one that a table calculator would run as a formula begins with an apostrophe.
/// [`unguarded`] takes it away again.
pub(super) fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if text.trim_start_matches(GUARD).starts_with(FORMULA) {
        return format!("{GUARD}{text}").into();
    }
    text.into()
}

/// A text from a CSV file, without the apostrophe that [`guarded`] put before it.
pub(super) fn unguarded(text: &str) -> &str {
    match text.strip_prefix(GUARD) {
        Some(rest) if rest.trim_start_matches(GUARD).starts_with(FORMULA) => rest,
        _ => text,
    }
}

/// Appends a field to a line of CSV (RFC 4180).
pub(super) fn put_csv(line: &mut String, text: &str) {
    let text = guarded(text);
    if text.contains(['"', ',', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back_as_they_were() {
        for text in ["=1+1", "@x", "'=1", "''-2", "'a", "plain", "", "-", "'"] {
            let stands = guarded(text);
            assert!(!stands.starts_with(FORMULA), "{stands}");
            assert_eq!(unguarded(&stands), text);
        }
        let mut line = String::new();
        put_csv(&mut line, "a\"b,c");
        assert_eq!(line, "\"a\"\"b,c\"");
    }

    #[test]
    fn numbers_are_numbers_only_in_their_columns() {
        let number = |name: &str, text: &str| match value(name, text) {
            ParamValue::Integer(number) => Some(number),
            ParamValue::Text(_) => None,
        };
        assert_eq!(number("certType", "2"), Some(2));
        assert_eq!(number("certType", "02"), None);
        assert_eq!(number("sealType", "01"), None);
        assert_eq!(number(STATE, "4"), Some(4));
        assert!(is_known("UKeyId") && is_known("validEnd") && is_known("filedAt") && !is_known("sign"));
        assert!(exported().iter().all(|name| is_known(name)));
    }
}
