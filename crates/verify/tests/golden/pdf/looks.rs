//! How pages look: a filled form whose pages are painted by hand. How a renderer draws them, the tests of `render` show.

use std::sync::Arc;

use sealbridge_verify::Status::{Good, Note, Unknown};
use sealbridge_verify::catalogue as rule;
use sealbridge_verify::{Drawing, Lacks, NotDrawn, PageDrawer, Picture, Rendering, Status};

use super::file::Spec;
use super::{filling, golden};
use crate::Golden;

/// Columns and rows of a picture: a point of the page is a pixel.
const WIDTH: u32 = 595;
const HEIGHT: u32 = 842;

/// Paints white pages, and a black box on them once the form is filled.
#[derive(Clone, Debug)]
struct Painter {
    /// Bytes of the document as it is now.
    len: usize,
    /// The lower left corner of the box, in points; it is four points wide and high.
    corner: Option<(u32, u32)>,
}

impl PageDrawer for Painter {
    fn name(&self) -> String {
        "by hand".to_owned()
    }

    fn open<'d>(&'d self, _: &'d [u8]) -> Box<dyn Drawing + 'd> {
        Box::new(self.clone())
    }
}

impl Drawing for Painter {
    fn draw(&mut self, end: usize, _: u32, _: u32) -> Result<Picture, NotDrawn> {
        let corner = self.corner.filter(|_| end == self.len);
        let is_black = move |x: u32, y: u32| {
            corner.is_some_and(|(left, bottom)| {
                (left..left + 4).contains(&x) && (bottom..bottom + 4).contains(&(HEIGHT - 1 - y))
            })
        };
        let shade = move |x, y| if is_black(x, y) { [0, 0, 0, 255] } else { [255; 4] };
        let rows = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| shade(x, y)));
        Ok(Picture {
            width: WIDTH,
            height: HEIGHT,
            pixels: rows.collect(),
            to_pixels: [1.0, 0.0, 0.0, -1.0, 0.0, f64::from(HEIGHT)],
            pages: 1,
            lacks: Lacks::default(),
        })
    }
}

pub(super) fn goldens() -> Vec<Golden> {
    let mut filled = Spec::default().signed();
    filled.update(&filling("2", "2"), "");
    let seen = |corner, status: Status| {
        let painter = Painter { len: filled.bytes.len(), corner };
        looking(golden(&filled, &rule::SIGNATURE_RENDERING, status), Rendering::by(Arc::new(painter)))
    };
    let unseen = golden(&filled, &rule::SIGNATURE_NOT_RENDERED, Note);
    vec![
        seen(None, Good),
        // In the box of the field that was filled, and beside it.
        seen(Some((310, 305)), Note),
        seen(Some((310, 405)), Unknown),
        looking(unseen, Rendering::without_drawer()),
    ]
}

fn looking(mut golden: Golden, rendering: Rendering) -> Golden {
    golden.options.rendering = Some(rendering);
    golden
}
