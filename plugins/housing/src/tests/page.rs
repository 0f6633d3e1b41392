//! `docs/formats/housing.md` says what the code does.

use super::outbound::{encode, shown};
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/housing.md");

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
    for column in crate::appraisal::LAYOUT.columns {
        assert!(PAGE.contains(&format!("| {} |", column.name)), "{} is not on the page", column.name);
        for other in column.others {
            assert!(PAGE.contains(other), "{other} is not on the page");
        }
    }
}

#[test]
fn the_examples_are_true() {
    let shown_csv = xiezhi_formats::charset::gb18030_text(CSV).unwrap().replace("\r\n", "\n");
    assert_eq!(blocks("csv")[0], shown_csv, "inbound example");
    let record = serde_json::to_string_pretty(&read(CSV).0[0].1).unwrap();
    assert_eq!(blocks("json")[0].trim_end(), record, "the record");
    let sent = shown(&encode(&testing::assignment("housing"))).join("\n");
    assert_eq!(blocks("csv")[1].trim_end(), sent, "outbound example");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    let bytes = xiezhi_formats::charset::gb18030_bytes(blocks("csv")[2]);
    assert_eq!(only_record(&bytes).kind(), "feedback");
}
