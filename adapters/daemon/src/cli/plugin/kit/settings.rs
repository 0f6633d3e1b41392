//! The plugin's look at its link's settings: it accepts those of the sheet, and answers to wrong ones.

use serde_json::{Value, json};
use xiezhi_host::Host;
use xiezhi_model::plugin::Context;

use super::answer::fault_line;
use super::fault_rules;
use super::report::Report;

/// Characters of a setting that is too long for anything.
const LONG_CHARS: usize = 20_000;

/// Checks the settings of the sheet and wrong ones in their place.
pub(crate) fn check(host: &Host, context: &Context, report: &mut Report<'_>) {
    let result = match host.check_settings(context) {
        Err(error) => Err(fault_line(&error.fault)),
        Ok(faults) => match faults.first() {
            Some(fault) => Err(format!("{} fault(s), first {}", faults.len(), fault_line(fault))),
            None => Ok(format!("{} accepted", context.settings.len())),
        },
    };
    report.record("settings", "of the sheet", result);
    report.record("settings", "wrong ones", wrong(host, context));
}

fn wrong(host: &Host, context: &Context) -> Result<String, String> {
    let (mut accepted, mut refused) = (0, 0);
    let long = "长".repeat(LONG_CHARS);
    for name in context.settings.keys() {
        for value in [Value::Null, json!(""), json!(-1), json!(i64::MAX), json!(true), json!([{}]), json!(long)] {
            let mut context = context.clone();
            context.settings.insert(name.clone(), value);
            let faults =
                host.check_settings(&context).map_err(|error| format!("{name}: {}", fault_line(&error.fault)))?;
            if let Some(what) = faults.iter().find_map(|fault| fault_rules::fault(fault, None)) {
                return Err(format!("{name}: {what}"));
            }
            if faults.is_empty() { accepted += 1 } else { refused += 1 }
        }
    }
    Ok(format!("{} looked at: {accepted} accepted, {refused} refused", accepted + refused))
}
