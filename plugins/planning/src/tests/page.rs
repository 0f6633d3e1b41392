//! `docs/formats/planning.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/planning.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    assert!(PAGE.contains(ILLEGAL), "inbound example");
    let record = serde_json::to_string_pretty(&only_record(ILLEGAL)).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = encode(&testing::assignment("planning"));
    assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    assert!(PAGE.contains(FEEDBACK), "the answer should be:\n{FEEDBACK}");
    assert_eq!(only_record(FEEDBACK).kind(), "feedback");
}
