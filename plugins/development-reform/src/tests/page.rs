//! `docs/formats/development-reform.md` says what the code does.

use super::outbound::{encode, punishment};
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/development-reform.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    assert!(PAGE.contains(std::str::from_utf8(PENALTY).unwrap().trim_end()), "inbound example");
    let record = serde_json::to_string_pretty(&only_record(PENALTY)).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    for record in [testing::assignment("development-reform"), punishment()] {
        let sent = encode(&record, Value::Null);
        assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
    }
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let chapter = PAGE.split("## How to answer an assignment").nth(1).unwrap();
    let start = chapter.find("<?xml").unwrap();
    let end = chapter.find("</ExchangeMessage>").unwrap() + "</ExchangeMessage>".len();
    assert_eq!(only_record(&chapter.as_bytes()[start..end]).kind(), "feedback");
}
