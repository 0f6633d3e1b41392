//! Joint punishments, their lifting and the answers to them, and recalls.

use serde_json::json;
use xiezhi_sdk::Plugin;

use super::outbound::{check, encode};
use super::*;

const HEAD: &str = "BWT/BWBH=12MAYYG0015Y202609211000003GM61M
         BWT/XXBS=out-0001
         BWT/FSF=11110112MAYYG0015Y
         BWT/JSF=110112000000
         BWT/FSSJ=20260921100000";

fn record(json: Value) -> Record {
    serde_json::from_value(json).unwrap()
}

fn request() -> Value {
    json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"name": "北京漷南数智商务服务有限公司", "uscc": "91110112MAYYT00242"},
        "measure_code": "1-09", "legal_basis": "《企业信息公示暂行条例》第十八条", "until": "2029-09-28",
        "due_at": "2026-10-09T23:59:59+08:00"
    })
}

#[test]
fn a_request_says_whom_what_by_what_law_and_how_long() {
    let rest = "BWT/YWLX=LHCJ
         BWST/CJXX/CJBH=LHCJ-2026-0003
         BWST/CJXX/CSDM=1-09
         BWST/CJXX/FLYJ=《企业信息公示暂行条例》第十八条
         BWST/CJXX/CJJZRQ=20290928
         BWST/CJXX/FKQX=20261009235959
         BWST/DWXX/DWMC=北京漷南数智商务服务有限公司
         BWST/DWXX/TYSHXYDM=91110112MAYYT00242";
    check(&record(request()), &format!("{HEAD}\n{rest}"));
    let mut endless = request();
    endless.as_object_mut().unwrap().remove("until");
    assert!(!ungb(&encode(&record(endless))).contains("CJJZRQ"));
}

#[test]
fn a_request_without_measure_or_law_is_not_sent() {
    for (member, field) in [("measure_code", "CSDM"), ("legal_basis", "FLYJ")] {
        let mut bare = request();
        bare[member] = json!(" ");
        let fault = Police::encode(&record(bare), &context(Value::Null)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("police.field-missing", Some(field)));
        assert_eq!(fault.offset, None);
    }
}

#[test]
fn lifting_and_recalling_say_why() {
    let lift = json!({
        "kind": "lift", "schema_version": 1, "request": "LHCJ-2026-0003",
        "party": {"uscc": "91110112MAYYT00242"}, "reason": "信用修复：已移出经营异常名录"
    });
    let rest = "BWT/YWLX=JCCJ
         BWST/JCXX/CJBH=LHCJ-2026-0003
         BWST/JCXX/JCYY=信用修复：已移出经营异常名录
         BWST/DWXX/TYSHXYDM=91110112MAYYT00242";
    check(&record(lift), &format!("{HEAD}\n{rest}"));
    let recall = json!({
        "kind": "recall", "schema_version": 1, "assignment": "TZ-2026-0000017/2", "reason": "与另一案件重复"
    });
    let rest = "BWT/YWLX=PQCH
         BWST/CHXX/PQBH=TZ-2026-0000017/2
         BWST/CHXX/XTAJBH=TZ-2026-0000017
         BWST/CHXX/CHYY=与另一案件重复";
    check(&record(recall), &format!("{HEAD}\n{rest}"));
}

#[test]
fn answers_to_a_request_are_read() {
    let rows = "<BWST><CSXX><FKBH>CS-1</FKBH><CJBH>LHCJ-2026-0003</CJBH><CSJGDM>1</CSJGDM><CSNR>已列入重点监管</CSNR>\
                <CSSJ>20260930100000</CSSJ></CSXX></BWST>\
                <BWST><CSXX><CJBH>LHCJ-2026-0004</CJBH><CSJGDM>2</CSJGDM><CSNR>无此项职权㛃</CSNR></CSXX></BWST>\
                <BWST><CSXX><CJBH>LHCJ-2026-0005</CJBH><CSJGDM>1</CSJGDM></CSXX></BWST>";
    let read = |reference: &str, request: &str, applied: bool, text: &str| {
        json!({"kind": "measure_feedback", "schema_version": 1, "reference": reference, "request": request,
            "applied": applied, "text": text})
    };
    let mut first = read("CS-1", "LHCJ-2026-0003", true, "已列入重点监管");
    first["at"] = json!("2026-09-30T10:00:00+08:00");
    assert_eq!(
        serde_json::to_value(decode(&gb(&message("CSFK", rows))).unwrap().document).unwrap(),
        json!({"row_faults": [], "records": [
            {"row": 1, "record": first},
            {"row": 2, "record": read("N1-2", "LHCJ-2026-0004", false, "无此项职权㛃")},
            {"row": 3, "record": read("N1-3", "LHCJ-2026-0005", true, "")}
        ]})
    );
}

#[test]
fn answers_with_mistakes_cost_their_row() {
    for (row, code, field) in [
        ("", "field-missing", "CSXX"),
        ("<CSXX><CSJGDM>1</CSJGDM></CSXX>", "field-missing", "CJBH"),
        ("<CSXX><CJBH>L</CJBH></CSXX>", "field-missing", "CSJGDM"),
        ("<CSXX><CJBH>L</CJBH><CSJGDM>3</CSJGDM></CSXX>", "code-unknown", "CSJGDM"),
        ("<CSXX><CJBH>L</CJBH><CSJGDM>2</CSJGDM></CSXX>", "field-missing", "CSNR"),
        ("<CSXX><CJBH>L</CJBH><CSJGDM>1</CSJGDM><CSSJ>20260930</CSSJ></CSXX>", "time-invalid", "CSSJ"),
    ] {
        let fault = only_row_fault(&gb(&message("CSFK", &format!("<BWST>{row}</BWST>")))).fault;
        assert_eq!(fault.code, format!("police.{code}"), "{row}");
        assert_eq!(fault.field.as_deref(), Some(field), "{row}");
    }
}

#[test]
fn an_answer_can_copy_what_the_request_says() {
    let sent = ungb(&encode(&record(request())));
    let number = sent.split("<CJBH>").nth(1).unwrap().split('<').next().unwrap();
    let rows = format!("<BWST><CSXX><CJBH>{number}</CJBH><CSJGDM>1</CSJGDM></CSXX></BWST>");
    let answer = serde_json::to_value(only_record(&gb(&message("CSFK", &rows)))).unwrap();
    assert_eq!((&answer["request"], &answer["applied"]), (&json!("LHCJ-2026-0003"), &json!(true)));
}
