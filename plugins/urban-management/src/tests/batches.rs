//! Batches: a bad case costs its row, and the reply says which.

use serde_json::{Value, json};

use super::{case, decode, decode_at, decode_biz, fields, signed};
use crate::decode::BATCH_ROWS_MAX;

const BATCH: &[u8] = include_bytes!("../../../../tests/samples/own/urban-batch.form.txt");

#[test]
fn the_sample_loses_its_second_row_only() {
    let decoded = decode_at(BATCH, "2026-09-21T09:20:00+08:00").unwrap();
    let rows: Vec<u32> = decoded.document.records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [1, 3]);
    let refused = &decoded.document.row_faults[0];
    assert_eq!((refused.row, refused.fault.code.as_str()), (2, "uscc.check-character"));
    assert_eq!(refused.fault.field.as_deref(), Some("uscc"));
    let at = usize::try_from(refused.fault.offset.unwrap()).unwrap();
    assert!(BATCH[at..].starts_with(b"%2291110112MAYYT00168%22"), "the offset names the value in the raw bytes");
    let reply: Value = serde_json::from_slice(&decoded.reply.unwrap().body).unwrap();
    assert_eq!((&reply["code"], &reply["rows"][0]["row"]), (&json!(1), &json!(2)));
    assert_eq!(reply["rows"][0]["code"], "uscc.check-character");
}

#[test]
fn rows_fail_one_by_one() {
    let twin = json!({"taskNum": "T-1"});
    let rows = [
        case(&twin),
        case(&twin),
        "17".to_owned(),
        case(&json!({"taskNum": null})),
        r#"{"taskNum":"a","taskNum":"b"}"#.to_owned(),
        case(&json!({"taskNum": "T-2", "gridCode": "110112010004012"})),
        case(&json!({"taskNum": "T-3"})),
    ];
    let decoded = decode_biz("case.transfer.batch", &format!("[{}]", rows.join(","))).unwrap();
    let records: Vec<u32> = decoded.document.records.iter().map(|record| record.row).collect();
    assert_eq!(records, [1, 7]);
    let faults: Vec<_> = decoded
        .document
        .row_faults
        .iter()
        .map(|refused| (refused.row, refused.fault.code.as_str(), refused.fault.field.as_deref().unwrap_or_default()))
        .collect();
    let expected = [
        (2, "urban.biz-invalid", "taskNum"),
        (3, "urban.biz-invalid", "bizContent"),
        (4, "urban.field-missing", "taskNum"),
        (5, "urban.biz-invalid", "taskNum"),
        (6, "urban.grid-code", "gridCode"),
    ];
    assert_eq!(faults, expected);
    assert!(decoded.document.row_faults.iter().all(|refused| refused.fault.offset.is_some()));
}

#[test]
fn batches_are_neither_empty_nor_too_long() {
    let rows = |count: usize| {
        let row = |n: usize| case(&json!({"taskNum": format!("T-{n}")}));
        format!("[{}]", (0..count).map(row).collect::<Vec<_>>().join(","))
    };
    assert_eq!(decode_biz("case.transfer.batch", &rows(BATCH_ROWS_MAX)).unwrap().document.records.len(), 500);
    for biz in [rows(BATCH_ROWS_MAX + 1), "[]".to_owned()] {
        let fault = decode_biz("case.transfer.batch", &biz).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("urban.batch-size", Some("bizContent")));
    }
    assert_eq!(decode(&signed(&fields("case.transfer.batch", "{}"))).unwrap_err().code, "urban.biz-invalid");
}
