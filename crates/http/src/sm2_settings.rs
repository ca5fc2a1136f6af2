//! `[sm2]` in the configuration of every server: the verification engine and the memory for its key tables.

use crypto::{MAX_TABLE_CAPACITY, Sm2Engine};
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};

/// How this process verifies SM2 signatures. Every engine accepts and refuses the same; they differ in speed only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sm2Settings {
    /// `lanes` (whatever this processor can do best), `scalar` (without vector lanes) or `reference`
    /// (RustCrypto's general code).
    #[serde(deserialize_with = "engine")]
    #[schemars(extend("type" = "string", "enum" = ["lanes", "scalar", "reference"]), with = "String")]
    pub engine: Sm2Engine,
    /// How many keys may have a table of 145 KiB for quick verification, 0 to 16384.
    #[serde(deserialize_with = "key_tables")]
    #[schemars(range(min = 0, max = 16_384))]
    pub key_tables: usize,
}

impl Default for Sm2Settings {
    fn default() -> Self {
        Self { engine: Sm2Engine::Lanes, key_tables: 1024 }
    }
}

impl Sm2Settings {
    /// Sets up the whole process, and says in the log with what; `instead` goes before the engine that is set here.
    /// Returns the engine in use, which is `scalar` where this processor has no lanes.
    pub fn apply(&self, instead: Option<Sm2Engine>) -> Sm2Engine {
        let asked = instead.unwrap_or(self.engine);
        crypto::set_table_capacity(self.key_tables.min(MAX_TABLE_CAPACITY));
        let engine = crypto::select_engine(asked);
        tracing::info!(%engine, %asked, key_tables = self.key_tables, "SM2 verification");
        engine
    }
}

fn engine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sm2Engine, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn key_tables<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let number = u64::deserialize(deserializer)?;
    usize::try_from(number).ok().filter(|number| *number <= MAX_TABLE_CAPACITY).ok_or_else(|| {
        D::Error::invalid_value(Unexpected::Unsigned(number), &format!("0 to {MAX_TABLE_CAPACITY}").as_str())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn read(value: Value) -> Result<Sm2Settings, String> {
        from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_absent_is_the_default_of_the_engine() {
        assert_eq!(read(json!({})), Ok(Sm2Settings::default()));
        assert_eq!(crypto::table_use().capacity, Sm2Settings::default().key_tables);
        let set = read(json!({"engine": "reference", "key_tables": 0})).unwrap();
        assert_eq!(set, Sm2Settings { engine: Sm2Engine::Reference, key_tables: 0 });
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_could() {
        for (value, says) in [
            (json!({"engine": "fast"}), "reference, scalar or lanes"),
            (json!({"key_tables": 16_385}), "0 to 16384"),
            (json!({"key_tables": -1}), "-1"),
            (json!({"engin": "lanes"}), "engin"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    /// Settings are the whole process's, so one test has all that change them.
    #[test]
    fn the_process_does_as_it_is_told_and_the_metrics_tell() {
        let metrics = crate::Metrics::new().unwrap();
        let settings = Sm2Settings { key_tables: 7, ..Sm2Settings::default() };
        for engine in Sm2Engine::ALL {
            let in_use = settings.apply(Some(engine));
            assert_eq!(in_use, if engine.is_available() { engine } else { Sm2Engine::Scalar });
            assert_eq!(crypto::selected_engine(), in_use);
            let text = metrics.text();
            for line in [
                format!("sealbridge_sm2_engine{{engine=\"{in_use}\"}} 1\n"),
                "sealbridge_sm2_key_tables_capacity 7\n".to_owned(),
                "sealbridge_sm2_key_tables 0\n".to_owned(),
                "sealbridge_sm2_key_tables_bytes 0\n".to_owned(),
            ] {
                assert!(text.contains(&line), "{line}: {text}");
            }
            assert_eq!(text.matches("sealbridge_sm2_engine{").count(), 3);
            let engines = text.lines().filter(|line| line.starts_with("sealbridge_sm2_engine{"));
            assert_eq!(engines.filter(|line| line.ends_with("} 1")).count(), 1, "one engine is in use");
        }
        let default = Sm2Settings::default();
        assert_eq!(default.apply(None), crypto::select_engine(Sm2Engine::Lanes));
        assert_eq!(crypto::table_use().capacity, default.key_tables);
    }
}
