//! The SM2 verification engine that a person asked for: the option `--sm2-engine`, else the environment's
//! `SEALBRIDGE_SM2_ENGINE`. Either goes before the configuration of a server.

use std::ffi::OsString;

use crypto::Sm2Engine;

use crate::outcome::{Failure, Outcome};

const VARIABLE: &str = "SEALBRIDGE_SM2_ENGINE";

/// What was asked for, put to use for the whole process; `None` where nobody asked.
pub(crate) fn choose(option: Option<Sm2Engine>) -> Outcome<Option<Sm2Engine>> {
    let asked = asked(option, std::env::var_os(VARIABLE))?;
    if let Some(engine) = asked {
        crypto::select_engine(engine);
    }
    Ok(asked)
}

fn asked(option: Option<Sm2Engine>, variable: Option<OsString>) -> Outcome<Option<Sm2Engine>> {
    let Some(name) = variable.filter(|name| option.is_none() && !name.is_empty()) else {
        return Ok(option);
    };
    let engine = name.to_string_lossy().parse();
    engine.map(Some).map_err(|error| {
        Failure::new(format!("没有这个算法引擎 no such engine: {VARIABLE}: {error}"))
            .hint("留空即用最佳引擎 leave it empty for the best")
    })
}

/// The engine in use, and what it has to work with, for `doctor`.
pub(crate) fn describe(asked: Option<Sm2Engine>) -> String {
    let in_use = crypto::selected_engine();
    let instead = match asked {
        Some(asked) if asked != in_use => format!(" ({asked} asked for: this processor has no lanes)"),
        _ => String::new(),
    };
    let features = crypto::processor_features();
    let features = if features.is_empty() { "none of ours".to_owned() } else { features.join(" ") };
    let tables = crypto::table_use();
    format!("{in_use}{instead}; processor: {features}; tables for up to {} keys", tables.capacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_goes_before_the_environment() {
        let variable = |name: &str| Some(OsString::from(name));
        let (scalar, lanes) = (Some(Sm2Engine::Scalar), Some(Sm2Engine::Lanes));
        assert_eq!(asked(None, None).unwrap(), None);
        assert_eq!(asked(None, variable("")).unwrap(), None);
        assert_eq!(asked(None, variable("scalar")).unwrap(), scalar);
        assert_eq!(asked(lanes, variable("scalar")).unwrap(), lanes);
        let failure = asked(None, variable("fast")).unwrap_err();
        assert!(failure.what().starts_with("SEALBRIDGE_SM2_ENGINE: \"fast\""), "{}", failure.what());
    }
}
