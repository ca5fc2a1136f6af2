//! What is measured, and the shape of one result.

/// An operation; [`Op::name`] is its name in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    VerifyKnownKey,
    VerifyKnownKeyBatch8,
    Verify512Keys,
    VerifyNewKey,
    Sign,
    Sm3Mebibyte,
    Sm3Block,
}

impl Op {
    pub(crate) const ALL: [Self; 7] = [
        Self::VerifyKnownKey,
        Self::VerifyKnownKeyBatch8,
        Self::Verify512Keys,
        Self::VerifyNewKey,
        Self::Sign,
        Self::Sm3Mebibyte,
        Self::Sm3Block,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::VerifyKnownKey => "verify_known_key",
            Self::VerifyKnownKeyBatch8 => "verify_known_key_batch8",
            Self::Verify512Keys => "verify_512_keys",
            Self::VerifyNewKey => "verify_new_key",
            Self::Sign => "sign",
            Self::Sm3Mebibyte => "sm3_1mib",
            Self::Sm3Block => "sm3_64b",
        }
    }

    /// Whether the operation ends in yes or no.
    pub(crate) const fn verifies(self) -> bool {
        matches!(
            self,
            Self::VerifyKnownKey | Self::VerifyKnownKeyBatch8 | Self::Verify512Keys | Self::VerifyNewKey
        )
    }

    /// How many operations go together at the least.
    pub(crate) const fn step(self) -> usize {
        match self {
            Self::VerifyKnownKeyBatch8 => 8,
            _ => 1,
        }
    }
}

/// What one timed run gave.
pub(crate) struct Done {
    /// Processor time of all operations of the run, in nanoseconds.
    pub(crate) nanos: u64,
    /// What the last operation gave: a signature (DER, or r and s in 64 bytes) or a digest; empty for others.
    pub(crate) output: Vec<u8>,
}

/// What went wrong, in a sentence for the terminal.
pub(crate) type Outcome<T = ()> = Result<T, String>;
