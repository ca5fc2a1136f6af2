//! Breaking text into lines.

/// Marks that must not begin a line (避头标点).
const NOT_FIRST: &str = "，。、；：！？）》」』】”’%,.;:!?)]}";

/// The width of a character in units of its size: half for Latin, whole for Chinese.
pub(crate) fn advance(character: char) -> f64 {
    if character.is_ascii() { 0.5 } else { 1.0 }
}

/// The width of a text in units of its size.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

/// Breaks `text` into lines of at most `room` (in units of the character size), the first being `indent`
/// shorter. A mark that must not begin a line takes the character before it along.
pub(super) fn lines(text: &str, room: f64, indent: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = indent;
    for character in text.chars() {
        let wide = advance(character);
        if used + wide > room && !line.is_empty() {
            let carried =
                if NOT_FIRST.contains(character) && line.chars().count() > 1 { line.pop() } else { None };
            lines.push(std::mem::take(&mut line));
            line.extend(carried);
            used = carried.map_or(0.0, advance);
        }
        line.push(character);
        used += wide;
    }
    lines.push(line);
    lines
}
