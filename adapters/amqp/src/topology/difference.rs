//! One difference between a broker and its topology: what it is, what was expected and found, and what to do next.

use std::fmt;

use serde::Serialize;

/// What kind of difference. The names are stable: programs may act on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// The broker has no at-least-once dead lettering.
    BrokerTooOld,
    /// A feature flag that at-least-once dead lettering needs is off.
    FeatureFlagOff,
    /// The virtual host is not there.
    VhostMissing,
    /// The limits' policy is not there.
    PolicyMissing,
    /// The limits' policy is another one.
    PolicyWrong,
    /// An exchange is not there.
    ExchangeMissing,
    /// An exchange has another type or argument.
    ExchangeWrong,
    /// An exchange has a name of ours and is not of the topology.
    ExchangeExtra,
    /// A queue is not there.
    QueueMissing,
    /// A queue has another type or argument.
    QueueWrong,
    /// A queue has a name of ours and is not of the topology.
    QueueExtra,
    /// Other policies take limits from a queue, or set what loses messages.
    QueuePolicyWrong,
    /// Not more than half of a queue's nodes are up.
    QueueWithoutMajority,
    /// A binding is not there.
    BindingMissing,
    /// A binding from or to something of ours is not of the topology.
    BindingExtra,
    /// A user is not there.
    UserMissing,
    /// A user has tags.
    UserTags,
    /// A user has no permission.
    PermissionMissing,
    /// A user has another permission.
    PermissionWrong,
    /// An agency's user has permissions in another virtual host.
    PermissionElsewhere,
    /// An agency's user may publish to the default exchange, so to any queue.
    DefaultExchangeWritable,
    /// A user that is no part of the topology may reach something of ours.
    ForeignRights,
}

impl DifferenceKind {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::BrokerTooOld,
        Self::FeatureFlagOff,
        Self::VhostMissing,
        Self::PolicyMissing,
        Self::PolicyWrong,
        Self::ExchangeMissing,
        Self::ExchangeWrong,
        Self::ExchangeExtra,
        Self::QueueMissing,
        Self::QueueWrong,
        Self::QueueExtra,
        Self::QueuePolicyWrong,
        Self::QueueWithoutMajority,
        Self::BindingMissing,
        Self::BindingExtra,
        Self::UserMissing,
        Self::UserTags,
        Self::PermissionMissing,
        Self::PermissionWrong,
        Self::PermissionElsewhere,
        Self::DefaultExchangeWritable,
        Self::ForeignRights,
    ];

    /// As printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrokerTooOld => "broker-too-old",
            Self::FeatureFlagOff => "feature-flag-off",
            Self::VhostMissing => "vhost-missing",
            Self::PolicyMissing => "policy-missing",
            Self::PolicyWrong => "policy-wrong",
            Self::ExchangeMissing => "exchange-missing",
            Self::ExchangeWrong => "exchange-wrong",
            Self::ExchangeExtra => "exchange-extra",
            Self::QueueMissing => "queue-missing",
            Self::QueueWrong => "queue-wrong",
            Self::QueueExtra => "queue-extra",
            Self::QueuePolicyWrong => "queue-policy-wrong",
            Self::QueueWithoutMajority => "queue-without-majority",
            Self::BindingMissing => "binding-missing",
            Self::BindingExtra => "binding-extra",
            Self::UserMissing => "user-missing",
            Self::UserTags => "user-tags",
            Self::PermissionMissing => "permission-missing",
            Self::PermissionWrong => "permission-wrong",
            Self::PermissionElsewhere => "permission-elsewhere",
            Self::DefaultExchangeWritable => "default-exchange-writable",
            Self::ForeignRights => "foreign-rights",
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One difference. The order is that of the kinds, then of the objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// What kind.
    pub kind: DifferenceKind,
    /// The object: what it is and its name, such as `queue xiezhi.inbox.police`.
    pub object: String,
    /// What the topology has.
    pub expected: String,
    /// What the broker has.
    pub found: String,
    /// What to do.
    pub next: String,
}

/// One word of a command line, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_printed_as_it_is_serialised() {
        for kind in [DifferenceKind::BrokerTooOld, DifferenceKind::QueueWithoutMajority, DifferenceKind::ForeignRights]
        {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("a b'c"), r"'a b'\''c'");
    }
}
