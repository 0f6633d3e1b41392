//! What must be there at the broker: exchanges, queues, bindings, and who may do what.
//!
//! It is a value, made from the links. The gateway declares it, `xiezhi topology` prints it and compares a broker with it.

mod actual;
mod asyncapi;
mod compare;
mod declare;
mod definitions;
mod difference;
mod management;
#[cfg(test)]
mod samples;

pub use actual::{
    Actual, ActualBinding, ActualExchange, ActualPermission, ActualPolicy, ActualQueue, ActualUser, FeatureFlag,
};
pub use asyncapi::{Encryption, ServerPlace, asyncapi};
pub use compare::compare;
pub(crate) use declare::{declare_agency, declare_shared};
pub use definitions::definitions;
pub use difference::{Difference, DifferenceKind};
pub use management::{Applied, Failure, Management, ManagementError};

use crate::names;
use crate::settings::{AmqpLink, QueueLimits};

/// How an exchange routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExchangeKind {
    /// By the routing key.
    Direct,
    /// To every queue bound to it.
    Fanout,
}

impl ExchangeKind {
    /// As RabbitMQ spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Fanout => "fanout",
        }
    }
}

/// A durable exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Name.
    pub name: String,
    /// How it routes.
    pub kind: ExchangeKind,
    /// The exchange that gets what it cannot route.
    pub alternate: Option<String>,
}

/// A durable quorum queue that refuses what is above its limits to the publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Name.
    pub name: String,
    /// The exchange that gets its dead letters, at least once.
    pub dead_letters_to: Option<String>,
}

impl Queue {
    /// Its arguments, name and value, in the order of the names.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        let mut arguments = Vec::new();
        if let Some(exchange) = &self.dead_letters_to {
            arguments.push(("x-dead-letter-exchange", exchange.clone()));
            // At-least-once asks for reject-publish; otherwise dead letters may be lost on their way.
            arguments.push(("x-dead-letter-strategy", "at-least-once".to_owned()));
        }
        arguments.push(("x-overflow", "reject-publish".to_owned()));
        arguments.push(("x-queue-type", "quorum".to_owned()));
        arguments
    }
}

/// A queue bound to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The exchange.
    pub exchange: String,
    /// The queue.
    pub queue: String,
    /// The routing key; empty for a fanout.
    pub routing_key: String,
}

/// What a user may do, as patterns of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The user.
    pub user: String,
    /// What it may declare and delete.
    pub configure: String,
    /// What it may publish to.
    pub write: String,
    /// What it may read.
    pub read: String,
}

/// The limits that hold for every queue, as a policy: an administrator may change them without making queues anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsPolicy {
    /// Name.
    pub name: &'static str,
    /// Which queues.
    pub pattern: String,
    /// The limits.
    pub limits: QueueLimits,
}

/// Everything that must be there, in one virtual host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// The virtual host.
    pub vhost: String,
    /// The gateway's user.
    pub gateway_user: String,
    /// Exchanges.
    pub exchanges: Vec<Exchange>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Bindings.
    pub bindings: Vec<Binding>,
    /// The gateway's permission first, then the agencies'.
    pub permissions: Vec<Permission>,
    /// The queues' limits.
    pub policy: LimitsPolicy,
}

impl Topology {
    /// What these links need.
    #[must_use]
    pub fn of(vhost: &str, gateway_user: &str, links: &[AmqpLink], limits: QueueLimits) -> Self {
        let everything = format!("^{}", escaped(names::PREFIX));
        let mut topology = Self {
            vhost: vhost.to_owned(),
            gateway_user: gateway_user.to_owned(),
            exchanges: vec![
                Exchange { name: names::OUTBOX_EXCHANGE.to_owned(), kind: ExchangeKind::Direct, alternate: None },
                Exchange { name: names::UNROUTABLE.to_owned(), kind: ExchangeKind::Fanout, alternate: None },
            ],
            queues: vec![Queue { name: names::UNROUTABLE.to_owned(), dead_letters_to: None }],
            bindings: vec![bound(names::UNROUTABLE, names::UNROUTABLE, "")],
            permissions: vec![Permission {
                user: gateway_user.to_owned(),
                configure: everything.clone(),
                write: everything.clone(),
                read: everything.clone(),
            }],
            policy: LimitsPolicy { name: "xiezhi-limits", pattern: everything, limits },
        };
        links.iter().for_each(|link| topology.add(link));
        topology
    }

