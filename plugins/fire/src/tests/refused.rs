//! What bad messages and bad frames are answered with: code, place, field.

use serde_json::json;

use super::*;

/// Where the text of a frame of our own types begins.
const TEXT_AT: usize = 31;

/// Where a piece of text stands in a frame.
fn place(bytes: &[u8], text: &str) -> usize {
    let wanted = gb18030_bytes(text);
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn messages_of_which_nothing_can_be_understood_are_faults() {
    for (label, bytes, code, offset) in [
        ("empty", Vec::new(), "fire.frame-missing", 0),
        ("another format", b"##0101QN=20160801".to_vec(), "fire.frame-missing", 0),
        ("cut", ALARM[..77].to_vec(), "fire.frame-truncated", 0),
        ("start only", b"@@".to_vec(), "fire.frame-truncated", 0),
        ("end", [&ALARM[..76], b"!!"].concat(), "fire.end-missing", 76),
        ("garbage and a cut frame", [b"x", &ALARM[..50]].concat(), "fire.garbage", 0),
        ("too long", vec![0x40; 1024 * 1024 + 1], "fire.limit", 1024 * 1024),
    ] {
        check(label, &decode(&bytes).unwrap_err(), code, Some(offset), field_of(code));
    }
}

fn field_of(code: &str) -> Option<&'static str> {
    (code == "fire.end-missing").then_some("结束符")
}

#[test]
fn units_that_contradict_themselves_are_named() {
    let object = component(3, b"A");
    let cases: Vec<(&str, Vec<u8>, &str, usize, &str)> = vec![
        ("empty", vec![], "fire.unit-invalid", 27, "应用数据单元"),
        ("type only", vec![2], "fire.unit-invalid", 27, "应用数据单元"),
        ("reserved type", vec![9, 1], "fire.type-unsupported", 27, "类型标志"),
        ("type for devices", vec![90, 1], "fire.type-unsupported", 27, "类型标志"),
        ("type of others", vec![199, 1], "fire.type-unsupported", 27, "类型标志"),
        ("no object", vec![2, 0], "fire.unit-invalid", 28, "信息对象数目"),
        ("one too few", [&[2, 2][..], &object].concat(), "fire.unit-invalid", 28, "信息对象数目"),
        ("one byte more", [&[2, 1][..], &object, &[0]].concat(), "fire.unit-invalid", 28, "信息对象数目"),
        ("system cut", [&[1, 1][..], &[1; 9]].concat(), "fire.unit-invalid", 28, "信息对象数目"),
        ("two texts", vec![200, 2, 0, 0], "fire.unit-invalid", 28, "信息对象"),
        ("no length", vec![200, 1, 0], "fire.unit-invalid", 29, "信息对象"),
        (
            "length in characters",
            vec![201, 1, 1, 0, 0xb0, 0xa1, 0, 0, 15, 22, 9, 26],
            "fire.unit-invalid",
            29,
            "信息对象",
        ),
        ("length past the end", vec![201, 1, 255, 255, 1], "fire.unit-invalid", 29, "信息对象"),
        ("time", [&unit(201, b"")[..4], &[0; 6]].concat(), "fire.time-invalid", 31, "时间标签"),
    ];
    for (label, unit, code, offset, field) in cases {
        check(label, &only_row_fault(&data(&unit)).fault, code, Some(offset), Some(field));
    }
    let mut version = ALARM.to_vec();
    version[4] = 2;
    version[75] += 1;
    check("version", &only_row_fault(&version).fault, "fire.version-unsupported", Some(4), Some("协议版本号"));
}

#[test]
fn encodings_are_refused_at_their_place() {
    for (label, text, code, at) in [
        ("cut", [&gb18030_bytes("派遣编号=T/1|说明=甲")[..], &[0xb2]].concat(), "fire.encoding-truncated", 20),
        ("cut in four", vec![b'a', b'=', 0x82, 0x30, 0xb7], "fire.encoding-truncated", 2),
        ("no character", vec![b'a', b'=', 0xff, b'b'], "fire.encoding-invalid", 2),
        ("UTF-8", "a=派遣编号".as_bytes().to_vec(), "fire.encoding-mismatch", 2),
        ("UTF-16", vec![0xff, 0xfe, b'a', 0], "fire.encoding-unsupported", 0),
    ] {
        let fault = only_row_fault(&data(&unit(201, &text))).fault;
        assert_eq!((fault.code.as_str(), fault.offset), (code, Some((TEXT_AT + at) as u64)), "{label}: {}", fault.text);
    }
    let bytes = data(&unit(201, "派遣编号=T/1|处理结果=4".as_bytes()));
    let read = Fire::decode(&Input::Message(&bytes), &context(json!({"encoding_fallback": "utf-8"}))).unwrap();
    assert_eq!((read.document.records.len(), read.document.row_faults.len()), (1, 0));
    let wrong = Fire::decode(&Input::Message(&bytes), &context(json!({"encoding_fallback": "big5"}))).unwrap_err();
    check("setting", &wrong, "fire.setting-invalid", None, Some("encoding_fallback"));
}

