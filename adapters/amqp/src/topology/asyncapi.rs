//! The topology as an AsyncAPI 3.0 document: what a department's developer connects by. It is written from the department's
//! side, so `send` is what the department sends.
//!
//! The properties are those that `properties` writes and reads; a test compares the names.

mod message;

use serde_json::{Map, Value, json};

use super::Topology;
use crate::names;
use crate::settings::AmqpLink;

/// Version of the AMQP bindings that the document uses.
const BINDING_VERSION: &str = "0.3.0";

/// Where the brokers are, as the document says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPlace {
    /// Host and port of each node.
    pub addresses: Vec<(String, u16)>,
    /// Whether connections are encrypted.
    pub encryption: Encryption,
}

/// Whether connections to the broker are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// `amqps`.
    Tls,
    /// `amqp`: this machine only.
    Plain,
}

/// The document for these agencies, each with its name as officials read it.
#[must_use]
pub fn asyncapi(topology: &Topology, place: &ServerPlace, agencies: &[(AmqpLink, String)], version: &str) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for (link, name) in agencies {
        let id = &link.agency;
        messages.insert(format!("report-{id}"), message::report(link, name));
        channels.insert(format!("inbox-{id}"), inbox(topology, link, name));
        channels.insert(format!("outbox-{id}"), outbox(topology, link, name));
        operations.insert(format!("send-{id}"), send(link, name));
        operations.insert(format!("receive-{id}"), receive(topology, link, name));
    }
    messages.insert("notice".to_owned(), message::notice(&topology.gateway_user));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "獬豸协同监管网关：部门消息接口",
            "version": version,
            "description": description(topology),
            "license": { "name": "Apache-2.0" },
        },
        "servers": servers(topology, place),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "securitySchemes": {
                "password": {
                    "type": "userPassword",
                    "description": "消息中间件账号和密码（SASL PLAIN）。账号由管理员开通，密码由管理员设置，不在本文件中。",
                },
            },
        },
    })
}

fn description(topology: &Topology) -> String {
    let limits = topology.policy.limits;
    format!(
        "各部门通过 RabbitMQ（AMQP 0-9-1）与网关收发报文。每个部门有一个只有本部门能写的收件交换机（inbox）和一个只有本部门能读的发件队列（outbox）。\n\n\
         - 至少一次：双方都可能收到重复报文，一律以 message_id 去重；同一 message_id 的内容不变。\n\
         - 先落库、后确认：网关把报文写入数据库以后才向消息中间件确认；部门也应先保存、后确认。\n\
         - 顺序：同一案件（correlation_id）发往同一部门的报文按办理顺序到达；不同案件之间不保证顺序。\n\
         - 死信：网关不受理的报文，以及在 outbox 中被取走超过 {} 次仍未确认的报文，转入死信队列（xiezhi.dead.<部门>），由管理员处理。\n\
         - 限额：每个队列最多 {} 条、{} 字节；队列满时消息中间件拒收（basic.nack），发送方应稍后以同一 message_id 重发。",
        limits.delivery_limit, limits.messages_max, limits.bytes_max
    )
}

fn servers(topology: &Topology, place: &ServerPlace) -> Map<String, Value> {
    let protocol = match place.encryption {
        Encryption::Tls => "amqps",
        Encryption::Plain => "amqp",
    };
    let vhost = percent_encoding::utf8_percent_encode(&topology.vhost, percent_encoding::NON_ALPHANUMERIC);
    let numbered = (1_usize..).zip(&place.addresses);
    numbered
        .map(|(number, (host, port))| {
            let host = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
            let server = json!({
                "host": host,
                "protocol": protocol,
                "protocolVersion": "0-9-1",
                "pathname": format!("/{vhost}"),
                "description": format!("消息中间件节点{number}，虚拟主机“{}”；连不上时换下一个节点。", topology.vhost),
                "security": [{ "$ref": "#/components/securitySchemes/password" }],
            });
            (format!("broker{number}"), server)
        })
        .collect()
}

fn inbox(topology: &Topology, link: &AmqpLink, name: &str) -> Value {
    let exchange = names::inbox(&link.agency);
    json!({
        "address": exchange,
        "title": format!("{name}：上报"),
        "description": format!(
            "{name}向网关发送报文的交换机 {exchange}（fanout，路由键任意，建议为空）。只有账号 {} 可以写入。", link.user
        ),
        "messages": { "report": { "$ref": format!("#/components/messages/report-{}", link.agency) } },
        "bindings": { "amqp": {
            "is": "routingKey",
            "exchange": {
                "name": exchange, "type": "fanout", "durable": true, "autoDelete": false, "vhost": topology.vhost,
            },
            "bindingVersion": BINDING_VERSION,
        } },
    })
}

fn outbox(topology: &Topology, link: &AmqpLink, name: &str) -> Value {
    let queue = names::outbox(&link.agency);
    json!({
        "address": queue,
        "title": format!("{name}：接收"),
        "description": format!("网关发给{name}的报文队列 {queue}（仲裁队列）。只有账号 {} 可以读取。", link.user),
        "messages": { "notice": { "$ref": "#/components/messages/notice" } },
        "bindings": { "amqp": {
            "is": "queue",
            "queue": {
                "name": queue, "durable": true, "exclusive": false, "autoDelete": false, "vhost": topology.vhost,
            },
            "bindingVersion": BINDING_VERSION,
        } },
    })
}

fn send(link: &AmqpLink, name: &str) -> Value {
    let id = &link.agency;
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/inbox-{id}") },
        "title": format!("{name}上报"),
        "summary": "向网关发送一份报文",
        "description": format!(
            "发布到交换机 {}。须填写 user-id={}，启用发布确认（confirm.select）并设 mandatory；\
             收到 basic.ack 且没有 basic.return，才算消息中间件已收下；超时未答复的，以同一 message_id 重发。",
            names::inbox(id), link.user
        ),
        "messages": [{ "$ref": format!("#/channels/inbox-{id}/messages/report") }],
        "bindings": { "amqp": {
            "userId": link.user, "deliveryMode": 2, "mandatory": true, "bindingVersion": BINDING_VERSION,
        } },
    })
}

fn receive(topology: &Topology, link: &AmqpLink, name: &str) -> Value {
    let id = &link.agency;
    json!({
        "action": "receive",
        "channel": { "$ref": format!("#/channels/outbox-{id}") },
        "title": format!("{name}接收"),
        "summary": "接收网关发来的派遣、督办、通知和回执",
        "description": format!(
            "订阅队列 {}，手工确认（不要用 auto-ack）。先保存，再 basic.ack；已有同一 message_id 的，直接确认。\
             不要用 basic.nack/reject 反复退回：退回也计入取走次数，超过 {} 次即转入死信队列；requeue=false 则立即转入。",
            names::outbox(id), topology.policy.limits.delivery_limit
        ),
        "messages": [{ "$ref": format!("#/channels/outbox-{id}/messages/notice") }],
        "bindings": { "amqp": { "ack": true, "bindingVersion": BINDING_VERSION } },
    })
}

#[cfg(test)]
mod tests;
