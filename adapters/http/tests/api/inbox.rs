//! Pushing messages: what is kept, what 202 promises, what is refused.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use xiezhi_model::Digest;

use crate::bodies::{Then, body_of};
use crate::fakes::Mode;
use crate::setup::{NOW, POLICE_BYTES_MAX, police, push_request, setup};

#[tokio::test]
async fn a_message_is_kept_as_it_came() {
    let setup = setup();
    let bytes = [0xd0, 0xc5, 0x00, 0xff];
    let request = police("POST", "/v1/agencies/police/inbox")
        .header("xiezhi-message-id", "工单 7/甲".as_bytes())
        .header("content-type", "application/xml; charset=GB18030")
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    let answer = setup.call(request).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let digest = Digest::of(&bytes).to_hex();
    let expected = json!({"message_id": "工单 7/甲", "seq": 1, "status": "accepted", "digest": digest});
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("cache-control"), "no-store");
    let deliveries = setup.inbox.deliveries.lock().unwrap();
    let delivery = &deliveries[0];
    assert_eq!(delivery.agency.as_str(), "police");
    assert_eq!(delivery.message_id.as_str(), "工单 7/甲");
    assert_eq!(delivery.body, bytes);
    assert_eq!(delivery.content_type.as_deref(), Some("application/xml; charset=GB18030"));
    assert_eq!(delivery.received_at.to_string(), NOW);
    assert_eq!(setup.wakes.count(), 1);
}

#[tokio::test]
async fn a_message_without_an_id_is_named_after_its_bytes() {
    let setup = setup();
    let answer = setup.push(None, "abc").await;
    let id = format!("sha256:{}", Digest::of(b"abc"));
    assert_eq!(answer.json()["message_id"], id);
    assert_eq!(setup.push(None, "abc").await.json()["status"], "duplicate");
    assert_eq!(setup.inbox.deliveries.lock().unwrap()[0].content_type, None);
}

#[tokio::test]
async fn a_duplicate_is_accepted_and_a_conflict_is_kept_and_refused() {
    let setup = setup();
    assert_eq!(setup.push(Some("m-1"), "one").await.json()["status"], "accepted");
    let again = setup.push(Some("m-1"), "one").await;
    assert_eq!(
        (again.status, again.json()["status"].as_str(), again.json()["seq"].as_i64()),
        (StatusCode::ACCEPTED, Some("duplicate"), Some(1))
    );
    let other = setup.push(Some("m-1"), "two").await;
    assert_eq!((other.status, other.code().as_str()), (StatusCode::CONFLICT, "message.id-conflict"));
    let problem = other.json();
    assert_eq!((&problem["message_id"], &problem["seq"]), (&json!("m-1"), &json!(2)));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("作为证据封存") && detail.contains("新的消息编号"), "{detail}");
    assert_eq!(setup.wakes.count(), 1, "only what is new wakes the workers");
}

#[tokio::test(start_paused = true)]
async fn nothing_but_a_returned_accept_makes_a_202() {
    for mode in [Mode::Unavailable, Mode::Invalid, Mode::Failed, Mode::Hangs, Mode::Panics] {
        let setup = setup();
        *setup.inbox.mode.lock().unwrap() = mode;
        let answer = setup.push(Some("m-1"), "one").await;
        assert!(answer.status.is_server_error(), "{mode:?}: {}", answer.status);
        assert_eq!(setup.wakes.count(), 0, "{mode:?}");
        *setup.inbox.mode.lock().unwrap() = Mode::Works;
        assert_eq!(setup.push(Some("m-1"), "one").await.status, StatusCode::ACCEPTED, "{mode:?}: sent again");
    }
}

#[tokio::test]
async fn the_size_limit_is_exact_and_said() {
    let setup = setup();
    let sized = |bytes: usize| "x".repeat(bytes);
    for (bytes, status) in [
        (1, StatusCode::ACCEPTED),
        (POLICE_BYTES_MAX, StatusCode::ACCEPTED),
        (POLICE_BYTES_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE),
        (POLICE_BYTES_MAX * 100, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let plain = setup.push(None, &sized(bytes)).await;
        assert_eq!(plain.status, status, "{bytes}");
        // Once more as a stream, which declares no length.
        let pieces = vec![b"x".as_slice(); bytes];
        let streamed = setup.call(push_request(None, body_of(&pieces, Then::End))).await;
        assert_eq!(streamed.status, status, "{bytes} streamed");
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            assert!(streamed.json()["detail"].as_str().unwrap().contains("64 字节"), "{}", streamed.text);
        }
    }
    let declared = police("POST", "/v1/agencies/police/inbox").header("content-length", "65").body(Body::empty());
    assert_eq!(setup.call(declared.unwrap()).await.code(), "message.too-large", "refused before it is read");
}

#[tokio::test]
async fn headers_that_cannot_be_used_are_named() {
    let long_id = "x".repeat(129);
    let long_type = "x".repeat(201);
    let cases: &[(&str, &[u8], &str)] = &[
        ("xiezhi-message-id", b"", "Xiezhi-Message-Id"),
        ("xiezhi-message-id", long_id.as_bytes(), "Xiezhi-Message-Id"),
        ("xiezhi-message-id", &[0xd0, 0xc5], "Xiezhi-Message-Id"),
        ("content-type", "文本".as_bytes(), "Content-Type"),
        ("content-type", long_type.as_bytes(), "Content-Type"),
    ];
    for (name, value, said) in cases {
        let setup = setup();
        let request = police("POST", "/v1/agencies/police/inbox").header(*name, *value).body(Body::from("one"));
        let answer = setup.call(request.unwrap()).await;
        assert_eq!(answer.code(), "request.header-invalid", "{name}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(said), "{}", answer.text);
        assert!(setup.inbox.deliveries.lock().unwrap().is_empty());
    }
    let setup = setup();
    let twice = police("POST", "/v1/agencies/police/inbox")
        .header("xiezhi-message-id", "a")
        .header("xiezhi-message-id", "b")
        .body(Body::from("one"));
    assert_eq!(setup.call(twice.unwrap()).await.code(), "request.header-invalid");
}

#[tokio::test]
async fn encoded_bodies_are_refused_but_for_identity() {
    for (encoding, status) in [("gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE), ("identity", StatusCode::ACCEPTED)] {
        let setup = setup();
        let request =
            police("POST", "/v1/agencies/police/inbox").header("content-encoding", encoding).body(Body::from("one"));
        assert_eq!(setup.call(request.unwrap()).await.status, status, "{encoding}");
    }
}
