//! Records with fields missing, empty, very long or of odd characters: whatever the engine decides to send must be written or
//! refused.

use serde_json::Value;
use xiezhi_model::Record;

/// Texts that replace a field's.
const LONG_CHARS: usize = 20_000;
const ODD: &str = "\u{0}\t\r\n\"'<&>;,=|\\\u{feff}漷㛃𠅤\u{202e}";
/// Most records made of one: the largest record has some thirty fields, each changed in four ways.
const RECORDS_MAX: usize = 400;

/// Every changed record that still is one, with what was done.
pub(crate) fn records(record: &Record) -> Vec<(String, Record)> {
    let Ok(json) = serde_json::to_value(record) else { return Vec::new() };
    let mut paths = Vec::new();
    collect(&json, String::new(), &mut paths);
    let long = "长".repeat(LONG_CHARS);
    let mut changed = Vec::new();
    for path in paths.iter().filter(|path| *path != "/kind" && *path != "/schema_version") {
        for (how, value) in [("absent", None), ("empty", Some("")), ("long", Some(long.as_str())), ("odd", Some(ODD))] {
            let mut other = json.clone();
            change(&mut other, path, value);
            if other != json
                && changed.len() < RECORDS_MAX
                && let Ok(record) = serde_json::from_value(other)
            {
                changed.push((format!("{path} {how}"), record));
            }
        }
    }
    changed
}

/// JSON pointers of all fields.
fn collect(json: &Value, path: String, paths: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                paths.push(path.clone());
                collect(value, path, paths);
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| collect(value, format!("{path}/{at}"), paths))
        }
        _ => {}
    }
}

fn change(json: &mut Value, path: &str, value: Option<&str>) {
    match value {
        Some(text) => {
            if let Some(field) = json.pointer_mut(path).filter(|field| field.is_string()) {
                *field = Value::String(text.to_owned());
            }
        }
        None => {
            let Some((parent, name)) = path.rsplit_once('/') else { return };
            if let Some(Value::Object(fields)) = json.pointer_mut(parent) {
                fields.remove(&name.replace("~1", "/").replace("~0", "~"));
            }
        }
    }
}
