//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let measure =
        call("pushMeasureFeedback", "<MEASUREFEEDBACK><REQUESTNO>R</REQUESTNO><APPLIED>1</APPLIED></MEASUREFEEDBACK>");
    let corpus = [REPORT, BATCH, ESCAPED, FINDING, FEEDBACK, RESPONSE, SERVER_FAULT, measure.as_bytes()];
    testing::survives_damage::<Commerce>("commerce", &corpus);
}
