//! What the bureau answers, and what the protocol answers at once.

use serde_json::json;

use super::*;

fn answer(msg_type: &str, parameters: &[(&str, &str)], more: &str) -> String {
    let parameters: String = parameters.iter().map(|(name, value)| parameter(name, value)).collect();
    let references = "<references>xz,out-0001,2026-09-21T10:00:00+08:00</references>";
    cap12(msg_type, references, &info12(&format!("{more}{parameters}")))
}

#[test]
fn feedback_comes_as_update_ack_or_error() {
    assert_eq!(
        serde_json::to_value(only_record(FEEDBACK)).unwrap(),
        json!({
            "kind": "feedback", "schema_version": 1, "reference": "11011249900000_20260925150000",
            "assignment": "TZ-2026-0000017/1", "result": "done",
            "text": "危险化学品已清运，已对当事人立案查处。", "at": "2026-09-25T15:00:00+08:00"
        })
    );
    let number = ("AssignmentId", "TZ-2026-0000017/1");
    let reason = "<description>不属本部门职责</description>";
    for (msg_type, result, expected) in [
        ("Ack", None, "accepted"),
        ("Ack", Some("InProgress"), "in_progress"),
        ("Error", None, "returned"),
        ("Update", Some("Returned"), "returned"),
        ("Update", Some("Accepted"), "accepted"),
    ] {
        let mut parameters = vec![number];
        parameters.extend(result.map(|result| ("Result", result)));
        let record = serde_json::to_value(only_record(&answer(msg_type, &parameters, reason))).unwrap();
        assert_eq!((&record["result"], &record["text"]), (&json!(expected), &json!("不属本部门职责")), "{msg_type}");
    }
}

#[test]
fn a_joint_punishment_is_answered() {
    let text = answer("Ack", &[("RequestId", "CJ-1"), ("Applied", "true")], "");
    assert_eq!(
        serde_json::to_value(only_record(&text)).unwrap(),
        json!({
            "kind": "measure_feedback", "schema_version": 1, "reference": "N1", "request": "CJ-1", "applied": true,
            "text": "", "at": "2026-09-21T10:30:00+08:00"
        })
    );
    let no = answer("Ack", &[("RequestId", "CJ-1"), ("Applied", "false")], "<description>无此权限</description>");
    assert_eq!(serde_json::to_value(only_record(&no)).unwrap()["applied"], json!(false));
}

#[test]
fn a_bare_ack_or_error_is_a_receipt_for_each_message_it_refers_to() {
    let two = "<note>格式不符</note><references>xz-01, xz-02</references>";
    let document = decode(&national("Error", two, "")).unwrap().document;
    let ids: Vec<_> = document.records.iter().map(|row| serde_json::to_value(&row.record).unwrap()).collect();
    assert_eq!(document.records[1].row, 2);
    assert_eq!(
        ids[1],
        json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "xz-02",
            "outcome": "refused", "text": "格式不符"
        })
    );
    let ack = answer("Ack", &[], "");
    let receipt = serde_json::to_value(only_record(&ack)).unwrap();
    assert_eq!((&receipt["message_id"], &receipt["outcome"]), (&json!("out-0001"), &json!("accepted")));
}

#[test]
fn alerts_are_acknowledged_in_their_own_dialect_and_answers_are_not() {
    let reply = |text: &str| decode(text).unwrap().reply.map(|reply| String::from_utf8(reply.body).unwrap());
    let standard = reply(CAP12).unwrap();
    assert!(standard.contains("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"));
    assert!(standard.contains("<msgType>Ack</msgType>") && standard.contains("<addresses>11011249900000</addresses>"));
    assert!(
        standard.contains(
            "<references>11011249900000,11011249900000_20260921103000,2026-09-21T10:30:00+08:00</references>"
        )
    );
    let national_reply = reply(NATIONAL).unwrap();
    assert!(national_reply.contains("<references>11011249900000_20260921103000</references>"));
    assert!(national_reply.contains("<sendTime>2026-09-21 10:00:00+08:00</sendTime>"));
    let refused = reply(&national("Alert", "", &info(&parameter("UniSCID", "9.11101E+17")))).unwrap();
    assert!(refused.contains("<msgType>Error</msgType>") && refused.contains("uscc.scientific-notation"));
    assert!(reply(EXERCISE).is_some() && reply(FEEDBACK).is_some());
    assert_eq!(reply(&national("Ack", "<references>xz-01</references>", "")), None);
    assert_eq!(reply(&national("Error", "<references>xz-01</references>", "")), None);
    assert_eq!(only_record(&standard).kind(), "receipt", "the plugin itself could read it");
}
