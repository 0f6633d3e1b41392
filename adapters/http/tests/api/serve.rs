//! Over a real socket: answering, draining, the drain limit, and connections that say nothing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use xiezhi_http::{HttpLimits, ServeError, serve};

use crate::fakes::Mode;
use crate::setup::{LIMITS, POLICE_BYTES_MAX, POLICE_TOKEN, Setup, setup};

/// Longest wait for anything here; nothing that works comes near it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Limits that no busy machine runs into.
const PATIENT: HttpLimits = HttpLimits { request_timeout_ms: 60_000, drain_timeout_ms: 60_000, ..LIMITS };

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

async fn start(setup: &Setup, limits: HttpLimits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = setup.router.clone();
    let task = tokio::spawn(serve(listener, router, limits, async move {
        let _ = stopped.await;
    }));
    Server { address, stop, task }
}

async fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut text)).await.unwrap().unwrap();
    String::from_utf8(text).unwrap()
}

fn push(body_bytes: usize) -> String {
    format!(
        "POST /v1/agencies/police/inbox HTTP/1.1\r\nhost: xiezhi\r\nauthorization: Bearer {POLICE_TOKEN}\r\n\
         content-length: {body_bytes}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_request_in_progress_is_finished_before_the_server_stops() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let mut stream = send(server.address, &(push(3) + "o")).await;
    // One whole exchange on another connection: by then the first request is being read.
    let other = send(server.address, "GET /healthz HTTP/1.1\r\nhost: xiezhi\r\nconnection: close\r\n\r\n").await;
    assert!(rest(other).await.starts_with("HTTP/1.1 200"));
    server.stop.send(()).unwrap();
    stream.write_all(b"ne").await.unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    timeout(PATIENCE, server.task).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn draining_has_a_limit() {
    let setup = setup();
    *setup.inbox.mode.lock().unwrap() = Mode::Hangs;
    let server = start(&setup, LIMITS).await;
    let stream = send(server.address, &(push(3) + "one")).await;
    let other = send(server.address, "GET /healthz HTTP/1.1\r\nhost: xiezhi\r\nconnection: close\r\n\r\n").await;
    assert!(rest(other).await.starts_with("HTTP/1.1 200"));
    server.stop.send(()).unwrap();
    let error = timeout(PATIENCE, server.task).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, ServeError::Drain { connections: 1, limit_ms: 100 }), "{error}");
    assert_eq!(rest(stream).await, "", "cut off without an answer, so never a 202");
}

#[tokio::test]
async fn an_idle_server_stops_at_once_with_connections_open() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let idle = send(server.address, "").await;
    let mut used = send(server.address, "GET /healthz HTTP/1.1\r\nhost: xiezhi\r\n\r\n").await;
    let mut head = [0; 12];
    used.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    server.stop.send(()).unwrap();
    timeout(PATIENCE, server.task).await.unwrap().unwrap().unwrap();
    assert_eq!(rest(idle).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_half_said_head_does_not_hold_a_connection() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let stream = send(server.address, "POST /v1/agencies/police/inbox HTTP/1.1\r\nhost: x").await;
    // Paused time runs ahead whenever nothing else can happen, so the wait for the head ends at once.
    let answer = rest(stream).await;
    assert!(!answer.contains(" 202 "), "{answer}");
    server.stop.send(()).unwrap();
    timeout(PATIENCE, server.task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn what_the_http_library_answers_itself() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let headers = |count: usize| "x: y\r\n".repeat(count);
    for (name, text, status) in [
        ("not http", "EHLO xiezhi\r\n\r\n".to_owned(), "400"),
        ("too many headers", format!("GET /healthz HTTP/1.1\r\n{}\r\n", headers(101)), "431"),
        ("too long a head", format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(16 * 1024)), "431"),
        ("as many headers as allowed", format!("GET /healthz HTTP/1.1\r\n{}\r\n", headers(99)), "200"),
    ] {
        let text = text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        let answer = rest(send(server.address, &text).await).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{name}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_asks_first_learns_the_limit_before_it_sends() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let mut head = push(POLICE_BYTES_MAX + 1);
    head.insert_str(head.len() - 2, "expect: 100-continue\r\nconnection: close\r\n");
    let answer = rest(send(server.address, &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("message.too-large"), "{answer}");
}

#[tokio::test]
async fn connections_are_limited_and_come_back() {
    let setup = setup();
    let server = start(&setup, PATIENT).await;
    let slots = PATIENT.concurrency_max * 4;
    let mut held = Vec::new();
    for _ in 0..slots {
        let mut stream = send(server.address, "GET /healthz HTTP/1.1\r\nhost: xiezhi\r\n\r\n").await;
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let one_more = send(server.address, "GET /healthz HTTP/1.1\r\nhost: xiezhi\r\nconnection: close\r\n\r\n").await;
    let mut byte = [0];
    let early = timeout(Duration::from_millis(50), one_more.peek(&mut byte)).await;
    assert!(early.is_err(), "it waits for a slot");
    held.pop();
    assert!(rest(one_more).await.starts_with("HTTP/1.1 200"));
}
