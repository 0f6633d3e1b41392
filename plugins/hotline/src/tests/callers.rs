//! Nothing about the person who called survives, whatever the hotline calls it and wherever it stands.

use super::*;

/// What must not be found again. The numbers are invented.
const SECRETS: [&str; 6] =
    ["测试甲乙丙", "13900000009", "110112190001010013", "某小区秘密楼", "zs@example.com", "60000009"];
/// How hotlines may spell what they know of the caller.
const SPELLINGS: [&str; 48] = [
    "caller",
    "callerName",
    "caller_name",
    "callerMasked",
    "callerPhone",
    "callerPhoneMasked",
    "callerIdNumber",
    "callerAddress",
    "CALLER",
    "complainant",
    "complainantName",
    "complainantTel",
    "reporter",
    "reporterName",
    "reporterPhone",
    "reporterIdNo",
    "informant",
    "petitioner",
    "contact",
    "contactName",
    "contactPhone",
    "contactMobile",
    "linkman",
    "linkTel",
    "phone",
    "mobile",
    "tel",
    "email",
    "wechat",
    "name",
    "address",
    "idCard",
    "idNumber",
    "certNo",
    "投诉人",
    "投诉人姓名",
    "投诉人电话",
    "投诉人地址",
    "举报人",
    "举报人姓名",
    "举报人身份证号",
    "来电人",
    "来电号码",
    "诉求人",
    "反映人",
    "联系人",
    "联系电话",
    "extra",
];

fn assert_clean(label: &str, bytes: &[u8]) {
    for settings in [Value::Null, json!({"extra_fields": ["batch", "handler"]})] {
        let shown = match decode_with(bytes, settings) {
            Ok(decoded) => serde_json::to_string(&decoded.document).unwrap() + &format!("{decoded:?}"),
            Err(fault) => format!("{fault:?}"),
        };
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{label}: {secret} in {shown}");
        }
    }
}

#[test]
fn members_about_the_caller_vanish_in_every_shape() {
    let all = SECRETS.join(" ");
    for name in SPELLINGS {
        let shapes = [
            json!(all),
            json!(SECRETS),
            json!({"name": SECRETS[0], "phone": SECRETS[1], "more": {"id": SECRETS[2], "deep": [{"at": SECRETS[3]}]}}),
            json!({"respondent": SECRETS[0], "content": SECRETS[3], "workOrderNo": SECRETS[2]}),
        ];
        for shape in shapes {
            let clean = order(json!({}));
            let mut with = clean.clone();
            with[name] = shape.clone();
            assert_eq!(only_record(&lines(&[with.clone()])), only_record(&lines(&[clean])), "{name}: nothing is added");
            assert_clean(name, &lines(&[with.clone()]));
            // The same beside a fault, and in lines of the other types.
            with["respondentUscc"] = json!("91110112MAYYT00160");
            assert_clean(name, &lines(&[with]));
            let mut answer = json!({"type": "feedback", "assignmentNo": "T/1", "result": "已接收"});
            answer[name] = shape.clone();
            assert_clean(name, &lines(&[answer]));
            let mut receipt = json!({"type": "receipt", "messageId": "m", "outcome": "拒收"});
            receipt[name] = shape;
            assert_clean(name, &lines(&[receipt]));
        }
    }
}

#[test]
fn texts_lose_numbers_and_what_labels_announce() {
    let text = "投诉人：测试甲乙丙，身份证110112190001010013，电话13900000009或010-60000009，邮箱zs@example.com，\
                投诉人住址：某小区秘密楼。";
    for name in
        ["content", "respondent", "respondentAddress", "businessAddress", "categoryName", "department", "source"]
    {
        let text: String = if name == "respondent" { text.chars().take(200).collect() } else { text.to_owned() };
        let bytes = lines(&[order(json!({name: text}))]);
        assert_clean(name, &bytes);
        let Record::Complaint(record) = only_record(&bytes) else { panic!("a complaint was wanted") };
        assert_eq!(record.extra["redacted"], "6", "{name}");
    }
    for answer in [
        json!({"type": "feedback", "assignmentNo": "T/1", "result": "退回", "text": text}),
        json!({"type": "measure_feedback", "requestNo": "R", "applied": false, "text": text}),
        json!({"type": "receipt", "messageId": "m", "outcome": "拒收", "text": text,
               "lines": [{"line": 1, "code": "c", "text": text}]}),
    ] {
        assert_clean("answer", &lines(std::slice::from_ref(&answer)));
        assert!(records(&lines(&[answer])).len() == 1);
    }
    assert_clean("handler", &lines(&[order(json!({"handler": text}))]));
}

#[test]
fn faults_do_not_name_strange_members() {
    let twice = "{\"workOrderNo\":\"1\",\"举报人测试甲乙丙\":1,\"举报人测试甲乙丙\":2}";
    let escape = "{\"workOrderNo\":\"1\",\"测试甲乙丙\":\"\\ud800\"}";
    let cut = "{\"caller\":\"测试甲乙丙13900000009";
    for (line, code) in
        [(twice, "hotline.field-repeated"), (escape, "hotline.json-syntax"), (cut, "hotline.json-syntax")]
    {
        assert_clean(line, line.as_bytes());
        let fault = only_row_fault(line.as_bytes()).fault;
        assert_eq!((fault.code.as_str(), fault.field), (code, None), "{line}");
    }
    // A secret where a known member should be: the fault names the member and not what stands there.
    for name in ["workOrderNo", "orderType", "acceptTime", "townCode", "respondentUscc", "amountYuan", "repeatCount"] {
        for value in [json!(SECRETS[1]), json!({"caller": SECRETS}), json!([SECRETS[0]]), json!(SECRETS.join(""))] {
            let bytes = lines(&[order(json!({name: value}))]);
            // The work order's own number is what it is: it names the order, so it is not looked into.
            if name == "workOrderNo" && !value.is_object() && !value.is_array() {
                continue;
            }
            if name == "amountYuan" && value == json!(SECRETS[1]) || name == "repeatCount" {
                continue;
            }
            assert_clean(name, &bytes);
        }
    }
}

#[test]
fn no_setting_keeps_a_caller() {
    for name in SPELLINGS.iter().filter(|name| **name != "extra") {
        let fault = decode_with(ORDERS, json!({"extra_fields": [name]})).unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.field.as_deref()),
            ("hotline.setting-invalid", Some("extra_fields")),
            "{name}"
        );
    }
    let kept = decode_with(&lines(&[order(json!({"batch": "B7", "other": "x"}))]), json!({"extra_fields": ["batch"]}));
    let document = serde_json::to_value(&kept.unwrap().document).unwrap();
    assert_eq!(document["records"][0]["record"]["extra"], json!({"orderType": "投诉", "batch": "B7"}));
}
