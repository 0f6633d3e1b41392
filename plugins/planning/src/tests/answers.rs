//! What the agency answers.

use super::*;

fn answer(business: &str, properties: &str) -> String {
    collection(&format!("\"YWLX\":\"{business}\","), &feature("null", properties))
}

#[test]
fn feedback_is_read() {
    assert_eq!(
        value(&only_record(FEEDBACK)),
        json!({
            "kind": "feedback", "schema_version": 1, "reference": "TZGZ-2026-0031", "assignment": "TZ-2026-0000017/1",
            "result": "done", "text": "已现场核实，擅自改变的用途已恢复。", "at": "2026-09-25T15:00:00+08:00"
        })
    );
    for (code, result) in [("1", "accepted"), ("2", "returned"), ("3", "in_progress"), ("4", "done")] {
        let text = answer("CLFK", &format!("\"PQBH\":\"T/1\",\"JGDM\":{code},\"FKNR\":\"漷㛃\u{20164}\""));
        let record = value(&only_record(&text));
        assert_eq!((&record["result"], &record["text"]), (&json!(result), &json!("漷㛃\u{20164}")));
        assert_eq!(record["reference"], "out-0001-1", "the message and the row, where nothing is given");
    }
    let id = answer("CLFK", "\"PQBH\":\"T/1\",\"JGDM\":\"1\"").replace("\"Feature\"", "\"Feature\",\"id\":\"F7\"");
    assert_eq!(value(&only_record(&id))["reference"], "F7");
}

#[test]
fn a_joint_punishment_is_answered() {
    let text = answer("CJFK", "\"FKBH\":\"C1\",\"QQBH\":\"CJ-1\",\"SFCQ\":\"1\",\"FKSJ\":\"2026-09-25\"");
    assert_eq!(
        value(&only_record(&text)),
        json!({
            "kind": "measure_feedback", "schema_version": 1, "reference": "C1", "request": "CJ-1", "applied": true,
            "text": "", "at": "2026-09-25T00:00:00+08:00"
        })
    );
    let no = answer("CJFK", "\"QQBH\":\"CJ-1\",\"SFCQ\":0,\"FKNR\":\"无此权限\"");
    assert_eq!(value(&only_record(&no))["applied"], json!(false));
}

#[test]
fn receipts_are_read() {
    let text = answer(
        "HZ",
        "\"YXXBS\":\"xz-01\",\"HZJGDM\":\"2\",\"CWDM\":\"E\",\"HZNR\":\"部分接收\",\
         \"HXX\":[{\"HH\":1,\"CWDM\":\"E01\",\"CWMS\":\"缺少地址\"}]",
    );
    assert_eq!(
        value(&only_record(&text)),
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "xz-01",
            "outcome": "partial", "code": "E", "text": "部分接收",
            "rows": [{"row": 1, "code": "E01", "text": "缺少地址"}]
        })
    );
}

#[test]
fn bad_answers_are_named() {
    let cases = [
        ("no assignment", "CLFK", "\"JGDM\":\"1\"", "field-missing", "PQBH"),
        ("assignment", "CLFK", "\"PQBH\":\"TZ-2026\",\"JGDM\":\"1\"", "number-invalid", "PQBH"),
        ("result", "CLFK", "\"PQBH\":\"T/1\",\"JGDM\":\"5\"", "code-unknown", "JGDM"),
        ("no reason", "CLFK", "\"PQBH\":\"T/1\",\"JGDM\":\"2\"", "field-missing", "FKNR"),
        ("time", "CLFK", "\"PQBH\":\"T/1\",\"JGDM\":\"1\",\"FKSJ\":\"今天\"", "time-invalid", "FKSJ"),
        ("no request", "CJFK", "\"SFCQ\":\"1\"", "field-missing", "QQBH"),
        ("applied", "CJFK", "\"QQBH\":\"CJ-1\",\"SFCQ\":true", "code-unknown", "SFCQ"),
        ("no reason for not", "CJFK", "\"QQBH\":\"CJ-1\",\"SFCQ\":\"0\"", "field-missing", "FKNR"),
        ("message", "HZ", "\"YXXBS\":\"a\\tb\",\"HZJGDM\":\"1\"", "number-invalid", "YXXBS"),
        ("outcome", "HZ", "\"YXXBS\":\"a\",\"HZJGDM\":\"0\"", "code-unknown", "HZJGDM"),
        ("lines", "HZ", "\"YXXBS\":\"a\",\"HZJGDM\":\"3\",\"HXX\":\"甲\"", "structure", "HXX"),
        ("line", "HZ", "\"YXXBS\":\"a\",\"HZJGDM\":\"3\",\"HXX\":[{\"HH\":0}]", "number-invalid", "HH"),
        ("case", "HZ", "\"YXXBS\":\"a\",\"HZJGDM\":\"1\",\"XTAJBH\":[\"漷\"]", "number-invalid", "XTAJBH"),
    ];
    for (label, business, properties, code, field) in cases {
        let fault = only_row_fault(&answer(business, properties)).fault;
        let expected = (format!("planning.{code}"), Some(field));
        assert_eq!((fault.code, fault.field.as_deref()), expected, "{label}: {}", fault.text);
    }
}
