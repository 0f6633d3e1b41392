//! A table of bad input: what each mistake is called and where it is found.

use xiezhi_sdk::model::record::{Lift, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::{AssignmentId, Record};
use xiezhi_sdk::{Input, Plugin as _};

use super::{MN, PW, context, context_with, decode, frame, records};
use crate::frame::FRAMES_MAX;
use crate::{Environment, reply};

/// A good frame's `CP`.
const CP: &str = "DataTime=20260917093000;a24088-Rtd=1.5,a24088-Flag=N";

fn good() -> Vec<u8> {
    frame("2011", "Flag=4;", CP)
}

fn segment(text: &str) -> Vec<u8> {
    reply::frame(text)
}

fn long_segment() -> Vec<u8> {
    let info = "日".repeat(400);
    segment(&format!("QN=20260917093000120;ST=31;CN=3020;PW={PW};MN={MN};Flag=4;CP=&&i11001-Info=//{info}//&&"))
}

fn not_utf8() -> Vec<u8> {
    let mut bytes = frame("3020", "Flag=4;", "DataTime=20260917093000;i11001-Info=//XX//");
    let at = bytes.windows(2).position(|two| two == b"XX").unwrap();
    bytes[at..at + 2].copy_from_slice(&[0xC8, 0xD5]);
    let end = bytes.len() - 6;
    let crc = format!("{:04X}", crate::crc::standard(&bytes[6..end]));
    bytes[end..end + 4].copy_from_slice(crc.as_bytes());
    bytes
}

fn changed(mut bytes: Vec<u8>, at: usize, new: &[u8]) -> Vec<u8> {
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn each_mistake_has_its_code_and_its_place() {
    let header = format!("ST=31;CN=2011;PW={PW};MN={MN};Flag=4;");
    let with = |head: &str, cp: &str| segment(&format!("QN=20260917093000120;ST=31;PW={PW};{head}CP=&&{cp}&&"));
    let crc_at = good().len() - 6;
    let cp_at = 6 + "QN=20260917093000120;ST=31;CN=2011;PW=123456;MN=;Flag=4;CP=&&".len() + MN.len();
    let cases: Vec<(&str, Vec<u8>, &str, usize)> = vec![
        ("no hex in the sum", changed(good(), crc_at, b"ZZZZ"), "crc-mismatch", crc_at),
        ("letters in the length", changed(good(), 2, b"01x1"), "length-mismatch", 2),
        ("length too small", changed(good(), 2, b"0010"), "length-mismatch", 2),
        ("length zero", changed(good(), 2, b"0000"), "length-mismatch", 2),
        ("length past the limit", long_segment(), "segment-too-long", 2),
        ("cut in the segment", good()[..60].to_vec(), "truncated", 60),
        ("cut in the sum", good()[..crc_at + 2].to_vec(), "truncated", crc_at + 2),
        ("cut in the length", b"##01".to_vec(), "truncated", 4),
        ("GB18030 text", not_utf8(), "encoding", cp_at + "DataTime=20260917093000;i11001-Info=//".len()),
        ("a control character", segment("QN=\u{1};CP=&&&&"), "encoding", 9),
        ("no CP", segment(&format!("QN=20260917093000120;{header}")), "cp-missing", 27 + header.len()),
        ("CP not closed", segment(&format!("QN=20260917093000120;{header}CP=&&a=1")), "cp-missing", 35 + header.len()),
        ("no QN", segment(&format!("{header}CP=&&{CP}&&")), "field-missing", 6),
        ("QN of an impossible day", segment(&format!("QN=20260230093000120;{header}CP=&&{CP}&&")), "field-invalid", 6),
        ("no MN", with("CN=2011;Flag=4;", CP), "field-missing", 6),
        ("MN too short", with("CN=2011;MN=ABCDEF;Flag=4;", CP), "field-invalid", 51),
        ("no CN", with(&format!("MN={MN};Flag=4;"), CP), "field-missing", 6),
        ("CN of letters", with(&format!("CN=20X1;MN={MN};Flag=4;"), CP), "field-invalid", 43),
        ("two MN", with(&format!("MN={MN};MN={MN};CN=2011;Flag=4;"), CP), "field-invalid", 43 + 28),
        ("a field without a value", with("rubbish;", CP), "field-invalid", 43),
        ("a field without a name", with("=rubbish;=rubbish;", CP), "field-invalid", 43),
        ("Flag of letters", frame("2011", "Flag=A;", CP), "field-invalid", cp_at - 12),
        ("Flag of version 3", frame("2011", "Flag=12;", CP), "version-unsupported", cp_at - 12),
        ("a command of the host", frame("2012", "Flag=4;", CP), "command-unsupported", 33),
        ("D bit without PNUM", frame("2011", "Flag=6;", CP), "part-invalid", cp_at - 12),
        ("PNUM without PNO", frame("2011", "Flag=6;PNUM=2;", CP), "part-invalid", cp_at - 5),
        ("PNO past PNUM", frame("2011", "Flag=6;PNUM=2;PNO=3;", CP), "part-invalid", cp_at + 2),
        ("PNO zero", frame("2011", "Flag=6;PNUM=2;PNO=0;", CP), "part-invalid", cp_at + 2),
        ("PNUM past the limit", frame("2011", "Flag=6;PNUM=1001;PNO=1;", CP), "part-invalid", cp_at - 5),
        ("PNUM of letters", frame("2011", "Flag=6;PNUM=x;PNO=1;", CP), "part-invalid", cp_at - 5),
        ("PNUM without D bit", frame("2011", "Flag=4;PNUM=2;PNO=1;", CP), "part-invalid", cp_at - 5),
        ("a part without time", frame("2061", "Flag=6;PNUM=2;PNO=1;", "a-Rtd=1"), "field-missing", cp_at + 13),
        ("no time", frame("2011", "Flag=4;", "a-Rtd=1"), "field-missing", cp_at),
        ("time too short", frame("2011", "Flag=4;", "DataTime=202609170930;a-Rtd=1"), "field-invalid", cp_at),
        ("two times", frame("2011", "Flag=4;", &format!("{CP};DataTime=20260917094000")), "field-invalid", cp_at + 53),
        ("no data", frame("2011", "Flag=4;", "DataTime=20260917093000"), "field-missing", cp_at),
        (
            "a reading in words",
            frame("2011", "Flag=4;", "DataTime=20260917093000;a-Rtd=高"),
            "field-invalid",
            cp_at + 24,
        ),
        (
            "a float with exponent",
            frame("2011", "Flag=4;", "DataTime=20260917093000;a-Rtd=1e3"),
            "field-invalid",
            cp_at + 24,
        ),
        (
            "an empty normal reading",
            frame("2011", "Flag=4;", "DataTime=20260917093000;a-Rtd="),
            "field-invalid",
            cp_at + 24,
        ),
        (
            "a long data flag",
            frame("2011", "Flag=4;", "DataTime=20260917093000;a-Flag=NN"),
            "field-invalid",
            cp_at + 24,
        ),
        ("two values of one", frame("2011", "Flag=4;", &format!("{CP};a24088-Rtd=2")), "field-invalid", cp_at + 53),
        (
            "a state in words",
            frame("2021", "Flag=4;", "DataTime=20260917093000;SB1-RS=停"),
            "field-invalid",
            cp_at + 24,
        ),
        (
            "an item without a value",
            frame("2011", "Flag=4;", "DataTime=20260917093000;a-Rtd"),
            "field-invalid",
            cp_at + 24,
        ),
        ("an unknown QnRtn", frame("9011", "Flag=4;", "QnRtn=42"), "field-invalid", cp_at),
        ("no ExeRtn", frame("9012", "Flag=4;", ""), "field-missing", cp_at),
        ("feedback to nothing", frame("8111", "Flag=4;", "DataTime=20260917093000;Result=4"), "field-missing", cp_at),
        (
            "feedback to no assignment",
            frame("8111", "Flag=4;", "DataTime=20260917093000;AssignId=TZ-1;Result=4"),
            "field-invalid",
            cp_at + 24,
        ),
        (
            "an unknown result",
            frame("8111", "Flag=4;", "DataTime=20260917093000;AssignId=TZ-1/1;Result=5"),
            "field-invalid",
            cp_at + 40,
        ),
        (
            "returned without a reason",
            frame("8111", "Flag=4;", "DataTime=20260917093000;AssignId=TZ-1/1;Result=2"),
            "field-missing",
            cp_at,
        ),
        (
            "an unknown outcome",
            frame("8113", "Flag=4;", "DataTime=20260917093000;MsgId=xz-1;Outcome=9"),
            "field-invalid",
            cp_at + 35,
        ),
    ];
    for (name, message, code, offset) in cases {
        let decoded = decode(&message).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        let found: Vec<_> =
            decoded.document.row_faults.iter().map(|row| (row.fault.code.as_str(), row.fault.offset)).collect();
        assert_eq!(found, [(format!("hj212.{code}").as_str(), Some(offset as u64))], "{name}");
        let is_named = |field: &String| !field.is_empty();
        assert!(decoded.document.row_faults.iter().all(|row| row.fault.field.as_ref().is_none_or(is_named)), "{name}");
        assert!(decoded.document.records.is_empty() && decoded.parts.is_empty(), "{name}");
        // The frames on both sides of it are read all the same.
        let between = [good(), message, b"\r\n".to_vec(), good()].concat();
        let decoded = decode(&between).unwrap();
        assert_eq!(decoded.document.records.len(), 2, "{name} between two good frames");
        let rows: Vec<u32> = decoded.document.row_faults.iter().map(|row| row.row).collect();
        assert_eq!(rows, [2], "{name} costs one frame");
        let at = decoded.document.row_faults[0].fault.offset.unwrap();
        assert!(at >= good().len() as u64, "{name}: the place counts from the start of the message");
    }
}

#[test]
fn a_message_without_any_frame_is_refused_as_a_whole() {
    for message in [&b""[..], b"\r\n", b"hello", b"<xml/>", "监测数据".as_bytes(), b"#0101QN=1", &[0xFF; 300]] {
        let fault = decode(message).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.offset), ("hj212.header-missing", Some(0)));
    }
}

