//! Names of elements and attributes.

/// Whether this is a name with at most one prefix (Namespaces in XML, production 7; the characters are those of XML 1.0,
/// productions 4 and 4a).
pub(super) fn is_qualified_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let is_name = |part: &str| part.starts_with(begins) && part.chars().all(follows);
    parts.next().is_some_and(is_name) && parts.next().is_none_or(is_name) && parts.next().is_none()
}

/// NameStartChar, without the colon.
fn begins(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// NameChar, without the colon.
fn follows(character: char) -> bool {
    begins(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::is_qualified_name;

    #[test]
    fn names_are_those_of_xml() {
        for name in ["a", "o:a", "_1.2-x", "签章", "o:é·"] {
            assert!(is_qualified_name(name), "{name}");
        }
        for name in [
            "",
            ":",
            "a:",
            ":a",
            "a:b:c",
            "1a",
            "-a",
            "a b",
            "\u{85}Type",
            "a\u{a0}",
            "\u{3000}a",
            "o:\u{b7}a",
            "×",
        ] {
            assert!(!is_qualified_name(name), "{name:?}");
        }
    }
}
