//! Queues and what is in them, over the management API.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::admin::BrokerAdmin;

/// Longest wait for a queue's first figures, which come within about a second.
const FIGURES_LIMIT: Duration = Duration::from_secs(20);
/// What the API calls the exchange without a name.
const DEFAULT_EXCHANGE: &str = "amq.default";

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueMessages {
    /// Not handed out.
    pub ready: u64,
    /// Handed out and not acknowledged.
    pub unacknowledged: u64,
}

/// What becomes of messages that an administrator looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeue {
    /// They stay in the queue, marked as redelivered.
    Yes,
    /// They are taken out of it.
    No,
}

/// A message as an administrator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerMessage {
    /// The bytes.
    pub body: Vec<u8>,
    /// The properties that are set, by AMQP's names, with `headers` among them.
    pub properties: Value,
    /// Where it was published to; empty for the default exchange.
    pub exchange: String,
    /// With which key.
    pub routing_key: String,
    /// Whether it was handed out before.
    pub redelivered: bool,
}

impl BrokerMessage {
    /// A property that is a text, such as `message_id`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }
}

impl BrokerAdmin {
    /// Declares a durable queue with these arguments, such as `{"x-queue-type": "quorum"}`.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn queue_declare(&self, vhost: &str, queue: &str, arguments: &Value) -> anyhow::Result<()> {
        self.put(&["queues", vhost, queue], &json!({ "durable": true, "arguments": arguments }))
    }

    /// Deletes a queue with what is in it.
    ///
    /// # Errors
    /// When the broker refuses; that it is gone already is none.
    pub fn queue_delete(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        self.delete(&["queues", vhost, queue])
    }

    /// The names of a vhost's queues, in order.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn queues(&self, vhost: &str) -> anyhow::Result<Vec<String>> {
        let list = self.get(&["queues", vhost])?;
        let list = list.as_array().context("the list of queues is none")?;
        let mut names: Vec<String> =
            list.iter().filter_map(|queue| queue.get("name")?.as_str().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    /// How many messages a queue holds, as of one to two seconds ago: wait for the number that you expect.
    ///
    /// # Errors
    /// When there is no such queue, or no figures come.
    pub fn queue_messages(&self, vhost: &str, queue: &str) -> anyhow::Result<QueueMessages> {
        let figures = crate::wait_until(FIGURES_LIMIT, || {
            let answer = match self.get(&["queues", vhost, queue]) {
                Ok(answer) => answer,
                Err(error) => return Some(Err(error)),
            };
            // A new queue, and every queue after a start, has none for a moment.
            let number = |name: &str| answer.get(name).and_then(Value::as_u64);
            let (ready, unacknowledged) = (number("messages_ready")?, number("messages_unacknowledged")?);
            Some(Ok(QueueMessages { ready, unacknowledged }))
        });
        figures.with_context(|| format!("the broker gave no figures of {queue} within {FIGURES_LIMIT:?}"))?
    }

    /// Looks at up to `count` messages at the head of a queue.
    ///
    /// # Errors
    /// When the broker refuses, or answers something else.
    pub fn get_messages(
        &self,
        vhost: &str,
        queue: &str,
        count: usize,
        requeue: Requeue,
    ) -> anyhow::Result<Vec<BrokerMessage>> {
        let mode = match requeue {
            Requeue::Yes => "ack_requeue_true",
            Requeue::No => "ack_requeue_false",
        };
        // Left to itself, the API guesses whether a body is text.
        let wish = json!({ "count": count, "ackmode": mode, "encoding": "base64" });
        let answer = self.post(&["queues", vhost, queue, "get"], &wish)?;
        answer.as_array().context("the list of messages is none")?.iter().map(message).collect()
    }

    /// Publishes a message as the administrator and says whether it reached a queue. `exchange` is empty for the default
    /// exchange; `properties` are named as AMQP does, `{}` for none.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn publish(
        &self,
        vhost: &str,
        exchange: &str,
        routing_key: &str,
        properties: &Value,
        body: &[u8],
    ) -> anyhow::Result<bool> {
        let exchange = if exchange.is_empty() { DEFAULT_EXCHANGE } else { exchange };
        let wish = json!({
            "properties": properties,
            "routing_key": routing_key,
            "payload": STANDARD.encode(body),
            "payload_encoding": "base64",
        });
        let answer = self.post(&["exchanges", vhost, exchange, "publish"], &wish)?;
        answer.get("routed").and_then(Value::as_bool).context("the broker did not say whether the message was routed")
    }
}

fn message(value: &Value) -> anyhow::Result<BrokerMessage> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let payload = text("payload").context("a message without a payload")?;
    let encoding = text("payload_encoding");
    ensure!(encoding == Some("base64"), "a payload is encoded as {encoding:?}");
    // Without any property, the API gives an empty list instead of an object.
    let properties = value.get("properties").filter(|properties| properties.is_object());
    Ok(BrokerMessage {
        body: STANDARD.decode(payload)?,
        properties: properties.cloned().unwrap_or_else(|| json!({})),
        exchange: text("exchange").unwrap_or_default().to_owned(),
        routing_key: text("routing_key").unwrap_or_default().to_owned(),
        redelivered: value.get("redelivered").and_then(Value::as_bool).unwrap_or_default(),
    })
}
