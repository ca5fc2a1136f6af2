//! Which verification engine: its names, whether this processor has what it needs, and what the processor offers.

use std::fmt;
use std::str::FromStr;

use lanes::sm2::Ifma;

use crate::Sm2Engine;

/// The most key tables that may be asked for: 2.3 GiB of them.
pub const MAX_TABLE_CAPACITY: usize = 16_384;

/// There is no engine of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no SM2 engine: reference, scalar or lanes")]
pub struct UnknownEngine(pub String);

impl Sm2Engine {
    /// All engines, the slowest first.
    pub const ALL: [Self; 3] = [Self::Reference, Self::Scalar, Self::Lanes];

    /// Whether this processor can run it.
    pub fn is_available(self) -> bool {
        self != Self::Lanes || Ifma::detect().is_some()
    }
}

impl fmt::Display for Sm2Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Sm2Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        Self::ALL
            .into_iter()
            .find(|engine| engine.name() == name)
            .ok_or_else(|| UnknownEngine(name.to_owned()))
    }
}

/// The features of this processor that our code asks for and has found: `avx512ifma` (with `avx512f`) for the lanes
/// of SM2, `avx2` or `avx512f` for those of SM3. Empty on other processors than x86-64.
pub fn processor_features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        let found = [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
            ("avx512ifma", std::arch::is_x86_feature_detected!("avx512ifma")),
        ];
        found.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for engine in Sm2Engine::ALL {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        let error = "Lanes".parse::<Sm2Engine>().unwrap_err();
        assert!(error.to_string().contains("\"Lanes\""), "{error}");
    }

    #[test]
    fn only_lanes_ask_for_a_feature() {
        assert!(Sm2Engine::Reference.is_available() && Sm2Engine::Scalar.is_available());
        let features = processor_features();
        let has = features.contains(&"avx512f") && features.contains(&"avx512ifma");
        assert_eq!(Sm2Engine::Lanes.is_available(), has);
    }
}
