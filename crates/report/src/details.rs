//! The pages after the summary: the twelve steps of each signature, and the files it covers.

use verify::Text;
use verify::people::{Page, Step};

use crate::flow::{Anchor, Block, Flow, Item, Kind, LEFT, Part, WIDTH, Words};
use crate::font::Fonts;
use crate::look::{self, INK, SOFT, both, code, colour, en, files, heading, label, zh};
use crate::summary::{Marks, head, pointer};
use crate::text::Span;

/// The column of results.
const RESULTS: f32 = 96.0;

/// Puts the steps on pages; gives the places of each signature's steps.
pub(crate) fn write(fonts: &Fonts, flow: &mut Flow, page: &Page, marks: &[Marks]) -> Vec<Vec<Anchor>> {
    let mut all = Vec::new();
    for ((index, signature), marks) in page.signatures.iter().enumerate().zip(marks) {
        flow.turn();
        flow.set(marks.steps, 0.0);
        let section = flow.part(Kind::Section, None);
        let mut block = Block::default();
        head(fonts, flow, &mut block, index.saturating_add(1), signature, section);
        flow.put(block);
        heading(fonts, flow, (3, 11.0), &Text::new("验证步骤", "Steps"), section, 40.0);
        let table = flow.part(Kind::Table, Some(section));
        all.push(signature.steps.iter().map(|step| one(fonts, flow, step, table)).collect());
        look::rule(flow);
        let title = Text::new("受保护且未改动的文件", "Covered and unchanged");
        files(fonts, flow, &title, &signature.covered, section);
        pointer(flow, marks.summary, Words::Back, section);
    }
    all
}

/// One step: what came out at the left, what was found at the right.
fn one(fonts: &Fonts, flow: &mut Flow, step: &Step, table: Part) -> Anchor {
    let row = flow.part(Kind::Row, Some(table));
    let result = flow.part(Kind::HeaderCell, Some(row));
    let cell = flow.part(Kind::Cell, Some(row));
    let mut block = Block::default();
    let (ink, class) = (colour(step.mark), step.mark.class);
    block.items.push(Item::Area {
        x: LEFT,
        y: 0.0,
        width: WIDTH,
        height: 0.6,
        radius: 0.0,
        colour: look::LINE,
    });
    block.items.push(Item::Sign { x: LEFT + 7.0, y: 12.2, radius: 5.2, class, colour: ink });
    let name = [Span(step.mark.zh, zh(9.5, ink))];
    let y = block.text(fonts, (LEFT + 18.0, 5.4, RESULTS - 20.0), &name, 1, result);
    block.text(fonts, (LEFT + 18.0, y, RESULTS - 20.0), &[Span(step.mark.en, en(7.5, SOFT))], 1, result);
    let (x, width) = (LEFT + RESULTS, WIDTH - RESULTS);
    let name =
        [Span(step.name.zh, zh(10.5, INK)), Span("  ", zh(8.0, SOFT)), Span(step.name.en, en(8.0, SOFT))];
    let mut y = block.text(fonts, (x, 4.6, width), &name, 3, cell) + 1.0;
    y = both(fonts, &mut block, (x, y, width), &step.words, cell) + 1.0;
    let mut width = width;
    if step.is_exit {
        let words = Text::new("标准流程在此终止", "the standard's procedure ends here");
        width = label(fonts, &mut block, y, &words, step.mark, cell) - x - 8.0;
        block.height += 2.0;
    }
    let gap = if step.clause.is_empty() || step.sub_indication.is_empty() { "" } else { "  " };
    let spans = [
        Span(step.clause, zh(7.5, SOFT)),
        Span(gap, zh(7.5, SOFT)),
        Span(step.sub_indication, code(7.0, SOFT)),
    ];
    if spans.iter().any(|span| !span.0.is_empty()) {
        block.text(fonts, (x, y, width), &spans, 2, cell);
    }
    block.height += 5.0;
    let anchor = flow.anchor();
    flow.set(anchor, block.height);
    flow.put(block);
    anchor
}
