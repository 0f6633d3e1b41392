//! `docs/schema/host-unit.schema.json` says what the code reads and writes.

use xiezhi_formats::answers::{ALGORITHMS, ATTACHMENT, OUTCOMES, RESULT, RESULTS};
use xiezhi_formats::ledger::{TENANT_STATUS, VISIT_RESULTS};
use xiezhi_formats::rows::{MESSAGE, Names};
use xiezhi_formats::schema_check::{breaches, properties};

use super::*;
use crate::members::HOST_UNIT;
use crate::order::ORDERS;

const SCHEMA: &str = include_str!("../../../../docs/schema/host-unit.schema.json");

pub(super) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn sorted(names: Names) -> Vec<&'static str> {
    let mut names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_schema_has_the_members_that_are_read_and_no_others() {
    let schema = schema();
    let mut objects: Vec<(&str, Names)> = HOST_UNIT.rows.iter().map(|row| (row.name, row.names)).collect();
    objects.extend([("header", HOST_UNIT.header), ("attachment", ATTACHMENT), ("row_result", RESULT)]);
    for (definition, names) in objects {
        let mut published = properties(&schema, definition);
        // The gateway's own receipts say which cases a message opened; nobody sends that to it.
        published.retain(|name| (definition, *name) != ("receipt", "case_numbers"));
        assert_eq!(published, sorted(names), "{definition}");
        for (name, label) in names {
            let member = &schema["$defs"][definition]["properties"][name];
            assert!(member["description"].as_str().unwrap().starts_with(label), "{definition}.{name}: {label}");
        }
    }
    let top: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(top, sorted(MESSAGE));
}

#[test]
fn every_published_member_is_read() {
    let full = [
        tenant(),
        json!({"type": "feedback", "assignment": "T/1", "result": "done"}),
        json!({"type": "receipt", "message_id": "m", "outcome": "accepted"}),
    ];
    for row in &HOST_UNIT.rows.iter().map(|row| row.name).collect::<Vec<_>>() {
        let base = full.iter().find(|base| base["type"] == *row).unwrap();
        only_record(&message(std::slice::from_ref(base)));
        for (name, _) in HOST_UNIT.rows.iter().find(|known| known.name == *row).unwrap().names {
            // An object in its place is wrong for a single value and for a list alike.
            let fault = only_row_fault(&message(&[with(base.clone(), json!({*name: {}}))])).fault;
            assert_eq!(
                (fault.code.as_str(), fault.field.as_deref()),
                ("host-unit.structure", Some(*name)),
                "{row}.{name}: {}",
                fault.text
            );
        }
    }
    for (name, _) in HOST_UNIT.header {
        let text = json!({"format": "host-unit/1", "header": with(json!({"message_number": "N", "host_unit_number": "Z"}), json!({*name: {}})),
            "rows": [tenant()]});
        assert_eq!(decode(&text.to_string()).unwrap_err().field.as_deref(), Some(*name));
    }
}

#[test]
fn the_schema_has_the_codes_that_are_read() {
    let schema = schema();
    let tables: [(&str, &str, Names); 6] = [
        ("tenant", "status", TENANT_STATUS),
        ("tenant", "visit_result", VISIT_RESULTS),
        ("feedback", "result", RESULTS),
        ("feedback", "order", ORDERS),
        ("receipt", "outcome", OUTCOMES),
        ("attachment", "algorithm", ALGORITHMS),
    ];
    for (definition, name, table) in tables {
        let member = &schema["$defs"][definition]["properties"][name];
        let codes: Vec<_> = table.iter().map(|(code, _)| *code).collect();
        assert_eq!(member["enum"], json!(codes), "{definition}.{name}");
        for (code, meaning) in table {
            assert!(member["description"].as_str().unwrap().contains(&format!("{code} {meaning}")), "{name}: {code}");
        }
    }
}

#[test]
fn the_samples_obey_the_schema() {
    for text in [ANSWERS, TENANTS, &message(&[tenant()])] {
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(breaches(&schema(), &value), Vec::<String>::new());
    }
}
