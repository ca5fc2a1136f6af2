//! Where the fields of a configuration stand in its text.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration with the place of everything in it.
pub(super) struct Places<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

impl<'a> Places<'a> {
    /// Reads the text.
    pub(super) fn of(text: &'a str) -> Result<Self, Box<toml::de::Error>> {
        Ok(Self { text, table: DeTable::parse(text)? })
    }

    /// Whether the text has this field at its top.
    pub(super) fn has(&self, field: &str) -> bool {
        self.table.get_ref().contains_key(field)
    }

    /// Line and column, from 1, of a dotted field; where it is not written, of the table that it would be in.
    pub(super) fn find(&self, field: &str) -> (usize, usize) {
        let mut table = self.table.get_ref();
        let mut offset = 0;
        for part in field.split('.') {
            let Some((key, value)) = table.get_key_value(part) else { break };
            offset = key.span().start;
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => break,
            }
        }
        line_and_column(self.text, offset)
    }
}

/// Line and column, from 1, of a byte; columns are characters.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_where_they_are_written() {
        let text = "# 注\nname = \"印\"\n[a]\n  b = 1\n[a.c]\nd.e = 2\n[a.c.f]\n";
        let places = Places::of(text).unwrap();
        assert_eq!(places.find("name"), (2, 1));
        assert_eq!(places.find("a.b"), (4, 3));
        assert_eq!(places.find("a.c.d.e"), (6, 3));
        assert_eq!(places.find("a.c.nothing"), (5, 4));
        assert_eq!(places.find("nothing"), (1, 1));
        assert!(places.has("a") && !places.has("b"));
        assert_eq!(line_and_column("印章\n章x", 10), (2, 2));
    }
}
