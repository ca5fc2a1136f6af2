//! The program's side of a process that draws: what is sent, what comes back, and the end of it when it takes too long.

use std::io::{self, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use verify::NotDrawn;

use crate::wire::{self, Answer, Order, Start};

/// A process that draws pages of one document. It is ended when this is dropped.
pub(crate) struct Helper {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// The beginning is sent, and the document.
    has_document: bool,
}

impl Helper {
    /// Starts one. It gets nothing from here but the two pipes: no environment, which may hold secrets.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        command.env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let helper = Self { child, input, output, has_document: false };
        // Nothing that the process does, or lets others do, holds up who waits for it.
        ioctl_fionbio(&helper.input, true)?;
        ioctl_fionbio(&helper.output, true)?;
        Ok(helper)
    }

    /// Asks for a page. After an error the process is of no use any more.
    pub(crate) fn ask(
        &mut self,
        start: &Start,
        document: &[u8],
        order: &Order,
        limit: Duration,
    ) -> Result<Answer, NotDrawn> {
        let is_new = !std::mem::replace(&mut self.has_document, true);
        let answer = self.exchange(is_new.then_some((start, document)), order, Instant::now() + limit);
        answer.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => NotDrawn::Deadline,
            _ => NotDrawn::BrokeDown,
        })
    }

    fn exchange(
        &mut self,
        beginning: Option<(&Start, &[u8])>,
        order: &Order,
        until: Instant,
    ) -> io::Result<Answer> {
        let mut input = Patient { pipe: &mut self.input, until };
        if let Some((start, document)) = beginning {
            start.write(&mut input)?;
            input.write_all(document)?;
        }
        order.write(&mut input)?;
        wire::read(&mut BufReader::new(Patient { pipe: &mut self.output, until }), order)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // One that ended already cannot be ended; its number is given back either way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A pipe that is waited for until a time, however its other end trickles.
struct Patient<'p, P> {
    pipe: &'p mut P,
    until: Instant,
}

impl<P: AsFd> Patient<'_, P> {
    /// Does what would block as soon as it no longer does.
    fn when_ready(
        &mut self,
        flags: PollFlags,
        mut work: impl FnMut(&mut P) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match work(self.pipe) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            let wait = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            match poll(&mut [PollFd::new(&*self.pipe, flags)], Some(&wait)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<P: AsFd + Read> Read for Patient<'_, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.when_ready(PollFlags::IN, |pipe| pipe.read(buffer))
    }
}

impl<P: AsFd + Write> Write for Patient<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.when_ready(PollFlags::OUT, |pipe| pipe.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
