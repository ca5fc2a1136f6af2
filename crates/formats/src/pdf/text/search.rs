//! Finding a keyword in the glyphs of a page.

use super::{Glyph, PageText};
use crate::pdf::Rect;
use crate::pdf::matrix::around;

/// A wider gap than so many sizes of the type is between columns.
const MOST_GAP: f64 = 5.0;
/// Baselines that are nearer than this part of the size of the type are one line.
const SAME_LINE: f64 = 0.3;
/// Glyphs with the same text that cover one another by more than this part are one, drawn twice to be bold.
const SAME_GLYPH: f64 = 0.5;

/// The ideographs that the Kangxi radicals from U+2F00 on look like: fonts often name the one for the other.
const RADICALS: &str = "\
    一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾\
    干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生\
    用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷\
    豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻\
    黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";

/// The same for the simplified ones among the supplement from U+2E80 on.
const MORE_RADICALS: [(u32, char); 24] = [
    (0x2E9F, '母'),
    (0x2EA0, '民'),
    (0x2EC4, '西'),
    (0x2EC5, '见'),
    (0x2EC9, '贝'),
    (0x2ECB, '车'),
    (0x2ED3, '长'),
    (0x2ED4, '门'),
    (0x2ED8, '青'),
    (0x2ED9, '韦'),
    (0x2EDA, '页'),
    (0x2EDB, '风'),
    (0x2EDC, '飞'),
    (0x2EDD, '食'),
    (0x2EE2, '马'),
    (0x2EE3, '骨'),
    (0x2EE5, '鱼'),
    (0x2EE6, '鸟'),
    (0x2EE8, '麦'),
    (0x2EE9, '黄'),
    (0x2EEC, '齐'),
    (0x2EEE, '齿'),
    (0x2EF0, '龙'),
    (0x2EF3, '龟'),
];

/// Text without spaces, full and half width forms and radicals made one.
pub(super) fn normal(text: &str) -> String {
    text.chars().filter_map(normal_char).collect()
}

fn normal_char(char: char) -> Option<char> {
    let code = u32::from(char);
    match code {
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0),
        0xFFE5 => Some('¥'),
        0x2F00..=0x2FD5 => RADICALS.chars().nth(usize::try_from(code - 0x2F00).ok()?).map(simplified),
        0x2E80..=0x2EF3 => MORE_RADICALS.iter().find(|(radical, _)| *radical == code).map(|(_, char)| *char),
        0xAD | 0x200B..=0x200F | 0x2060 | 0xFEFF => None,
        _ => (!char.is_whitespace() && !char.is_control()).then_some(simplified(char)),
    }
}

/// Two forms of one character that differ in fonts only.
const fn simplified(char: char) -> char {
    match char {
        '戶' => '户',
        '靑' => '青',
        other => other,
    }
}

/// A glyph seen along its line.
struct Seen<'p> {
    glyph: &'p Glyph,
    /// Number of its direction.
    turn: i32,
    /// Distance of its line from the origin, growing downwards for lines that go to the right.
    across: f64,
    /// Its place along the line.
    along: f64,
}

impl<'p> Seen<'p> {
    fn new(glyph: &'p Glyph) -> Self {
        let ((x, y), (dx, dy)) = (glyph.origin, glyph.direction);
        // Directions are told apart to about half a degree.
        #[expect(clippy::cast_possible_truncation, reason = "between -360 and 360")]
        let turn = (dy.atan2(dx).to_degrees() * 2.0).round() as i32;
        // Straight on is one direction, whatever the sign of a rounding error.
        Self {
            glyph,
            turn: turn.rem_euclid(720),
            across: x.mul_add(dy, -(y * dx)),
            along: x.mul_add(dx, y * dy),
        }
    }

    fn end(&self) -> f64 {
        self.along + self.glyph.advance
    }
}

/// The boxes of a keyword, which is normal already, from the top of the page.
pub(super) fn places(page: &PageText, wanted: &str) -> Vec<Rect> {
    let mut places: Vec<Rect> =
        lines(page).iter().flat_map(|line| places_in_line(page, line, wanted)).collect();
    places.sort_by(|a, b| b.top.total_cmp(&a.top).then(a.left.total_cmp(&b.left)));
    places
}

/// The lines of a page: glyphs of one direction and baseline in the order in which they stand, without wide gaps.
fn lines(page: &PageText) -> Vec<Vec<&Glyph>> {
    let mut seen: Vec<Seen<'_>> = page.glyphs.iter().map(Seen::new).collect();
    seen.sort_by(|a, b| a.turn.cmp(&b.turn).then(a.across.total_cmp(&b.across)));
    let near = |a: &Seen<'_>, b: &Seen<'_>| {
        a.turn == b.turn && b.across - a.across < SAME_LINE * a.glyph.size.min(b.glyph.size)
    };
    let mut lines = Vec::new();
    for line in seen.chunk_by_mut(near) {
        line.sort_by(|a, b| a.along.total_cmp(&b.along));
        let mut current: Vec<&Glyph> = Vec::new();
        let mut last: Option<&Seen<'_>> = None;
        for seen in line.iter() {
            if let Some(last) = last {
                if is_shadow(page, last, seen) {
                    continue;
                }
                if seen.along - last.end() > MOST_GAP * seen.glyph.size.max(last.glyph.size) {
                    lines.push(std::mem::take(&mut current));
                }
            }
            current.push(seen.glyph);
            last = Some(seen);
        }
        lines.push(current);
    }
    lines
}

/// True when a glyph is the one before it once more.
fn is_shadow(page: &PageText, last: &Seen<'_>, seen: &Seen<'_>) -> bool {
    let shift = seen.along - last.along;
    shift < (1.0 - SAME_GLYPH) * last.glyph.advance && page.text_of(last.glyph) == page.text_of(seen.glyph)
}

fn places_in_line(page: &PageText, line: &[&Glyph], wanted: &str) -> Vec<Rect> {
    let mut text = String::new();
    // Where the text of each glyph ends.
    let mut ends = Vec::with_capacity(line.len());
    for glyph in line {
        text.extend(page.text_of(glyph).chars().filter_map(normal_char));
        ends.push(text.len());
    }
    let found = memchr::memmem::find_iter(text.as_bytes(), wanted.as_bytes());
    let place = |start: usize| {
        let first = ends.partition_point(|end| *end <= start);
        let behind = ends.partition_point(|end| *end < start + wanted.len());
        around(line.get(first..=behind).unwrap_or_default().iter().map(|glyph| glyph.rect))
    };
    found.map(place).collect()
}
