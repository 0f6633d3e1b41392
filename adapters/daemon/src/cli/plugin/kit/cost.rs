//! What the calls cost: time and memory under the gateway's limits, and fuel, which is the same in every run.

use xiezhi_host::{HostSettings, Metered, MeteredPlugin};
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::Input;

use super::answer::fault_line;
use super::caller::{Answer, Caller};
use super::report::Report;
use super::vectors::{Messages, Vectors};

/// Reports time and memory of everything called so far, and of the largest vector.
pub(crate) fn check_limits(caller: &Caller<'_>, vectors: &Vectors, limits: &HostSettings, report: &mut Report<'_>) {
    let (slowest, allowed) = (caller.slowest().as_millis(), limits.call_deadline_ms);
    report.ok("limits", "time", format!("slowest call {slowest} ms, the limit is {allowed} ms of computing"));
    let (high, allowed) = (caller.memory_high(), limits.memory_bytes_max);
    report.ok("limits", "memory", format!("most in one instance {} KiB of {} KiB", high / 1024, allowed / 1024));
    let largest = vectors.decode.iter().max_by_key(|vector| vector.input.each().iter().map(Vec::len).sum::<usize>());
    let Some(vector) = largest else { return };
    let bytes: usize = vector.input.each().iter().map(Vec::len).sum();
    let result = match caller.read(&vector.input, &vector.context) {
        Ok(Answer::Stopped(fault)) => Err(fault_line(&fault)),
        Ok(_) => Ok(format!("{bytes} bytes")),
        Err(what) => Err(what),
    };
    report.record("limits", &format!("largest vector {}", vector.name), result);
}

/// Reports the fuel of every vector and checks that it is the same twice.
pub(crate) fn check_fuel(meter: &MeteredPlugin, vectors: &Vectors, report: &mut Report<'_>) {
    for vector in &vectors.decode {
        // Parts are read by the golden check; their messages one by one say what a message costs.
        let Messages::Whole(message) = &vector.input else { continue };
        let input = Input::Message(message);
        let result = twice(|| meter.decode(&input, &vector.context)).map(|metered| {
            let bytes = u64::try_from(message.len().max(1)).unwrap_or(u64::MAX);
            match metered.rows {
                0 => format!("fuel {}, {} a byte", metered.fuel, metered.fuel / bytes),
                rows => format!("fuel {}, {} a row of {rows}", metered.fuel, metered.fuel / rows),
            }
        });
        report.record("fuel", &format!("decode {}", vector.name), result);
    }
    for vector in &vectors.encode {
        let result = twice(|| meter.encode(&vector.record, &vector.context));
        report.record(
            "fuel",
            &format!("encode {}", vector.name),
            result.map(|metered| format!("fuel {}", metered.fuel)),
        );
    }
}

fn twice(measure: impl Fn() -> Result<Metered, Fault>) -> Result<Metered, String> {
    let stopped = |fault: Fault| fault_line(&fault);
    let (first, second) = (measure().map_err(stopped)?, measure().map_err(stopped)?);
    if first == second {
        Ok(first)
    } else {
        Err(format!("fuel {} the first time, {} the second", first.fuel, second.fuel))
    }
}