    fn add(&mut self, link: &AmqpLink) {
        let agency = &link.agency;
        let (inbox, outbox, dead) = (names::inbox(agency), names::outbox(agency), names::dead(agency));
        let unroutable = Some(names::UNROUTABLE.to_owned());
        self.exchanges.extend([
            Exchange { name: inbox.clone(), kind: ExchangeKind::Fanout, alternate: unroutable },
            Exchange { name: dead.clone(), kind: ExchangeKind::Fanout, alternate: None },
        ]);
        // In the order in which they are needed: a department that can read its outbox must find its inbox bound, or what it
        // sends goes to the unroutable.
        self.queues.extend([
            Queue { name: dead.clone(), dead_letters_to: None },
            Queue { name: inbox.clone(), dead_letters_to: Some(dead.clone()) },
            Queue { name: outbox.clone(), dead_letters_to: Some(dead.clone()) },
        ]);
        self.bindings.extend([
            bound(&dead, &dead, ""),
            bound(&inbox, &inbox, ""),
            bound(names::OUTBOX_EXCHANGE, &outbox, agency.as_str()),
        ]);
        self.permissions.push(Permission {
            user: link.user.clone(),
            configure: "^$".to_owned(),
            write: format!("^{}$", escaped(&inbox)),
            read: format!("^{}$", escaped(&outbox)),
        });
    }
}

fn bound(exchange: &str, queue: &str, routing_key: &str) -> Binding {
    Binding { exchange: exchange.to_owned(), queue: queue.to_owned(), routing_key: routing_key.to_owned() }
}

/// Names hold lower-case letters, digits, hyphens and dots; only the dot means something else in a pattern.
fn escaped(name: &str) -> String {
    name.replace('.', r"\.")
}

#[cfg(test)]
mod tests {
    use xiezhi_model::AgencyId;

    use super::*;

    fn topology() -> Topology {
        let link = |id: &str, user: &str| AmqpLink {
            agency: AgencyId::parse(id).unwrap(),
            user: user.to_owned(),
            message_bytes_max: 1,
        };
        let limits = QueueLimits { messages_max: 9, bytes_max: 99, delivery_limit: 3 };
        Topology::of("/", "gateway", &[link("police", "police"), link("urban-management", "cg")], limits)
    }

    #[test]
    fn an_agency_writes_only_its_inbox_and_reads_only_its_outbox() {
        let permissions = topology().permissions;
        assert_eq!(permissions[0].configure, r"^xiezhi\.");
        let urban = &permissions[2];
        assert_eq!(
            (urban.user.as_str(), urban.configure.as_str(), urban.write.as_str(), urban.read.as_str()),
            ("cg", "^$", r"^xiezhi\.inbox\.urban-management$", r"^xiezhi\.outbox\.urban-management$")
        );
    }

    #[test]
    fn every_binding_joins_what_is_declared_and_every_queue_has_one() {
        let topology = topology();
        for binding in &topology.bindings {
            assert!(topology.exchanges.iter().any(|exchange| exchange.name == binding.exchange), "{binding:?}");
            assert!(topology.queues.iter().any(|queue| queue.name == binding.queue), "{binding:?}");
        }
        for queue in &topology.queues {
            assert_eq!(topology.bindings.iter().filter(|binding| binding.queue == queue.name).count(), 1, "{queue:?}");
            let target = queue.dead_letters_to.as_ref();
            assert!(target.is_none_or(|name| topology.exchanges.iter().any(|exchange| exchange.name == *name)));
        }
    }
}
