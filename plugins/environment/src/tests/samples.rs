//! The shipped samples, good and bad, with what exactly comes out of each.

use serde_json::json;
use xiezhi_sdk::model::record::ReceiptOutcome;
use xiezhi_sdk::model::{Record, UtcTime};
use xiezhi_sdk::{Input, Plugin as _};

use super::{MN, PW, context, context_with, decode, frame, json, records};
use crate::Environment;

const STREAM: &[u8] = include_bytes!("../../../../tests/samples/05b-env-stream.hj212");
const DATA_ANSWER: &[u8] = include_bytes!("../../../../tests/samples/05c-env-dataack.hj212");
const STANDARD_EXAMPLE: &[u8] = include_bytes!("../../../../tests/samples/05-env-standard-example.hj212");
const BAD_CRC: &[u8] = include_bytes!("../../../../tests/samples/neg/hj212-bad-crc.hj212");
const MODBUS_CRC: &[u8] = include_bytes!("../../../../tests/samples/neg/hj212-modbus-crc.hj212");
const BAD_LENGTH: &[u8] = include_bytes!("../../../../tests/samples/neg/hj212-bad-length.hj212");
const MISSING_PART: &[u8] = include_bytes!("../../../../tests/samples/neg/hj212-missing-part.hj212");
const OWN_PART_1: &[u8] = include_bytes!("../../../../tests/samples/own/env-part-1.hj212");
const OWN_PART_2: &[u8] = include_bytes!("../../../../tests/samples/own/env-part-2.hj212");
const OWN_FEEDBACK: &[u8] = include_bytes!("../../../../tests/samples/own/env-feedback.hj212");

#[test]
fn the_stream_of_five_frames_gives_four_records() {
    let decoded = decode(STREAM).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!(decoded.parts, []);
    let rows: Vec<u32> = decoded.document.records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [1, 2, 3, 5], "frames 3 and 4 are two parts of one record");
    let found: Vec<_> = records(&decoded).into_iter().map(json).collect();
    let measurement = |factor: &str, statistic: &str, value: &str| json!({"factor": factor, "statistic": statistic, "value": value, "flag": "N"});
    let base = |period: &str, reference: &str, time: &str| {
        json!({"kind": "indicator", "schema_version": 1, "reference": format!("{MN}/{reference}"),
            "party": {"device": MN}, "period": period, "data_time": time, "extra": {"ST": "31"}})
    };
    let mut realtime = base("realtime", "2011/20260917093000/20260917093000120", "2026-09-17T09:30:00+08:00");
    realtime["measurements"] = json!([
        measurement("a24088", "rtd", "86.412"),
        measurement("a01011", "rtd", "7.30"),
        measurement("a01012", "rtd", "41.2"),
        measurement("a00000", "rtd", "12.5"),
    ]);
    let mut state = base("facility_state", "2021/20260917093000/20260917093000240", "2026-09-17T09:30:00+08:00");
    state["facilities"] = json!([{"facility": "SB1", "state": "off"}, {"facility": "SB2", "state": "running"}]);
    let mut hour = base("hour", "2061/20260917090000/20260917100000001", "2026-09-17T09:00:00+08:00");
    hour["measurements"] = json!([
        measurement("a24088", "cou", "3.891"),
        measurement("a24088", "min", "71.203"),
        measurement("a24088", "avg", "84.655"),
        measurement("a24088", "max", "92.118"),
        measurement("a01011", "min", "6.90"),
        measurement("a01011", "avg", "7.21"),
        measurement("a01011", "max", "7.44"),
        measurement("a00000", "cou", "45012"),
        measurement("a00000", "min", "11.8"),
        measurement("a00000", "avg", "12.5"),
        measurement("a00000", "max", "13.1"),
    ]);
    let mut log = base("site_log", "3020/20260917101500/20260917101500000", "2026-09-17T10:15:00+08:00");
    log["log"] = json!("治理设施SB1停运，企业称检修，未报备");
    log["extra"]["PolId"] = json!("a24088");
    assert_eq!(found, [realtime, state, hour, log]);
}

#[test]
fn every_frame_that_asks_is_answered_as_the_sample_shows() {
    let reply = decode(STREAM).unwrap().reply.unwrap();
    assert!(reply.body.starts_with(DATA_ANSWER));
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(text.matches("CN=9014").count(), 5);
    assert!(text.lines().all(|line| line.contains(&format!("PW={PW};"))), "the password is echoed to its sender only");
}

#[test]
fn the_password_comes_out_nowhere_but_in_the_answer() {
    for message in [STREAM, BAD_CRC, MODBUS_CRC, BAD_LENGTH, MISSING_PART, STANDARD_EXAMPLE] {
        let decoded = decode(message).unwrap();
        let document = serde_json::to_string(&decoded.document).unwrap();
        assert!(!document.contains(PW) && !document.contains("100000;"), "{document}");
        assert!(decoded.parts.iter().all(|part| !part.key.contains(PW)));
    }
    let decoded = decode(&frame("2011", "Flag=5;", "DataTime=20260917093000;a-Rtd=1;NewPW=654321;PW=123456")).unwrap();
    let document = serde_json::to_string(&decoded.document).unwrap();
    assert!(!document.contains(PW) && !document.contains("654321"), "{document}");
}

