//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let measure = text_frame(202, "请求编号=LH-1|是否执行=是");
    let receipt = text_frame(203, "原消息标识=out-0001|回执结果=2|行1=3,E01,缺少地址");
    let corpus = [ALARM, INSPECTION, ACK, STREAM, BAD_SUM, FEEDBACK, DAMAGED, &measure, &receipt];
    testing::survives_damage::<Fire>("fire", &corpus);
}
