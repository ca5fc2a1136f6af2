//! Text for people: Chinese first, English beside it.

use jiff::Timestamp;

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

/// A time for people: China's wall clock, whole seconds, without the zone's name.
fn wall_clock(at: Timestamp) -> String {
    jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time for people with the zone it is told in.
pub(crate) fn moment(at: Timestamp) -> Detail {
    let at = wall_clock(at);
    Detail::new(format!("北京时间 {at}"), format!("{at} (Beijing time, +08:00)"))
}

/// What is wrong with a time outside a period: that it has not begun, or that it is over.
pub(crate) fn outside_period(from: Timestamp, to: Timestamp, judged_for: Timestamp) -> Detail {
    let began = from.as_second() <= judged_for.as_second();
    let (from, to, at) = (wall_clock(from), wall_clock(to), wall_clock(judged_for));
    let (zh, en) = if began {
        (format!("已于 {to} 过期"), format!("expired since {to}"))
    } else {
        (format!("尚未生效，{from} 起有效"), format!("not yet valid until {from}"))
    };
    Detail::new(
        format!("{zh}；有效期 {from} 至 {to}，所判时间 {at}（北京时间 +08:00）"),
        format!("{en}; from {from} to {to}, judged for {at} (Beijing time, +08:00)"),
    )
}

/// Text from a hostile file made fit for a line on a screen: plain, bounded.
pub(crate) fn printable(text: &str) -> String {
    const MOST: usize = 200;
    let clean: String = text.chars().map(plain_char).take(MOST).collect();
    if text.chars().nth(MOST).is_some() { format!("{clean}…") } else { clean }
}

/// Text that somebody else chose, such as the name of a file, without what ends a line, moves a cursor or turns the
/// order of reading.
pub fn plain(text: &str) -> String {
    text.chars().map(plain_char).collect()
}

fn plain_char(c: char) -> char {
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    if c.is_control() || turns { '\u{FFFD}' } else { c }
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
    fn a_period_has_not_begun_or_is_over() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let early = outside_period(from, to, at("2025-12-31T23:59:59Z"));
        assert!(early.en.starts_with("not yet valid until 2026-01-01 08:00:00; "), "{}", early.en);
        assert!(early.zh.starts_with("尚未生效") && early.zh.contains("北京时间"), "{}", early.zh);
        let late = outside_period(from, to, at("2027-01-01T00:00:01Z"));
        assert!(late.en.starts_with("expired since 2027-01-01 08:00:00; "), "{}", late.en);
        assert!(late.en.ends_with("judged for 2027-01-01 08:00:01 (Beijing time, +08:00)"), "{}", late.en);
        assert_eq!(moment(from).zh, "北京时间 2026-01-01 08:00:00");
    }

    #[test]
    fn hostile_names_are_printable() {
        assert_eq!(printable("a\u{1b}[31mb\n"), "a\u{FFFD}[31mb\u{FFFD}");
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 201);
    }
}
