//! Every error code, with the documents that earn it.

use reqwest::StatusCode;
use xiezhi_credit_sim::SimSettings;

use crate::kit::{Sim, annul, element, list_in, list_out, settings};

/// Sends documents one after another and compares the error codes; an empty one means applied.
async fn check(cases: Vec<(&str, String)>) {
    let sim = Sim::start(SimSettings { ..settings() }).await;
    assert_eq!(sim.post("first", list_in("there", &[])).await.0, StatusCode::OK);
    for (at, (code, document)) in cases.into_iter().enumerate() {
        let (status, receipt) = sim.post(&format!("m-{at}"), document.clone()).await;
        let wanted = if code.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(status, wanted, "{document}\n{receipt}");
        assert_eq!(element(&receipt, "ErrCode").unwrap_or_default(), code, "{document}\n{receipt}");
        assert_eq!(element(&receipt, "ResCode"), Some(if code.is_empty() { "1" } else { "3" }));
        assert_eq!(element(&receipt, "RefuseRea").is_some(), !code.is_empty(), "{receipt}");
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn documents_that_cannot_be_read() {
    let item = "<Item><BusExcList>n</BusExcList></Item>";
    let root = |inside: &str| format!("<OpAnomalyBatch OpType=\"IN\" Seq=\"1\">{inside}</OpAnomalyBatch>");
    let deep = root("<Item><EntName><b>x</b></EntName></Item>");
    check(vec![
        ("E0001", String::new()),
        ("E0001", "no xml".to_owned()),
        ("E0001", list_in("new", &[]).replace("</Item>", "")),
        ("E0001", list_in("new", &[]).replace("</OpAnomalyBatch>", "")),
        ("E0001", list_in("new", &[]).replace("OpAnomalyBatch", "OpAnomalyList")),
        ("E0001", root("")),
        ("E0001", root(&item.repeat(2))),
        ("E0001", root("text")),
        ("E0001", root("<Row/>")),
        ("E0001", deep),
        ("E0001", format!("{}{}", root(item), root(item))),
        ("E0001", format!("<!DOCTYPE x>{}", root(item))),
        ("E0001", root("<Item><EntName>&what;</EntName></Item>")),
        ("E0001", root("<Item><EntName>&#1;</EntName></Item>")),
        ("E0001", root("<Item><EntName>a</EntName><EntName>a</EntName></Item>")),
        ("E0001", list_in("new", &[("EntName", &"长".repeat(201))])),
        ("E0001", list_in("new_key", &[])),
        ("E0001", list_in(&"k".repeat(65), &[])),
        ("", list_in("new", &[("EntName", "甲&amp;乙<![CDATA[<丙>]]>"), ("Own", "x")])),
    ])
    .await;
}

#[tokio::test]
async fn fields_that_are_missing() {
    let mut cases = Vec::new();
    for column in ["BusExcList", "EntName", "UniSCID", "SpeCause", "AbnTime", "DecOrg", "DecorgCN", "PenDecNo"] {
        cases.push(("E0101", list_in("new", &[(column, "-")])));
        cases.push(("E0101", list_in("new", &[(column, " ")])));
    }
    for column in
        ["BusExcList", "EntName", "UniSCID", "IsMove", "RemExcpres", "RemDate", "ReDecOrg", "ReDecOrgCN", "PenDecNo"]
    {
        cases.push(("E0101", list_out("there", &[(column, "-")])));
    }
    cases.push(("E0101", annul("there", &[("RemoveRea", "-")])));
    cases.push(("E0101", list_in("new", &[]).replace(" OpType=\"IN\"", "")));
    cases.push(("E0101", list_in("new", &[]).replace(" Seq=\"20260929000001\"", "")));
    check(cases).await;
}

#[tokio::test]
async fn codes_and_dates_that_are_wrong() {
    let coded = |code: &str, cause: &str| list_in("new", &[("UniSCID", code), ("SpeCause", cause)]);
    let right = |prefix: &str| {
        let digits = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        let code = digits.chars().map(|last| format!("{prefix}110112MAYYT0016{last}"));
        code.collect::<Vec<_>>()
    };
    // Of the 31 last characters one is right for each kind; the table of the kind decides about the cause.
    let mut cases = vec![
        ("E0102", list_in("new", &[("UniSCID", "91110112MAYYT00168")])),
        ("E0102", list_in("new", &[("UniSCID", "51110112MAYYT00167")])),
        ("E0102", list_in("new", &[("UniSCID", "-"), ("RegNO", "12345")])),
        ("E0102", list_out("there", &[("UniSCID", "91110112MAYYT0016")])),
        ("E0103", list_in("new", &[("SpeCause", "5")])),
        ("E0103", list_in("new", &[("DecOrg", "通州")])),
        ("E0103", list_in("new", &[("IsMove", "1")])),
        ("E0103", list_in("new", &[("RemDate", "2026-10-01")])),
        ("E0103", list_in("new", &[]).replace("\"IN\"", "\"ASSIGN\"")),
        ("E0103", list_out("there", &[("IsMove", "3")])),
        ("E0103", list_out("there", &[("RemExcpres", "6")])),
        ("E0103", list_out("there", &[("ReDecOrg", "1101")])),
        ("E0103", annul("there", &[("RemExcpres", "9")])),
        ("E0104", list_in("new", &[("AbnTime", "2026-02-30")])),
        ("E0104", list_in("new", &[("AbnTime", "2026年9月29日")])),
        ("E0104", list_in("new", &[("AbnTime", "2026-9-29")])),
        ("E0104", list_out("there", &[("RemDate", "20261110")])),
        ("E0104", list_out("there", &[("RemDate", "2026-09-28")])),
    ];
    for (prefix, cause) in [("92", "4"), ("93", "2")] {
        let wrong = right(prefix).into_iter().find(|code| code_is_right(code)).unwrap();
        cases.push(("E0103", coded(&wrong, cause)));
    }
    check(cases).await;
}

/// The rule of GB 32100 once more, for finding codes to send.
fn code_is_right(code: &str) -> bool {
    let value = |c: char| "0123456789ABCDEFGHJKLMNPQRTUWXY".find(c).unwrap();
    let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1];
    code.chars().zip(weights).map(|(c, weight)| value(c) * weight).sum::<usize>() % 31 == 0
}

#[tokio::test]
async fn entries_that_are_there_unknown_or_gone() {
    check(vec![
        ("E0201", list_in("there", &[])),
        ("E0202", list_out("unknown", &[])),
        ("E0202", annul("unknown", &[])),
        ("", list_out("there", &[])),
        ("E0203", list_out("there", &[])),
        ("E0201", list_in("there", &[])),
        ("", annul("there", &[])),
        ("E0203", annul("there", &[])),
        ("E0203", list_out("there", &[])),
        ("E0201", list_in("there", &[])),
        ("", list_in("new", &[])),
        ("", annul("new", &[])),
        ("E0203", list_out("new", &[])),
    ])
    .await;
}

#[tokio::test]
async fn a_key_that_is_used_for_other_content() {
    let sim = Sim::start(settings()).await;
    let first = sim.post("m", list_in("e-1", &[])).await;
    let (status, receipt) = sim.post("m", list_in("e-2", &[])).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!((element(&receipt, "ErrCode"), element(&receipt, "ResCode")), (Some("E0409"), Some("3")));
    assert_eq!(sim.get("entries/by-key/m").await, first);
    let state = sim.state().await;
    assert_eq!((state["conflicts"].as_u64(), state["entries_total"].as_u64()), (Some(1), Some(1)));
    sim.stop().await.unwrap();
}
