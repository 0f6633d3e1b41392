//! `docs/formats/fire.md` says what the code does.

use super::outbound::{encode, text_of};
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/fire.md");

/// Bytes as the page shows them.
fn dump(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    bytes.chunks(32).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    for bytes in [ALARM, ACK] {
        assert!(PAGE.contains(&dump(bytes)), "the frame should be:\n{}", dump(bytes));
    }
    for bytes in [ALARM, INSPECTION] {
        let record = serde_json::to_string_pretty(&only_record(bytes)).unwrap();
        assert!(PAGE.contains(&record), "the record should be:\n{record}");
    }
    let sent = encode(&testing::assignment("fire"));
    assert!(PAGE.contains(&dump(&sent)), "the outbound frame should be:\n{}", dump(&sent));
    let (_, text) = text_of(&sent);
    assert!(PAGE.contains(&text), "its text should be:\n{text}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    assert!(PAGE.contains(&dump(FEEDBACK)), "the answer should be:\n{}", dump(FEEDBACK));
    let text = gb18030_text(&FEEDBACK[31..FEEDBACK.len() - 9]).unwrap();
    assert!(PAGE.contains(&text), "its text should be:\n{text}");
    assert_eq!(only_record(FEEDBACK).kind(), "feedback");
}
