//! A request's JSON object, read strictly.

use super::Refusal;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// The fields of a JSON object, in which no name occurs twice.
#[derive(Debug)]
pub(crate) struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Reads an object that has no other fields than `known`.
    pub(crate) fn parse(body: &[u8], known: &[&str]) -> Result<Self, Refusal> {
        let fields: Self = serde_json::from_slice(body).map_err(|error| {
            Refusal::bad_request(format!("the body isn't a JSON object: {error}"))
        })?;
        match fields.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refusal::field(name, "isn't a field of this request")),
            None => Ok(fields),
        }
    }

    /// A field; `null` is a value like any other.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A non-negative integer; neither `30.0` nor `"30"` is one.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        if value.as_i64().is_some_and(i64::is_negative) {
            return Err(Refusal::value(name, "must not be negative"));
        }
        match value.as_u64() {
            Some(integer) => Ok(Some(integer)),
            None => Err(Refusal::field(name, "must be an integer")),
        }
    }

    /// As [`integer`](Self::integer), where `null` stands for absence.
    pub(crate) fn nullable_integer(&self, name: &str) -> Result<Option<u64>, Refusal> {
        match self.get(name) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(name),
        }
    }

    /// A string, where `null` stands for absence.
    pub(crate) fn nullable_string(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(string)) => Ok(Some(string)),
            Some(_) => Err(Refusal::field(name, "must be a string")),
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    fields.insert(name, value);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(body: &str) -> Result<Option<u64>, Refusal> {
        Fields::parse(body.as_bytes(), &["a", "b"])?.integer("a")
    }

    #[test]
    fn an_integer_is_an_integer() {
        assert_eq!(integer(r#"{"a":30}"#).unwrap(), Some(30));
        assert_eq!(integer("{}").unwrap(), None);
        for body in [
            r#"{"a":30.0}"#,
            r#"{"a":3e1}"#,
            r#"{"a":"30"}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":[30]}"#,
            r#"{"a":-1}"#,
            r#"{"a":18446744073709551616}"#,
        ] {
            assert!(integer(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_body_is_one_object_without_unknown_or_repeated_fields() {
        for body in [
            "",
            "[]",
            "null",
            "1",
            "{",
            "{}{}",
            r#"{"a":1,"a":1}"#,
            r#"{"c":1}"#,
            r#"{"a":1,}"#,
        ] {
            assert!(integer(body).is_err(), "{body}");
        }
    }
}
