//! Answers whose framing is right and whose body, or what is said of it, isn't the provider's.

use super::message::Message;
use fastrand::Rng;
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";

/// More levels than any reader that counts them allows.
const DEEP: usize = 50_000;

fn replace(message: &mut Message, content_type: &str, body: impl Into<Vec<u8>>) {
    message.set_header("content-type", content_type);
    message.body = body.into();
}

/// Changes the answer's JSON object, or each object in a list. Any other answer is changed as the one value of an object.
fn edit(message: &mut Message, change: impl Fn(Map<String, Value>) -> Value) {
    let changed = match serde_json::from_slice(&message.body) {
        Ok(Value::Object(fields)) => change(fields),
        Ok(Value::Array(list)) => {
            let each = |one| match one {
                Value::Object(fields) => change(fields),
                other => other,
            };
            list.into_iter().map(each).collect()
        }
        _ => {
            let text = String::from_utf8_lossy(&message.body).into_owned();
            change(Map::from_iter([("answer".to_owned(), Value::String(text))]))
        }
    };
    replace(message, JSON, changed.to_string());
}

pub(super) fn empty(message: &mut Message, _: &mut Rng) {
    message.body.clear();
}

pub(super) fn blank(message: &mut Message, rng: &mut Rng) {
    let length = rng.usize(1..=300);
    replace(message, JSON, vec![b' '; length]);
}

pub(super) fn html(message: &mut Message, rng: &mut Rng) {
    let title = rng
        .choice(["Welcome", "Sign in", "Just a moment..."])
        .unwrap_or_default();
    replace(message, "text/html", page(title));
}

pub(super) fn text(message: &mut Message, rng: &mut Rng) {
    let text = rng
        .choice(["OK", "ok\n", "stopped", "success"])
        .unwrap_or_default();
    replace(message, "text/plain", text);
}

pub(super) fn no_content(message: &mut Message, rng: &mut Rng) {
    message.status = if rng.bool() { 204 } else { 205 };
    message.body.clear();
}

pub(super) fn scalar(message: &mut Message, rng: &mut Rng) {
    let scalar = rng
        .choice(["null", "true", "200", "\"stopped\"", "1e400"])
        .unwrap_or_default();
    replace(message, JSON, scalar);
}

pub(super) fn empty_object(message: &mut Message, _: &mut Rng) {
    replace(message, JSON, "{}");
}

pub(super) fn in_an_array(message: &mut Message, _: &mut Rng) {
    edit(message, |fields| json!([fields]));
}

/// The values alone, in order, as some serializers write an object.
pub(super) fn as_an_array(message: &mut Message, _: &mut Rng) {
    edit(message, |fields| fields.into_values().collect());
}

pub(super) fn in_an_object(message: &mut Message, rng: &mut Rng) {
    let name = rng
        .choice(["data", "response", "payload"])
        .unwrap_or_default();
    edit(message, |fields| json!({name: fields}));
}

pub(super) fn in_a_string(message: &mut Message, _: &mut Rng) {
    edit(message, |fields| {
        Value::String(Value::Object(fields).to_string())
    });
}

pub(super) fn nulls(message: &mut Message, _: &mut Rng) {
    edit(message, |fields| {
        fields
            .into_iter()
            .map(|(name, _)| (name, Value::Null))
            .collect()
    });
}

pub(super) fn other_types(message: &mut Message, _: &mut Rng) {
    edit(message, |fields| {
        let swap = |value| match value {
            Value::Bool(_) => json!({"value": "yes"}),
            Value::Number(_) => json!([true]),
            Value::String(_) => json!(1),
            Value::Array(_) | Value::Object(_) => json!("none"),
            Value::Null => json!(0),
        };
        fields
            .into_iter()
            .map(|(name, value)| (name, swap(value)))
            .collect()
    });
}

/// Every field twice, the second time with another value; of an answer without fields, the whole twice.
pub(super) fn duplicated_keys(message: &mut Message, _: &mut Rng) {
    let Ok(Value::Object(fields)) = serde_json::from_slice(&message.body) else {
        message.body = [&message.body[..], &message.body[..]].concat();
        return;
    };
    let opposite = |value: &Value| match value {
        Value::Bool(value) => json!(!value),
        _ => Value::Null,
    };
    let pairs: Vec<_> = fields
        .iter()
        .flat_map(|(name, value)| {
            let name = json!(name);
            [
                format!("{name}:{value}"),
                format!("{name}:{}", opposite(value)),
            ]
        })
        .collect();
    replace(message, JSON, format!("{{{}}}", pairs.join(",")));
}

fn nested(rng: &mut Rng) -> String {
    if rng.bool() {
        format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP))
    } else {
        format!("{}0{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP))
    }
}

pub(super) fn deep(message: &mut Message, rng: &mut Rng) {
    replace(message, JSON, nested(rng));
}

/// The true answer, with a deep field that nobody asked for.
pub(super) fn deep_beside(message: &mut Message, rng: &mut Rng) {
    let nested = nested(rng);
    if let [b'{', rest @ ..] = message.body.as_slice() {
        let body = [format!("{{\"unheard_of\":{nested},").as_bytes(), rest].concat();
        replace(message, JSON, body);
    }
}

pub(super) fn cut_json(message: &mut Message, rng: &mut Rng) {
    let length = rng.usize(..message.body.len().max(1));
    message.body.truncate(length);
}

pub(super) fn more_after_json(message: &mut Message, rng: &mut Rng) {
    let more = rng
        .choice(["}", "{}", "null", "<!-- -->", "\0"])
        .unwrap_or_default();
    message.body.extend_from_slice(more.as_bytes());
}

