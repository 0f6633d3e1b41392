//! An agency, as the gateway sees it: pushes messages, reads its outbox and acknowledges.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use serde_json::Value;

/// Longest wait for one answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// One agency's access to a running gateway.
#[derive(Debug, Clone)]
pub struct AgencyClient {
    http: reqwest::blocking::Client,
    base: String,
    agency: String,
    token: String,
}

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Media type, empty when there is none.
    pub content_type: String,
    /// Body as JSON, `null` when it is none.
    pub json: Value,
    /// Body as text.
    pub text: String,
}

/// A message read from the outbox.
#[derive(Debug, Clone)]
pub struct OutboxMessage {
    /// Its id.
    pub id: String,
    /// Record kind, or `reply`.
    pub kind: String,
    /// The case, where it has one.
    pub case_number: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
    /// How often it was handed out before.
    pub deliveries: u64,
}

impl AgencyClient {
    /// Access to the gateway at `base` (`http://127.0.0.1:…`).
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(base: &str, agency: &str, token: &str) -> anyhow::Result<Self> {
        let http = crate::http::client(TIMEOUT)?;
        Ok(Self { http, base: base.to_owned(), agency: agency.to_owned(), token: token.to_owned() })
    }

    /// The agency's id.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.agency
    }

    /// Pushes a message.
    ///
    /// # Errors
    /// When no answer came; any status is an answer.
    pub fn push(&self, body: &[u8], message_id: Option<&str>) -> anyhow::Result<Answer> {
        let mut request = self
            .http
            .post(format!("{}/v1/agencies/{}/inbox", self.base, self.agency))
            .bearer_auth(&self.token)
            .body(body.to_vec());
        if let Some(id) = message_id {
            request = request.header("Xiezhi-Message-Id", id);
        }
        answer(request.send()?)
    }

    /// What became of a message of this agency.
    ///
    /// # Errors
    /// When no answer came.
    pub fn message(&self, message_id: &str) -> anyhow::Result<Answer> {
        let url = format!("{}/v1/agencies/{}/messages/{message_id}", self.base, self.agency);
        answer(self.http.get(url).bearer_auth(&self.token).send()?)
    }

    /// Reads up to `limit` messages of the outbox.
    ///
    /// # Errors
    /// When the answer is not a list of messages.
    pub fn outbox(&self, limit: usize) -> anyhow::Result<Vec<OutboxMessage>> {
        let url = format!("{}/v1/agencies/{}/outbox?limit={limit}", self.base, self.agency);
        let answer = answer(self.http.get(url).bearer_auth(&self.token).send()?)?;
        ensure!(answer.status == 200, "outbox of {} answered {}: {}", self.agency, answer.status, answer.json);
        let list = answer.json.as_array().or_else(|| answer.json.get("messages").and_then(Value::as_array));
        list.context("outbox answer holds no list")?.iter().map(outbox_message).collect()
    }

    /// Acknowledges messages.
    ///
    /// # Errors
    /// When the gateway does not answer 200.
    pub fn acknowledge(&self, ids: &[String]) -> anyhow::Result<u64> {
        let url = format!("{}/v1/agencies/{}/outbox/ack", self.base, self.agency);
        let body = serde_json::json!({ "ids": ids });
        let answer = answer(self.http.post(url).bearer_auth(&self.token).json(&body).send()?)?;
        ensure!(answer.status == 200, "ack of {} answered {}: {}", self.agency, answer.status, answer.json);
        Ok(answer.json.get("acknowledged").and_then(Value::as_u64).unwrap_or_default())
    }

    /// Reads and acknowledges everything that is in the outbox now.
    ///
    /// # Errors
    /// As [`AgencyClient::outbox`] and [`AgencyClient::acknowledge`].
    pub fn drain(&self) -> anyhow::Result<Vec<OutboxMessage>> {
        let mut all = Vec::new();
        loop {
            let batch = self.outbox(100)?;
            if batch.is_empty() {
                return Ok(all);
            }
            let ids: Vec<String> = batch.iter().map(|message| message.id.clone()).collect();
            self.acknowledge(&ids)?;
            all.extend(batch);
        }
    }
}

pub(crate) fn answer(response: reqwest::blocking::Response) -> anyhow::Result<Answer> {
    let status = response.status().as_u16();
    let media = response.headers().get(reqwest::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = media.unwrap_or_default().to_owned();
    let text = response.text()?;
    Ok(Answer { status, content_type, json: serde_json::from_str(&text).unwrap_or(Value::Null), text })
}

fn outbox_message(value: &Value) -> anyhow::Result<OutboxMessage> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let body = text("body_base64").context("outbox message without body")?;
    Ok(OutboxMessage {
        id: text("id").context("outbox message without id")?,
        kind: text("kind").context("outbox message without kind")?,
        case_number: text("case_number"),
        body: base64::engine::general_purpose::STANDARD.decode(body)?,
        deliveries: value.get("deliveries").and_then(Value::as_u64).unwrap_or_default(),
    })
}

/// A person of the bureau: signs in with each request.
#[derive(Debug, Clone)]
pub struct PersonClient {
    http: reqwest::blocking::Client,
    base: String,
    name: String,
    password: String,
}

impl PersonClient {
    /// Access to the gateway at `base`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(base: &str, name: &str, password: &str) -> anyhow::Result<Self> {
        let http = crate::http::client(TIMEOUT)?;
        Ok(Self { http, base: base.to_owned(), name: name.to_owned(), password: password.to_owned() })
    }

    /// Gets a path, such as `/v1/acts`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.http.get(format!("{}{path}", self.base)))
    }

    /// Posts JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = self.http.post(format!("{}{path}", self.base));
        self.send(request.header("content-type", "application/json").body(body.to_string()))
    }

    fn send(&self, request: reqwest::blocking::RequestBuilder) -> anyhow::Result<Answer> {
        answer(request.basic_auth(&self.name, Some(&self.password)).send()?)
    }
}
