//! Where two JSON values differ, field by field.

use serde_json::Value;

/// Differences told of one pair.
const DIFFERENCES_MAX: usize = 20;
/// Longest value shown, in characters.
const VALUE_CHARS_MAX: usize = 80;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The first differences, in the order of the fields.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), before, after, &mut found);
    found
}

fn compare(path: String, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after || found.len() >= DIFFERENCES_MAX {
        return;
    }
    match (before, after) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(*key)));
            for key in keys {
                let (left, right) = (left.get(key).unwrap_or(&Value::Null), right.get(key).unwrap_or(&Value::Null));
                compare(format!("{path}/{key}"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                let (left, right) = (left.get(index).unwrap_or(&Value::Null), right.get(index).unwrap_or(&Value::Null));
                compare(format!("{path}/{index}"), left, right, found);
            }
        }
        _ => {
            let (before, after) = (shown(&path, before), shown(&path, after));
            found.push(Difference { path, before, after });
        }
    }
}

/// A value as it may be shown: short, and nothing about people.
fn shown(path: &str, value: &Value) -> String {
    if path.contains("/people") {
        return "（个人信息）".to_owned();
    }
    value.to_string().chars().take(VALUE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_name_the_field_and_hide_people() {
        let before = json!({ "records": [{ "title": "甲", "people": [{ "name": "张三" }] }], "reply": null });
        let after =
            json!({ "records": [{ "title": "乙", "people": [{ "name": "李四" }] }, { "title": "丙" }], "reply": null });
        let found: Vec<String> = differences(&before, &after)
            .into_iter()
            .map(|difference| format!("{} {} {}", difference.path, difference.before, difference.after))
            .collect();
        assert_eq!(
            found,
            [
                "/records/0/people/0/name （个人信息） （个人信息）",
                "/records/0/title \"甲\" \"乙\"",
                "/records/1 null {\"title\":\"丙\"}",
            ]
        );
        assert!(differences(&before, &before).is_empty());
    }
}