pub(super) fn utf_16(message: &mut Message, rng: &mut Rng) {
    let text = String::from_utf8_lossy(&message.body).into_owned();
    let big = rng.bool();
    let mark = rng.bool().then_some('\u{feff}');
    let mut units = [0; 2];
    let mut body = Vec::new();
    for character in mark.into_iter().chain(text.chars()) {
        for unit in character.encode_utf16(&mut units) {
            body.extend(if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            });
        }
    }
    replace(message, "application/json; charset=utf-16", body);
}

pub(super) fn byte_order_mark(message: &mut Message, _: &mut Rng) {
    message.body.splice(..0, *b"\xef\xbb\xbf");
}

/// A string of the answer becomes one that isn't UTF-8; after an answer without strings there is one.
pub(super) fn latin_1(message: &mut Message, _: &mut Rng) {
    message.set_header("content-type", "application/json; charset=iso-8859-1");
    if let [b'{', rest @ ..] = message.body.as_slice() {
        message.body = [
            b"{\"message\":\"gestoppt f\xfcr immer\",\"gr\xfc\xdfe\":1,".as_slice(),
            rest,
        ]
        .concat();
    } else {
        message.body.extend_from_slice(b" gr\xfc\xdfe");
    }
}

pub(super) fn binary(message: &mut Message, rng: &mut Rng) {
    let length = rng.usize(1..=400);
    let body: Vec<u8> = (0..length).map(|_| rng.u8(128..)).collect();
    replace(message, "application/octet-stream", body);
}

pub(super) fn other_content_type(message: &mut Message, rng: &mut Rng) {
    let content_type = rng.choice(["text/html", "text/plain", "image/png", "nonsense"]);
    message.set_header("content-type", content_type.unwrap_or_default());
}

pub(super) fn no_content_type(message: &mut Message, _: &mut Rng) {
    message
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
}

pub(super) fn other_charset(message: &mut Message, rng: &mut Rng) {
    let charset = rng
        .choice(["utf-16", "iso-8859-1", "ebcdic-cp-us", "\"", ""])
        .unwrap_or_default();
    message.set_header(
        "content-type",
        format!("application/json; charset={charset}"),
    );
}

/// The body isn't encoded in the way that the header says.
pub(super) fn claimed_encoding(message: &mut Message, rng: &mut Rng) {
    let encoding = rng
        .choice(["gzip", "br", "zstd", "deflate"])
        .unwrap_or_default();
    message.set_header("content-encoding", encoding);
}

pub(super) fn other_success(message: &mut Message, rng: &mut Rng) {
    // A refusal stays the one that it is.
    if (200..300).contains(&message.status) {
        message.status = rng.choice([201, 202, 203, 226, 299]).unwrap_or(202);
    }
}

/// A status of the effect table, with each of the bodies that such answers come with. `refusal` is what the provider says when
/// it refuses something, in its own JSON.
pub(super) fn status(code: u16, refusal: Option<&Message>, rng: &mut Rng) -> Message {
    let mut message = match (rng.u8(..4), refusal) {
        (0, _) => Message::new(code, "text/plain", format!("{code}\n")),
        (1, Some(refusal)) => Message {
            status: code,
            headers: Vec::new(),
            ..refusal.clone()
        },
        (2, _) => Message::new(code, "text/html", page(&code.to_string())),
        _ => Message::new(code, JSON, ""),
    };
    if message.headers.is_empty() {
        message.set_header("content-type", JSON);
    }
    match code {
        401 => message.set_header("www-authenticate", "Token"),
        405 => message.set_header("allow", "GET"),
        407 => message.set_header("proxy-authenticate", "Basic realm=\"proxy\""),
        429 => message.set_header("retry-after", "0"),
        _ => {}
    }
    message
}

fn page(title: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(change: fn(&mut Message, &mut Rng)) -> String {
        let mut message = Message::new(200, JSON, r#"{"message":"stopped","trim_scheduled":true}"#);
        change(&mut message, &mut Rng::with_seed(1));
        String::from_utf8_lossy(&message.body).into_owned()
    }

    #[test]
    fn what_is_changed_is_changed_and_the_rest_is_the_true_answer() {
        assert_eq!(after(nulls), r#"{"message":null,"trim_scheduled":null}"#);
        assert_eq!(
            after(duplicated_keys),
            r#"{"message":"stopped","message":null,"trim_scheduled":true,"trim_scheduled":false}"#
        );
        assert_eq!(
            after(in_an_array),
            r#"[{"message":"stopped","trim_scheduled":true}]"#
        );
        assert_eq!(after(as_an_array), r#"["stopped",true]"#);
        assert!(after(deep_beside).ends_with(r#","message":"stopped","trim_scheduled":true}"#));
        assert!(after(deep_beside).len() > DEEP);
        assert!(after(cut_json).len() < after(other_content_type).len());
    }

    #[test]
    fn a_status_comes_with_every_kind_of_body() {
        let refusal = Message::new(401, JSON, r#"{"detail":"Invalid token."}"#);
        let mut bodies: Vec<_> = (0..40)
            .map(|seed| status(503, Some(&refusal), &mut Rng::with_seed(seed)))
            .map(|message| (message.status, message.body.first().copied()))
            .collect();
        bodies.sort_unstable();
        bodies.dedup();
        let first = |byte: u8| (503, Some(byte));
        assert_eq!(bodies, [(503, None), first(b'5'), first(b'<'), first(b'{')]);
    }
}
