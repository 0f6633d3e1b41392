//! `docs/formats/credit-publicity.md` says what the code does.

use super::*;
use crate::problem::{FORMAT, code};
use crate::table::{EntityKind, Which, built_in};

const PAGE: &str = include_str!("../../../../docs/formats/credit-publicity.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_tables_on_the_page_are_the_codes() {
    for (kind, name) in EntityKind::ALL {
        for (which, column) in [(Which::Cause, "SpeCause"), (Which::Removal, "RemExcpres")] {
            for (code, words) in built_in(which, kind) {
                let line = format!("| `{column}` | `{name}` | `{code}` | {words} |");
                assert!(PAGE.contains(&line), "the page lacks:\n{line}");
            }
        }
    }
}

#[test]
fn the_examples_are_true() {
    let listing = encode(&listing());
    assert!(PAGE.contains(&listing), "the outbound example should be:\n{listing}");
    assert!(PAGE.contains(&*String::from_utf8_lossy(RECEIPT)), "inbound example");
    let read = decode(RECEIPT).unwrap().document.records;
    let record = serde_json::to_string_pretty(&read[1].record).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let start = PAGE.find("<OpTaskFeedback").unwrap();
    let end = PAGE[start..].find("</OpTaskFeedback>").unwrap() + start + "</OpTaskFeedback>".len();
    assert_eq!(only_record(&PAGE.as_bytes()[start..end]).kind(), "feedback");
}
