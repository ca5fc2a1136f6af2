//! The first pages: the verdict in one sentence, why, and each signature with its seal.

use verify::people::{Page, Shown, Signature};
use verify::{Detail, Text};

use crate::SIGNATURES;
use crate::flow::{Anchor, Block, Flow, Item, Kind, LEFT, Part, RIGHT, WIDTH, Words};
use crate::font::Fonts;
use crate::look::{self, INK, SOFT, both, code, colour, en, files, heading, paragraph, rows, tint, zh};
use crate::text::Span;

/// Points in a millimetre.
const MILLIMETRE: f32 = 72.0 / 25.4;
/// Seal pictures up to so many points stand beside the facts, larger ones under them.
const BESIDE: f32 = 176.0;

/// Where a signature is told.
pub(crate) struct Marks {
    pub(crate) summary: Anchor,
    pub(crate) steps: Anchor,
}

/// Puts the summary on pages.
pub(crate) fn write(fonts: &Fonts, flow: &mut Flow, page: &Page) -> Vec<Marks> {
    let section = flow.part(Kind::Section, None);
    verdict(fonts, flow, page, section);
    document(fonts, flow, page, section);
    reasons(fonts, flow, page, section);
    let signatures = page.signatures.iter().take(SIGNATURES).enumerate();
    let marks = signatures.map(|(index, signature)| {
        let marks = Marks { summary: flow.anchor(), steps: flow.anchor() };
        let section = flow.part(Kind::Section, None);
        one(fonts, flow, (index.saturating_add(1), signature), &marks, section);
        marks
    });
    let marks = marks.collect();
    more(fonts, flow, page);
    marks
}

fn verdict(fonts: &Fonts, flow: &mut Flow, page: &Page, section: Part) {
    let title = flow.part(Kind::Heading(1, "电子签章验证报告 Verification report".to_owned()), Some(section));
    let mut block = Block::default();
    let y = block.text(fonts, (LEFT, 0.0, WIDTH), &[Span("电子签章验证报告", zh(20.0, INK))], 1, title);
    block.text(
        fonts,
        (LEFT, y, WIDTH),
        &[Span("Verification report of electronic seals", en(10.0, SOFT))],
        1,
        title,
    );
    block.height += 12.0;
    flow.put(block);
    let part = flow.part(Kind::Paragraph, Some(section));
    let (ink, mut words) = (colour(page.mark), Block::default());
    let (x, width) = (LEFT + 62.0, WIDTH - 78.0);
    let name = [
        Span(page.mark.zh, zh(19.0, ink)),
        Span("  ", zh(11.0, ink)),
        Span(page.mark.en, en(11.0, ink)),
        Span(if page.sub_indication.is_empty() { "" } else { "  " }, zh(11.0, ink)),
        Span(page.sub_indication, code(8.0, ink)),
    ];
    let mut y = words.text(fonts, (x, 9.0, width), &name, 1, part) + 1.0;
    y = words.text(fonts, (x, y, width), &[Span(&page.sentence.zh, zh(11.0, INK))], 8, part);
    y = words.text(fonts, (x, y + 1.0, width), &[Span(&page.sentence.en, en(8.5, SOFT))], 8, part);
    words.height = (y + 10.0).max(64.0);
    let ground =
        |x, width, colour| Item::Area { x, y: 0.0, width, height: words.height, radius: 0.0, colour };
    let mut items = vec![ground(LEFT, WIDTH, tint(page.mark)), ground(LEFT, 4.0, ink)];
    let class = page.mark.class;
    items.push(Item::Sign { x: LEFT + 33.0, y: words.height / 2.0, radius: 16.0, class, colour: ink });
    items.append(&mut words.items);
    flow.put(Block { items, height: words.height });
    flow.space(16.0);
}

fn document(fonts: &Fonts, flow: &mut Flow, page: &Page, section: Part) {
    heading(fonts, flow, (2, 13.0), &Text::new("文档", "Document"), section, 80.0);
    let size = format!("{} 字节 bytes", page.size);
    let values = [
        (Text::new("文件", "File"), page.file.as_str(), zh(9.5, INK)),
        (Text::new("大小", "Size"), size.as_str(), zh(9.5, INK)),
        (Text::new("SM3", "Digest"), page.sm3.as_str(), code(8.0, INK)),
        (Text::new("判断时点", "Judged for"), page.at.as_str(), zh(9.5, INK)),
    ];
    let mut block = Block::default();
    rows(fonts, flow, &mut block, WIDTH, values, section);
    flow.put(block);
    look::rule(flow);
}

