//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let receipt = raw("Receipt", &row("Receipt", json!({"Lines": [{"Row": 1, "ErrorCode": "E"}]})).to_string());
    let measure = raw("MeasureFeedback", &row("MeasureFeedback", json!({"Content": "已办㛃"})).to_string());
    let mut corpus: Vec<&[u8]> = SAMPLES.to_vec();
    corpus.extend([receipt.as_bytes(), measure.as_bytes()]);
    testing::survives_damage::<MarketSupervision>(ID, &corpus);
}