#[test]
fn rubbish_between_frames_is_told_and_costs_no_frame() {
    let message = [good(), b"noise".to_vec(), good(), b"tail".to_vec()].concat();
    let decoded = decode(&message).unwrap();
    assert_eq!(decoded.document.records.len(), 2);
    let faults: Vec<_> = decoded.document.row_faults.iter().map(|f| (f.row, f.fault.code.as_str())).collect();
    assert_eq!(faults, [(2, "hj212.header-missing"), (4, "hj212.header-missing")]);
}

#[test]
fn contradicting_parts_are_refused_one_by_one() {
    let part = |number: &str, value: &str| {
        frame("2061", &format!("Flag=6;{number};"), &format!("DataTime=20260917090000;a-Avg={value}"))
    };
    for (name, second) in [
        ("the same part twice", part("PNUM=3;PNO=1", "1")),
        ("another total", part("PNUM=2;PNO=2", "2")),
        ("the same number, other content", part("PNUM=3;PNO=1", "2")),
    ] {
        let decoded = decode(&[part("PNUM=3;PNO=1", "1"), second].concat()).unwrap();
        let faults: Vec<_> = decoded.document.row_faults.iter().map(|f| (f.row, f.fault.code.as_str())).collect();
        assert_eq!(faults, [(2, "hj212.part-invalid")], "{name}");
        assert_eq!(decoded.parts.len(), 1, "{name}: the first stays");
    }
    let whole = [part("PNUM=2;PNO=1", "1"), part("PNUM=2;PNO=2", "2")].concat();
    let decoded = decode(&whole).unwrap();
    assert!(decoded.document.records.is_empty(), "two parts that give one reading two values");
    assert_eq!(decoded.document.row_faults[0].row, 2);
    assert_eq!(decoded.document.row_faults[0].fault.code, "hj212.field-invalid");
}

