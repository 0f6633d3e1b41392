//! The document against the rules of AsyncAPI 3.0 that tools stumble over: required members, references, keys.

use xiezhi_model::message::Outgoing;
use xiezhi_model::{AgencyId, CaseNumber, MessageId, UtcTime};

use super::super::samples::{links, topology};
use super::*;
use crate::properties;

fn document() -> Value {
    let agencies: Vec<(AmqpLink, String)> = links().into_iter().zip(["公安".to_owned(), "城管".to_owned()]).collect();
    let addresses = vec![("mq1.example".to_owned(), 5671), ("::1".to_owned(), 5672)];
    asyncapi(&topology(), &ServerPlace { addresses, encryption: Encryption::Tls }, &agencies, "0.1.0")
}

#[test]
fn what_must_be_there_is_there() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let texts = ["/info/title", "/info/version", "/info/description"];
    assert!(texts.iter().all(|place| document.pointer(place).unwrap().is_string()));
    for (name, members) in [
        ("servers", &["host", "protocol"][..]),
        ("channels", &["address", "messages", "bindings"][..]),
        ("operations", &["action", "channel", "messages", "bindings"][..]),
    ] {
        let parts = document[name].as_object().unwrap();
        assert!(!parts.is_empty(), "{name}");
        for (key, part) in parts {
            assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{key}");
            assert!(members.iter().all(|member| part.get(member).is_some()), "{name} {key}");
        }
    }
    let server = &document["servers"]["broker1"];
    assert_eq!((&server["host"], &server["pathname"]), (&json!("mq1.example:5671"), &json!("/gov")));
    assert_eq!(document["servers"]["broker2"]["host"], "[::1]:5672");
    assert_eq!(document["channels"].as_object().unwrap().len(), 4);
}

#[test]
fn every_reference_leads_somewhere_and_messages_are_those_of_the_channel() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 10, "{references:?}");
    for reference in &references {
        let place = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference}");
    }
    for (key, operation) in document["operations"].as_object().unwrap() {
        let channel = operation["channel"]["$ref"].as_str().unwrap();
        for message in operation["messages"].as_array().unwrap() {
            assert!(message["$ref"].as_str().unwrap().starts_with(&format!("{channel}/messages/")), "{key}");
        }
        let action = if key.starts_with("send-") { "send" } else { "receive" };
        assert_eq!(operation["action"], action);
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                assert_eq!(fields.len(), 1, "a reference has no siblings");
                references.push(reference.clone());
            }
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn the_properties_are_those_that_are_written() {
    let outgoing = |case: Option<&str>, content_type: &str| Outgoing {
        id: MessageId::parse("xz-1").unwrap(),
        agency: AgencyId::parse("police").unwrap(),
        case_number: case.map(|case| CaseNumber::parse(case).unwrap()),
        kind: "assignment".into(),
        body: Vec::new(),
        content_type: content_type.into(),
        created_at: UtcTime::from_unix_ms(1_790_000_000_123).unwrap(),
        plugin_digest: None,
    };
    let full = written(&properties::of_outgoing(&outgoing(Some("TZ-1"), "text/xml; charset=GBK"), "gateway"));
    let least = written(&properties::of_outgoing(&outgoing(None, "text/xml"), "gateway"));
    let mut documented: Vec<&str> = Vec::new();
    let mut required: Vec<&str> = Vec::new();
    let properties = message::notice_properties("gateway");
    for (name, must, _) in &properties {
        documented.push(name);
        required.extend(must.then_some(*name));
    }
    documented.sort_unstable();
    required.sort_unstable();
    assert_eq!(documented, full);
    assert_eq!(required, least);
}

#[test]
fn the_page_has_the_same_properties() {
    let page = include_str!("../../../../../docs/amqp.md");
    let (send, receive) = page.split_once("## Receive").unwrap();
    let cases = [(send, message::report_properties(&links()[0])), (receive, message::notice_properties("gateway"))];
    for (section, properties) in cases {
        for (name, _, _) in &properties {
            assert!(section.contains(&format!("\n| `{name}` |")), "{name}");
        }
    }
}

/// The names of the standard properties that are set, sorted.
fn written(properties: &lapin::BasicProperties) -> Vec<&'static str> {
    let set = [
        ("app_id", properties.app_id().is_some()),
        ("cluster_id", properties.cluster_id().is_some()),
        ("content_encoding", properties.content_encoding().is_some()),
        ("content_type", properties.content_type().is_some()),
        ("correlation_id", properties.correlation_id().is_some()),
        ("delivery_mode", properties.delivery_mode().is_some()),
        ("expiration", properties.expiration().is_some()),
        ("message_id", properties.message_id().is_some()),
        ("priority", properties.priority().is_some()),
        ("reply_to", properties.reply_to().is_some()),
        ("timestamp", properties.timestamp().is_some()),
        ("type", properties.kind().is_some()),
        ("user_id", properties.user_id().is_some()),
    ];
    set.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
}

#[test]
fn the_same_topology_gives_the_same_text() {
    let text = serde_json::to_string_pretty(&document()).unwrap();
    assert_eq!(text, serde_json::to_string_pretty(&document()).unwrap());
    assert!(!text.contains("password_hash"));
}
