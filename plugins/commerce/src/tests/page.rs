//! `docs/formats/commerce.md` says what the code does.

use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/commerce.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    let sample = std::str::from_utf8(FINDING).unwrap();
    assert!(PAGE.contains(sample), "inbound example");
    let (record, reply) = only_record(FINDING);
    let record = serde_json::to_string_pretty(&record).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let reply = String::from_utf8(reply.unwrap().body).unwrap();
    assert!(PAGE.contains(&reply), "the reply should be:\n{reply}");
    let sent = Commerce::encode(&testing::assignment("commerce"), &context(Value::Null)).unwrap().body;
    let sent = String::from_utf8(sent).unwrap();
    assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let chapter = PAGE.split("## How to answer an assignment").nth(1).unwrap();
    let start = chapter.find("<?xml").unwrap();
    let end = chapter.find("</soapenv:Envelope>").unwrap() + "</soapenv:Envelope>".len();
    assert_eq!(only_record(&chapter.as_bytes()[start..end]).0.kind(), "feedback");
}