#[test]
fn collected_parts_that_do_not_fit_are_refused() {
    let part =
        |number: &str, time: &str| frame("2061", &format!("Flag=6;{number};"), &format!("DataTime={time};a-Avg=1"));
    let (first, second) = (part("PNUM=2;PNO=1", "20260917090000"), part("PNUM=2;PNO=2", "20260917100000"));
    let two_frames = [first.clone(), second.clone()].concat();
    for (name, bodies) in [
        ("nothing", vec![]),
        ("one of two", vec![first.as_slice()]),
        ("of two messages", vec![first.as_slice(), second.as_slice()]),
        ("the same twice", vec![first.as_slice(), first.as_slice()]),
        ("two frames in one part", vec![two_frames.as_slice()]),
        ("no part at all", vec![b"##0000".as_slice()]),
    ] {
        let fault = Environment::decode(&Input::Parts(bodies), &context()).unwrap_err();
        assert!(fault.code.starts_with("hj212.") && fault.offset.is_some(), "{name}: {fault:?}");
    }
    let whole = good();
    let fault = Environment::decode(&Input::Parts(vec![&whole]), &context()).unwrap_err();
    assert_eq!(fault.code, "hj212.part-invalid");
}

#[test]
fn too_many_frames_are_refused_as_a_whole() {
    let one = frame("9015", "Flag=4;", "");
    let decoded = decode(&one.repeat(FRAMES_MAX)).unwrap();
    assert_eq!(decoded.document.row_faults, []);
    let fault = decode(&one.repeat(FRAMES_MAX + 1)).unwrap_err();
    assert_eq!(fault.code, "hj212.too-many-frames");
    assert_eq!(fault.offset, Some((one.len() * FRAMES_MAX) as u64));
}

