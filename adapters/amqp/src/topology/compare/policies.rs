//! Whether the limits are in force, and nothing else is set on our queues.

use regex::Regex;
use serde_json::Value;

use super::super::Topology;
use super::super::actual::{Actual, ActualPolicy};
use super::super::definitions::limits;
use super::super::difference::{Difference, DifferenceKind, quoted};
use super::{APPLY, difference, tables, wrong};

/// The limits' policy itself.
pub(super) fn limits_policy(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let wanted = &topology.policy;
    let object = format!("policy {}", wanted.name);
    let definition = limits(wanted);
    let Some(there) = own(topology, actual) else {
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

/// What else is in force for one queue. It is worked out from the policies, because the broker tells what it made of them only
/// some seconds later.
pub(super) fn compare(topology: &Topology, queue: &str, actual: &Actual) -> Vec<Difference> {
    // Without our policy, or with another pattern, every queue lacks its limits; that is one difference, not one for each.
    let Some(own) = own(topology, actual).filter(|own| applies(own, queue)) else { return Vec::new() };
    let object = format!("queue {queue}");
    let others = actual.policies.iter().filter(|policy| policy.name != own.name && applies(policy, queue));
    let stronger = others.filter(|policy| policy.priority >= own.priority).map(|policy| {
        let next = format!(
            "only one policy is in force for a queue: let the pattern of {0} match no name of ours, or clear it with \
             rabbitmqctl clear_policy -p {1} {0}",
            quoted(&policy.name),
            quoted(&topology.vhost)
        );
        let expected = format!("policy {} in force", own.name);
        let found = format!("policy {}, priority {}", policy.name, policy.priority);
        difference(DifferenceKind::QueuePolicyWrong, object.clone(), expected, found, next)
    });
    let bounding = actual.operator_policies.iter().filter(|policy| applies(policy, queue) && bounds(topology, policy));
    let bounding = bounding.map(|policy| {
        let next = "let its pattern match no name of ours, or set nothing but limits that are not below ours";
        let found = format!("operator policy {}: {}", policy.name, Value::Object(policy.definition.clone()));
        difference(DifferenceKind::QueuePolicyWrong, object.clone(), "no tighter operator policy", found, next)
    });
    stronger.chain(bounding).collect()
}

fn own<'a>(topology: &Topology, actual: &'a Actual) -> Option<&'a ActualPolicy> {
    actual.policies.iter().find(|policy| policy.name == topology.policy.name)
}

/// Whether a policy is for a queue. A pattern that cannot be read here is taken to match, so that somebody looks at it.
fn applies(policy: &ActualPolicy, queue: &str) -> bool {
    matches!(policy.apply_to.as_str(), "queues" | "quorum_queues" | "all")
        && Regex::new(&policy.pattern).map_or(true, |pattern| pattern.is_match(queue))
}

/// Whether an operator policy lowers a limit, or sets anything else.
fn bounds(topology: &Topology, policy: &ActualPolicy) -> bool {
    let limits = limits(&topology.policy);
    policy.definition.iter().any(|(name, value)| {
        let ours = limits.get(name).and_then(Value::as_u64);
        ours.is_none_or(|ours| value.as_u64().is_none_or(|theirs| theirs < ours))
    })
}
