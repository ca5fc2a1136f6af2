//! SM3 (GB/T 32905) over many independent messages, one message in each vector lane.
//!
//! A single stream gains nothing here: every round needs the one before. Eight or sixteen streams side by side do
//! the same rounds on different data, which is what vectors are for. The messages may have any lengths; a lane whose
//! message ends takes the next one from the queue.
//!
//! The time depends on the lengths alone, but states and blocks stay on the stack unwiped: public data only.

mod queue;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Most lanes of any vector set; states and inputs are laid out for it.
const MOST: usize = 16;

/// A block of the hash function, 512 bits.
type Block = [u8; 64];

/// The states of all lanes: the eight words of GB/T 32905 §5.3, each for every lane.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct States([[u32; MOST]; 8]);

/// The initial value (GB/T 32905 §4.1).
const INITIAL: [u32; 8] =
    [0x7380_166F, 0x4914_B2B9, 0x1724_42D7, 0xDA8A_0600, 0xA96F_30BC, 0x1631_38AA, 0xE38D_EE4D, 0xB0FB_0E4E];

/// A vector set that this processor has.
///
/// It is made by the constructors alone, so that having one is the proof that its instructions may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes(Set);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// Eight lanes.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Sixteen lanes, or eight where no more are busy.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A message that is to be finished without lanes, because too few are left.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    /// The whole message.
    pub message: &'a [u8],
    /// Bytes of it that are in the state already; whole blocks.
    pub done: usize,
    /// The state after these bytes, the words of GB/T 32905 §5.3 in order.
    pub state: [u32; 8],
}

impl Lanes {
    /// The best vector set of this processor; `None` when it has none that helps.
    pub fn detect() -> Option<Self> {
        Self::avx512().or_else(Self::avx2)
    }

    /// AVX2, if the processor has it.
    pub fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Some(Self(Set::Avx2));
        }
        None
    }

    /// AVX-512 with its byte and shorter-vector instructions, if the processor has them.
    pub fn avx512() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512vl")
        {
            return Some(Self(Set::Avx512));
        }
        None
    }

    /// Messages that are hashed side by side.
    pub fn width(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => 8,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => 16,
        }
    }

    /// The SM3 digests of `messages`, in their order.
    ///
    /// `finish` gives the digest of a message from where the lanes left it; it is called when so few messages are
    /// left that ordinary code is faster.
    pub fn digest_many(
        self,
        messages: &[&[u8]],
        finish: &mut dyn FnMut(Rest<'_>) -> [u8; 32],
    ) -> Vec<[u8; 32]> {
        queue::digest_many(self, messages, finish)
    }

    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "there is no set to pass them to")
    )]
    /// Takes `count` blocks of every lane into its state. Lanes at `busy` and beyond may hold anything afterwards.
    fn compress(self, busy: usize, states: &mut States, blocks: &[&[Block]; MOST], count: usize) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            set => x86::compress(set, busy, states, blocks, count),
        }
    }
}
