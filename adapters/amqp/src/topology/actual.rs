//! What is there at a broker, as its management interface tells it. Plain values: reading them is `management`'s work.
//!
//! No password and no hash of one is kept.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A broker as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Actual {
    /// RabbitMQ's version, such as `3.10.8`.
    pub version: String,
    /// Its feature flags.
    pub feature_flags: Vec<FeatureFlag>,
    /// Whether the virtual host is there; what follows but users and permissions is of this one.
    pub has_vhost: bool,
    /// Exchanges, those of the broker itself included.
    pub exchanges: Vec<ActualExchange>,
    /// Queues.
    pub queues: Vec<ActualQueue>,
    /// Bindings.
    pub bindings: Vec<ActualBinding>,
    /// Policies.
    pub policies: Vec<ActualPolicy>,
    /// Users.
    pub users: Vec<ActualUser>,
    /// Permissions, of every virtual host.
    pub permissions: Vec<ActualPermission>,
}

/// A feature flag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FeatureFlag {
    /// Name.
    pub name: String,
    /// `enabled`, `disabled` or `unavailable`.
    pub state: String,
}

/// An exchange.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ActualExchange {
    /// Name; empty for the default exchange.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it outlives the broker.
    pub durable: bool,
    /// Whether it goes with its last binding.
    pub auto_delete: bool,
    /// Whether no client may publish to it.
    #[serde(default)]
    pub internal: bool,
    /// Its arguments.
    #[serde(default, deserialize_with = "table")]
    pub arguments: Map<String, Value>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ActualQueue {
    /// Name.
    pub name: String,
    /// Whether it outlives the broker.
    pub durable: bool,
    /// Whether it goes with its last consumer.
    pub auto_delete: bool,
    /// Whether it belongs to one connection.
    #[serde(default)]
    pub exclusive: bool,
    /// Its arguments.
    #[serde(default, deserialize_with = "table")]
    pub arguments: Map<String, Value>,
    /// What all policies together make of it; `None` where the broker does not say.
    #[serde(default, deserialize_with = "some_table")]
    pub effective_policy_definition: Option<Map<String, Value>>,
    /// The nodes that hold it; empty where the broker does not say.
    #[serde(default)]
    pub members: Vec<String>,
    /// Those of them that are up.
    #[serde(default)]
    pub online: Vec<String>,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActualBinding {
    /// The exchange; empty for the default one.
    pub source: String,
    /// What it leads to.
    pub destination: String,
    /// `queue` or `exchange`.
    pub destination_type: String,
    /// The routing key.
    pub routing_key: String,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ActualPolicy {
    /// Name.
    pub name: String,
    /// Which names it is for.
    pub pattern: String,
    /// What it is for: `queues`, `exchanges`, `all`, …
    #[serde(rename = "apply-to")]
    pub apply_to: String,
    /// What it sets.
    #[serde(default, deserialize_with = "table")]
    pub definition: Map<String, Value>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActualUser {
    /// Name.
    pub name: String,
    /// What it may do at the broker beside its permissions.
    #[serde(deserialize_with = "tags")]
    pub tags: Vec<String>,
    /// Whether it can log in with a password.
    #[serde(rename = "password_hash", default, deserialize_with = "is_set")]
    pub has_password: bool,
}

/// What a user may do in one virtual host.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActualPermission {
    /// The user.
    pub user: String,
    /// The virtual host.
    pub vhost: String,
    /// What it may declare and delete.
    pub configure: String,
    /// What it may publish to.
    pub write: String,
    /// What it may read.
    pub read: String,
}

/// A table; RabbitMQ writes an empty one as a list in places.
fn table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    some_table(deserializer).map(Option::unwrap_or_default)
}

fn some_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<String, Value>>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(fields) => Some(fields),
        Value::Array(values) if values.is_empty() => Some(Map::new()),
        _ => None,
    })
}

/// A list of tags; older brokers write them as one text with commas.
fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tags {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Tags::deserialize(deserializer)? {
        Tags::List(tags) => tags,
        Tags::Text(text) => text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
    })
}

fn is_set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Hash {
        Text(String),
        Other(IgnoredAny),
    }
    Ok(matches!(Hash::deserialize(deserializer)?, Hash::Text(hash) if !hash.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_of_tags_and_empty_tables_are_read() {
        let user = |value: Value| serde_json::from_value::<ActualUser>(value).unwrap();
        let listed = user(json!({ "name": "a", "tags": ["management"], "password_hash": "x", "limits": {} }));
        assert_eq!((listed.tags, listed.has_password), (vec!["management".to_owned()], true));
        let joined = user(json!({ "name": "a", "tags": "management, impersonator", "password_hash": "" }));
        assert_eq!((joined.tags.len(), joined.has_password), (2, false));
        assert!(user(json!({ "name": "a", "tags": "" })).tags.is_empty());
        let queue = json!({
            "name": "q", "durable": true, "auto_delete": false, "arguments": [], "effective_policy_definition": [],
        });
        let queue: ActualQueue = serde_json::from_value(queue).unwrap();
        assert_eq!((queue.arguments.len(), queue.effective_policy_definition), (0, Some(Map::new())));
    }
}
