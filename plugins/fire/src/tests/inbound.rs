//! What good frames become.

use serde_json::json;

use super::*;

/// The vector of a public codec, recomputed: user version 1, check sum 68.
const PUBLIC: &str = "40 40 00 00 01 01 18 0d 11 16 0a 14 00 00 00 00 00 00 06 05 04 03 02 01 30 00 02 02 01 01 03 00 d9 00 \
                      06 00 02 00 a3 c1 c7 f8 a3 b1 b2 e3 df c8 b2 b8 d7 df c0 c8 00 00 00 00 00 00 00 00 00 00 00 00 00 \
                      00 00 30 12 13 01 08 14 68 23 23";

#[test]
fn the_sample_alarm_is_an_alarm_at_its_device() {
    assert_eq!(
        json(&only_record(ALARM)),
        json!({
            "kind": "alarm", "schema_version": 1, "reference": "110112000005-20260918021437-00257-1",
            "party": {"device": "110112000005"},
            "issue": {"code_system": "gb26875-state", "code": "1", "name": "火警"},
            "text": "火灾报警系统点型光电感烟火灾探测器（台湖次渠大街甲2号1层厨房烟感）：火警",
            "at": "2026-09-18T02:14:33+08:00", "severity": "火警",
            "extra": {
                "位0": "0（标准含义为测试状态）", "系统类型": "1", "系统地址": "3", "部件类型": "42",
                "部件地址": "00060102", "部件状态": "0002", "部件说明": "台湖次渠大街甲2号1层厨房烟感"
            }
        })
    );
}

#[test]
fn the_public_vector_is_read() {
    let bytes = hex(PUBLIC);
    assert_eq!(bytes.len(), 78);
    let record = json(&only_record(&bytes));
    assert_eq!(record["text"], "火灾报警系统部件类型0（Ａ区１层呷哺走廊）：火警");
    assert_eq!(record["at"], "2020-08-01T19:18:48+08:00");
    assert_eq!(record["reference"], "000000000000-20201022171324-00000-1");
    let reply = decode(&bytes).unwrap().reply.unwrap().body;
    assert_eq!(reply[..6], [0x40, 0x40, 0, 0, 1, 1], "serial number and both versions come back");
    assert_eq!(reply[12..24], [6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0], "the addresses are swapped");
}

#[test]
fn the_hex_dump_holds_the_sample_frames() {
    let lines: Vec<_> = HEX.lines().map(hex).collect();
    assert_eq!(lines, [ALARM.to_vec(), INSPECTION.to_vec(), ACK.to_vec()]);
    assert_eq!(lines.concat(), STREAM);
}

#[test]
fn the_sample_inspection_becomes_one_finding() {
    let record = json(&only_record(INSPECTION));
    assert_eq!(record["kind"], "finding");
    assert_eq!(record["reference"], "通消监查字〔2026〕第0456号");
    assert_eq!(record["party"]["uscc"], "91110112MAYYT0059L");
    assert_eq!(record["party"].get("device"), None, "the platform that reports is not the entity");
    assert_eq!(
        record["issue"],
        json!({"code_system": "xf-yhlb", "code": "38-2", "name": "火灾自动报警系统主机关闭"}),
        "what was put right at once does not lead"
    );
    assert_eq!(record["stage"], "责令限期改正");
    assert_eq!(record["found_at"], "2026-09-18T15:30:00+08:00");
    assert_eq!(
        record["text"],
        "1. 疏散通道堵塞（38-1）：责令立即改正\n2. 火灾自动报警系统主机关闭（38-2）：责令限期改正"
    );
    assert_eq!(record["extra"]["隐患2"], "火灾自动报警系统主机关闭,38-2,责令限期改正,20260930");
    assert_eq!(record["extra"]["临时查封"], "否");
}

#[test]
fn an_inspection_without_hazards_is_an_indicator_and_people_are_not_kept() {
    let text = "检查记录文书号=A1|地址=宋庄镇小堡村北街66号|乡镇街道=110112104000|检查人员=测试甲|举报人=测试乙|\
                联系电话=0|检查形式=监督抽查|隐患=无|";
    assert_eq!(
        json(&only_record(&text_frame(200, text))),
        json!({
            "kind": "indicator", "schema_version": 1, "reference": "A1", "period": "inspection",
            "party": {"address": "宋庄镇小堡村北街66号", "town": "110112104"},
            "data_time": "2026-09-22T15:00:00+08:00", "log": "消防监督检查未发现火灾隐患",
            "extra": {"源地址": "110112000005", "检查形式": "监督抽查", "隐患": "无"}
        })
    );
}

