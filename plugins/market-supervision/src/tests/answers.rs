//! What the bureau's answers become.

use super::*;

#[test]
fn feedback_is_read() {
    let document = serde_json::to_value(&decode(FEEDBACK).unwrap().document).unwrap();
    assert_eq!(
        document,
        json!({"row_faults": [], "records": [
            {"row": 1, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "FK-20260923-01", "assignment": "TZ-2026-0000017/1",
                "result": "in_progress", "text": "已寄出第二封专用信函，待投递结果。", "at": "2026-09-23T10:30:00+08:00"
            }},
            {"row": 2, "record": {
                "kind": "feedback", "schema_version": 1, "reference": "SCJG-20260923-0001-2",
                "assignment": "TZ-2026-0000018/1", "result": "returned", "text": "该主体登记机关为外区局，不属本局管辖。"
            }}
        ]})
    );
    for (code, result) in [("1", "accepted"), ("2", "returned"), ("3", "in_progress"), ("4", "done")] {
        let records = records_of("Feedback", json!({"ResultCode": code, "Content": "说明"}));
        assert_eq!(records[0]["result"], result);
    }
}

#[test]
fn measures_and_receipts_are_read() {
    let expected = json!({"kind": "measure_feedback", "schema_version": 1, "reference": "M1-1", "request": "R1",
        "applied": false, "text": "清单外措施", "at": "2026-09-23T00:00:00+08:00"});
    let changes = json!({"Applied": false, "Content": "清单外措施", "FeedbackAt": "2026/9/23"});
    assert_eq!(records_of("MeasureFeedback", changes), [expected]);
    assert_eq!(records_of("MeasureFeedback", json!({"FeedbackNo": "F1"}))[0]["reference"], "F1");
    let expected = json!({"kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "m",
        "outcome": "partial", "code": "E", "text": "一行未收", "rows": [{"row": 1, "code": "E01", "text": "缺少住所"}],
        "case_numbers": ["TZ-2026-0000017"]});
    let changes = json!({"OutcomeCode": "2", "ErrorCode": "E", "Content": "一行未收", "CaseNos": ["TZ-2026-0000017"],
        "Lines": [{"Row": 1, "ErrorCode": "E01", "Content": "缺少住所"}]});
    assert_eq!(records_of("Receipt", changes), [expected]);
    for (code, outcome) in [("1", "accepted"), ("3", "refused")] {
        assert_eq!(records_of("Receipt", json!({"OutcomeCode": code}))[0]["outcome"], outcome);
    }
}