#[test]
fn every_bad_sample_has_its_fault_and_place() {
    for (message, code, offset) in [
        (BAD_CRC, "hj212.crc-mismatch", 238),
        (MODBUS_CRC, "hj212.crc-modbus", 238),
        (BAD_LENGTH, "hj212.length-mismatch", 2),
        (STANDARD_EXAMPLE, "hj212.command-unsupported", 33),
    ] {
        let decoded = decode(message).unwrap();
        let faults = &decoded.document.row_faults;
        assert_eq!(faults.len(), 1, "{code}");
        assert_eq!((faults[0].row, faults[0].fault.code.as_str()), (1, code));
        assert_eq!(faults[0].fault.offset, Some(offset), "{code}");
        assert!(decoded.document.records.is_empty() && decoded.parts.is_empty() && decoded.reply.is_none(), "{code}");
    }
}

#[test]
fn a_modbus_sum_is_taken_once_the_operator_says_so() {
    let fixed = context_with("accept_modbus_crc", json!(true));
    let decoded = Environment::decode(&Input::Message(MODBUS_CRC), &fixed).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!(decoded.document.records.len(), 1);
    let still_bad = Environment::decode(&Input::Message(BAD_CRC), &fixed).unwrap();
    assert_eq!(still_bad.document.row_faults.len(), 1, "the setting lets nothing else through");
}

#[test]
fn a_missing_part_is_kept_and_is_neither_record_nor_fault() {
    let decoded = decode(MISSING_PART).unwrap();
    assert!(decoded.document.records.is_empty() && decoded.document.row_faults.is_empty());
    assert_eq!(decoded.parts.len(), 1);
    let part = &decoded.parts[0];
    assert_eq!((part.index, part.total, part.expires_after_ms), (1, 2, 600_000));
    assert_eq!(part.key, format!("{MN}/2061/20260917090000"));
    assert_eq!(part.body, MISSING_PART);
    assert!(decoded.reply.is_some(), "each part is acknowledged");
    let patient = context_with("part_timeout_ms", json!(5_000));
    let decoded = Environment::decode(&Input::Message(MISSING_PART), &patient).unwrap();
    assert_eq!(decoded.parts[0].expires_after_ms, 5_000);
}

#[test]
fn two_messages_complete_each_other() {
    let first = decode(OWN_PART_1).unwrap();
    let second = decode(OWN_PART_2).unwrap();
    assert_eq!((first.parts.len(), second.parts.len()), (1, 1));
    assert_eq!(first.parts[0].key, second.parts[0].key);
    let bodies = vec![first.parts[0].body.as_slice(), second.parts[0].body.as_slice()];
    let joined = Environment::decode(&Input::Parts(bodies), &context()).unwrap();
    assert_eq!(joined.reply, None);
    let both = [OWN_PART_1, OWN_PART_2].concat();
    let at_once = decode(&both).unwrap();
    assert_eq!(at_once.parts, []);
    assert_eq!(joined.document, at_once.document, "the same record, whether the parts come together or one by one");
    let Record::Indicator(hour) = records(&joined)[0] else { panic!("an indicator") };
    assert_eq!((hour.period.as_str(), hour.measurements.len()), ("hour", 6));
    let backwards = [OWN_PART_2, OWN_PART_1].concat();
    assert_eq!(records(&decode(&backwards).unwrap()), records(&at_once));
}

#[test]
fn the_departments_feedback_is_read() {
    let decoded = decode(OWN_FEEDBACK).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    let Record::Feedback(feedback) = records(&decoded)[0] else { panic!("feedback") };
    assert_eq!(feedback.assignment.as_str(), "TZ-2026-0000001/1");
    assert_eq!(feedback.text, "现场核查：治理设施SB1已恢复运行；责令补报停运备案，限期3日。");
    assert_eq!(feedback.at, Some(UtcTime::parse_compact_beijing("20260918153000").unwrap()));
    assert!(String::from_utf8(decoded.reply.unwrap().body).unwrap().contains("CN=9014"));
}

