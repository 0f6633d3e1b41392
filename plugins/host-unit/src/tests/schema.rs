//! `docs/schema/host-unit.schema.json` says what the code reads and writes.

use xiezhi_formats::answers::{ALGORITHMS, OUTCOMES, RESULTS};
use xiezhi_formats::ledger::{TENANT_STATUS, VISIT_RESULTS};
use xiezhi_formats::rows::Names;
use xiezhi_formats::schema_check::{breaches, has_codes, has_members, reads_every_member};

use super::*;
use crate::members::HOST_UNIT;
use crate::order::ORDERS;

const SCHEMA: &str = include_str!("../../../../docs/schema/host-unit.schema.json");

pub(super) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[test]
fn the_schema_has_the_members_that_are_read_and_no_others() {
    has_members(&schema(), &HOST_UNIT);
}

#[test]
fn every_published_member_is_read() {
    let full = [
        tenant(),
        json!({"type": "feedback", "assignment": "T/1", "result": "done"}),
        json!({"type": "receipt", "message_id": "m", "outcome": "accepted"}),
    ];
    reads_every_member(&HOST_UNIT, &json!({"message_number": "N", "host_unit_number": "Z"}), &full, decode);
}

#[test]
fn the_schema_has_the_codes_that_are_read() {
    let tables: [(&str, &str, Names); 6] = [
        ("tenant", "status", TENANT_STATUS),
        ("tenant", "visit_result", VISIT_RESULTS),
        ("feedback", "result", RESULTS),
        ("feedback", "order", ORDERS),
        ("receipt", "outcome", OUTCOMES),
        ("attachment", "algorithm", ALGORITHMS),
    ];
    has_codes(&schema(), &tables);
}

#[test]
fn the_samples_obey_the_schema() {
    for text in [ANSWERS, TENANTS, &message(&[tenant()])] {
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(breaches(&schema(), &value), Vec::<String>::new());
    }
}
