//! Who draws: a program to start, and how much it may take.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use verify::{Drawing, NotDrawn, PageDrawer, Picture};

use crate::helper::Helper;
use crate::wire::{Order, Start};
use crate::{MAX_DOCUMENT, NAME};

/// How much one document may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Time for a page, the start of the process included.
    pub page_time: Duration,
    /// Time for all pages of a document.
    pub document_time: Duration,
    /// Memory of the process beside twice the document, in bytes.
    pub memory: u64,
    /// How often the process may be ended or break down before the rest of the document is given up.
    pub failures: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            page_time: Duration::from_secs(10),
            document_time: Duration::from_mins(1),
            memory: 1 << 30,
            failures: 3,
        }
    }
}

/// Draws pages by a process of their own, one for each document.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    /// The program with its arguments; nobody draws without.
    program: Option<(PathBuf, Vec<OsString>)>,
    bounds: Bounds,
}

impl Renderer {
    /// Draws by starting a program that calls [`crate::serve()`] when it gets these arguments.
    pub fn of_program(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        bounds: Bounds,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: Some((program.into(), arguments)), bounds }
    }

    /// Draws by starting this same program. Where it cannot be found, nobody draws.
    pub fn of_this_program(arguments: impl IntoIterator<Item = impl Into<OsString>>, bounds: Bounds) -> Self {
        // On Linux the program that runs, and not what may have been put in its place since.
        let program = if cfg!(target_os = "linux") {
            Ok(PathBuf::from("/proc/self/exe"))
        } else {
            std::env::current_exe()
        };
        match program {
            Ok(program) => Self::of_program(program, arguments, bounds),
            Err(_) => Self { program: None, bounds },
        }
    }

    /// Draws one page, counted from zero, of a document, so many pixels wide ([`crate::MAX_WIDTH`]).
    ///
    /// # Errors
    /// Why there is no picture.
    pub fn draw(&self, document: &[u8], page: u32, width: u32) -> Result<Picture, NotDrawn> {
        self.session(document).draw(document.len(), page, width)
    }

    fn session<'d>(&'d self, document: &'d [u8]) -> Session<'d> {
        Session { renderer: self, document, helper: None, failures: 0, left: self.bounds.document_time }
    }
}

impl PageDrawer for Renderer {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn open<'d>(&'d self, document: &'d [u8]) -> Box<dyn Drawing + 'd> {
        Box::new(self.session(document))
    }
}

/// One document.
struct Session<'d> {
    renderer: &'d Renderer,
    document: &'d [u8],
    helper: Option<Helper>,
    failures: u32,
    /// Time that is left for the document.
    left: Duration,
}

impl Session<'_> {
    fn start(&self) -> Result<Helper, NotDrawn> {
        let (program, arguments) = self.renderer.program.as_ref().ok_or(NotDrawn::NoRenderer)?;
        Helper::start(Command::new(program).args(arguments)).map_err(|_| NotDrawn::NoRenderer)
    }

    /// What the process is told to keep to. Its processor time ends it even where nobody does.
    fn beginning(&self, len: u64) -> Start {
        let bounds = &self.renderer.bounds;
        Start {
            memory: bounds.memory.saturating_add(len.saturating_mul(2)),
            seconds: bounds.document_time.as_secs().saturating_add(5),
            len,
        }
    }
}

