//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let feedback = b"<OpTaskFeedback Seq=\"S\"><Item><TaskNO>T/1</TaskNO><ResCode>1</ResCode></Item></OpTaskFeedback>";
    testing::survives_damage::<CreditPublicity>(
        "credit-publicity",
        &[LIST_IN, LIST_OUT, PUBLIC_VIEW, LIST, RECEIPT, feedback],
    );
}
