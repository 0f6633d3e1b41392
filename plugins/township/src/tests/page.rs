//! `docs/formats/township.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/township.md");

/// The blocks of the page between fences of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn every_column_is_named() {
    for layout in [&crate::ledger::LAYOUT, &crate::inspection::LAYOUT] {
        for column in layout.columns {
            assert!(PAGE.contains(&format!("| {} |", column.name)), "{} is not on the page", column.name);
            for other in column.others {
                assert!(PAGE.contains(other), "{other} is not on the page");
            }
        }
    }
}

#[test]
fn the_examples_are_true() {
    let shown = String::from_utf8(INSPECTION.to_vec()).unwrap().replace("\r\n", "\n");
    assert_eq!(blocks("csv")[0], shown.trim_start_matches('\u{feff}'), "inbound example");
    let record = serde_json::to_string_pretty(&only_record(INSPECTION)).unwrap();
    assert_eq!(blocks("json")[0].trim_end(), record, "the record");
    let sent = encode(&testing::assignment("township-wenjing")).replace("\r\n", "\n");
    assert_eq!(blocks("csv")[1], sent, "outbound example");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    assert_eq!(only_record(blocks("csv")[2].as_bytes()).kind(), "feedback");
}
