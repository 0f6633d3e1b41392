//! A broker against the topology: pure, so that every difference can be tested without a broker. Nothing is changed here.

mod rights;

use serde_json::{Map, Value};

use super::actual::{Actual, ActualBinding, ActualExchange, ActualQueue};
use super::definitions::{exchange_arguments, limits, queue_arguments};
use super::difference::{Difference, DifferenceKind, quoted};
use super::{Binding, Exchange, Permission, Queue, Topology};
use crate::names;

/// First version with at-least-once dead lettering.
const VERSION_MIN: (u32, u32) = (3, 10);
/// At-least-once dead lettering is off until this flag is on; newer brokers have it always on, or do not know it any more.
const DEAD_LETTER_FLAG: &str = "stream_queue";
/// What to do about what is missing.
const APPLY: &str = "run `xiezhi topology apply`";

/// Every difference, in a fixed order; none when the broker has what the topology wants and nothing more under our names.
#[must_use]
pub fn compare(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let mut found: Vec<Difference> = broker(actual).into_iter().collect();
    let missing = Missing::of(topology, actual);
    if actual.has_vhost {
        found.extend(missing.objects());
        found.extend(policy(topology, actual));
        found.extend(topology.exchanges.iter().flat_map(|exchange| wrong_exchange(exchange, actual)));
        found.extend(topology.queues.iter().flat_map(|queue| wrong_queue(topology, queue, actual)));
        found.extend(extra(topology, actual));
    } else {
        let object = format!("vhost {}", topology.vhost);
        found.push(difference(DifferenceKind::VhostMissing, object, "there", "nothing", APPLY));
    }
    found.extend(missing.people());
    found.extend(rights::compare(topology, actual));
    found.sort();
    found.dedup();
    found
}

/// What the topology has and the broker has not: it can be created without losing anything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Missing<'a> {
    pub(super) policy: bool,
    pub(super) exchanges: Vec<&'a Exchange>,
    pub(super) queues: Vec<&'a Queue>,
    pub(super) bindings: Vec<&'a Binding>,
    pub(super) users: Vec<&'a str>,
    pub(super) permissions: Vec<&'a Permission>,
}

impl<'a> Missing<'a> {
    pub(super) fn of(topology: &'a Topology, actual: &Actual) -> Self {
        let mut users: Vec<&str> = topology.permissions.iter().map(|permission| permission.user.as_str()).collect();
        users.sort_unstable();
        users.dedup();
        users.retain(|name| actual.users.iter().all(|user| user.name != *name));
        let permissions = topology.permissions.iter().filter(|wanted| {
            let own = |there: &&super::actual::ActualPermission| there.user == wanted.user;
            !actual.permissions.iter().filter(own).any(|there| there.vhost == topology.vhost)
        });
        Self {
            policy: actual.policies.iter().all(|policy| policy.name != topology.policy.name),
            exchanges: topology.exchanges.iter().filter(|wanted| exchange(actual, &wanted.name).is_none()).collect(),
            queues: topology.queues.iter().filter(|wanted| queue(actual, &wanted.name).is_none()).collect(),
            bindings: topology
                .bindings
                .iter()
                .filter(|wanted| actual.bindings.iter().all(|there| !is_same(wanted, there)))
                .collect(),
            users,
            permissions: permissions.collect(),
        }
    }

    fn objects(&self) -> Vec<Difference> {
        let exchanges = self.exchanges.iter().map(|exchange| {
            let expected = format!("type {}", exchange.kind.as_str());
            difference(
                DifferenceKind::ExchangeMissing,
                format!("exchange {}", exchange.name),
                expected,
                "nothing",
                APPLY,
            )
        });
        let queues = self.queues.iter().map(|queue| {
            difference(DifferenceKind::QueueMissing, format!("queue {}", queue.name), "type quorum", "nothing", APPLY)
        });
        let bindings = self.bindings.iter().map(|binding| {
            let expected = format!("routing key \"{}\"", binding.routing_key);
            let object = format!("binding {} -> {}", binding.exchange, binding.queue);
            difference(DifferenceKind::BindingMissing, object, expected, "nothing", APPLY)
        });
        exchanges.chain(queues).chain(bindings).collect()
    }

    fn people(&self) -> Vec<Difference> {
        let users = self.users.iter().map(|user| {
            let next = format!("{APPLY}, then set its password: rabbitmqctl change_password {}", quoted(user));
            difference(DifferenceKind::UserMissing, format!("user {user}"), "there", "nothing", next)
        });
        let permissions = self.permissions.iter().map(|permission| {
            let expected = rights::shown(&permission.configure, &permission.write, &permission.read);
            let object = format!("user {}", permission.user);
            difference(DifferenceKind::PermissionMissing, object, expected, "nothing", APPLY)
        });
        users.chain(permissions).collect()
    }
}