fn reasons(fonts: &Fonts, flow: &mut Flow, page: &Page, section: Part) {
    if page.reasons.is_empty() {
        return;
    }
    flow.space(14.0);
    heading(fonts, flow, (2, 13.0), &Text::new("原因", "Why"), section, 40.0);
    let list = flow.part(Kind::List, Some(section));
    for reason in &page.reasons {
        let entry = flow.part(Kind::Entry, Some(list));
        let part = flow.part(Kind::Body, Some(entry));
        let mut block = Block::default();
        let (ink, class) = (colour(reason.mark), reason.mark.class);
        block.items.push(Item::Sign { x: LEFT + 6.0, y: 8.6, radius: 5.2, class, colour: ink });
        let name = [Span(reason.mark.zh, zh(9.5, ink))];
        block.text(fonts, (LEFT + 18.0, 2.0, 44.0), &name, 1, part);
        both(fonts, &mut block, (LEFT + 66.0, 2.0, WIDTH - 66.0), &reason.words, part);
        block.height += 3.0;
        flow.put(block);
    }
}

/// One signature: facts and picture side by side, then what it covers.
fn one(
    fonts: &Fonts,
    flow: &mut Flow,
    (number, signature): (usize, &Signature),
    marks: &Marks,
    section: Part,
) {
    flow.space(18.0);
    let picture = signature.picture.as_ref();
    let pixels = picture.and_then(|shown| pixels(flow, shown));
    let beside = picture.filter(|shown| size(shown).0 <= BESIDE);
    let facts_width = beside.map_or(WIDTH, |shown| WIDTH - size(shown).0.max(90.0) - 18.0);
    let mut facts = Block::default();
    let title = head(fonts, flow, &mut facts, number, signature, section);
    let values = signature.facts.iter().map(|fact| (fact.name, fact.value.as_str(), zh(9.5, INK)));
    let top = facts.height;
    rows(fonts, flow, &mut facts, facts_width, values, section);
    if let Some(shown) = beside {
        place(fonts, flow, &mut facts, (top + 2.0, RIGHT - size(shown).0.max(90.0)), shown, pixels, section);
    }
    flow.set(marks.summary, facts.height);
    flow.put(facts);
    if let Some(shown) = picture.filter(|_| beside.is_none()) {
        let mut block = Block::default();
        place(fonts, flow, &mut block, (6.0, LEFT), shown, pixels, section);
        flow.put(block);
    }
    flow.space(7.0);
    paragraph(fonts, flow, &signature.covers, section);
    let changed = Text::new("签名后被改动或缺失", "Changed or missing since");
    files(fonts, flow, &changed, &signature.changed, section);
    files(
        fonts,
        flow,
        &Text::new("显示但不受本签名保护", "Shown and not covered"),
        &signature.uncovered,
        section,
    );
    pointer(flow, marks.steps, Words::Steps, title);
}

/// The heading of a signature, with its verdict.
pub(crate) fn head(
    fonts: &Fonts,
    flow: &mut Flow,
    block: &mut Block,
    number: usize,
    signature: &Signature,
    section: Part,
) -> Part {
    let (mark, ink) = (signature.mark, colour(signature.mark));
    let name = format!("{number}. {}", signature.title.zh);
    let part = flow.part(Kind::Heading(2, format!("{name} {}", mark.zh)), Some(section));
    let english = format!("{}, {}", signature.title.en, mark.en);
    let spans = [
        Span(&name, zh(13.0, INK)),
        Span("  ", zh(13.0, INK)),
        Span(mark.zh, zh(13.0, ink)),
        Span("  ", zh(9.5, INK)),
        Span(&english, en(9.5, SOFT)),
    ];
    block.items.push(Item::Sign { x: LEFT + 7.0, y: 9.4, radius: 6.6, class: mark.class, colour: ink });
    block.text(fonts, (LEFT + 20.0, 0.0, WIDTH - 20.0), &spans, 2, part);
    block.height += 4.0;
    section
}