#[test]
fn answers_of_a_station_are_receipts_and_are_not_answered() {
    for (cn, cp, outcome, code) in [
        ("9011", "QnRtn=1", ReceiptOutcome::Accepted, None),
        ("9011", "QnRtn=9", ReceiptOutcome::Refused, Some("QnRtn=9")),
        ("9012", "ExeRtn=1", ReceiptOutcome::Accepted, None),
        ("9012", "ExeRtn=100", ReceiptOutcome::Refused, Some("ExeRtn=100")),
        ("9013", "", ReceiptOutcome::Accepted, None),
        ("9014", "", ReceiptOutcome::Accepted, None),
    ] {
        let decoded = decode(&frame(cn, "Flag=5;", cp)).unwrap();
        let Record::Receipt(receipt) = records(&decoded)[0] else { panic!("a receipt") };
        assert_eq!((receipt.outcome, receipt.code.as_deref()), (outcome, code), "{cn} {cp}");
        assert_eq!(receipt.message_id.as_str(), "20260917093000120");
        assert_eq!(decoded.reply, None);
    }
}

#[test]
fn a_sign_of_life_is_a_record_and_answered_only_when_asked() {
    for (flag, is_answered) in [("Flag=8;", false), ("Flag=9;", true)] {
        let decoded = decode(&frame("9015", flag, "")).unwrap();
        let [Record::Indicator(indicator)] = records(&decoded)[..] else { panic!("{flag}: an indicator") };
        assert_eq!((indicator.period.as_str(), indicator.party.device.as_deref()), ("heartbeat", Some(MN)));
        assert_eq!(indicator.data_time.map(|at| at.to_compact_ms_beijing()).as_deref(), Some("20260917093000120"));
        assert!(indicator.measurements.is_empty() && indicator.facilities.is_empty());
        assert_eq!(decoded.document.row_faults, []);
        let reply = decoded.reply.map(|reply| String::from_utf8(reply.body).unwrap());
        assert_eq!(reply.is_some_and(|reply| reply.contains("CN=9014")), is_answered, "{flag}");
    }
}

#[test]
fn a_request_is_refused_in_the_protocols_own_words() {
    let good = frame("1013", "Flag=5;", "PolId=a24088");
    let mut bad = good.clone();
    let crc = bad.len() - 6;
    bad[crc..crc + 4].copy_from_slice(b"ABCD");
    for (message, code, qn_return) in
        [(bad, "hj212.crc-mismatch", "QnRtn=9"), (good, "hj212.command-unsupported", "QnRtn=8")]
    {
        let decoded = decode(&message).unwrap();
        assert_eq!(decoded.document.row_faults[0].fault.code, code);
        let reply = String::from_utf8(decoded.reply.unwrap().body).unwrap();
        assert!(reply.contains("QN=20260917093000120;ST=91;CN=9011;") && reply.contains(qn_return), "{reply}");
    }
}

#[test]
fn other_dialects_are_read_as_far_as_they_agree() {
    let old = frame("2051", "", "DataTime=20260917093000;011-Avg=45.1,011-Flag=N;B01-Cou=12;zz-Avg=1");
    let new = frame("2011", "Flag=9;", "DataTime=20260917093000;w01018-Rtd=45.1");
    for (message, factors, version) in [(old, vec!["w01018", "w00000", "zz"], "2005"), (new, vec!["w01018"], "2025")] {
        let decoded = decode(&message).unwrap();
        let Record::Indicator(indicator) = records(&decoded)[0] else { panic!("an indicator") };
        let found: Vec<&str> = indicator.measurements.iter().map(|m| m.factor.as_str()).collect();
        assert_eq!(found, factors);
        assert_eq!(indicator.extra.get("Version").map(String::as_str), Some(version));
    }
}

#[test]
fn defects_of_the_standards_printed_examples_are_survived() {
    let segments = [
        // A comma after QN, a stray blank after the opening marks, no semicolon before CP, blanks before the sum.
        format!("QN=20260917093000120,ST=31;CN=2011;PW={PW};MN={MN};Flag=5;CP=&&DataTime=20260917093000;a-Rtd=1&&"),
        format!("QN=20260917093000120;ST=31;CN=2011;PW={PW};MN={MN};Flag=5;CP=&& DataTime=20260917093000;a-Rtd=1&&"),
        format!("QN=20260917093000120;ST=31;CN=2011;PW={PW};MN={MN};Flag=5CP=&&DataTime=20260917093000;a-Rtd=1&&"),
        format!("QN=20260917093000120;ST=31;CN=2011;PW={PW};MN={MN};Flag=5;CP=&&DataTime=20260917093000;a-Rtd=1&& "),
    ];
    for segment in segments {
        let decoded = decode(&crate::reply::frame(&segment)).unwrap();
        assert_eq!(decoded.document.row_faults, [], "{segment}");
        assert_eq!(decoded.document.records.len(), 1, "{segment}");
    }
    let mut lower = frame("2011", "Flag=4;PNO=1;PNUM=1;", "DataTime=20260917093000;01018-Rtd=1");
    let crc = lower.len() - 6;
    lower[crc..].make_ascii_lowercase();
    lower.truncate(crc + 4);
    let decoded = decode(&lower).unwrap();
    assert_eq!(decoded.document.records.len(), 1, "a lower-case sum and no line end");
    assert_eq!(decoded.reply, None, "the A bit is 0");
}
