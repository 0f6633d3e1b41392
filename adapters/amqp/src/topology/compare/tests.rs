//! Every kind of difference, made in a broker that was as it should be.

use serde_json::{Value, json};

use super::super::actual::{ActualPermission, ActualPolicy, ActualUser, FeatureFlag};
use super::super::definitions::definitions;
use super::super::samples::topology;
use super::*;

/// A broker that has exactly the topology, as its management interface would tell it.
fn as_it_should_be(topology: &Topology) -> Actual {
    fn part<T: serde::de::DeserializeOwned>(file: &Value, name: &str) -> Vec<T> {
        serde_json::from_value(file[name].clone()).unwrap()
    }
    let file = definitions(topology);
    let mut queues: Vec<ActualQueue> = part(&file, "queues");
    for queue in &mut queues {
        queue.members = ["a", "b", "c"].map(str::to_owned).to_vec();
        queue.online = ["a", "b"].map(str::to_owned).to_vec();
    }
    let mut bindings: Vec<ActualBinding> = part(&file, "bindings");
    bindings.extend(queues.iter().map(|queue| bind("", &queue.name, &queue.name)));
    Actual {
        version: "3.10.8".to_owned(),
        feature_flags: vec![FeatureFlag { name: DEAD_LETTER_FLAG.to_owned(), state: "enabled".to_owned() }],
        has_vhost: true,
        exchanges: part(&file, "exchanges"),
        queues,
        bindings,
        policies: part(&file, "policies"),
        operator_policies: Vec::new(),
        users: part(&file, "users"),
        permissions: part(&file, "permissions"),
    }
}

fn bind(source: &str, destination: &str, routing_key: &str) -> ActualBinding {
    ActualBinding {
        source: source.to_owned(),
        destination: destination.to_owned(),
        destination_type: "queue".to_owned(),
        routing_key: routing_key.to_owned(),
    }
}

fn policy(name: &str, pattern: &str, priority: i64) -> ActualPolicy {
    ActualPolicy {
        name: name.to_owned(),
        pattern: pattern.to_owned(),
        apply_to: "queues".to_owned(),
        priority,
        definition: json!({ "max-length": 9 }).as_object().unwrap().clone(),
    }
}

fn permit(user: &str, vhost: &str, [configure, write, read]: [&str; 3]) -> ActualPermission {
    ActualPermission {
        user: user.to_owned(),
        vhost: vhost.to_owned(),
        configure: configure.to_owned(),
        write: write.to_owned(),
        read: read.to_owned(),
    }
}

#[test]
fn a_broker_as_it_should_be_has_no_difference() {
    let topology = topology();
    assert_eq!(compare(&topology, &as_it_should_be(&topology)), Vec::new());
    let newer = Actual { version: "4.2.1".to_owned(), feature_flags: Vec::new(), ..as_it_should_be(&topology) };
    assert_eq!(compare(&topology, &newer), Vec::new());
}

/// What is done to the broker, and the lines that must come of it: kind, object, expected, found.
type Case = (fn(&mut Actual), &'static [[&'static str; 4]]);

#[test]
fn each_change_of_the_broker_or_its_policy_is_named() {
    let cases: &[Case] = &[
        (
            |a| a.version = "3.9.29".into(),
            &[["broker-too-old", "broker", "3.10 or newer, for at-least-once dead lettering", "3.9.29"]],
        ),
        (
            |a| a.feature_flags[0].state = "disabled".into(),
            &[["feature-flag-off", "feature flag stream_queue", "enabled", "disabled"]],
        ),
        (
            |a| a.policies.clear(),
            &[[
                "policy-missing",
                "policy xiezhi-limits",
                r#"{"delivery-limit":3,"max-length":9,"max-length-bytes":99}"#,
                "nothing",
            ]],
        ),
        (
            |a| {
                a.policies[0].definition =
                    json!({ "max-length": 10, "max-length-bytes": 99, "message-ttl": 1 }).as_object().unwrap().clone();
                a.policies[0].apply_to = "all".into();
            },
            &[
                ["policy-wrong", "policy xiezhi-limits", "apply-to queues", "apply-to all"],
                ["policy-wrong", "policy xiezhi-limits", "delivery-limit 3", "no delivery-limit"],
                ["policy-wrong", "policy xiezhi-limits", "max-length 9", "max-length 10"],
                ["policy-wrong", "policy xiezhi-limits", "no message-ttl", "message-ttl 1"],
            ],
        ),
    ];
    for (change, expected) in cases {
        check(*change, expected);
    }
}

