//! Older and newer dialects, and the defects of the standard's printed examples: read, and noted.

use serde_json::{Value, json};
use xiezhi_sdk::model::Record;
use xiezhi_sdk::{Input, Plugin as _};

use super::{MN, PW, context_with, decode, frame, json as json_of, records};
use crate::{Environment, reply};

const OLD: &[u8] = include_bytes!("../../../../tests/samples/own/env-2005.hj212");
const NEW: &[u8] = include_bytes!("../../../../tests/samples/own/env-2025.hj212");
const DEFECTS: &[u8] = include_bytes!("../../../../tests/samples/own/env-printed-defects.hj212");

fn all(message: &[u8]) -> Vec<Value> {
    let decoded = decode(message).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    records(&decoded).into_iter().map(json_of).collect()
}

/// `factor=value` of each measurement.
fn readings(record: &Value) -> Vec<String> {
    let list = record["measurements"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|one| format!("{}={}", text(&one["factor"]), text(&one["value"]))).collect()
}

#[test]
fn codes_of_2005_become_todays_and_are_kept_as_they_came() {
    let found = all(OLD);
    assert_eq!(
        readings(&found[0]),
        ["w00000=12.50", "w01001=7.35", "w01018=45.1", "w21003=3.20", "w21011=0.41", "065=11.0"]
    );
    assert_eq!(found[0]["measurements"][4]["flag"], "D");
    assert_eq!(
        found[0]["extra"],
        json!({
            "ST": "32", "Version": "2005", "MN-Note": "设备唯一标识不是24位EPC-96编码", "w00000-Code": "B01",
            "w01001-Code": "001", "w01018-Code": "011", "w21003-Code": "060", "w21011-Code": "101"
        })
    );
    assert_eq!(readings(&found[1]), ["a34013=8.1", "a34013=9.3", "a21026=15", "a21002=40", "a19001=11.2"]);
    let answer = String::from_utf8(decode(OLD).unwrap().reply.unwrap().body).unwrap();
    assert_eq!(answer.matches("CN=9014").count(), 1, "only the frame with the A bit is answered");
    assert!(answer.contains("Flag=0;"), "in the dialect of the question: {answer}");
}

#[test]
fn the_link_can_give_further_codes_of_2005() {
    let context = context_with("factors_2005", json!({"065": "w21001", "011": "w99999"}));
    let decoded = Environment::decode(&Input::Message(OLD), &context).unwrap();
    let found = json_of(records(&decoded)[0]);
    let readings = readings(&found);
    assert!(readings.contains(&"w21001=11.0".to_owned()) && readings.contains(&"w99999=45.1".to_owned()));
    assert!(readings.contains(&"w21003=3.20".to_owned()), "the others stay: {readings:?}");
    let many: serde_json::Map<String, Value> = (0..501).map(|n| (n.to_string(), json!("w00001"))).collect();
    for bad in [json!([]), json!({"0111": "w01018"}), json!({"011": "01018"}), json!({"011": 1}), json!(many)] {
        let context = context_with("factors_2005", bad.clone());
        let fault = Environment::decode(&Input::Message(OLD), &context).unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.field.as_deref()),
            ("hj212.setting-invalid", Some("factors_2005")),
            "{bad}"
        );
    }
}

#[test]
fn commands_of_2025_are_read() {
    let decoded = decode(NEW).unwrap();
    let found: Vec<Value> = records(&decoded).into_iter().map(json_of).collect();
    let periods: Vec<&str> = found.iter().map(|record| record["period"].as_str().unwrap()).collect();
    assert_eq!(
        periods,
        ["raw", "noise_reading", "standard_check", "furnace_temperature", "hardware_number", "heartbeat"]
    );
    assert!(found.iter().all(|record| record["extra"]["Version"] == "2025"));
    assert_eq!(readings(&found[0]), ["a24088=86.412"]);
    assert_eq!(found[0]["extra"]["a24088-CompleteTime"], "20260917092900");
    assert_eq!(readings(&found[1]), ["LA=61.3"]);
    assert_eq!(found[2]["extra"]["a24088-StandardValue"], "50.0");
    assert_eq!(readings(&found[3]), ["a01901=865.2"]);
    assert_eq!(found[4]["extra"]["i23005-Info"], "DL-0001");
    assert_eq!(found[4]["data_time"], "2026-09-17T00:00:00.120+08:00", "the time of the exchange");
    // A key is asked for that the gateway has not.
    let [fault] = &decoded.document.row_faults[..] else { panic!("one fault") };
    assert_eq!((fault.row, fault.fault.code.as_str()), (7, "hj212.command-unsupported"));
    let answers = String::from_utf8(decoded.reply.unwrap().body).unwrap();
    let shown: Vec<&str> = answers.lines().map(|line| line.split(';').nth(2).unwrap()).collect();
    assert_eq!(shown, ["CN=9014", "CN=9014", "CN=9014", "CN=9011"]);
    assert!(answers.lines().all(|line| line.contains("Flag=8;")) && answers.contains("QnRtn=2"), "{answers}");
}

