//! What a plugin answers, as the JSON that a vector's expected file holds.

use serde_json::{Map, Value, json};
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Decoded, Encoded};

use super::caller::Answer;

/// What came of reading: `records`, `row_faults`, `reply` and `parts`, each only where there are any; or `fault`.
pub(crate) fn decoded(answer: &Answer<Decoded>) -> Value {
    let decoded = match answer {
        Answer::Given(decoded) => decoded,
        Answer::Refused(fault) | Answer::Stopped(fault) => return json!({ "fault": fault }),
    };
    let mut json = Map::new();
    json.insert("records".to_owned(), json!(decoded.document.records));
    if !decoded.document.row_faults.is_empty() {
        json.insert("row_faults".to_owned(), json!(decoded.document.row_faults));
    }
    if let Some(reply) = &decoded.reply {
        json.insert("reply".to_owned(), encoded_json(reply));
    }
    if !decoded.parts.is_empty() {
        let parts = decoded.parts.iter().map(|part| {
            let mut json = body(&part.body);
            json.insert("key".to_owned(), json!(part.key));
            json.insert("index".to_owned(), json!(part.index));
            json.insert("total".to_owned(), json!(part.total));
            json.insert("expires_after_ms".to_owned(), json!(part.expires_after_ms));
            Value::Object(json)
        });
        json.insert("parts".to_owned(), parts.collect());
    }
    Value::Object(json)
}

/// What came of writing.
pub(crate) fn encoded(answer: &Answer<Encoded>) -> Value {
    match answer {
        Answer::Given(encoded) => encoded_json(encoded),
        Answer::Refused(fault) | Answer::Stopped(fault) => json!({ "fault": fault }),
    }
}

fn encoded_json(encoded: &Encoded) -> Value {
    let mut json = body(&encoded.body);
    json.insert("content_type".to_owned(), json!(encoded.content_type));
    Value::Object(json)
}

/// Bytes as text where they are one that can be read in a file, otherwise as hex digits.
fn body(bytes: &[u8]) -> Map<String, Value> {
    let readable = |text: &&str| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let (name, text) = match std::str::from_utf8(bytes).ok().filter(readable) {
        Some(text) => ("body", text.to_owned()),
        None => ("body_hex", hex::encode(bytes)),
    };
    Map::from_iter([(name.to_owned(), Value::String(text))])
}

/// A fault in one line.
pub(crate) fn fault_line(fault: &Fault) -> String {
    let offset = fault.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
    format!("{}{offset}: {}", fault.code, fault.text)
}
