//! Legal acts over HTTP: who is let in, what the desk is asked, and how its answers are told.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use xiezhi_model::act::{ActStatus, Ballot, ObjectionRequest, ObjectionStep};
use xiezhi_model::{ActId, CaseNumber};
use xiezhi_ports::ActFilter;

use crate::fakes::{Asked, Mode, OFFICER, OFFICER_PASSWORD};
use crate::setup::{Answer, Setup, setup};

pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))
}

pub(crate) async fn call(setup: &Setup, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("authorization", basic(OFFICER, OFFICER_PASSWORD));
    setup.call(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn only_accounts_are_let_in() {
    let right = basic(OFFICER, OFFICER_PASSWORD);
    let (wrong, nobody) = (basic(OFFICER, "wrong"), basic("nobody", OFFICER_PASSWORD));
    let token = format!("Bearer {}", crate::setup::POLICE_TOKEN);
    let long = basic(OFFICER, &"x".repeat(9_000));
    let cases: &[(&[&str], StatusCode, &str)] = &[
        (&[], StatusCode::UNAUTHORIZED, "person.missing"),
        (&[&token], StatusCode::UNAUTHORIZED, "person.missing"),
        (&["Basic"], StatusCode::UNAUTHORIZED, "person.missing"),
        (&["Basic !!!"], StatusCode::UNAUTHORIZED, "person.missing"),
        (&[&right, &right], StatusCode::UNAUTHORIZED, "person.missing"),
        (&[&long], StatusCode::UNAUTHORIZED, "person.missing"),
        (&[&wrong], StatusCode::UNAUTHORIZED, "person.unknown"),
        (&[&nobody], StatusCode::UNAUTHORIZED, "person.unknown"),
        (&[&right], StatusCode::OK, ""),
    ];
    for (headers, status, code) in cases {
        let setup = setup();
        let mut builder = Request::get("/v1/acts");
        for header in *headers {
            builder = builder.header("authorization", *header);
        }
        let answer = setup.call(builder.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, *status, "{headers:?}");
        if *status == StatusCode::UNAUTHORIZED {
            assert_eq!(answer.code(), *code, "{headers:?}");
            assert!(answer.header("www-authenticate").starts_with("Basic "), "{headers:?}");
        }
    }
}

#[tokio::test]
async fn the_desk_is_asked_what_the_request_says() {
    let setup = setup();
    let id = ActId::parse("TZ-2026-0000017/A1").unwrap();
    let path = "/v1/acts/TZ-2026-0000017/A1";
    let request = json!({
        "case_number": "TZ-2026-0000017", "kind": "list_in", "reason": "无法取得联系", "terms": {"cause": "4"},
        "clock": {"amount": 10, "unit": "working_day"}
    });
    assert_eq!(call(&setup, "POST", "/v1/acts", &request.to_string()).await.status, StatusCode::CREATED);
    assert_eq!(call(&setup, "GET", path, "").await.status, StatusCode::OK);
    assert_eq!(call(&setup, "POST", &format!("{path}/approve"), r#"{"decision": "1号"}"#).await.status, StatusCode::OK);
    assert_eq!(
        call(&setup, "POST", &format!("{path}/refuse"), r#"{"remark": "证据不足"}"#).await.status,
        StatusCode::OK
    );
    let list = "/v1/acts?status=examined&case_number=TZ-2026-0000017&limit=5000&offset=2";
    assert_eq!(call(&setup, "GET", list, "").await.status, StatusCode::OK);
    let filter = ActFilter {
        status: Some(ActStatus::Examined),
        case_number: Some(CaseNumber::parse("TZ-2026-0000017").unwrap()),
        limit: 100,
        offset: 2,
    };
    let approval = Ballot::Approve { decision: Some("1号".to_owned()), remark: String::new() };
    assert_eq!(
        *setup.desk.asked.lock().unwrap(),
        [
            Asked::Propose(serde_json::from_value(request).unwrap()),
            Asked::Show(id.clone()),
            Asked::Vote(id.clone(), approval),
            Asked::Vote(id, Ballot::Refuse { remark: "证据不足".to_owned() }),
            Asked::List(filter),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_a_request_does_not_reach_the_desk() {
    let setup = setup();
    for (method, path, body, code) in [
        ("POST", "/v1/acts", "{}", "request.body-invalid"),
        ("POST", "/v1/acts", r#"{"case_number": "TZ-1", "kind": "pardon", "reason": "x"}"#, "request.body-invalid"),
        ("POST", "/v1/acts/TZ-1/A1/refuse", "{}", "request.body-invalid"),
        ("POST", "/v1/acts/TZ-1/A1/approve", r#"{"decison": "typo"}"#, "request.body-invalid"),
        ("POST", "/v1/acts/TZ-1/1/approve", "{}", "act.unknown"),
        ("GET", "/v1/acts/TZ-1/A", "", "act.unknown"),
        ("GET", "/v1/acts?state=open", "", "request.query-invalid"),
        ("GET", "/v1/acts?status=open", "", "request.query-invalid"),
        ("DELETE", "/v1/acts/TZ-1/A1", "", "request.method-not-allowed"),
    ] {
        assert_eq!(call(&setup, method, path, body).await.code(), code, "{method} {path} {body}");
    }
    let long = format!(r#"{{"remark": "{}"}}"#, "x".repeat(70_000));
    assert_eq!(call(&setup, "POST", "/v1/acts/TZ-1/A1/refuse", &long).await.code(), "request.too-large");
    assert_eq!(*setup.desk.asked.lock().unwrap(), []);
}

#[tokio::test]
async fn a_denial_is_told_with_its_reason() {
    let setup = setup();
    *setup.desk.mode.lock().unwrap() = Mode::Denies;
    let answer = call(&setup, "POST", "/v1/acts/TZ-1/A1/approve", "{}").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "act.denied"));
    assert_eq!(answer.json()["reason"], "act.same-person");
    assert_eq!(answer.json()["detail"], "须由两名不同人员办理");
}

#[tokio::test]
async fn a_file_is_shown_to_people_only() {
    let setup = setup();
    let path = "/v1/entities/uscc:91110112MAYYT00167";
    let answer = call(&setup, "GET", path, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    let file = answer.json();
    assert_eq!(
        (&file["entity"], &file["acts"][0]["id"]),
        (&json!("uscc:91110112MAYYT00167"), &json!("TZ-2026-0000017/A1"))
    );
    let unknown = call(&setup, "GET", "/v1/entities/uscc:none", "").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::NOT_FOUND, "act.unknown"));
    let long = call(&setup, "GET", &format!("/v1/entities/{}", "x".repeat(300)), "").await;
    assert_eq!(long.status, StatusCode::NOT_FOUND);
    let nobody = setup.call(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn published_entries_are_previewed_sent_anew_and_objected_to() {
    let setup = setup();
    let id = ActId::parse("TZ-2026-0000017/A1").unwrap();
    let path = "/v1/acts/TZ-2026-0000017/A1";
    let seen = call(&setup, "GET", &format!("{path}/preview"), "").await;
    assert_eq!((seen.status, &seen.json()["序号"]), (StatusCode::OK, &json!(1)));
    let resent = call(&setup, "POST", &format!("{path}/resend"), r#"{"reason": "对方已更正"}"#).await;
    assert_eq!(resent.status, StatusCode::OK);
    let objected =
        call(&setup, "POST", &format!("{path}/objection"), r#"{"step": "file", "text": "一直在此经营"}"#).await;
    assert_eq!(objected.status, StatusCode::OK);
    let found = call(&setup, "GET", "/v1/reconciliations?limit=5000", "").await;
    assert_eq!((found.status, found.json()), (StatusCode::OK, json!({"reconciliations": []})));
    for (path, body) in [("resend", "{}"), ("objection", r#"{"step": "burn", "text": ""}"#)] {
        let answer = call(&setup, "POST", &format!("/v1/acts/TZ-2026-0000017/A1/{path}"), body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "request.body-invalid".to_owned()),
            "{path}"
        );
    }
    let request = ObjectionRequest { step: ObjectionStep::File, text: "一直在此经营".to_owned() };
    assert_eq!(
        *setup.desk.asked.lock().unwrap(),
        [
            Asked::Preview(id.clone()),
            Asked::Resend(id.clone(), "对方已更正".to_owned()),
            Asked::Objection(id, request),
            Asked::Reconciliations(100),
        ]
    );
}
