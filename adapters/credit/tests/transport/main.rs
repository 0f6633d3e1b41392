//! One message against a server on the loopback that answers what it is told to: what each answer makes of the message.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod kit;

use kit::{ANSWER_BYTES_MAX, Rig, Server, answer, at, message, settings};
use xiezhi_credit::Health;
use xiezhi_model::hours::OpeningHours;
use xiezhi_model::message::PublishOutcome;
use xiezhi_ports::{Clock as _, Transport as _};

fn retry(reason: &str) -> PublishOutcome {
    PublishOutcome::Retry { reason: reason.to_owned() }
}

fn wrong(reason: &str) -> PublishOutcome {
    PublishOutcome::Refused { reason: reason.to_owned(), is_answered: false }
}

/// What becomes of one message where the server answers so, how the link stands then, and how many requests it took.
async fn published(answers: Vec<String>) -> (PublishOutcome, Health, Vec<String>) {
    let server = Server::start(answers).await;
    let rig = Rig::new(settings(&server.url), false);
    let outcomes = rig.transport.publish(&[message("m1")], rig.clock.now()).await.unwrap();
    assert_eq!(server.left(), 0, "every answer was asked for");
    (outcomes[0].clone(), rig.transport.health(), server.requests())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_has_its_meaning() {
    let refused = PublishOutcome::Refused { reason: "E0202 没有该条目".to_owned(), is_answered: true };
    let cases = [
        ("200 OK", "accepted m1", PublishOutcome::Confirmed, Health::Up),
        ("422 Unprocessable Content", "refused m1", refused.clone(), Health::Up),
        ("409 Conflict", "refused m1", refused, Health::Up),
        ("400 Bad Request", "", wrong("credit.request-refused"), Health::Up),
        ("415 Unsupported Media Type", "", wrong("credit.request-refused"), Health::Up),
        ("413 Content Too Large", "", wrong("credit.message-too-large"), Health::Up),
        ("401 Unauthorized", "", retry("credit.no-access"), Health::Down),
        ("403 Forbidden", "", retry("credit.no-access"), Health::Down),
        ("404 Not Found", "", retry("credit.wrong-address"), Health::Down),
        ("405 Method Not Allowed", "", retry("credit.wrong-address"), Health::Down),
        ("429 Too Many Requests", "", retry("credit.too-many-requests"), Health::Closed),
        ("503 Service Unavailable", "", retry("credit.closed"), Health::Closed),
    ];
    for (status, body, wanted, health) in cases {
        let (outcome, stands, requests) = published(vec![answer(status, "", body)]).await;
        assert_eq!((&outcome, stands, requests.len()), (&wanted, health, 1), "{status}");
        assert!(requests[0].starts_with("POST /entries ") && requests[0].ends_with("<entry/>"), "{}", requests[0]);
        assert!(requests[0].contains("idempotency-key: m1\r\n"), "{}", requests[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_asked_about_and_not_sent_again() {
    let too_large = "x".repeat(ANSWER_BYTES_MAX + 1);
    let lost = [
        answer("200 OK", "", &too_large),
        answer("500 Internal Server Error", "", ""),
        // A redirect is not followed: nobody said that the other address may have the entry.
        answer("307 Temporary Redirect", "location: http://127.0.0.1:1/entries\r\n", ""),
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\naccepted".to_owned(),
    ];
    for first in lost {
        let (outcome, _, requests) = published(vec![first.clone(), answer("200 OK", "", "accepted m1")]).await;
        assert_eq!(outcome, PublishOutcome::Confirmed, "{first}");
        assert!(requests[1].starts_with("GET /entries/by-key/m1 "), "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_another_message_says_nothing() {
    for first in ["accepted m2", "nonsense"] {
        let server = Server::start(vec![answer("200 OK", "", first), answer("200 OK", "", "accepted m1")]).await;
        let rig = Rig::new(settings(&server.url), false);
        let one = [message("m1")];
        let outcomes = rig.transport.publish(&one, rig.clock.now()).await.unwrap();
        assert_eq!(outcomes, [retry("credit.answer-unreadable")]);
        assert!(rig.kept.bodies().is_empty(), "{first}");
        // The next lane asks.
        let outcomes = rig.transport.publish(&one, rig.clock.now()).await.unwrap();
        assert_eq!(outcomes, [PublishOutcome::Confirmed]);
        assert!(server.requests()[1].starts_with("GET /entries/by-key/m1 "), "{:?}", server.requests());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_kept_is_asked_for_again() {
    let server = Server::start(vec![answer("200 OK", "", "accepted m1"), answer("200 OK", "", "accepted m1")]).await;
    let rig = Rig::new(settings(&server.url), true);
    let one = [message("m1")];
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [retry("credit.answer-not-kept")]);
    assert!(rig.kept.bodies().is_empty());
    rig.kept.mend();
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [PublishOutcome::Confirmed]);
    assert_eq!(rig.kept.bodies(), ["accepted m1"]);
    assert!(server.requests()[1].starts_with("GET /entries/by-key/m1 "), "{:?}", server.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_left_alone_as_long_as_it_asks_but_an_hour_at_most() {
    for (header, wait_s) in [("", 30), ("retry-after: 7\r\n", 7), ("retry-after: 99999999\r\n", 3_600)] {
        let later = answer("503 Service Unavailable", header, "");
        let server = Server::start(vec![later, answer("200 OK", "", "accepted m1")]).await;
        let rig = Rig::new(settings(&server.url), false);
        let one = [message("m1")];
        let start_ms = rig.clock.now().unix_ms();
        rig.transport.publish(&one, at(start_ms)).await.unwrap();
        let last_ms = start_ms + wait_s * 1_000 - 1;
        rig.clock.set(last_ms);
        assert_eq!(rig.transport.publish(&one, at(last_ms)).await.unwrap(), [PublishOutcome::Held], "{wait_s}");
        assert_eq!(rig.transport.health(), Health::Closed);
        rig.clock.set(last_ms + 1);
        assert_eq!(
            rig.transport.publish(&one, at(last_ms + 1)).await.unwrap(),
            [PublishOutcome::Confirmed],
            "{wait_s}"
        );
    }
    // A clock that was set back by days does not silence the link for days.
    let later = || answer("429 Too Many Requests", "", "");
    let server = Server::start(vec![later(), later(), answer("200 OK", "", "accepted m1")]).await;
    let rig = Rig::new(settings(&server.url), false);
    rig.clock.set(200 * 3_600_000);
    let one = [message("m1")];
    rig.transport.publish(&one, rig.clock.now()).await.unwrap();
    assert_eq!(rig.transport.health(), Health::Closed);
    rig.clock.set(3_600_000);
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [retry("credit.too-many-requests")]);
    assert_eq!(rig.transport.health(), Health::Closed, "what is asked for now counts");
    rig.clock.set(3_600_000 + 30_000);
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [PublishOutcome::Confirmed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_system_is_tried_when_it_opens() {
    let server = Server::start(vec![answer("200 OK", "", "accepted m1")]).await;
    // 1970-01-01 was a Thursday; the rig begins at 09:00 in Beijing.
    let hours = OpeningHours::parse(&["thu 10:00-11:00".to_owned()]).unwrap();
    let rig = Rig::new(xiezhi_credit::CreditSettings { hours, ..settings(&server.url) }, false);
    let one = [message("m1")];
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [PublishOutcome::Held]);
    assert_eq!((rig.transport.health(), server.requests().len()), (Health::Closed, 0));
    rig.clock.set(2 * 3_600_000);
    assert_eq!(rig.transport.publish(&one, rig.clock.now()).await.unwrap(), [PublishOutcome::Confirmed]);
    assert_eq!(rig.transport.health(), Health::Up);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_shown_and_the_proxy_is_used() {
    let proxy = Server::start(vec![answer("200 OK", "", "accepted m1")]).await;
    let settings = xiezhi_credit::CreditSettings {
        proxy: Some(proxy.url.clone()),
        access_token: Some("s3cret".to_owned()),
        ..settings("http://credit.example/v1")
    };
    assert!(!format!("{settings:?}").contains("s3cret"), "no secret in a log");
    let rig = Rig::new(settings, false);
    assert_eq!(rig.transport.publish(&[message("m1")], rig.clock.now()).await.unwrap(), [PublishOutcome::Confirmed]);
    let request = &proxy.requests()[0];
    assert!(request.starts_with("POST http://credit.example/v1/entries "), "{request}");
    assert!(request.contains("authorization: Bearer s3cret\r\n"), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_costs_one_try_and_nothing_is_unknown() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let rig = Rig::new(settings(&url), false);
    let outcomes = rig.transport.publish(&[message("m1")], rig.clock.now()).await.unwrap();
    assert_eq!((outcomes, rig.transport.health()), (vec![retry("credit.unreachable")], Health::Down));
    // An address that no request can be built for is a mistake here, not a silence there.
    let rig = Rig::new(settings("http://127.0.0.1:99999"), false);
    let outcomes = rig.transport.publish(&[message("m1")], rig.clock.now()).await.unwrap();
    assert_eq!(outcomes, [retry("credit.setup")]);
}
