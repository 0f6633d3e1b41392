//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let batch = lines(&vec![
        order(json!({"orderType": "投诉举报", "content": "投诉人：测试，电话13900000009"}));
        3
    ]);
    let one = lines(&[order(json!({}))]);
    // What is refused whole is rare in a format of lines; the last one is a message that has none.
    let wide: Vec<u8> = [b"\xff\xfe".as_slice(), &one].concat();
    testing::survives_damage::<Hotline>("hotline", &[ORDERS, MIXED, &batch, &one, &wide]);
}