#[test]
fn each_change_of_an_exchange_queue_or_binding_is_named() {
    let cases: &[Case] = &[
        (
            |a| a.exchanges[0].kind = "topic".into(),
            &[["exchange-wrong", "exchange xiezhi.outbox", "type direct", "type topic"]],
        ),
        (
            |a| {
                a.exchanges[2].arguments.clear();
                a.exchanges[2].durable = false;
            },
            &[
                [
                    "exchange-wrong",
                    "exchange xiezhi.inbox.police",
                    "alternate-exchange xiezhi.unroutable",
                    "no alternate-exchange",
                ],
                ["exchange-wrong", "exchange xiezhi.inbox.police", "durable true", "durable false"],
            ],
        ),
        (
            |a| {
                a.queues[2].arguments.insert("x-queue-type".into(), "classic".into());
                a.queues[2].arguments.insert("x-max-length".into(), 5.into());
            },
            &[
                ["queue-wrong", "queue xiezhi.inbox.police", "no x-max-length", "x-max-length 5"],
                ["queue-wrong", "queue xiezhi.inbox.police", "x-queue-type quorum", "x-queue-type classic"],
            ],
        ),
        (
            |a| {
                a.policies.push(policy("weak", "police", -1));
                a.policies.push(policy("strong", "inbox.police", 0));
                a.policies.push(policy("elsewhere", "^other", 9));
                let exchanges = ActualPolicy { apply_to: "exchanges".into(), ..policy("exchanges", ".*", 9) };
                a.policies.push(exchanges);
            },
            &[[
                "queue-policy-wrong",
                "queue xiezhi.inbox.police",
                "policy xiezhi-limits in force",
                "policy strong, priority 0",
            ]],
        ),
        (
            |a| {
                a.operator_policies.push(policy("wide", ".*", 0));
                let definition = json!({ "max-length": 8 }).as_object().unwrap().clone();
                a.operator_policies.push(ActualPolicy { definition, ..policy("tight", "inbox.police", 0) });
                let definition = json!({ "message-ttl": 8 }).as_object().unwrap().clone();
                a.operator_policies.push(ActualPolicy { definition, ..policy("ttl", "unroutable", 0) });
            },
            &[
                [
                    "queue-policy-wrong",
                    "queue xiezhi.inbox.police",
                    "no tighter operator policy",
                    r#"operator policy tight: {"max-length":8}"#,
                ],
                [
                    "queue-policy-wrong",
                    "queue xiezhi.unroutable",
                    "no tighter operator policy",
                    r#"operator policy ttl: {"message-ttl":8}"#,
                ],
            ],
        ),
        (
            |a| a.queues[2].online.truncate(1),
            &[["queue-without-majority", "queue xiezhi.inbox.police", "more than half of 3 nodes up", "1 up"]],
        ),
        (
            |a| a.exchanges.truncate(5),
            &[["exchange-missing", "exchange xiezhi.dead.urban-management", "type fanout", "nothing"]],
        ),
        (|a| drop(a.queues.remove(0)), &[["queue-missing", "queue xiezhi.unroutable", "type quorum", "nothing"]]),
        (
            |a| drop(a.bindings.remove(3)),
            &[[
                "binding-missing",
                "binding xiezhi.outbox -> xiezhi.outbox.police",
                "routing key \"police\"",
                "nothing",
            ]],
        ),
        (
            |a| a.bindings.push(bind("xiezhi.inbox.police", "copy", "")),
            &[["binding-extra", "binding xiezhi.inbox.police -> copy", "nothing", "to a(n) queue, routing key \"\""]],
        ),
        (
            |a| a.bindings.push(bind("amq.topic", "xiezhi.outbox.police", "#")),
            &[[
                "binding-extra",
                "binding amq.topic -> xiezhi.outbox.police",
                "nothing",
                "to a(n) queue, routing key \"#\"",
            ]],
        ),
        (
            |a| {
                let old = ActualQueue { name: "xiezhi.inbox.old".into(), ..a.queues[0].clone() };
                a.queues.push(old);
                let old = ActualExchange { name: "xiezhi.inbox.old".into(), ..a.exchanges[2].clone() };
                a.exchanges.push(old);
                a.bindings.push(bind("xiezhi.inbox.old", "xiezhi.inbox.old", ""));
                let other = ActualQueue { name: "other".into(), ..a.queues[0].clone() };
                a.queues.push(other);
            },
            &[
                ["exchange-extra", "exchange xiezhi.inbox.old", "nothing", "type fanout"],
                ["queue-extra", "queue xiezhi.inbox.old", "nothing", "a queue"],
            ],
        ),
    ];
    for (change, expected) in cases {
        check(*change, expected);
    }
}

