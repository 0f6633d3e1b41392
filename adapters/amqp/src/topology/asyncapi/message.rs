//! The two messages of the document, with their properties. AsyncAPI has no place for AMQP's standard properties, which are no
//! headers, so they are in `x-amqp-properties`.

use serde_json::{Value, json};
use xiezhi_model::{MessageId, Record};

use super::BINDING_VERSION;
use crate::names;
use crate::properties::TRACE_HEADER;
use crate::settings::AmqpLink;

/// A property of a message: its name, whether it must be there, and what it means.
type Property = (&'static str, bool, String);

/// What a department sends.
pub(super) fn report(link: &AmqpLink, name: &str) -> Value {
    let bytes_max = link.message_bytes_max;
    json!({
        "name": "report",
        "title": format!("{name}上报报文"),
        "summary": "部门自有格式的一份报文，原样字节",
        "description": format!(
            "报文体不得为空，不超过 {bytes_max} 字节。发送者以消息中间件核验过的 user-id 为准，不看报文内容。\
             不符合要求的不受理：转入死信队列，并记入审计链。同一 message_id、同样内容再次收到的，计为重复，不再办理；\
             同一 message_id、内容不同的，留作证据，不办理。"
        ),
        "headers": headers("可选，W3C Trace Context（00 版）：部门自己的跟踪号，网关记入日志；格式不对的不予理会。"),
        "payload": payload("部门自有格式的报文。格式由网关中本部门的插件解读。", Some(bytes_max)),
        "bindings": { "amqp": { "bindingVersion": BINDING_VERSION } },
        "x-message-bytes-max": bytes_max,
        "x-amqp-properties": properties(report_properties(link)),
    })
}

/// What the gateway sends.
pub(super) fn notice(gateway_user: &str) -> Value {
    json!({
        "name": "notice",
        "title": "网关发出的报文",
        "summary": "按收件部门格式写成的派遣、督办、通知或回执",
        "description": "至少一次：可能重复，以 message_id 去重；重发的报文 message_id 和内容不变。办理结果用本部门的 inbox 上报。",
        "correlationId": {
            "description": "案件编号，即 AMQP 标准属性 correlation_id；与案件无关的报文没有。",
            "location": "$message.header#/correlation_id",
        },
        "headers": headers("W3C Trace Context（00 版）：同一案件的报文同属一条跟踪；重发时不变。"),
        "payload": payload("收件部门自有格式的报文，编码见 content_type。", None),
        "bindings": { "amqp": { "bindingVersion": BINDING_VERSION } },
        "x-amqp-properties": properties(notice_properties(gateway_user)),
    })
}

/// What [`crate::properties::Sender`] reads, and what AMQP clients should set beside.
pub(super) fn report_properties(link: &AmqpLink) -> Vec<Property> {
    let id_bytes_max = MessageId::BYTES_MAX;
    vec![
        (
            "user_id",
            true,
            format!("固定为 {}。由消息中间件核对，与登录账号不符的关闭信道；缺少的网关不受理。", link.user),
        ),
        (
            "message_id",
            false,
            format!(
                "报文编号，本部门内唯一，最长 {id_bytes_max} 字节的可打印文字，首尾无空格。重发时不变。\
                 不填的，网关以“sha256:”加报文内容的摘要为编号，于是内容相同的两份报文视为重复。"
            ),
        ),
        ("content_type", false, "媒体类型，如 application/xml; charset=GB18030。".to_owned()),
        ("delivery_mode", false, "建议为 2（持久）。".to_owned()),
    ]
}

/// What [`crate::properties::of_outgoing`] writes.
pub(super) fn notice_properties(gateway_user: &str) -> Vec<Property> {
    let kinds = Record::KINDS.join("、");
    vec![
        ("message_id", true, "报文编号，去重以此为准；重发时不变。".to_owned()),
        ("correlation_id", false, "案件编号；与案件无关的报文没有。".to_owned()),
        ("type", true, format!("记录种类，为 {kinds} 之一；或为 reply，即对方协议自身的应答。")),
        ("content_type", true, "报文体的媒体类型，可含 charset。".to_owned()),
        (
            "content_encoding",
            false,
            "content_type 中的字符集（如 GB18030）；没有 charset 的不填。不表示压缩。".to_owned(),
        ),
        ("timestamp", true, "网关作出决定的时间，自 1970 年起的秒数（UTC）。".to_owned()),
        ("app_id", true, "固定为 xiezhi。".to_owned()),
        ("reply_to", true, format!("本部门上报用的交换机，即 {}inbox.<部门>。", names::PREFIX)),
        ("user_id", true, format!("网关的账号 {gateway_user}，由消息中间件核对。")),
        ("delivery_mode", true, "固定为 2（持久）。".to_owned()),
    ]
}

fn properties(properties: Vec<Property>) -> Value {
    let each = properties.into_iter().map(|(name, required, description)| {
        (name.to_owned(), json!({ "required": required, "description": description }))
    });
    Value::Object(each.collect())
}

fn headers(trace: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            TRACE_HEADER: {
                "type": "string",
                "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
                "description": trace,
            },
        },
    })
}

fn payload(description: &str, bytes_max: Option<usize>) -> Value {
    let limit = bytes_max.map(|most| format!("最大 {most} 字节。")).unwrap_or_default();
    json!({ "type": "string", "format": "binary", "description": format!("{description}{limit}") })
}
