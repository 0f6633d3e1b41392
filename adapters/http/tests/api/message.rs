//! Looking up what became of a message.

use serde_json::json;
use xiezhi_model::fault::{Fault, RowFault};

use crate::fakes::kill;
use crate::setup::{FIRE_TOKEN, NOW, Setup, setup};

async fn pushed(id: &str) -> Setup {
    let setup = setup();
    setup.push(Some(id), "one").await;
    setup
}

#[tokio::test]
async fn a_dead_message_says_why_and_where() {
    let setup = pushed("m-1").await;
    let fault = Fault::new("gat.encoding", "第12字节起不是有效的GB18030编码，请按GB18030重新导出").at(12);
    let row_fault = RowFault { row: 3, fault: Fault::new("uscc.length", "应为18位").in_field("TYSHXYDM") };
    kill(&mut setup.inbox.entries.lock().unwrap()[0], fault, row_fault);
    let view = setup.get("/v1/agencies/police/messages/m-1").await.json();
    assert_eq!(view["status"], "dead");
    assert_eq!((&view["message_id"], &view["seq"], &view["bytes"]), (&json!("m-1"), &json!(1), &json!(3)));
    assert_eq!((&view["received_at"], &view["settled_at"]), (&json!(NOW), &json!("2026-11-22T10:00:01.500+08:00")));
    assert_eq!((&view["fault"]["code"], &view["fault"]["offset"]), (&json!("gat.encoding"), &json!(12)));
    assert_eq!(view["row_fault_count"], 1);
    let row = json!({"row": 3, "code": "uscc.length", "text": "应为18位", "field": "TYSHXYDM"});
    assert_eq!(view["row_faults"], json!([row]));
}

#[tokio::test]
async fn what_a_plugin_said_when_it_broke_stays_inside() {
    for (code, hidden) in [("plugin.panic", true), ("plugin.timeout", true), ("plugin.kind-unsupported", false)] {
        let setup = pushed("m-1").await;
        let row_fault = RowFault { row: 1, fault: Fault::new("x.y", "z") };
        kill(&mut setup.inbox.entries.lock().unwrap()[0], Fault::new(code, "index 7 of 3"), row_fault);
        let answer = setup.get("/v1/agencies/police/messages/m-1").await;
        assert_eq!(answer.json()["fault"]["code"], code);
        assert_eq!(!answer.text.contains("index 7 of 3"), hidden, "{}", answer.text);
    }
}

#[tokio::test]
async fn any_id_can_be_looked_up_by_its_sender_only() {
    for (id, path) in [("m-1", "m-1"), ("a/b", "a%2Fb"), ("工单 7", "%E5%B7%A5%E5%8D%95%207"), ("a?b#c", "a%3Fb%23c")]
    {
        let setup = pushed(id).await;
        let own = setup.get(&format!("/v1/agencies/police/messages/{path}")).await;
        assert_eq!(own.json()["message_id"], id, "{path}");
        let request = axum::http::Request::get(format!("/v1/agencies/fire/messages/{path}"))
            .header("authorization", format!("Bearer {FIRE_TOKEN}"))
            .body(axum::body::Body::empty());
        assert_eq!(setup.call(request.unwrap()).await.code(), "message.unknown", "{path}");
    }
    for path in ["m-2", "%20", "%ff", &"x".repeat(129)] {
        let answer = pushed("m-1").await.get(&format!("/v1/agencies/police/messages/{path}")).await;
        assert_eq!(answer.code(), "message.unknown", "{path}");
    }
}

#[tokio::test]
async fn conflicts_do_not_hide_the_message_that_was_processed() {
    let setup = pushed("m-1").await;
    for n in 0..120 {
        setup.push(Some("m-1"), &format!("other {n}")).await;
    }
    let view = setup.get("/v1/agencies/police/messages/m-1").await.json();
    assert_eq!((&view["seq"], &view["status"], &view["conflicts"]), (&json!(1), &json!("pending"), &json!(120)));
}
