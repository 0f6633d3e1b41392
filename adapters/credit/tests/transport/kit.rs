//! What the tests share: a server that answers what it is told to, and ports that only remember.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use xiezhi_credit::{CreditSettings, CreditTransport, Reader, TransportPorts};
use xiezhi_model::fault::Fault;
use xiezhi_model::hours::OpeningHours;
use xiezhi_model::message::{Delivery, InboxEntry, InboxMessage, Intake, Outgoing};
use xiezhi_model::plugin::Decoded;
use xiezhi_model::{AgencyId, InboxSeq, MessageId, UtcTime};
use xiezhi_ports::{Clock, CodecError, CodecFailure, Inbox, InboxFilter, StoreError, StoredPart};

/// Largest answer that the tests allow, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 4_096;

pub(crate) fn at(ms: i64) -> UtcTime {
    UtcTime::from_unix_ms(ms).unwrap()
}

pub(crate) fn agency() -> AgencyId {
    AgencyId::parse("credit-publicity").unwrap()
}

/// An answer as it stands on the wire; the connection ends with it.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A server on the loopback.
pub(crate) struct Server {
    pub(crate) url: String,
    answers: Arc<Mutex<VecDeque<String>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives these answers, one for each request in turn; afterwards it hangs up.
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.into())),
            requests: Arc::default(),
        };
        let (answers, requests) = (Arc::clone(&server.answers), Arc::clone(&server.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &answers, &requests).await;
            }
        });
        server
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Answers that were not asked for.
    pub(crate) fn left(&self) -> usize {
        self.answers.lock().unwrap().len()
    }
}

async fn serve(mut stream: TcpStream, answers: &Mutex<VecDeque<String>>, requests: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4_096];
    while !is_whole(&request) {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    requests.lock().unwrap().push(String::from_utf8(request).unwrap());
    let answer = answers.lock().unwrap().pop_front();
    if let Some(answer) = answer {
        // Whoever reads no further than it has to hangs up first.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0_usize)
}

/// A clock that stands where it is put.
#[derive(Debug, Default)]
pub(crate) struct FixedClock(Mutex<i64>);

impl FixedClock {
    pub(crate) fn set(&self, ms: i64) {
        *self.0.lock().unwrap() = ms;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> UtcTime {
        at(*self.0.lock().unwrap())
    }
}

/// Reads `accepted <id>` and `refused <id>` as receipts.
struct Words;

impl Reader for Words {
    fn read(&self, _: &AgencyId, document: &[u8], _: UtcTime) -> Result<Decoded, CodecError> {
        let text = std::str::from_utf8(document).unwrap();
        let Some((outcome, id)) = text.split_once(' ').filter(|(word, _)| ["accepted", "refused"].contains(word))
        else {
            let fault = Fault::new("structure", "no receipt");
            return Err(CodecError { agency: agency(), digest: None, failure: CodecFailure::Input, fault });
        };
        let record = json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": id, "outcome": outcome,
            "code": "E0202", "text": "没有该条目"
        });
        let document = serde_json::from_value(json!({"records": [{"row": 1, "record": record}]})).unwrap();
        Ok(Decoded { document, ..Decoded::default() })
    }
}

/// Remembers what was delivered, or can keep nothing.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    bodies: Mutex<Vec<String>>,
    is_broken: AtomicBool,
}

impl Kept {
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    /// From now on it keeps what comes.
    pub(crate) fn mend(&self) {
        self.is_broken.store(false, Ordering::Relaxed);
    }
}

#[async_trait]
impl Inbox for Kept {
    async fn inbox_accept(&self, deliveries: Vec<Delivery>) -> Result<Vec<Intake>, StoreError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("full".to_owned()));
        }
        let texts = deliveries.into_iter().map(|delivery| String::from_utf8(delivery.body).unwrap());
        self.bodies.lock().unwrap().extend(texts);
        Ok(vec![Intake::Accepted(InboxSeq(1))])
    }

    async fn inbox_lease(&self, _: usize, _: i64, _: UtcTime) -> Result<Vec<InboxMessage>, StoreError> {
        Ok(Vec::new())
    }

    async fn parts_load(&self, _: &AgencyId, _: &str, _: UtcTime) -> Result<Vec<StoredPart>, StoreError> {
        Ok(Vec::new())
    }

    async fn parts_expire(&self, _: UtcTime, _: usize) -> Result<Vec<InboxSeq>, StoreError> {
        Ok(Vec::new())
    }

    async fn inbox_list(&self, _: &InboxFilter) -> Result<Vec<InboxEntry>, StoreError> {
        Ok(Vec::new())
    }

    async fn inbox_show(&self, _: InboxSeq) -> Result<Option<(InboxEntry, Vec<u8>)>, StoreError> {
        Ok(None)
    }

    async fn inbox_redrive(&self, _: InboxSeq, _: &str, _: UtcTime) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// A transport, and what it was given.
pub(crate) struct Rig {
    pub(crate) transport: CreditTransport,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) kept: Arc<Kept>,
}

pub(crate) fn settings(url: &str) -> CreditSettings {
    CreditSettings {
        agency: agency(),
        url: url.to_owned(),
        tls: None,
        proxy: None,
        access_token: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(20),
        requests_max: 4,
        answer_bytes_max: ANSWER_BYTES_MAX,
        hours: OpeningHours::default(),
        page_entries: 500,
    }
}

impl Rig {
    /// At one o'clock on the first day of 1970, with nothing sent before.
    pub(crate) fn new(settings: CreditSettings, is_broken: bool) -> Self {
        let (clock, kept) = (
            Arc::new(FixedClock::default()),
            Arc::new(Kept { is_broken: AtomicBool::new(is_broken), ..Kept::default() }),
        );
        let ports = TransportPorts {
            inbox: Arc::clone(&kept) as Arc<dyn Inbox>,
            reader: Arc::new(Words),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            wake: Arc::new(|| ()),
        };
        let transport = CreditTransport::new(Arc::new(settings), ports, None).unwrap();
        clock.set(3_600_000);
        Self { transport, clock, kept }
    }
}

/// A message that was decided after the start: nothing was sent of it before.
pub(crate) fn message(id: &str) -> Outgoing {
    Outgoing {
        id: MessageId::parse(id).unwrap(),
        agency: agency(),
        case_number: None,
        kind: "publication".to_owned(),
        body: b"<entry/>".to_vec(),
        content_type: "application/xml".to_owned(),
        created_at: at(1_000),
        plugin_digest: None,
    }
}
