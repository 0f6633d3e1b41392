//! `docs/schema/address-filing.schema.json` says what the code reads and writes.

use xiezhi_formats::answers::{ALGORITHMS, OUTCOMES, RESULTS};
use xiezhi_formats::ledger::{TENANT_STATUS, VISIT_RESULTS};
use xiezhi_formats::rows::Names;
use xiezhi_formats::schema_check::{breaches, has_codes, has_members, reads_every_member};

use super::*;
use crate::members::ADDRESS_FILING;
use crate::{address, condition, unit};

const SCHEMA: &str = include_str!("../../../../docs/schema/address-filing.schema.json");

pub(super) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[test]
fn the_schema_has_the_members_that_are_read_and_no_others() {
    has_members(&schema(), &ADDRESS_FILING);
}

#[test]
fn every_published_member_is_read() {
    let full = [
        with(address(), json!({"operator_unit": "甲", "longitude": "116", "latitude": "39"})),
        json!({"type": "host_unit", "unit_number": "1", "name": "甲", "unit_kind": "town", "status": "active"}),
        json!({"type": "operator_unit", "unit_number": "1", "name": "甲", "uscc": "91110112MAYYT00167", "status": "active"}),
        tenant(),
        json!({"type": "feedback", "assignment": "T/1", "result": "done"}),
        json!({"type": "measure_feedback", "request": "R", "applied": true}),
        json!({"type": "receipt", "message_id": "m", "outcome": "accepted"}),
    ];
    reads_every_member(&ADDRESS_FILING, &json!({"message_number": "N"}), &full, decode);
}

#[test]
fn the_schema_has_the_codes_that_are_read() {
    let schema = schema();
    let tables: [(&str, &str, Names); 12] = [
        ("address", "kind", address::KINDS),
        ("address", "status", address::STATUS),
        ("address", "appraisal_grade", condition::GRADES),
        ("address", "foreign_investment", condition::FOREIGN),
        ("host_unit", "unit_kind", unit::UNIT_KINDS),
        ("host_unit", "status", unit::STATUS),
        ("operator_unit", "status", unit::STATUS),
        ("tenant", "status", TENANT_STATUS),
        ("tenant", "visit_result", VISIT_RESULTS),
        ("feedback", "result", RESULTS),
        ("receipt", "outcome", OUTCOMES),
        ("attachment", "algorithm", ALGORITHMS),
    ];
    has_codes(&schema, &tables);
    let conditions = &schema["$defs"]["address"]["properties"]["condition"];
    assert_eq!(conditions["enum"], json!(["1", "2", "3", "4", 1, 2, 3, 4]));
    for (code, meaning) in condition::CONDITIONS {
        assert!(conditions["description"].as_str().unwrap().contains(&format!("{code} {meaning}")));
    }
}

#[test]
fn the_samples_obey_the_schema() {
    for text in [LEDGER, ANSWERS, &message(&[address(), tenant()])] {
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(breaches(&schema(), &value), Vec::<String>::new());
    }
    let bad: Value = serde_json::from_str(BAD_ROWS).unwrap();
    assert_eq!(
        breaches(&schema(), &bad),
        ["/rows/3: no alternative has this type"],
        "what only the reader finds is in no word"
    );
}
