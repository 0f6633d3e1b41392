//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let batch = message(&[tenant(), tenant(), json!({"type": "receipt", "message_id": "m", "outcome": "accepted"})]);
    testing::survives_damage::<HostUnit>("host-unit", &[ANSWERS, TENANTS, &batch].map(str::as_bytes));
}