#[test]
fn hazards_are_taken_apart_at_their_paragraph() {
    for (value, expected) in [
        ("门，窗堵塞,38-1,责令立即改正", Some(("38-1", "门，窗堵塞"))),
        ("楼梯堆物， 38-1 ，责令限期改正，20260930", Some(("38-1", "楼梯堆物"))),
        ("依38-1检查,38-6,临时查封", Some(("38-6", "依38-1检查"))),
        ("堵塞,38-1,按38-1查封", Some(("38-1", "堵塞"))),
        ("堵塞,38-1", None),
        (",38-1,责令立即改正", None),
        ("堵塞,责令立即改正", None),
        ("堵塞,38-1,责令限期改正,20260931", None),
        ("堵塞,38-1,责令限期改正,20260930,另", None),
    ] {
        let bytes = text_frame(200, &format!("检查记录文书号=A1|地址=甲|隐患1={value}"));
        match expected {
            Some((code, name)) => {
                let record = json(&only_record(&bytes));
                assert_eq!((&record["issue"]["code"], &record["issue"]["name"]), (&json!(code), &json!(name)));
            }
            None => drop(only_row_fault(&bytes)),
        }
    }
}

#[test]
fn states_without_fire_are_indicators() {
    for (state, words, facilities) in [
        (0x0001, "正常", vec!["running"]),
        (0x0000, "测试", vec!["test"]),
        (0x0005, "故障", vec!["fault"]),
        (0x0019, "屏蔽、监管", vec!["shielded", "supervised"]),
        (0x01e1, "启动、反馈、延时、电源故障", vec!["started", "feedback", "delayed", "power-fault"]),
    ] {
        let record = json(&only_record(&data(&[&[2, 1][..], &component(state, b"")].concat())));
        assert_eq!((&record["kind"], &record["period"]), (&json!("indicator"), &json!("component_state")));
        assert_eq!(record["log"], format!("火灾报警系统点型光电感烟火灾探测器：{words}"));
        let states: Vec<_> = record["facilities"].as_array().unwrap().iter().map(|f| f["state"].clone()).collect();
        assert_eq!(states, facilities);
        assert_eq!(record["facilities"][0]["facility"], "1-1-42-00060102");
        assert_eq!(record["extra"].get("位0").is_some(), state & 1 == 0);
    }
}

#[test]
fn every_object_of_a_frame_becomes_a_record_of_its_row() {
    let unit = [&[2, 3][..], &component(3, b"A"), &component(5, b"B"), &component(0x13, b"C")].concat();
    let decoded = decode(&data(&unit)).unwrap().document;
    let kinds: Vec<_> = decoded.records.iter().map(|row| (row.row, row.record.kind())).collect();
    assert_eq!(kinds, [(1, "alarm"), (1, "indicator"), (1, "alarm")]);
    assert_eq!(decoded.records[2].record.reference(), Some("110112000005-20260922150000-00007-3"));
    assert_eq!(json(&decoded.records[2].record)["text"], "火灾报警系统点型光电感烟火灾探测器（C）：火警、监管");
}

#[test]
fn systems_report_too_and_a_wrong_clock_costs_nothing() {
    let unit = [&[1, 2][..], &[12, 3, 5, 0], &LABEL, &[200, 1, 3, 0], &[0; 6]].concat();
    let [fault, fire] = records(&data(&unit)).try_into().unwrap();
    assert_eq!(json(&fault)["log"], "自动喷水灭火系统：故障");
    assert_eq!(
        (&json(&fault)["period"], &json(&fault)["facilities"][0]["facility"]),
        (&json!("system_state"), &json!("12-3"))
    );
    let fire = json(&fire);
    assert_eq!(
        (fire.get("at"), &fire["extra"]["时间标签"], &fire["text"]),
        (None, &json!("000000000000"), &json!("系统类型200：火警"))
    );
}