/// Label, type, text, code, the text that the fault points at (empty for the begin of the frame's text), field.
type BadText = (&'static str, u8, String, &'static str, &'static str, Option<&'static str>);

fn bad_texts() -> Vec<BadText> {
    let many: String = (0..=100).map(|n| format!("f{n}=1|")).collect();
    let hazards: String = (0..=50).map(|n| format!("隐患{n}=堵{n},3-1,查|")).collect();
    vec![
        ("no mark", 201, "派遣编号".into(), "fire.structure", "派遣编号", None),
        ("no name", 201, "a=1|=2".into(), "fire.structure", "=2", None),
        ("long name", 201, format!("{}=1", "名".repeat(33)), "fire.structure", "名", None),
        ("fields", 201, many, "fire.limit", "f100=", None),
        ("twice", 201, "a=1|a=2".into(), "fire.field-repeated", "a=2", Some("a")),
        ("no assignment", 201, "处理结果=4".into(), "fire.field-missing", "", Some("派遣编号")),
        ("assignment", 201, "派遣编号=TZ-2026|处理结果=4".into(), "fire.number-invalid", "TZ-2026", Some("派遣编号")),
        ("long number", 201, format!("派遣编号={}", "1".repeat(65)), "fire.field-too-long", "111", Some("派遣编号")),
        ("no result", 201, "派遣编号=T/1|处理结果= ".into(), "fire.field-missing", "", Some("处理结果")),
        ("result", 201, "派遣编号=T/1|处理结果=5".into(), "fire.code-unknown", "5", Some("处理结果")),
        ("no reason", 201, "派遣编号=T/1|处理结果=2".into(), "fire.field-missing", "", Some("反馈内容")),
        ("no request", 202, "是否执行=是".into(), "fire.field-missing", "", Some("请求编号")),
        ("applied", 202, "请求编号=A|是否执行=也许".into(), "fire.code-unknown", "也许", Some("是否执行")),
        ("refused silently", 202, "请求编号=A|是否执行=否".into(), "fire.field-missing", "", Some("说明")),
        ("message", 203, "原消息标识=a\tb|回执结果=1".into(), "fire.number-invalid", "a\tb", Some("原消息标识")),
        ("outcome", 203, "原消息标识=a|回执结果=0".into(), "fire.code-unknown", "0", Some("回执结果")),
        ("row", 203, "原消息标识=a|回执结果=3|行1=0,x".into(), "fire.number-invalid", "0,x", Some("行1")),
        ("row code", 203, "原消息标识=a|回执结果=3|行1=1".into(), "fire.number-invalid", "1", Some("行1")),
        ("no document", 200, "地址=甲".into(), "fire.field-missing", "", Some("检查记录文书号")),
        ("name only", 200, "检查记录文书号=A|单位=测试".into(), "fire.party-unidentified", "", Some("信用代码")),
        ("hazard", 200, "检查记录文书号=A|地址=甲|隐患1=堵".into(), "fire.hazard-invalid", "堵", Some("隐患1")),
        (
            "date",
            200,
            "检查记录文书号=A|地址=甲|隐患1=堵,38-1,查封,明天".into(),
            "fire.time-invalid",
            "堵",
            Some("隐患1"),
        ),
        ("town", 200, "检查记录文书号=A|地址=甲|乡镇街道=宋庄".into(), "fire.number-invalid", "宋庄", Some("乡镇街道")),
        ("hazards", 200, format!("检查记录文书号=A|地址=甲|{hazards}"), "fire.limit", "堵50", Some("隐患50")),
    ]
}

#[test]
fn bad_texts_are_named() {
    for (label, flag, text, code, at, field) in bad_texts() {
        let bytes = text_frame(flag, &text);
        let decoded = decode(&bytes).unwrap();
        let fault = &decoded.document.row_faults[0].fault;
        let offset = match (label, at) {
            (_, "") => TEXT_AT,
            // The character also stands elsewhere in the frame.
            ("row code" | "result" | "outcome", at) => TEXT_AT + gb18030_bytes(text.rsplit_once(at).unwrap().0).len(),
            (_, at) => place(&bytes, at),
        };
        check(label, fault, code, Some(offset), field);
    }
}
