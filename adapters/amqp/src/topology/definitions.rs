//! The topology as RabbitMQ definitions: the file that `rabbitmqctl import_definitions` and the management interface read.
//!
//! It holds no password. An imported user has none and cannot log in until the administrator sets one; importing again takes
//! the passwords of these users away, which `xiezhi topology apply` does not.

use serde_json::{Map, Value, json};

use super::{Binding, Exchange, LimitsPolicy, Permission, Queue, Topology};

/// What the broker hashes passwords with, once they are set.
const HASHING: &str = "rabbit_password_hashing_sha256";

/// The definitions, in the order of the topology: the same topology gives the same text.
#[must_use]
pub fn definitions(topology: &Topology) -> Value {
    let vhost = &topology.vhost;
    let with = |mut value: Value, name: &str| {
        set(&mut value, "vhost", vhost);
        set(&mut value, "name", name);
        value
    };
    let mut users: Vec<&str> = Vec::new();
    for permission in &topology.permissions {
        if !users.contains(&permission.user.as_str()) {
            users.push(&permission.user);
        }
    }
    json!({
        "vhosts": [{ "name": vhost }],
        "users": users.into_iter().map(|name| {
            let mut user = user();
            set(&mut user, "name", name);
            user
        }).collect::<Vec<_>>(),
        "permissions": topology.permissions.iter().map(|permission| {
            let mut value = self::permission(permission);
            set(&mut value, "vhost", vhost);
            set(&mut value, "user", &permission.user);
            value
        }).collect::<Vec<_>>(),
        "policies": [with(policy(&topology.policy), topology.policy.name)],
        "exchanges": topology.exchanges.iter().map(|found| with(exchange(found), &found.name)).collect::<Vec<_>>(),
        "queues": topology.queues.iter().map(|found| with(queue(found), &found.name)).collect::<Vec<_>>(),
        "bindings": topology.bindings.iter().map(|found| {
            let mut value = binding(found);
            set(&mut value, "vhost", vhost);
            set(&mut value, "source", &found.exchange);
            set(&mut value, "destination", &found.queue);
            set(&mut value, "destination_type", "queue");
            value
        }).collect::<Vec<_>>(),
    })
}

/// A user without a password: an empty hash matches none.
pub(crate) fn user() -> Value {
    json!({ "password_hash": "", "hashing_algorithm": HASHING, "tags": [] })
}

/// What a permission allows.
pub(crate) fn permission(permission: &Permission) -> Value {
    json!({ "configure": permission.configure, "write": permission.write, "read": permission.read })
}

/// The limits as a policy.
pub(crate) fn policy(policy: &LimitsPolicy) -> Value {
    json!({ "pattern": policy.pattern, "apply-to": "queues", "priority": 0, "definition": limits(policy) })
}

/// The limits as the broker spells them.
pub(crate) fn limits(policy: &LimitsPolicy) -> Map<String, Value> {
    let limits = policy.limits;
    [
        ("delivery-limit", Value::from(limits.delivery_limit)),
        ("max-length", Value::from(limits.messages_max)),
        ("max-length-bytes", Value::from(limits.bytes_max)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// An exchange.
pub(crate) fn exchange(exchange: &Exchange) -> Value {
    json!({
        "type": exchange.kind.as_str(),
        "durable": true,
        "auto_delete": false,
        "internal": false,
        "arguments": exchange_arguments(exchange),
    })
}

/// Its arguments.
pub(crate) fn exchange_arguments(exchange: &Exchange) -> Map<String, Value> {
    exchange.alternate.iter().map(|name| ("alternate-exchange".to_owned(), Value::from(name.as_str()))).collect()
}

/// A queue.
pub(crate) fn queue(queue: &Queue) -> Value {
    json!({ "durable": true, "auto_delete": false, "arguments": queue_arguments(queue) })
}

/// Its arguments.
pub(crate) fn queue_arguments(queue: &Queue) -> Map<String, Value> {
    queue.arguments().into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// A binding.
pub(crate) fn binding(binding: &Binding) -> Value {
    json!({ "routing_key": binding.routing_key, "arguments": {} })
}

fn set(value: &mut Value, name: &str, text: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(name.to_owned(), Value::from(text));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::topology;
    use super::*;

    #[test]
    fn everything_is_in_the_file_and_no_password() {
        let file = definitions(&topology());
        let count = |name: &str| file[name].as_array().unwrap().len();
        let counts = ["vhosts", "users", "permissions", "policies", "exchanges", "queues", "bindings"].map(count);
        assert_eq!(counts, [1, 3, 3, 1, 6, 7, 7]);
        assert!(
            file["users"]
                .as_array()
                .unwrap()
                .iter()
                .all(|user| user["password_hash"] == "" && user["tags"] == json!([]))
        );
        assert!(!file.to_string().contains("\"password\""));
        assert_eq!(definitions(&topology()).to_string(), file.to_string());
    }

    #[test]
    fn each_part_is_as_the_broker_reads_it() {
        let file = definitions(&topology());
        let expected = [
            (
                "/exchanges/2",
                json!({
                    "name": "xiezhi.inbox.police", "vhost": "gov", "type": "fanout", "durable": true, "auto_delete": false,
                    "internal": false, "arguments": { "alternate-exchange": "xiezhi.unroutable" },
                }),
            ),
            (
                "/queues/3",
                json!({
                    "name": "xiezhi.outbox.police", "vhost": "gov", "durable": true, "auto_delete": false,
                    "arguments": {
                        "x-dead-letter-exchange": "xiezhi.dead.police", "x-dead-letter-strategy": "at-least-once",
                        "x-overflow": "reject-publish", "x-queue-type": "quorum",
                    },
                }),
            ),
            (
                "/bindings/3",
                json!({
                    "source": "xiezhi.outbox", "vhost": "gov", "destination": "xiezhi.outbox.police",
                    "destination_type": "queue", "routing_key": "police", "arguments": {},
                }),
            ),
            (
                "/policies/0",
                json!({
                    "name": "xiezhi-limits", "vhost": "gov", "pattern": r"^xiezhi\.", "apply-to": "queues", "priority": 0,
                    "definition": { "delivery-limit": 3, "max-length": 9, "max-length-bytes": 99 },
                }),
            ),
            (
                "/permissions/2",
                json!({
                    "user": "cg", "vhost": "gov", "configure": "^$", "write": r"^xiezhi\.inbox\.urban-management$",
                    "read": r"^xiezhi\.outbox\.urban-management$",
                }),
            ),
        ];
        for (place, value) in expected {
            assert_eq!(file.pointer(place), Some(&value), "{place}");
        }
    }
}
