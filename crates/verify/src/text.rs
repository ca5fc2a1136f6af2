//! Text for people: Chinese first, English beside it.

/// A fixed text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// Both languages.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }
}

/// The particulars of one case, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Detail {
    /// Both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same words in both languages: names, paths, times.
    pub fn same(words: impl Into<String>) -> Self {
        let words = words.into();
        Self { zh: words.clone(), en: words }
    }

    /// A list of names, at most `most` of them, and how many more there are.
    pub fn list<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let shown: Vec<String> = names.iter().take(most).map(|name| printable(name)).collect();
        let rest = names.len().saturating_sub(most);
        if rest == 0 {
            return Self::new(shown.join("、"), shown.join(", "));
        }
        Self::new(
            format!("{} 等共 {} 项", shown.join("、"), names.len()),
            format!("{} and {rest} more", shown.join(", ")),
        )
    }
}

/// Text from a hostile file made fit for a line on a screen: no control characters, bounded.
pub(crate) fn printable(text: &str) -> String {
    const MOST: usize = 200;
    let clean: String =
        text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(MOST).collect();
    if text.chars().nth(MOST).is_some() { format!("{clean}…") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_and_counted() {
        let three = Detail::list(["/a", "/b", "/c"], 2);
        assert_eq!(three.zh, "/a、/b 等共 3 项");
        assert_eq!(three.en, "/a, /b and 1 more");
        assert_eq!(Detail::list(["/a"], 2).en, "/a");
    }

    #[test]
    fn hostile_names_are_printable() {
        assert_eq!(printable("a\u{1b}[31mb\n"), "a\u{FFFD}[31mb\u{FFFD}");
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 201);
    }
}
