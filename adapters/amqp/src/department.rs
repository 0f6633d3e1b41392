//! A department's side of its queues, for `xiezhi agency` and for tests: sends to its inbox, receives from its outbox.
//!
//! It uses the broker as any client would, with the department's own user and nothing that the pages do not say.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::time::Instant;
use xiezhi_model::AgencyId;

use crate::connection::{Connection, Connector};
use crate::error::{AmqpError, within};
use crate::names;
use crate::properties::TRACE_HEADER;
use crate::settings::AmqpSettings;

/// A message that a department sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sending {
    /// The department's id of it; without one the gateway makes one from the content.
    pub message_id: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What became of a message that a department sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The broker holds it.
    Taken,
    /// The broker refuses it: the queue is full.
    Refused,
    /// No queue takes it.
    Returned,
}

/// A message that a department received and has not acknowledged.
#[derive(Debug)]
pub struct Received {
    /// The gateway's id of it: a department that has it already only acknowledges.
    pub message_id: String,
    /// The case.
    pub case_number: Option<String>,
    /// Record kind.
    pub kind: String,
    /// The media type.
    pub content_type: String,
    /// The trace.
    pub trace_parent: Option<String>,
    /// Where to answer.
    pub reply_to: Option<String>,
    /// Which client wrote it.
    pub user: Option<String>,
    /// When it was decided, in seconds since 1970.
    pub timestamp: Option<u64>,
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// The bytes.
    pub body: Vec<u8>,
    tag: u64,
}

impl Received {
    fn of(delivery: Delivery) -> Self {
        let properties = &delivery.properties;
        let text = |value: &Option<lapin::types::ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
        let trace_parent = properties.headers().as_ref().and_then(|headers| {
            let value = headers.inner().get(TRACE_HEADER)?.as_long_string()?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Self {
            message_id: text(properties.message_id()).unwrap_or_default(),
            case_number: text(properties.correlation_id()),
            kind: text(properties.kind()).unwrap_or_default(),
            content_type: text(properties.content_type()).unwrap_or_default(),
            trace_parent,
            reply_to: text(properties.reply_to()),
            user: text(properties.user_id()),
            timestamp: *properties.timestamp(),
            redelivered: delivery.redelivered,
            tag: delivery.delivery_tag,
            body: delivery.data,
        }
    }
}

/// A department's connection to the broker.
#[derive(Debug)]
pub struct Department {
    agency: AgencyId,
    settings: Arc<AmqpSettings>,
    connection: Connection,
    sending: Channel,
    receiving: Channel,
    /// From the first [`Department::receive`] on: what is delivered and given back counts against the delivery limit, so who
    /// only sends must not consume.
    deliveries: Option<lapin::Consumer>,
}

impl Department {
    /// Connects with the department's own user. Nothing is received before [`Department::receive`]; the settings' `prefetch`
    /// bounds what is received and not acknowledged.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn connect(agency: AgencyId, settings: AmqpSettings) -> Result<Self, AmqpError> {
        let settings = Arc::new(settings);
        let limit = settings.operation_timeout;
        let connection = Connector::new(Arc::clone(&settings), format!("department {agency}")).connect().await?;
        let sending = connection.channel().await?;
        within("asking for confirms", limit, sending.confirm_select(ConfirmSelectOptions::default())).await?;
        let receiving = connection.channel().await?;
        let qos = receiving.basic_qos(settings.prefetch, BasicQosOptions::default());
        within("limiting deliveries", limit, qos).await?;
        Ok(Self { agency, settings, connection, sending, receiving, deliveries: None })
    }

    /// Sends a message to the department's inbox and waits for the broker's word. Where several are sent at once, a return may stand
    /// at another one's confirm; whoever must know sends them one by one.
    ///
    /// # Errors
    /// [`AmqpError`]; then the outcome is unknown and the same message should be sent again under the same id.
    pub async fn send(&self, message: &Sending) -> Result<Sent, AmqpError> {
        self.send_as(message, Some(&self.settings.user)).await
    }

    /// As [`Department::send`], with another `user-id` than the department's own, or none: to see that it is refused.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn send_as(&self, message: &Sending, user: Option<&str>) -> Result<Sent, AmqpError> {
        let mut properties = BasicProperties::default().with_delivery_mode(2);
        if let Some(user) = user {
            properties = properties.with_user_id(user.into());
        }
        if let Some(id) = &message.message_id {
            properties = properties.with_message_id(id.as_str().into());
        }
        if let Some(content_type) = &message.content_type {
            properties = properties.with_content_type(content_type.as_str().into());
        }
        let exchange = names::inbox(&self.agency);
        let publishing = self.sending.basic_publish(
            exchange.as_str().into(),
            "".into(),
            BasicPublishOptions { mandatory: true, immediate: false },
            &message.body,
            properties,
        );
        let confirm = within("publishing", self.settings.operation_timeout, publishing).await?;
        let word = within("waiting for a confirm", self.settings.confirm_timeout, confirm).await?;
        Ok(match word {
            Confirmation::Ack(None) => Sent::Taken,
            Confirmation::Ack(Some(_)) => Sent::Returned,
            Confirmation::Nack(_) | Confirmation::NotRequested => Sent::Refused,
        })
    }

    /// Up to `most` messages, as many as are there within `wait`; none when nothing comes.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn receive(&mut self, most: usize, wait: Duration) -> Result<Vec<Received>, AmqpError> {
        let deadline = Instant::now() + wait;
        let deliveries = match &mut self.deliveries {
            Some(deliveries) => deliveries,
            none => none.insert(consume(&self.receiving, &self.agency, self.settings.operation_timeout).await?),
        };
        let mut received = Vec::new();
        while received.len() < most {
            match tokio::time::timeout_at(deadline, deliveries.next()).await {
                Ok(Some(Ok(delivery))) => received.push(Received::of(delivery)),
                Ok(Some(Err(cause))) => return Err(AmqpError::Broker { what: "consuming", cause }),
                Ok(None) => return Err(AmqpError::Cancelled),
                Err(_) => break,
            }
        }
        Ok(received)
    }

    /// Ends receiving: nothing more is delivered, and what was can still be acknowledged. The next [`Department::receive`] begins
    /// anew.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn stop_receiving(&mut self) -> Result<(), AmqpError> {
        let Some(deliveries) = self.deliveries.take() else { return Ok(()) };
        let ending = self.receiving.basic_cancel(deliveries.tag(), BasicCancelOptions::default());
        within("ending a consumer", self.settings.operation_timeout, ending).await
    }

    /// Acknowledges one message: it is gone from the queue.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn acknowledge(&self, message: &Received) -> Result<(), AmqpError> {
        let acknowledging = self.receiving.basic_ack(message.tag, BasicAckOptions::default());
        within("acknowledging", self.settings.operation_timeout, acknowledging).await
    }

    /// Gives one message back: it comes again, up to the queue's delivery limit.
    ///
    /// # Errors
    /// [`AmqpError`].
    pub async fn give_back(&self, message: &Received) -> Result<(), AmqpError> {
        let options = BasicNackOptions { multiple: false, requeue: true };
        let giving = self.receiving.basic_nack(message.tag, options);
        within("giving back", self.settings.operation_timeout, giving).await
    }

    /// Closes in order; what was not acknowledged comes again.
    pub async fn close(self) {
        self.connection.close().await;
    }
}

async fn consume(channel: &Channel, agency: &AgencyId, limit: Duration) -> Result<lapin::Consumer, AmqpError> {
    let queue = names::outbox(agency);
    let consuming =
        channel.basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default());
    within("consuming", limit, consuming).await
}
