//! Every problem occurs, in the form of RFC 9457, with nothing of the inside; and the page lists them as they are.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use xiezhi_http::{Check, CheckState, Problem};

use crate::bodies::{Then, body_of};
use crate::fakes::{Mode, SECRET};
use crate::setup::{Answer, FIRE_TOKEN, LIMITS, Setup, call, police, push_request, setup};
use crate::{acts, cases};

/// One way to each problem.
async fn provoke(problem: Problem) -> Answer {
    let setup = setup();
    match problem {
        Problem::AuthMissing => {
            setup.call(Request::get("/v1/agencies/police/outbox").body(Body::empty()).unwrap()).await
        }
        Problem::AuthUnknown => with_token(&setup, "nobody").await,
        Problem::AuthWrongAgency => with_token(&setup, FIRE_TOKEN).await,
        Problem::PersonMissing => setup.call(Request::get("/v1/acts").body(Body::empty()).unwrap()).await,
        Problem::PersonUnknown => {
            let request = Request::get("/v1/acts").header("authorization", acts::basic("nobody", "nothing"));
            setup.call(request.body(Body::empty()).unwrap()).await
        }
        Problem::ActUnknown => acts::call(&setup, "GET", "/v1/acts/none/1", "").await,
        Problem::ActDenied => at_desk(&setup, Mode::Denies).await,
        Problem::ActConflict => at_desk(&setup, Mode::Conflicts).await,
        Problem::CaseUnknown => acts::call(&setup, "POST", "/v1/cases/%20/steps", "{}").await,
        Problem::CaseDenied => cases::at_desk(&setup, Mode::Denies).await,
        Problem::CaseConflict => cases::at_desk(&setup, Mode::Conflicts).await,
        Problem::PathUnknown => setup.get("/v2/agencies").await,
        Problem::MethodNotAllowed => {
            setup.call(police("DELETE", "/v1/agencies/police/inbox").body(Body::empty()).unwrap()).await
        }
        Problem::HeaderInvalid => setup.push(Some(""), "one").await,
        Problem::QueryInvalid => setup.get("/v1/agencies/police/outbox?limit=0").await,
        Problem::BodyInvalid => setup.acknowledge("[]").await,
        Problem::BodyIncomplete => setup.call(push_request(None, body_of(&[b"on"], Then::Break(SECRET)))).await,
        Problem::RequestTooLarge => setup.acknowledge(" ".repeat(200_000)).await,
        Problem::RequestTimeout => setup.call(push_request(None, body_of(&[b"on"], Then::Silence))).await,
        Problem::ContentEncoding => {
            let request = police("POST", "/v1/agencies/police/inbox").header("content-encoding", "gzip");
            setup.call(request.body(Body::from("one")).unwrap()).await
        }
        Problem::MessageEmpty => setup.push(None, "").await,
        Problem::MessageTooLarge => setup.push(None, &"x".repeat(65)).await,
        Problem::MessageIdConflict => {
            setup.push(Some("m-1"), "one").await;
            setup.push(Some("m-1"), "two").await
        }
        Problem::MessageUnknown => setup.get("/v1/agencies/police/messages/m-1").await,
        Problem::GatewayBusy => overload(&setup).await,
        Problem::GatewayTimeout => with_inbox(&setup, Mode::Hangs).await,
        Problem::GatewayUnavailable => with_inbox(&setup, Mode::Unavailable).await,
        Problem::GatewayNotReady => {
            let check = Check { name: "store".to_owned(), state: CheckState::Failed("full".to_owned()) };
            setup.readiness.lock().unwrap().checks.push(check);
            setup.get("/readyz").await
        }
        Problem::GatewayStopped => with_inbox(&setup, Mode::Failed).await,
        Problem::GatewayInternal => with_inbox(&setup, Mode::Panics).await,
    }
}

async fn at_desk(setup: &Setup, mode: Mode) -> Answer {
    *setup.desk.mode.lock().unwrap() = mode;
    acts::call(setup, "POST", "/v1/acts/TZ-1/A1/approve", "{}").await
}

async fn with_token(setup: &Setup, token: &str) -> Answer {
    let request = Request::get("/v1/agencies/police/outbox").header("authorization", format!("Bearer {token}"));
    setup.call(request.body(Body::empty()).unwrap()).await
}

async fn with_inbox(setup: &Setup, mode: Mode) -> Answer {
    *setup.inbox.mode.lock().unwrap() = mode;
    setup.push(Some("m-1"), "one").await
}

