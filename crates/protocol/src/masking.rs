//! Masking of personal data for screens and logs (GB/T 35273-2020, 7.2).
//!
//! Names of organisations and their credit codes are public and are shown; what identifies a person is not.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scalar::{Described, TableType};

/// Surnames of two characters; a name that starts with one shows both.
const DOUBLE_SURNAMES: &[&str] = &[
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟",
    "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离",
    "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷",
    "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭",
    "南门", "羊舌", "微生", "公户", "公玉", "公仪", "梁丘", "公仲", "公上", "公门", "公山", "公坚", "左丘",
    "公伯", "西门", "公祖", "第五", "公乘", "贯丘", "公皙", "南荣", "东里", "东宫", "仲长", "子书", "子桑",
    "即墨", "达奚", "褚师", "纳兰",
];

/// A person's name: the surname, then one star whatever the length. A single character is all star.
pub fn name(text: &str) -> String {
    if let Some(surname) = DOUBLE_SURNAMES.iter().find(|s| text.starts_with(**s) && text.len() > s.len()) {
        return format!("{surname}*");
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(_)) => format!("{first}*"),
        _ => "*".to_owned(),
    }
}

/// An identity number: the first three and the last four characters, stars between. A text too short to hide
/// anything that way is all stars.
pub fn id_number(text: &str) -> String {
    keep(text, 3, 4)
}

/// A mobile number: `138****1234`.
pub fn mobile(text: &str) -> String {
    keep(text, 3, 4)
}

/// A secret: nothing is shown, not even the length.
pub fn secret(_: &str) -> String {
    "***".to_owned()
}

/// Shows `head` and `tail` characters when at least as many again are hidden.
fn keep(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let shown = head + tail;
    if chars.len() < shown + 4 {
        return "*".repeat(chars.len().max(1));
    }
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len() - tail).collect();
    format!("{start}{}{end}", "*".repeat(chars.len() - shown))
}

/// Something personal that has no type of its own: it never prints.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value in clear. Whoever calls this is answerable for where it goes.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value in clear, by value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(***)")
    }
}

impl<T: Described> Described for Personal<T> {
    fn schema(wire: TableType) -> serde_json::Value {
        T::schema(wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_the_surname_only() {
        assert_eq!(name("张三"), "张*");
        assert_eq!(name("张三丰"), "张*");
        assert_eq!(name("欧阳修"), "欧阳*");
        assert_eq!(name("欧阳"), "欧*");
        assert_eq!(name("李"), "*");
        assert_eq!(name(""), "*");
        assert_eq!(name("John Smith"), "J*");
    }

    #[test]
    fn numbers_show_their_ends() {
        assert_eq!(id_number("11010519491231002X"), "110***********002X");
        assert_eq!(mobile("13800001234"), "138****1234");
        assert_eq!(id_number("E1234567"), "********");
    }

    #[test]
    fn personal_values_do_not_print() {
        let value = Personal::new("张三".to_owned());
        assert!(!format!("{value:?}").contains('张'));
        assert_eq!(value.expose(), "张三");
    }
}
