//! The properties of messages, both ways. What each means is on the page `docs/amqp.md`.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use xiezhi_model::message::Outgoing;
use xiezhi_model::{AgencyId, Digest, MessageId};

use crate::names;

/// Kept on disk by the broker.
const PERSISTENT: u8 = 2;
/// Who sent it, as the broker's pages show it.
const APP_ID: &str = "xiezhi";
/// The header that joins the traces of both sides (W3C Trace Context).
pub(crate) const TRACE_HEADER: &str = "traceparent";
/// Longest text property: AMQP's short string.
const SHORT_BYTES_MAX: usize = 255;

/// The properties of an outgoing message; `user` is the gateway's, which the broker checks.
pub(crate) fn of_outgoing(message: &Outgoing, user: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(TRACE_HEADER.into(), AMQPValue::LongString(trace_parent(message).as_str().into()));
    let seconds = u64::try_from(message.created_at.unix_ms() / 1_000).unwrap_or(0);
    let mut properties = BasicProperties::default()
        .with_message_id(message.id.as_str().into())
        .with_type(message.kind.as_str().into())
        .with_content_type(clipped(&message.content_type).into())
        .with_delivery_mode(PERSISTENT)
        .with_timestamp(seconds)
        .with_app_id(APP_ID.into())
        .with_user_id(user.into())
        .with_reply_to(names::inbox(&message.agency).as_str().into())
        .with_headers(headers);
    if let Some(number) = &message.case_number {
        properties = properties.with_correlation_id(number.as_str().into());
    }
    if let Some(charset) = charset(&message.content_type) {
        properties = properties.with_content_encoding(clipped(charset).into());
    }
    properties
}

/// A trace parent that is the same however often the message is published: the case is the trace, the message a span of it.
fn trace_parent(message: &Outgoing) -> String {
    let case = message.case_number.as_ref().map_or(message.id.as_str(), |number| number.as_str());
    let digit_count =
        |text: &str, count: usize| -> String { Digest::of(text.as_bytes()).to_hex().chars().take(count).collect() };
    format!("00-{}-{}-01", digit_count(case, 32), digit_count(message.id.as_str(), 16))
}

/// The `charset` of a media type.
fn charset(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).map(str::trim);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty())
}

fn clipped(text: &str) -> &str {
    let end = (0..=text.len().min(SHORT_BYTES_MAX)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// What a received message says of itself, read with care: any client may have written it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    /// The user that the broker checked, where the message names one.
    pub(crate) user: Option<String>,
    /// The id that the sender chose; `Err` when it cannot be one.
    pub(crate) message_id: Result<Option<MessageId>, ()>,
    /// The media type, where it is short text.
    pub(crate) content_type: Option<String>,
    /// The trace that the sender goes on with.
    pub(crate) trace_parent: Option<String>,
}

impl Sender {
    pub(crate) fn of(properties: &BasicProperties) -> Self {
        let text = |value: &Option<lapin::types::ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
        let message_id = match text(properties.message_id()) {
            None => Ok(None),
            Some(id) if id.is_empty() => Ok(None),
            Some(id) => MessageId::parse(&id).map(Some).map_err(drop),
        };
        let trace_parent = properties.headers().as_ref().and_then(|headers| {
            match headers.inner().get(TRACE_HEADER) {
                Some(AMQPValue::LongString(value)) => Some(String::from_utf8_lossy(value.as_bytes()).into_owned()),
                Some(AMQPValue::ShortString(value)) => Some(value.as_str().to_owned()),
                _ => None,
            }
            .filter(|value| is_trace_parent(value))
        });
        Self {
            user: text(properties.user_id()),
            message_id,
            content_type: text(properties.content_type()),
            trace_parent,
        }
    }

    /// Whether the broker vouches that the agency itself sent it.
    pub(crate) fn is(&self, user: &str) -> bool {
        self.user.as_deref() == Some(user)
    }
}

/// W3C Trace Context, version 00: a trace and a span of zeros are none.
fn is_trace_parent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { return false };
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    *version == "00" && hex(trace, 32) && !is_zero(trace) && hex(span, 16) && !is_zero(span) && hex(flags, 2)
}

/// The id of a message that the broker returned.
pub(crate) fn returned_id(properties: &BasicProperties) -> Option<String> {
    properties.message_id().as_ref().map(|id| id.as_str().to_owned())
}

/// The routing key of an agency's outbox.
pub(crate) fn routing_key(agency: &AgencyId) -> &str {
    agency.as_str()
}

#[cfg(test)]
mod tests {
    use xiezhi_model::{CaseNumber, UtcTime};

    use super::*;

    fn message() -> Outgoing {
        Outgoing {
            id: MessageId::parse("xz-1").unwrap(),
            agency: AgencyId::parse("police").unwrap(),
            case_number: Some(CaseNumber::parse("TZ-1").unwrap()),
            kind: "assignment".into(),
            body: Vec::new(),
            content_type: "application/xml; charset=GB18030".into(),
            created_at: UtcTime::from_unix_ms(1_790_000_000_123).unwrap(),
            plugin_digest: None,
        }
    }

    #[test]
    fn what_is_sent_says_what_it_is() {
        let properties = of_outgoing(&message(), "xiezhi");
        let text = |value: &Option<lapin::types::ShortString>| value.as_ref().unwrap().as_str().to_owned();
        assert_eq!(text(properties.message_id()), "xz-1");
        assert_eq!(text(properties.correlation_id()), "TZ-1");
        assert_eq!(text(properties.kind()), "assignment");
        assert_eq!(text(properties.content_encoding()), "GB18030");
        assert_eq!(text(properties.reply_to()), "xiezhi.inbox.police");
        assert_eq!(text(properties.user_id()), "xiezhi");
        assert_eq!(*properties.timestamp(), Some(1_790_000_000));
        assert_eq!(*properties.delivery_mode(), Some(2));
        let read = Sender::of(&properties);
        assert!(read.is("xiezhi") && !read.is("police"));
        assert!(is_trace_parent(read.trace_parent.as_deref().unwrap()));
    }

    #[test]
    fn a_case_is_one_trace() {
        let one = message();
        let other = Outgoing { id: MessageId::parse("xz-2").unwrap(), ..message() };
        let parts = |message: &Outgoing| trace_parent(message).split('-').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parts(&one)[1], parts(&other)[1]);
        assert_ne!(parts(&one)[2], parts(&other)[2]);
    }

    #[test]
    fn what_comes_is_read_with_care() {
        assert_eq!(Sender::of(&BasicProperties::default()).message_id, Ok(None));
        let long = "x".repeat(250);
        assert_eq!(Sender::of(&BasicProperties::default().with_message_id(long.as_str().into())).message_id, Err(()));
        assert_eq!(charset("text/csv"), None);
        assert_eq!(charset("text/csv; header=present; Charset=\"GBK\""), Some("GBK"));
        assert_eq!(clipped(&"公".repeat(100)).chars().count(), 85);
        for wrong in ["", "00-1-2-3", &format!("00-{}-{}-01", "G".repeat(32), "a".repeat(16))] {
            assert!(!is_trace_parent(wrong), "{wrong}");
        }
    }
}