fn difference(
    kind: DifferenceKind,
    object: impl Into<String>,
    expected: impl Into<String>,
    found: impl Into<String>,
    next: impl Into<String>,
) -> Difference {
    Difference { kind, object: object.into(), expected: expected.into(), found: found.into(), next: next.into() }
}

fn exchange<'a>(actual: &'a Actual, name: &str) -> Option<&'a ActualExchange> {
    actual.exchanges.iter().find(|exchange| exchange.name == name)
}

fn queue<'a>(actual: &'a Actual, name: &str) -> Option<&'a ActualQueue> {
    actual.queues.iter().find(|queue| queue.name == name)
}

fn is_same(wanted: &Binding, there: &ActualBinding) -> bool {
    there.source == wanted.exchange
        && there.destination_type == "queue"
        && there.destination == wanted.queue
        && there.routing_key == wanted.routing_key
}

/// Whether the broker can keep dead letters at all.
fn broker(actual: &Actual) -> Option<Difference> {
    let mut parts = actual.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < VERSION_MIN {
        let (major, minor) = VERSION_MIN;
        let expected = format!("{major}.{minor} or newer, for at-least-once dead lettering");
        let next = "update the broker";
        return Some(difference(DifferenceKind::BrokerTooOld, "broker", expected, actual.version.as_str(), next));
    }
    let flag = actual.feature_flags.iter().find(|flag| flag.name == DEAD_LETTER_FLAG)?;
    (flag.state != "enabled").then(|| {
        let next = format!(
            "run rabbitmqctl enable_feature_flag {DEAD_LETTER_FLAG}; without it dead letters may be lost on their way. \
             Restart the broker if the queues were declared before"
        );
        let object = format!("feature flag {DEAD_LETTER_FLAG}");
        difference(DifferenceKind::FeatureFlagOff, object, "enabled", flag.state.as_str(), next)
    })
}

fn policy(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let wanted = &topology.policy;
    let object = format!("policy {}", wanted.name);
    let definition = limits(wanted);
    let Some(there) = actual.policies.iter().find(|policy| policy.name == wanted.name) else {
        let expected = Value::Object(definition).to_string();
        return vec![difference(DifferenceKind::PolicyMissing, object, expected, "nothing", APPLY)];
    };
    let next = format!(
        "run rabbitmqctl set_policy -p {} --apply-to queues {} {} {}, or change amqp.queue_messages_max, \
         amqp.queue_bytes_max and amqp.delivery_limit",
        quoted(&topology.vhost),
        quoted(wanted.name),
        quoted(&wanted.pattern),
        quoted(&Value::Object(definition.clone()).to_string()),
    );
    let mut unlike = tables(&definition, &there.definition);
    if there.pattern != wanted.pattern {
        unlike.push((format!("pattern {}", wanted.pattern), format!("pattern {}", there.pattern)));
    }
    if there.apply_to != "queues" {
        unlike.push(("apply-to queues".to_owned(), format!("apply-to {}", there.apply_to)));
    }
    wrong(DifferenceKind::PolicyWrong, &object, unlike, &next)
}

fn wrong_exchange(wanted: &Exchange, actual: &Actual) -> Vec<Difference> {
    let Some(there) = exchange(actual, &wanted.name) else { return Vec::new() };
    let mut unlike = tables(&exchange_arguments(wanted), &there.arguments);
    if there.kind != wanted.kind.as_str() {
        unlike.push((format!("type {}", wanted.kind.as_str()), format!("type {}", there.kind)));
    }
    unlike.extend(flags([
        ("durable", true, there.durable),
        ("auto_delete", false, there.auto_delete),
        ("internal", false, there.internal),
    ]));
    let next = "an exchange cannot be changed: while nothing is published, delete it and run `xiezhi topology apply`";
    wrong(DifferenceKind::ExchangeWrong, &format!("exchange {}", wanted.name), unlike, next)
}

