//! What is not taken in, and how that is told: a row in the audit chain, so that nobody can say it never came.

use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::{Digest, UtcTime};
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

use crate::properties::Sender;
use crate::settings::AmqpLink;

/// Longest foreign text shown in a row, in characters.
const SHOWN_MAX: usize = 64;

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The broker does not vouch that the agency sent it.
    Sender(Option<String>),
    /// Its id cannot be one.
    MessageId,
    /// It is longer than the link allows.
    TooLarge(usize),
    /// It has no content.
    Empty,
}

impl Refusal {
    /// Whether the message is refused, and why.
    pub(super) fn of(link: &AmqpLink, sender: &Sender, body: &[u8]) -> Option<Self> {
        if !sender.is(&link.user) {
            return Some(Self::Sender(sender.user.clone()));
        }
        if sender.message_id.is_err() {
            return Some(Self::MessageId);
        }
        if body.is_empty() {
            return Some(Self::Empty);
        }
        (body.len() > link.message_bytes_max).then_some(Self::TooLarge(body.len()))
    }

    /// For an official: what, and what next.
    fn text(&self, link: &AmqpLink) -> String {
        match self {
            Self::Sender(None) => format!(
                "报文未经消息中间件证明发送者（缺少 user-id 属性），未受理，已转入死信队列；请以账号{}登录并填写 user-id 后重发",
                link.user
            ),
            Self::Sender(Some(user)) => format!(
                "报文的发送者为“{}”，不是本单位账号{}，未受理，已转入死信队列；请以本单位账号重发",
                shown(user),
                link.user
            ),
            Self::MessageId => {
                "报文的 message-id 属性不符合要求（可打印文字、首尾无空格、长度有限），未受理，已转入死信队列；请更正后重发"
                    .to_owned()
            }
            Self::TooLarge(bytes) => format!(
                "报文{bytes}字节，超过本单位单条上限{}字节，未受理，已转入死信队列；请拆分后重发或申请调整上限",
                link.message_bytes_max
            ),
            Self::Empty => "报文没有内容，未受理，已转入死信队列".to_owned(),
        }
    }

    /// The row that records it.
    pub(super) fn record(&self, link: &AmqpLink, sender: &Sender, body: &[u8], now: UtcTime) -> Settlement {
        let mut entry = AuditEntry::new(now, AuditAction::MessageRefused, ACTOR_GATEWAY, self.text(link));
        entry.agency = Some(link.agency.clone());
        entry.message_id = sender.message_id.clone().ok().flatten();
        entry.message_digest = Some(Digest::of(body));
        Settlement { audit: vec![entry], ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, now) }
    }
}

/// Foreign text, short and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use lapin::BasicProperties;
    use xiezhi_model::AgencyId;

    use super::*;

    fn link() -> AmqpLink {
        AmqpLink { agency: AgencyId::parse("police").unwrap(), user: "police".into(), message_bytes_max: 4 }
    }

    fn sender(user: &str, id: &str) -> Sender {
        Sender::of(&BasicProperties::default().with_user_id(user.into()).with_message_id(id.into()))
    }

    #[test]
    fn only_the_agency_s_own_small_messages_are_taken() {
        let none = Sender::of(&BasicProperties::default());
        assert_eq!(Refusal::of(&link(), &none, b"x"), Some(Refusal::Sender(None)));
        assert_eq!(Refusal::of(&link(), &sender("fire", "1"), b"x"), Some(Refusal::Sender(Some("fire".into()))));
        assert_eq!(Refusal::of(&link(), &sender("police", " 1"), b"x"), Some(Refusal::MessageId));
        assert_eq!(Refusal::of(&link(), &sender("police", "1"), b""), Some(Refusal::Empty));
        assert_eq!(Refusal::of(&link(), &sender("police", "1"), b"12345"), Some(Refusal::TooLarge(5)));
        assert_eq!(Refusal::of(&link(), &sender("police", ""), b"1234"), None);
    }

    #[test]
    fn a_refusal_is_recorded_with_what_came() {
        let now = UtcTime::from_unix_ms(5).unwrap();
        let refusal = Refusal::Sender(Some(format!("x\n{}", "长".repeat(200))));
        let row = refusal.record(&link(), &sender("x", "id-1"), b"body", now).audit.remove(0);
        assert_eq!(row.message_digest, Some(Digest::of(b"body")));
        assert_eq!(row.message_id.unwrap().as_str(), "id-1");
        assert!(row.text.contains("本单位账号police") && !row.text.contains('\n') && row.text.chars().count() < 200);
    }
}