/// A line that leads to another place of the report.
pub(crate) fn pointer(flow: &mut Flow, to: Anchor, words: Words, within: Part) {
    let paragraph = flow.part(Kind::Paragraph, Some(within));
    let part = flow.part(Kind::Link, Some(paragraph));
    let item = Item::Pointer { x: LEFT, y: 7.0, width: WIDTH, to, words, part };
    flow.put(Block { items: vec![item], height: 24.0 });
}

/// The size of a picture on the page, in points.
fn size(shown: &Shown) -> (f32, f32) {
    // They are bounded by what the model shows.
    let points = |side: i64| f32::from(u16::try_from(side).unwrap_or(5)) * MILLIMETRE;
    (points(shown.width), points(shown.height))
}

/// The number of a picture in the report, where it can be shown.
fn pixels(flow: &mut Flow, shown: &Shown) -> Option<usize> {
    shown.kind?;
    flow.pictures.number(&shown.bytes, (shown.width, shown.height))
}

/// The picture in its size with its caption, or words where it cannot be shown.
fn place(
    fonts: &Fonts,
    flow: &mut Flow,
    block: &mut Block,
    (y, x): (f32, f32),
    shown: &Shown,
    pixels: Option<usize>,
    within: Part,
) {
    let (width, height) = size(shown);
    let column = width.max(90.0);
    let part = flow.part(Kind::Figure("印章图片 picture of the seal".to_owned()), Some(within));
    let Some(number) = pixels else {
        let part = flow.part(Kind::Paragraph, Some(within));
        block.items.push(Item::Area {
            x,
            y,
            width: column,
            height: 64.0,
            radius: 3.0,
            colour: (0xf4, 0xf5, 0xf6),
        });
        let words = match shown.kind {
            None => shown.unshown.clone(),
            Some(_) => Detail::new(
                format!("{}；图片损坏或过大，不在此显示", shown.size),
                "the picture is damaged or too large and is not shown here",
            ),
        };
        let y =
            block.text(fonts, (x + 5.0, y + 5.0, column - 10.0), &[Span(&words.zh, zh(7.5, SOFT))], 3, part);
        block.text(fonts, (x + 5.0, y, column - 10.0), &[Span(&words.en, en(6.0, SOFT))], 3, part);
        block.height = block.height.max(y + 40.0);
        return;
    };
    let left = x + (column - width) / 2.0;
    block.items.push(Item::Picture { x: left, y, width, height, number, part });
    let caption = flow.part(Kind::Paragraph, Some(within));
    let spans = [Span(&shown.size, code(7.5, SOFT))];
    let middle = left + (width - crate::text::width_of(fonts, &spans)) / 2.0;
    block.text(fonts, (middle, y + height + 3.0, column), &spans, 1, caption);
}

/// Says how many signatures are not told.
fn more(fonts: &Fonts, flow: &mut Flow, page: &Page) {
    let more = page.signatures.len().saturating_sub(SIGNATURES);
    if more > 0 {
        flow.space(10.0);
        let section = flow.part(Kind::Section, None);
        let words = Detail::new(
            format!("另有 {more} 个签名未在此列出，其结果已计入结论。"),
            format!("{more} more signatures are not listed here; the verdict counts them."),
        );
        paragraph(fonts, flow, &words, section);
    }
}

/// What stands at the end of the report.
pub(crate) fn close(fonts: &Fonts, flow: &mut Flow, page: &Page) {
    let section = flow.part(Kind::Section, None);
    flow.space(10.0);
    flow.need(30.0);
    look::rule(flow);
    flow.space(4.0);
    let part = flow.part(Kind::Paragraph, Some(section));
    let mut block = Block::default();
    let zh_words = format!("sealbridge {} 生成。个人姓名已隐去。本文件不含脚本，不访问网络。", page.version);
    let en_words = "Names of persons are masked. This file runs no script and asks nobody.";
    let y = block.text(fonts, (LEFT, 0.0, WIDTH), &[Span(&zh_words, zh(8.0, SOFT))], 1, part);
    block.text(fonts, (LEFT, y, WIDTH), &[Span(en_words, en(7.0, SOFT))], 1, part);
    flow.put(block);
}
