//! Which message goes into which lane, and when.
//!
//! Long messages come first, so that all lanes end at about the same time. Busy lanes are kept together at the
//! front: with few of them left shorter vectors do, and the last goes back to the caller.

use super::{Block, INITIAL, Lanes, MOST, Rest, States};

/// With fewer busy lanes than this ordinary code is faster (measured: one message alone).
const FEWEST: usize = 2;

/// Parts of the work, for each lane, above which a message counts as long: the lanes then end within a part of
/// each other.
const PARTS: usize = 16;

/// What one lane works on.
#[derive(Debug, Clone, Copy)]
struct Lane<'a> {
    /// Where the digest goes.
    index: usize,
    message: &'a [u8],
    /// Whole blocks of the message, and the blocks of the tail behind them.
    body: &'a [Block],
    tail: [Block; 2],
    tail_len: usize,
    /// Blocks in the state already.
    done: usize,
}

impl<'a> Lane<'a> {
    /// A message with its padding (GB/T 32905 §5.2): a one bit, zeros, and the length in bits as 64-bit number.
    fn new(index: usize, message: &'a [u8]) -> Self {
        let (body, end) = message.as_chunks::<64>();
        let mut tail = [[0; 64]; 2];
        let tail_len = if end.len() < 56 { 1 } else { 2 };
        if let Some((text, behind)) = tail.as_flattened_mut().split_at_mut_checked(end.len()) {
            text.copy_from_slice(end);
            if let Some(first) = behind.first_mut() {
                *first = 0x80;
            }
        }
        if let Some(bits) = tail.get_mut(tail_len - 1).and_then(|block| block.last_chunk_mut()) {
            *bits = (message.len() as u64).wrapping_mul(8).to_be_bytes();
        }
        Self { index, message, body, tail, tail_len, done: 0 }
    }

    /// The blocks that lie side by side from here on: the rest of the message's, or of the tail's.
    fn next(&self) -> &[Block] {
        if self.done < self.body.len() {
            self.body.get(self.done..).unwrap_or_default()
        } else {
            self.tail.get(self.done - self.body.len()..self.tail_len).unwrap_or_default()
        }
    }

    fn is_finished(&self) -> bool {
        self.done >= self.body.len() + self.tail_len
    }

    /// True while the state holds nothing but the message, so that others can go on with it.
    fn can_be_left(&self) -> bool {
        self.done <= self.body.len()
    }
}

impl States {
    fn set(&mut self, lane: usize, state: [u32; 8]) {
        for (row, word) in self.0.iter_mut().zip(state) {
            if let Some(to) = row.get_mut(lane) {
                *to = word;
            }
        }
    }

    fn get(&self, lane: usize) -> [u32; 8] {
        let mut rows = self.0.iter();
        std::array::from_fn(|_| rows.next().and_then(|row| row.get(lane)).copied().unwrap_or_default())
    }
}

/// See [`Lanes::digest_many`].
pub(super) fn digest_many(
    set: Lanes,
    messages: &[&[u8]],
    finish: &mut dyn FnMut(Rest<'_>) -> [u8; 32],
) -> Vec<[u8; 32]> {
    let mut digests = vec![[0; 32]; messages.len()];
    let mut put = |lane: &Lane<'_>, digest: [u8; 32]| {
        if let Some(to) = digests.get_mut(lane.index) {
            *to = digest;
        }
    };
    let mut queue = order(set, messages);
    let mut lanes: Vec<Lane<'_>> = Vec::with_capacity(MOST);
    let mut states = States([[0; MOST]; 8]);
    loop {
        while lanes.len() < set.width()
            && let Some((index, message)) = queue.next()
        {
            states.set(lanes.len(), INITIAL);
            lanes.push(Lane::new(index, message));
        }
        if lanes.len() < FEWEST && lanes.iter().all(Lane::can_be_left) {
            break;
        }
        step(set, &mut lanes, &mut states);
        // From the end, so that a lane that moves into a gap was looked at before.
        for at in (0..lanes.len()).rev() {
            let Some(lane) = lanes.get(at).filter(|lane| lane.is_finished()) else { continue };
            put(lane, to_bytes(states.get(at)));
            if let Some((index, message)) = queue.next() {
                states.set(at, INITIAL);
                if let Some(lane) = lanes.get_mut(at) {
                    *lane = Lane::new(index, message);
                }
            } else {
                states.set(at, states.get(lanes.len() - 1));
                lanes.swap_remove(at);
            }
        }
    }
    for (at, lane) in lanes.iter().enumerate() {
        put(lane, finish(Rest { message: lane.message, done: 64 * lane.done, state: states.get(at) }));
    }
    digests
}

/// The messages in the order in which they are taken up: the long ones first, the longest at the front; the others
/// as they come.
fn order<'a>(set: Lanes, messages: &[&'a [u8]]) -> impl Iterator<Item = (usize, &'a [u8])> {
    let work: usize = messages.iter().map(|message| message.len() / 64 + 1).sum();
    let limit = 64 * (work / (set.width() * PARTS));
    let is_long = move |(_, message): &(usize, &[u8])| message.len() > limit;
    let all = || messages.iter().copied().enumerate();
    let mut long: Vec<_> = all().filter(is_long).collect();
    long.sort_by_key(|(_, message)| std::cmp::Reverse(message.len() / 64));
    long.into_iter().chain(all().filter(move |message| !is_long(message)))
}

/// As many blocks as every lane has side by side.
fn step(set: Lanes, lanes: &mut [Lane<'_>], states: &mut States) {
    let Some(first) = lanes.first().map(Lane::next) else { return };
    // Lanes that are not busy repeat what the first one does.
    let mut blocks = [first; MOST];
    let mut count = usize::MAX;
    for (to, lane) in blocks.iter_mut().zip(lanes.iter()) {
        *to = lane.next();
        count = count.min(to.len());
    }
    set.compress(lanes.len(), states, &blocks, count);
    for lane in lanes {
        lane.done += count;
    }
}

/// The digest: the words of the state, the most significant byte first.
fn to_bytes(state: [u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (to, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    digest
}