#[test]
fn parameters_of_a_station_need_no_data_time() {
    for (cn, cp, period) in [
        ("1011", "PolId=w01018;SystemTime=20260917093000", "station_time"),
        ("1061", "RtdInterval=30", "realtime_interval"),
        ("1063", "MinInterval=10", "minute_interval"),
        ("3017", "PolId=w01018;CstartTime=000000;Ctime=2", "sampling_cycle"),
        ("3018", "PolId=w01018;Stime=20", "sample_output_time"),
        ("3019", "PolId=w01018;w01018-SN=0001", "device_number"),
        ("2081", "DataTime=20260917093000;RestartTime=20260917092500", "boot"),
        ("3015", "DataTime=20260917093000;PolId=w01018;VaseNo=3", "kept_sample"),
    ] {
        let found = all(&frame(cn, "Flag=4;", cp));
        assert_eq!(found[0]["period"], period);
        let last = cp.rsplit(';').next().unwrap().split_once('=').unwrap();
        assert_eq!(found[0]["extra"][last.0], last.1, "{cn}");
    }
    let fault = decode(&frame("1061", "Flag=4;", "DataTime=2026;RtdInterval=30")).unwrap();
    assert_eq!(fault.document.row_faults[0].fault.code, "hj212.field-invalid");
    let fault = decode(&frame("1061", "Flag=4;", "")).unwrap();
    assert_eq!(fault.document.row_faults[0].fault.code, "hj212.field-missing");
}

#[test]
fn defects_of_printed_examples_are_survived_with_a_note() {
    let found = all(DEFECTS);
    let note = |index: usize| found[index]["extra"].get("Frame-Note").and_then(Value::as_str).unwrap_or_default();
    for (index, expected) in [(0, "多余空格"), (1, "CP 前缺少分号"), (2, "误用逗号")] {
        assert!(note(index).contains(expected), "{index}: {}", note(index));
        assert_eq!(readings(&found[index]), ["a24088=86.412"]);
    }
    assert_eq!(readings(&found[3]), ["w01018=45.1", "w00000=1.5"], "the letter that the frame's medium says");
    assert_eq!(found[3]["extra"], json!({"ST": "32", "w01018-Code": "01018", "w00000-Code": "00000"}));
    // PNO stands before PNUM, and the sums are in lower case.
    assert_eq!((readings(&found[4]), note(4)), (vec!["a24088=84.655".to_owned(), "a01011=7.21".to_owned()], ""));
    let air = all(&frame("2011", "Flag=4;", "DataTime=20260917093000;00000-Rtd=1;01018-Rtd=2;12345-Rtd=3"));
    assert_eq!(readings(&air[0]), ["a00000=1", "w01018=2", "12345=3"]);
    let noise = reply::frame(&format!(
        "QN=20260917093000120;ST=36;CN=2011;PW={PW};MN={MN};Flag=4;CP=&&DataTime=20260917093000;00000-Rtd=1&&"
    ));
    assert_eq!(readings(&all(&noise)[0]), ["00000=1"], "neither water nor air");
}

#[test]
fn a_request_with_a_wrong_field_is_told_which() {
    let good = format!("QN=20260917093000120;ST=31;CN=1013;PW={PW};MN={MN};Flag=5;CP=&&PolId=a24088&&");
    for (from, to, qn_return) in [
        ("ST=31", "ST=3", "QnRtn=5"),
        (MN, "ABC", "QnRtn=4"),
        ("Flag=5", "Flag=77", "QnRtn=6"),
        ("Flag=5", "Flag=7", "QnRtn=6"),
        ("QN=20260917093000120", "QN=20260917", "QnRtn=7"),
        ("Flag=5;", "Flag=5;PNUM=1;", "QnRtn=6"),
    ] {
        let decoded = decode(&reply::frame(&good.replace(from, to))).unwrap();
        assert_eq!(decoded.document.row_faults.len(), 1, "{to}");
        let answer = String::from_utf8(decoded.reply.unwrap().body).unwrap();
        assert!(answer.contains(";ST=91;CN=9011;") && answer.contains(qn_return), "{to}: {answer}");
        assert!(decode(answer.as_bytes()).is_ok(), "the answer is a frame");
        let data = good.replace("1013", "2011");
        assert_eq!(decode(&reply::frame(&data.replace(from, to))).unwrap().reply, None, "only requests: {to}");
    }
    for (from, to) in [("QN=20260917093000120;", ""), (PW, ""), (PW, &*"1".repeat(33)), (MN, ""), (";MN=", ";X=")] {
        let decoded = decode(&reply::frame(&good.replace(from, to))).unwrap();
        assert_eq!(decoded.reply, None, "{from}: nobody to answer, or nothing to repeat");
    }
    let Ok(decoded) = decode(&reply::frame(&good.replace("Flag=5;", ""))) else { panic!("a frame") };
    assert!(decoded.document.records.iter().all(|row| !matches!(row.record, Record::Receipt(_))));
}
