//! The process that draws: it bounds itself, reads the document, and draws pages until nobody asks any more.

use std::io::{self, BufWriter, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};
use verify::{Drawing, NotDrawn};

use crate::book::Book;
use crate::fonts::Fonts;
use crate::wire::{self, Order, Start};

/// Draws what is asked for on standard input, and answers on standard output ([`wire`]). From the first byte of the
/// document on the process can open no file, start no other process, and take no more memory and processor time than it
/// was told.
///
/// # Errors
/// When the bounds cannot be set, or what comes is none of this.
pub fn serve() -> io::Result<()> {
    let fonts = Fonts::find();
    let mut input = io::stdin().lock();
    let start = Start::read(&mut input)?;
    bound(&start)?;
    draw(&start, fonts, &mut input, &mut BufWriter::new(io::stdout().lock()))
}

/// No way back: soft and hard limits are the same.
fn bound(start: &Start) -> io::Result<()> {
    for (resource, most) in [
        (Resource::As, start.memory),
        (Resource::Cpu, start.seconds.max(1)),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
        (Resource::Nproc, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

fn draw(start: &Start, fonts: Fonts, input: &mut impl Read, out: &mut impl Write) -> io::Result<()> {
    let mut document = Vec::new();
    input.take(start.len).read_to_end(&mut document)?;
    if u64::try_from(document.len()) != Ok(start.len) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut book = Book::new(document, fonts);
    while let Some(order) = Order::read(input)? {
        let answer = match usize::try_from(order.end) {
            Ok(end) => book.draw(end, order.page, order.width),
            Err(_) => Err(NotDrawn::Unreadable),
        };
        wire::write(&answer, out)?;
    }
    Ok(())
}