impl Drawing for Session<'_> {
    fn draw(&mut self, end: usize, page: u32, width: u32) -> Result<Picture, NotDrawn> {
        let bounds = self.renderer.bounds;
        let len = u64::try_from(self.document.len()).ok().filter(|len| *len <= MAX_DOCUMENT);
        let (Some(len), Ok(end)) = (len, u64::try_from(end)) else { return Err(NotDrawn::TooLarge) };
        if self.failures >= bounds.failures.max(1) || self.left.is_zero() {
            return Err(NotDrawn::GivenUp);
        }
        let mut helper = match self.helper.take() {
            Some(helper) => helper,
            None => self.start()?,
        };
        let begun = Instant::now();
        let order = Order { end, page, width };
        let limit = bounds.page_time.min(self.left);
        let answer = helper.ask(&self.beginning(len), self.document, &order, limit);
        self.left = self.left.saturating_sub(begun.elapsed());
        match answer {
            Ok(answer) => {
                self.helper = Some(helper);
                answer
            }
            Err(why) => {
                self.failures = self.failures.saturating_add(1);
                Err(why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(500);
    const LATE: Duration = Duration::from_secs(30);

    /// A program that is no renderer, in the place of one that a document has taken over.
    fn rogue(script: &str, page_time: Duration) -> Renderer {
        let bounds = Bounds { page_time, ..Bounds::default() };
        Renderer::of_program("/bin/sh", ["-c", script], bounds)
    }

    #[test]
    fn without_a_program_nothing_is_drawn() {
        assert_eq!(Renderer::default().draw(b"%PDF-", 0, 100), Err(NotDrawn::NoRenderer));
        let missing = Renderer::of_program("/nowhere/at/all", [""; 0], Bounds::default());
        assert_eq!(missing.draw(b"%PDF-", 0, 100), Err(NotDrawn::NoRenderer));
    }

    #[test]
    fn whoever_does_not_answer_is_ended_in_time() {
        for script in [
            "cat >/dev/null",
            "trap '' TERM INT HUP; while :; do :; done",
            "printf P; cat >/dev/null",
            // Somebody else holds its pipes when it is ended, for a while.
            "sleep 3 & sleep 3",
            // An answer that trickles.
            "printf 'P\\144\\0\\0\\0\\144\\0\\0\\0'; while :; do printf 1; sleep 0.05; done",
        ] {
            let begun = Instant::now();
            assert_eq!(
                rogue(script, SOON).draw(&vec![b'x'; 300_000], 0, 100),
                Err(NotDrawn::Deadline),
                "{script}"
            );
            assert!(begun.elapsed() < Duration::from_secs(3), "{script}");
        }
    }

    #[test]
    fn no_answer_is_no_picture() {
        for script in ["exit 3", "kill -9 $$", "printf X", "printf 'N\\377'"] {
            assert_eq!(
                rogue(script, LATE).draw(&vec![b'x'; 300_000], 0, 100),
                Err(NotDrawn::BrokeDown),
                "{script}"
            );
        }
        let endless = rogue("tr '\\0' 'P' </dev/zero", LATE);
        assert_eq!(endless.draw(b"x", 0, 100), Err(NotDrawn::BrokeDown));
        // An answer before the document was read is one.
        assert_eq!(
            rogue("printf 'N\\000'; cat >/dev/null", LATE).draw(b"x", 0, 100),
            Err(NotDrawn::Unreadable)
        );
    }

    #[test]
    fn what_breaks_down_too_often_is_given_up() {
        let renderer = rogue("exit 3", LATE);
        let mut session = renderer.session(b"x");
        let told: Vec<_> = (0..5).map(|page| session.draw(1, page, 100).unwrap_err()).collect();
        assert_eq!(told[..3], [NotDrawn::BrokeDown; 3]);
        assert_eq!(told[3..], [NotDrawn::GivenUp; 2]);
        // So is what takes too long altogether.
        let bounds = Bounds { document_time: Duration::from_millis(200), failures: 9, ..Bounds::default() };
        let slow = Renderer::of_program("/bin/sh", ["-c", "cat >/dev/null"], bounds);
        let mut session = slow.session(b"x");
        assert_eq!(session.draw(1, 0, 100), Err(NotDrawn::Deadline));
        assert_eq!(session.draw(1, 1, 100), Err(NotDrawn::GivenUp));
    }

    /// Nothing of ours is left behind: the process is gone, and was waited for.
    #[test]
    fn the_process_is_gone_afterwards() {
        let file = std::env::temp_dir().join(format!("render-{}.pid", std::process::id()));
        let script = format!("echo $$ >{}; printf 'N\\000'; exec cat >/dev/null", file.display());
        assert_eq!(rogue(&script, LATE).draw(b"x", 0, 100), Err(NotDrawn::Unreadable));
        let id = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(!std::path::Path::new(&format!("/proc/{}", id.trim())).exists());
    }
}
