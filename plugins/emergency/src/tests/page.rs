//! `docs/formats/emergency.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/emergency.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    assert!(PAGE.contains(UPDATE), "inbound example");
    let record = serde_json::to_string_pretty(&only_record(UPDATE)).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = encode(&testing::assignment("emergency"), Value::Null);
    assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
    let reply = String::from_utf8(decode(UPDATE).unwrap().reply.unwrap().body).unwrap();
    assert!(PAGE.contains(&reply), "the reply should be:\n{reply}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    assert!(PAGE.contains(FEEDBACK), "the answer should be:\n{FEEDBACK}");
    assert_eq!(only_record(FEEDBACK).kind(), "feedback");
}
