//! Reading the outbox and acknowledging.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use xiezhi_model::message::QueuedMessage;
use xiezhi_model::{CaseNumber, MessageId, UtcTime};

use crate::fakes::MailboxCall;
use crate::setup::{LIMITS, NOW, POLICE_TOKEN, Setup, setup};

fn queued(id: &str, body: &[u8]) -> QueuedMessage {
    QueuedMessage {
        id: MessageId::parse(id).unwrap(),
        case_number: Some(CaseNumber::parse("TZ-2026-0000017").unwrap()),
        kind: "assignment".to_owned(),
        body: body.to_vec(),
        content_type: "application/xml; charset=GB18030".to_owned(),
        queued_at: UtcTime::parse_rfc3339(NOW).unwrap(),
        deliveries: 1,
    }
}

fn with_messages(count: usize) -> Setup {
    let setup = setup();
    let messages = (0..count).map(|n| queued(&format!("xz-{n}"), &[0xd0, 0xc5, 0xff]));
    setup.mailbox.messages.lock().unwrap().extend(messages);
    setup
}

#[tokio::test]
async fn messages_are_read_with_their_bytes_and_removed_when_acknowledged() {
    let setup = with_messages(2);
    let answer = setup.get("/v1/agencies/police/outbox").await;
    assert_eq!(answer.status, StatusCode::OK);
    let first = json!({
        "id": "xz-0",
        "case_number": "TZ-2026-0000017",
        "kind": "assignment",
        "content_type": "application/xml; charset=GB18030",
        "queued_at": NOW,
        "deliveries": 1,
        "body_base64": "0MX/",
    });
    assert_eq!(answer.json()[0], first);
    let acknowledged = setup.acknowledge(r#"{"ids": ["xz-0", "xz-0", "gone"]}"#).await;
    assert_eq!(acknowledged.json(), json!({"acknowledged": 1}));
    assert_eq!(setup.acknowledge(r#"{"ids": ["xz-0"]}"#).await.json(), json!({"acknowledged": 0}));
    assert_eq!(setup.acknowledge(r#"{"ids": []}"#).await.json(), json!({"acknowledged": 0}));
    let left = setup.get("/v1/agencies/police/outbox").await.json();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["id"]), (1, &json!("xz-1")));
}

#[tokio::test]
async fn the_limit_is_kept_and_checked() {
    for (query, expected) in [
        ("", Some(20)),
        ("?limit=1", Some(1)),
        ("?limit=100", Some(100)),
        ("?limit=0", None),
        ("?limit=101", None),
        ("?limit=-1", None),
        ("?limit=", None),
        ("?limit=ten", None),
        ("?limit=5&limit=6", None),
        ("?lease=5", None),
    ] {
        let setup = with_messages(120);
        let answer = setup.get(&format!("/v1/agencies/police/outbox{query}")).await;
        let calls = setup.mailbox.calls.lock().unwrap().clone();
        match expected {
            Some(limit) => {
                assert_eq!(answer.json().as_array().unwrap().len(), limit, "{query}");
                let lease_ms = LIMITS.outbox_lease_ms;
                assert_eq!(calls, [MailboxCall::Read { agency: "police".to_owned(), limit, lease_ms }]);
            }
            None => {
                assert_eq!(answer.code(), "request.query-invalid", "{query}");
                assert_eq!(calls, [], "{query}");
            }
        }
    }
}

#[tokio::test]
async fn acknowledgements_are_checked_whole() {
    let ids = |count: usize| json!({"ids": vec!["x"; count]}).to_string();
    let long_ids = |count: usize| json!({"ids": vec!["x".repeat(128); count]}).to_string();
    for (body, expected) in [
        (ids(500), ""),
        (long_ids(500), ""),
        (ids(501), "request.body-invalid"),
        ("{}".to_owned(), "request.body-invalid"),
        ("[]".to_owned(), "request.body-invalid"),
        (r#"{"ids": [7]}"#.to_owned(), "request.body-invalid"),
        (r#"{"ids": [" x"]}"#.to_owned(), "request.body-invalid"),
        (r#"{"ids": [], "all": true}"#.to_owned(), "request.body-invalid"),
        (" ".repeat(128 * 1024 + 1), "request.too-large"),
    ] {
        let setup = with_messages(1);
        let start: String = body.chars().take(30).collect();
        let answer = setup.acknowledge(body).await;
        let calls = setup.mailbox.calls.lock().unwrap().len();
        if expected.is_empty() {
            assert_eq!((answer.status, calls), (StatusCode::OK, 1), "{start}");
        } else {
            assert_eq!((answer.code().as_str(), calls), (expected, 0), "{start}");
        }
    }
    let answer = with_messages(0).acknowledge("{\"ids\":\n [7]}").await;
    assert!(answer.json()["detail"].as_str().unwrap().contains("第 2 行第 3 列"), "{}", answer.text);
}

#[tokio::test]
async fn looking_without_taking_is_refused() {
    let setup = with_messages(1);
    let request = Request::head("/v1/agencies/police/outbox").header("authorization", format!("Bearer {POLICE_TOKEN}"));
    let answer = setup.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(setup.mailbox.calls.lock().unwrap().is_empty(), "a lease would hide the message from the real reader");
}