#[test]
fn each_right_too_many_is_named() {
    let cases: &[Case] = &[
        (|a| a.users[1].tags = vec!["impersonator".into()], &[["user-tags", "user police", "no tags", "impersonator"]]),
        (|a| a.users.truncate(2), &[["user-missing", "user cg", "there", "nothing"]]),
        (
            |a| a.permissions.truncate(2),
            &[[
                "permission-missing",
                "user cg",
                r#"configure "^$", write "^xiezhi\.inbox\.urban-management$", read "^xiezhi\.outbox\.urban-management$""#,
                "nothing",
            ]],
        ),
        (
            |a| a.permissions[1].write = ".*".into(),
            &[
                [
                    "permission-wrong",
                    "user police",
                    r#"configure "^$", write "^xiezhi\.inbox\.police$", read "^xiezhi\.outbox\.police$""#,
                    r#"configure "^$", write ".*", read "^xiezhi\.outbox\.police$""#,
                ],
                [
                    "default-exchange-writable",
                    "user police in vhost gov",
                    "no write to the default exchange",
                    "write \".*\"",
                ],
            ],
        ),
        (
            |a| a.permissions.push(permit("police", "/", ["", "^x$", ""])),
            &[[
                "permission-elsewhere",
                "user police in vhost /",
                "no permission",
                r#"configure "", write "^x$", read """#,
            ]],
        ),
        (|a| a.permissions.push(permit("gateway", "/", [".*", ".*", ".*"])), &[]),
        (
            |a| {
                a.permissions.push(permit("clerk", "gov", ["", "", "outbox"]));
                a.permissions.push(permit("clerk", "/", [".*", ".*", ".*"]));
                a.permissions.push(permit("harmless", "gov", ["^own", "^own", "^own"]));
                a.permissions.push(permit("root", "gov", [".*", ".*", ".*"]));
                let tags = vec!["administrator".to_owned()];
                a.users.push(ActualUser { name: "root".into(), tags, has_password: true });
            },
            &[["foreign-rights", "user clerk", "no rights to our names", r#"configure "", write "", read "outbox""#]],
        ),
        // A pattern that cannot be judged here is shown rather than trusted.
        (
            |a| a.permissions.push(permit("clerk", "gov", ["", "", "(?=x)"])),
            &[["foreign-rights", "user clerk", "no rights to our names", r#"configure "", write "", read "(?=x)""#]],
        ),
    ];
    for (change, expected) in cases {
        check(*change, expected);
    }
}

#[test]
fn a_missing_vhost_is_one_difference_and_everything_is_missing() {
    let topology = topology();
    let mut actual = Actual { version: "4.0.0".to_owned(), ..Actual::default() };
    let kinds: Vec<&str> = compare(&topology, &actual).iter().map(|found| found.kind.as_str()).collect();
    let people = ["user-missing", "permission-missing"].map(|kind| [kind; 3]).concat();
    assert_eq!(kinds, [vec!["vhost-missing"], people].concat());
    let missing = Missing::of(&topology, &actual);
    assert!(missing.policy);
    let counts = [missing.exchanges.len(), missing.queues.len(), missing.bindings.len(), missing.users.len()];
    assert_eq!(counts, [6, 7, 7, 3]);
    actual.policies = vec![policy("xiezhi-limits", "", 0)];
    assert!(!Missing::of(&topology, &actual).policy);
}

#[test]
fn every_difference_says_what_to_do() {
    let topology = topology();
    let mut actual = as_it_should_be(&topology);
    actual.users[1].tags = vec!["management".into()];
    actual.permissions[1].read = String::new();
    let next: Vec<String> = compare(&topology, &actual).into_iter().map(|found| found.next).collect();
    assert_eq!(
        next,
        [
            "take them away: rabbitmqctl set_user_tags 'police'",
            r"run rabbitmqctl set_permissions -p 'gov' 'police' '^$' '^xiezhi\.inbox\.police$' '^xiezhi\.outbox\.police$'",
        ]
    );
}

fn check(change: fn(&mut Actual), expected: &[[&str; 4]]) {
    let topology = topology();
    let mut actual = as_it_should_be(&topology);
    change(&mut actual);
    let found = compare(&topology, &actual);
    let lines: Vec<[&str; 4]> =
        found.iter().map(|found| [found.kind.as_str(), &found.object, &found.expected, &found.found]).collect();
    assert_eq!(lines, expected);
    assert!(found.iter().all(|found| !found.next.is_empty()));
}
