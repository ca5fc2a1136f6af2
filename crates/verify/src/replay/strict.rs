//! JSON in which no field stands twice: of two, some readers take the first and others the last, so that a report would
//! tell a person one thing and a program another.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads one value and nothing behind it but white space.
pub(super) fn read(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Once>(json).map(|once| once.0)
}

/// A value whose objects have each field once.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Once(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.contains_key(&name) {
                let name = crate::text::printable(&name);
                return Err(A::Error::custom(format!("字段重复 a field stands twice: {name}")));
            }
            let Once(value) = fields.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::Value;

    #[test]
    fn what_has_every_field_once_is_read_as_ever() {
        for json in ["null", "[1,-1,1.5,true,\"a\",{}]", "{\"a\":{\"b\":[{\"a\":1}]},\"b\":2}\n"] {
            assert_eq!(read(json.as_bytes()).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        }
        for json in ["{\"a\":1,\"a\":1}", "[{\"b\":{\"a\":1,\"c\":2,\"\\u0061\":3}}]", "{}\n{}", "{} x", ""] {
            assert!(read(json.as_bytes()).is_err(), "{json}");
        }
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
    }
}