#[test]
fn a_lost_sensor_has_a_flag_and_no_value() {
    let decoded = decode(&frame("2011", "Flag=4;", "DataTime=20260917093000;a-Rtd=,a-Flag=B;b-Rtd=1")).unwrap();
    let Record::Indicator(indicator) = records(&decoded)[0] else { panic!("an indicator") };
    assert_eq!(indicator.measurements.len(), 1);
    assert_eq!(indicator.extra.get("a-Flag").map(String::as_str), Some("B"));
}

#[test]
fn states_beyond_the_table_keep_their_code() {
    let cp = "DataTime=20260917093000;SB1-RS=0;SB2-RS=1;SB3-RS=2;SB4-RS=3;SB5-RS=4;SB6-RS=5;SB7-RS=6";
    let decoded = decode(&frame("2021", "Flag=4;", cp)).unwrap();
    let Record::Indicator(indicator) = records(&decoded)[0] else { panic!("an indicator") };
    let states: Vec<&str> = indicator.facilities.iter().map(|facility| facility.state.as_str()).collect();
    assert_eq!(states, ["off", "running", "calibrating", "maintenance", "alarm", "blowing", "code-6"]);
}

#[test]
fn an_unusual_station_number_is_taken_and_noted() {
    let message = segment(
        "QN=20260917093000120;ST=21;CN=2011;PW=1;MN=Y80110010000010;Flag=4;CP=&&DataTime=20260917093000;w01001-Rtd=7.1&&",
    );
    let decoded = decode(&message).unwrap();
    let Record::Indicator(indicator) = records(&decoded)[0] else { panic!("an indicator") };
    assert_eq!(indicator.party.device.as_deref(), Some("Y80110010000010"));
    assert!(indicator.extra.contains_key("MN-Note"));
}

#[test]
fn bad_settings_stop_both_directions() {
    for (name, value) in [
        ("part_timeout_ms", serde_json::json!(0)),
        ("part_timeout_ms", serde_json::json!(604_800_001)),
        ("st", serde_json::json!("9")),
        ("pw", serde_json::json!("a;b")),
        ("mn", serde_json::json!("SHORT")),
    ] {
        let fault = Environment::decode(&Input::Message(&good()), &context_with(name, value)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("hj212.setting-invalid", Some(name)));
        assert!(!fault.text.contains("a;b"));
    }
}

#[test]
fn a_kind_without_a_form_is_refused() {
    let lift = Record::Lift(Box::new(Lift {
        schema_version: SCHEMA_VERSION,
        request: AssignmentId::parse("TZ-1/1").unwrap().as_str().to_owned(),
        party: Party::default(),
        reason: String::new(),
    }));
    assert_eq!(Environment::encode(&lift, &context()).unwrap_err().code, "hj212.kind-unwritten");
}

#[test]
fn a_receipt_of_the_department_does_not_go_back_to_it() {
    let receipt = serde_json::from_value(serde_json::json!({
        "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "m-1", "outcome": "accepted",
        "text": ""
    }));
    let fault = Environment::encode(&receipt.unwrap(), &context()).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("hj212.direction-invalid", None));
}
