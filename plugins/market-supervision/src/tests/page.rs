//! `docs/formats/market-supervision.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/market-supervision.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn every_member_of_the_schema_is_explained() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../docs/schema/market-supervision.schema.json")).unwrap();
    let definitions = schema["$defs"].as_object().unwrap().values();
    for definition in definitions.chain([&schema]) {
        for name in definition["properties"].as_object().unwrap().keys() {
            assert!(PAGE.contains(&format!("`{name}`")), "{name} is not on the page");
        }
    }
}

#[test]
fn the_examples_are_true() {
    let text = std::str::from_utf8(LOST_CONTACT).unwrap();
    assert!(PAGE.contains(text), "inbound example");
    let record = serde_json::to_string_pretty(&decode(LOST_CONTACT).unwrap().document.records[0].record).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = String::from_utf8(encode(&testing::assignment(ID))).unwrap();
    assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let start = PAGE.find("## How to answer an assignment").unwrap();
    let body = PAGE[start..].split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let document = decode(body.as_bytes()).unwrap().document;
    assert_eq!((document.records.len(), document.row_faults.len()), (1, 0));
    assert_eq!(document.records[0].record.kind(), "feedback");
}