#[test]
fn descriptions_survive_what_devices_do_to_them() {
    let full = "一二三四五六七八九十一二三四五"; // 30 bytes
    for (bytes, text, note) in [
        (gb18030_bytes("漷㛃\u{20164}堃镕"), "漷㛃\u{20164}堃镕", None),
        // 31 bytes: the sixteenth character was cut in two.
        ([gb18030_bytes(full), vec![0xc1]].concat(), full, Some("部件说明_TS")),
        // A four-byte character cut after three.
        (
            [gb18030_bytes("一二三四五六七八九十一二三四"), vec![0x82, 0x30, 0xb7]].concat(),
            "一二三四五六七八九十一二三四",
            Some("部件说明_TS"),
        ),
        (vec![0xff, 0xff], "", Some("部件说明_HEX")),
        (b"@@##  ".to_vec(), "@@##", None),
        (vec![0, b'A'], "", None),
    ] {
        let record = json(&only_record(&data(&[&[2, 1][..], &component(3, &bytes)].concat())));
        assert_eq!(record["kind"], "alarm");
        assert_eq!(record["extra"].get("部件说明").and_then(Value::as_str).unwrap_or_default(), text);
        let notes: Vec<_> =
            ["部件说明_TS", "部件说明_HEX"].into_iter().filter(|key| record["extra"].get(key).is_some()).collect();
        assert_eq!(notes, note.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn other_types_of_the_standard_are_kept_as_they_are() {
    for flag in [3, 4, 5, 6, 7, 8, 21, 24, 25, 26, 27, 28] {
        let record = json(&only_record(&data(&[flag, 1, 0xab, 0xcd])));
        assert_eq!((&record["kind"], &record["period"]), (&json!("indicator"), &json!(format!("type_{flag}"))));
        assert_eq!(record["extra"], json!({"信息对象": "ABCD", "信息对象数目": "1", "类型标志": flag.to_string()}));
        assert!(!record["log"].as_str().unwrap().is_empty());
    }
}

#[test]
fn answers_of_the_department_are_read() {
    assert_eq!(
        json(&only_record(FEEDBACK)),
        json!({
            "kind": "feedback", "schema_version": 1, "reference": "XF-2026-0031", "assignment": "TZ-2026-0000017/1",
            "result": "done", "text": "已现场核实，责令整改完毕。", "at": "2026-09-22T15:00:00+08:00"
        })
    );
    for (given, result) in
        [("1", "accepted"), ("已接收", "accepted"), ("2", "returned"), ("3", "in_progress"), ("已办结", "done")]
    {
        let record = json(&only_record(&text_frame(201, &format!("派遣编号=T/1|处理结果={given}|反馈内容=说明"))));
        assert_eq!(
            (&record["result"], &record["reference"]),
            (&json!(result), &json!("110112000005-20260922150000-00007"))
        );
    }
    let record = json(&only_record(&text_frame(202, "请求编号=LH-1|是否执行=否|说明=不属本部门|反馈编号=F1")));
    assert_eq!(
        record,
        json!({"kind": "measure_feedback", "schema_version": 1, "reference": "F1", "request": "LH-1", "applied": false,
               "text": "不属本部门", "at": "2026-09-22T15:00:00+08:00"})
    );
    assert_eq!(json(&only_record(&text_frame(202, "请求编号=LH-1|是否执行=1")))["applied"], true);
    let record =
        json(&only_record(&text_frame(203, "原消息标识=out-0001|回执结果=2|错误代码=x|内容=部分|行1=3,E01,缺,地址")));
    assert_eq!(
        record,
        json!({"kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "out-0001",
               "outcome": "partial", "code": "x", "text": "部分", "rows": [{"row": 3, "code": "E01", "text": "缺,地址"}]})
    );
}

#[test]
fn confirmations_become_receipts_and_are_not_answered() {
    for (command, outcome) in [(3, "accepted"), (6, "refused")] {
        let bytes = frame::write(&header(513), command, &[]);
        let record = json(&only_record(&bytes));
        assert_eq!((&record["message_id"], &record["outcome"]), (&json!("gb26875-00513"), &json!(outcome)));
        assert_eq!(decode(&bytes).unwrap().reply, None);
    }
    assert_eq!(json(&only_record(ACK))["message_id"], "gb26875-00257");
}

#[test]
fn rare_characters_and_marks_in_texts_arrive_whole() {
    // 亅 is 81 7C in GBK: its second byte is the mark between fields. 丂 is 81 40, half of the mark that begins a frame.
    for value in ["漷㛃\u{20164}堃镕", "亅亅", "丂丂", "@@##", "50%", "a=b", "甲%7C乙"] {
        let record = json(&only_record(&text_frame(201, &format!("派遣编号=T/1|处理结果=4|反馈内容={value}"))));
        assert_eq!(record["text"], value.replace("%7C", "|"));
    }
    assert_eq!(gb18030_bytes("亅丂"), [0x81, 0x7c, 0x81, 0x40]);
}

#[test]
fn damaged_codes_are_mended_or_cost_their_frame() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let bytes = text_frame(200, &format!("检查记录文书号=A1|信用代码={code}|隐患1=堵,38-1,查封"));
        match expected {
            Ok((code, noted)) => {
                let record = json(&only_record(&bytes));
                assert_eq!(record["party"]["uscc"], code, "{label}");
                assert_eq!(record["extra"].get("信用代码_TS").is_some(), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(&bytes).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("信用代码")), "{label}");
            }
        }
    }
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for bytes in [ALARM, INSPECTION, ACK, STREAM, BAD_SUM, FEEDBACK, DAMAGED] {
        assert_eq!(decode(bytes), decode(bytes));
    }
    assert_eq!(Fire::describe(), Fire::describe());
    assert_eq!(Fire::describe().id, "fire");
}