/// Fills every slot with requests that hang, then sends one more.
async fn overload(setup: &Setup) -> Answer {
    *setup.inbox.mode.lock().unwrap() = Mode::Hangs;
    let mut hanging: Vec<_> = (0..LIMITS.concurrency_max)
        .map(|_| Box::pin(call(setup.router.clone(), push_request(None, Body::from("one")))))
        .collect();
    for request in &mut hanging {
        let polled = std::future::poll_fn(|ctx| std::task::Poll::Ready(request.as_mut().poll(ctx))).await;
        assert!(polled.is_pending());
    }
    assert_eq!(setup.get("/healthz").await.status, StatusCode::OK, "operators still get through");
    let refused = setup.get("/v1/agencies/police/outbox").await;
    drop(hanging);
    assert_eq!(setup.get("/v1/agencies/police/outbox").await.status, StatusCode::OK, "slots come back");
    refused
}

#[tokio::test(start_paused = true)]
async fn every_problem_occurs_as_a_problem_document() {
    let mut seen = BTreeSet::new();
    for problem in Problem::ALL {
        let spec = problem.spec();
        let answer = provoke(problem).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{problem:?}: {}", answer.text);
        let document = answer.json();
        assert_eq!(document["code"], spec.code, "{problem:?}");
        assert_eq!(document["type"], format!("urn:xiezhi:problem:{}", spec.code));
        assert_eq!((answer.status, &document["status"]), (spec.status, &spec.status.as_u16().into()));
        assert_eq!((&document["title"], &document["retryable"]), (&spec.title.into(), &spec.retryable.into()));
        let detail = document["detail"].as_str().unwrap();
        assert!(detail.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{problem:?}: {detail}");
        assert!(!answer.text.contains(SECRET), "{problem:?}: {}", answer.text);
        let waits = spec.status == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(!answer.header("retry-after").is_empty(), waits, "{problem:?}");
        seen.insert(spec.code);
    }
    assert_eq!(seen.len(), Problem::ALL.len(), "no code is used twice");
}

#[tokio::test]
async fn other_ways_to_the_same_problems() {
    let setup = setup();
    *setup.inbox.mode.lock().unwrap() = Mode::Invalid;
    let refused = setup.push(Some("m-1"), "one").await;
    assert_eq!((refused.code().as_str(), &refused.json()["message_id"]), ("gateway.internal", &"m-1".into()));
    for (mode, code) in [
        (Mode::Unavailable, "gateway.unavailable"),
        (Mode::Failed, "gateway.stopped"),
        (Mode::Panics, "gateway.internal"),
    ] {
        *setup.mailbox.mode.lock().unwrap() = mode;
        *setup.inbox.mode.lock().unwrap() = mode;
        for answer in [
            setup.get("/v1/agencies/police/outbox").await,
            setup.acknowledge(r#"{"ids": []}"#).await,
            setup.get("/v1/agencies/police/messages/m-1").await,
        ] {
            assert_eq!(answer.code(), code);
        }
    }
    for (method, path, allow) in [
        ("GET", "/v1/agencies/police/inbox", "POST"),
        ("POST", "/v1/agencies/police/outbox", "GET,HEAD"),
        ("POST", "/healthz", "GET,HEAD"),
    ] {
        let answer = setup.call(police(method, path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.code().as_str(), answer.header("allow")), ("request.method-not-allowed", allow), "{path}");
    }
    for path in ["/", "/v1/agencies", "/v1/agencies/police", "/v1/agencies/police/inbox/", "/metrics/x"] {
        assert_eq!(setup.get(path).await.code(), "request.path-unknown", "{path}");
    }
}

#[test]
fn the_page_lists_every_problem_as_it_is() {
    const PAGE: &str = include_str!("../../../../docs/api.md");
    let listed: Vec<Vec<&str>> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).take(4).collect())
        .filter(|row: &Vec<&str>| row.len() == 4 && row[1].parse::<u16>().is_ok())
        .collect();
    let expected: Vec<Vec<String>> = Problem::ALL
        .iter()
        .map(|problem| {
            let spec = problem.spec();
            let retry = if spec.retryable { "yes" } else { "no" };
            vec![format!("{}`", spec.code), spec.status.as_u16().to_string(), retry.to_owned(), spec.title.to_owned()]
        })
        .collect();
    assert_eq!(listed, expected);
}
