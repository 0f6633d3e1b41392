//! `docs/formats/hotline.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/hotline.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn every_member_is_explained() {
    for name in crate::complaint::MEMBERS.iter().chain(&crate::answer::MEMBERS) {
        assert!(PAGE.contains(&format!("`{name}`")), "{name} is not on the page");
    }
}

#[test]
fn the_examples_are_true() {
    let first = MIXED.split(|&byte| byte == b'\n').next().unwrap();
    assert!(PAGE.contains(std::str::from_utf8(first).unwrap()), "inbound example");
    let record = serde_json::to_string_pretty(&records(first)[0]).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    for sent in [encode(&testing::assignment("hotline")), encode(&testing::receipt())] {
        let sent = String::from_utf8(sent).unwrap();
        assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
    }
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let start = PAGE.find("{\"type\":\"feedback\"").unwrap();
    let end = PAGE[start..].find('\n').unwrap() + start;
    assert_eq!(only_record(&PAGE.as_bytes()[start..end]).kind(), "feedback");
}
