//! Drawing pages in a process of its own: this same program, started once more.

use std::sync::Arc;
use std::time::Duration;

use render::{Bounds, Renderer};
use verify::Rendering;

use crate::outcome::{About, End, Outcome};

/// The verb, which the help does not name.
const VERB: &str = "draw-pages";

/// What that process does: it draws what it is asked for, and ends.
pub(crate) fn serve() -> Outcome {
    render::serve().about("draw-pages")?;
    Ok(End::Good)
}

/// Draws by starting this program; a document may take so long.
pub(crate) fn renderer(document_time: Duration) -> Renderer {
    let usual = Bounds::default();
    let page_time = usual.page_time.min(document_time);
    Renderer::of_this_program([VERB], Bounds { page_time, document_time, ..usual })
}

/// Pages are compared by how they look.
pub(crate) fn rendering() -> Rendering {
    Rendering::by(Arc::new(renderer(Bounds::default().document_time)))
}
