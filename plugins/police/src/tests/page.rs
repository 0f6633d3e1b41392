//! `docs/formats/police.md` says what the code does.

use super::outbound::{assignment, encode};
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/police.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    assert!(PAGE.contains(&ungb(LOST_CONTACT).replace("\r\n", "\n")), "inbound example");
    let record = serde_json::to_string_pretty(&only_record(LOST_CONTACT)).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = ungb(&encode(&assignment()));
    assert!(PAGE.contains(&sent), "the outbound example should be:\n{sent}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let start = PAGE.find("<GAJHBW BBH=\"1.0\">\n  <BWT><BWBH>11011200000020260922").unwrap();
    let end = PAGE[start..].find("</GAJHBW>").unwrap() + start + "</GAJHBW>".len();
    let bytes = gb(&format!("<?xml version=\"1.0\" encoding=\"GB18030\"?>\n{}", &PAGE[start..end]));
    assert_eq!(only_record(&bytes).kind(), "feedback");
}
