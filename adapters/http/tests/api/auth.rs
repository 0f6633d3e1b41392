//! Who may call what.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::bodies::{Then, body_of};
use crate::setup::{FIRE_TOKEN, POLICE_NEXT_TOKEN, POLICE_TOKEN, setup};

#[tokio::test]
async fn tokens_open_their_own_agencys_paths_only() {
    let long = format!("Bearer {}", "x".repeat(4_097));
    let own = format!("Bearer {POLICE_TOKEN}");
    let next = format!("Bearer {POLICE_NEXT_TOKEN}");
    let lower = format!("bearer {POLICE_TOKEN}");
    let padded = format!("Bearer  {POLICE_TOKEN} ");
    let cut = format!("Bearer {}", &POLICE_TOKEN[1..]);
    let fire = format!("Bearer {FIRE_TOKEN}");
    let basic = format!("Basic {POLICE_TOKEN}");
    let cases: &[(&str, &[&str], &str)] = &[
        ("no header", &[], "auth.missing"),
        ("empty", &[""], "auth.missing"),
        ("scheme only", &["Bearer "], "auth.missing"),
        ("another scheme", &[&basic], "auth.missing"),
        ("two headers", &[&own, &own], "auth.missing"),
        ("not ascii", &["Bearer 令牌"], "auth.unknown"),
        ("unknown", &["Bearer nobody"], "auth.unknown"),
        ("one character short", &[&cut], "auth.unknown"),
        ("too long", &[&long], "auth.unknown"),
        ("another agency's", &[&fire], "auth.wrong-agency"),
        ("own", &[&own], ""),
        ("own, the next one", &[&next], ""),
        ("own, scheme in lower case", &[&lower], ""),
        ("own, blanks around", &[&padded], ""),
    ];
    let paths = [
        ("POST", "/v1/agencies/police/inbox", "message.empty"),
        ("GET", "/v1/agencies/police/outbox", ""),
        ("POST", "/v1/agencies/police/outbox/ack", "request.body-invalid"),
        ("GET", "/v1/agencies/police/messages/none", "message.unknown"),
    ];
    for (name, headers, expected) in cases {
        for (method, path, otherwise) in paths {
            let setup = setup();
            let mut builder = Request::builder().method(method).uri(path);
            for header in *headers {
                builder = builder.header("authorization", header.as_bytes());
            }
            let answer = setup.call(builder.body(Body::empty()).unwrap()).await;
            let expected = if expected.is_empty() { otherwise } else { expected };
            if expected.is_empty() {
                assert_eq!(answer.status, StatusCode::OK, "{name} on {path}");
                continue;
            }
            assert_eq!(answer.code(), expected, "{name} on {path}");
            let challenge = if answer.status == StatusCode::UNAUTHORIZED { "Bearer" } else { "" };
            assert_eq!(answer.header("www-authenticate"), challenge, "{name} on {path}");
            assert!(!answer.text.contains(POLICE_TOKEN), "{name} on {path}");
        }
    }
}

#[tokio::test]
async fn unknown_agencies_are_not_told_from_known_ones() {
    let setup = setup();
    for agency in ["fire", "nobody", "%20", "POLICE", "police%2F"] {
        let answer = setup.get(&format!("/v1/agencies/{agency}/outbox")).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "auth.wrong-agency"), "{agency}");
    }
    assert!(setup.mailbox.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_caller_has_no_body_read() {
    let setup = setup();
    let request = Request::post("/v1/agencies/police/inbox").body(body_of(&[], Then::Panic)).unwrap();
    assert_eq!(setup.call(request).await.code(), "auth.missing");
}