fn wrong_queue(topology: &Topology, wanted: &Queue, actual: &Actual) -> Vec<Difference> {
    let Some(there) = queue(actual, &wanted.name) else { return Vec::new() };
    let object = format!("queue {}", wanted.name);
    let mut unlike = tables(&queue_arguments(wanted), &there.arguments);
    unlike.extend(flags([
        ("durable", true, there.durable),
        ("auto_delete", false, there.auto_delete),
        ("exclusive", false, there.exclusive),
    ]));
    let next = "a queue cannot be changed: let it run empty, stop who publishes to it, delete it and run \
                `xiezhi topology apply`";
    let mut found = wrong(DifferenceKind::QueueWrong, &object, unlike, next);
    // Without our policy every queue lacks its limits; that is one difference, not one for each queue.
    let has_policy = actual.policies.iter().any(|policy| policy.name == topology.policy.name);
    if let (true, Some(effective)) =
        (has_policy && policy(topology, actual).is_empty(), &there.effective_policy_definition)
    {
        let unlike = tables(&limits(&topology.policy), effective);
        let next = format!(
            "another policy, or an operator policy, is in force for it: rabbitmqctl list_policies -p {0} and \
             list_operator_policies -p {0} name it; keep it off names that begin with {1}",
            quoted(&topology.vhost),
            names::PREFIX
        );
        found.extend(wrong(DifferenceKind::QueuePolicyWrong, &object, unlike, &next));
    }
    let (members, online) = (there.members.len(), there.online.len());
    if members > 0 && online.saturating_mul(2) <= members {
        let expected = format!("more than half of {members} nodes up");
        let next = "start the nodes that are down; until then the queue takes and gives nothing";
        let kind = DifferenceKind::QueueWithoutMajority;
        found.push(difference(kind, object, expected, format!("{online} up"), next));
    }
    found
}

/// What has a name of ours and is not of the topology.
fn extra(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let ours = |name: &str| name.starts_with(names::PREFIX);
    let no_exchange = |name: &str| topology.exchanges.iter().all(|wanted| wanted.name != name);
    let no_queue = |name: &str| topology.queues.iter().all(|wanted| wanted.name != name);
    let exchanges =
        actual.exchanges.iter().filter(|there| ours(&there.name) && no_exchange(&there.name)).map(|there| {
            let next = "if its agency has left, delete it in the management interface; otherwise give it another name";
            let object = format!("exchange {}", there.name);
            difference(DifferenceKind::ExchangeExtra, object, "nothing", format!("type {}", there.kind), next)
        });
    let queues = actual.queues.iter().filter(|there| ours(&there.name) && no_queue(&there.name)).map(|there| {
        let next = format!(
            "if its agency has left and its messages are dealt with, run rabbitmqctl delete_queue -p {} {}",
            quoted(&topology.vhost),
            quoted(&there.name)
        );
        difference(DifferenceKind::QueueExtra, format!("queue {}", there.name), "nothing", "a queue", next)
    });
    let bindings = actual.bindings.iter().filter(|there| {
        // The broker binds every queue to the default exchange itself. What hangs on an extra exchange or queue goes with it.
        let known = !there.source.is_empty() && (!no_exchange(&there.source) || !no_queue(&there.destination));
        known && topology.bindings.iter().all(|wanted| !is_same(wanted, there))
    });
    let bindings = bindings.map(|there| {
        let object = format!("binding {} -> {}", there.source, there.destination);
        let found = format!("to a(n) {}, routing key \"{}\"", there.destination_type, there.routing_key);
        let next = "somebody gets copies, or puts messages in: unbind it in the management interface";
        difference(DifferenceKind::BindingExtra, object, "nothing", found, next)
    });
    exchanges.chain(queues).chain(bindings).collect()
}

/// Names with another value, or in one of the tables only: as expected and as found.
fn tables(wanted: &Map<String, Value>, there: &Map<String, Value>) -> Vec<(String, String)> {
    let shown = |name: &str, value: Option<&Value>| match value {
        None => format!("no {name}"),
        Some(Value::String(text)) => format!("{name} {text}"),
        Some(value) => format!("{name} {value}"),
    };
    let only_there = there.keys().filter(|name| !wanted.contains_key(*name));
    let all = wanted.keys().chain(only_there).filter(|name| wanted.get(*name) != there.get(*name));
    all.map(|name| (shown(name, wanted.get(name)), shown(name, there.get(name)))).collect()
}

fn flags(flags: [(&str, bool, bool); 3]) -> impl Iterator<Item = (String, String)> {
    let unlike = flags.into_iter().filter(|(_, wanted, there)| wanted != there);
    unlike.map(|(name, wanted, there)| (format!("{name} {wanted}"), format!("{name} {there}")))
}

fn wrong(kind: DifferenceKind, object: &str, unlike: Vec<(String, String)>, next: &str) -> Vec<Difference> {
    unlike.into_iter().map(|(expected, found)| difference(kind, object, expected, found, next)).collect()
}

#[cfg(test)]
mod tests;
