//! Damaged input: whatever the bytes, there is an answer within the limits, and every fault says something.

use std::collections::BTreeMap;
use std::path::Path;

use xiezhi_model::plugin::Decoded;

use super::answer::fault_line;
use super::caller::{Answer, Caller};
use super::report::Report;
use super::vectors::{DecodeVector, Vectors};
use super::{Kit, fault_rules, mutation, record_mutation};

/// Breaches told of one class of damage, and messages kept.
const TOLD_MAX: usize = 3;

/// What one class of damage led to.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    refused: usize,
    broken: usize,
    told: Vec<String>,
}

impl Tally {
    fn total(&self) -> usize {
        self.read + self.refused + self.broken
    }

    fn result(&self, what: &str) -> Result<String, String> {
        let total = self.total();
        if self.broken == 0 {
            return Ok(format!("{total} {what}: {} read, {} refused", self.read, self.refused));
        }
        Err(format!("{} of {total} {what} broke the rules: {}", self.broken, self.told.join("; ")))
    }
}

/// Damages every message and every record of the vectors.
pub(crate) fn check(
    caller: &Caller<'_>,
    vectors: &Vectors,
    kit: &Kit<'_>,
    report: &mut Report<'_>,
) -> std::io::Result<()> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut failed = None;
    for vector in &vectors.decode {
        let others: Vec<&[u8]> =
            vectors.decode.iter().flat_map(|other| other.input.each()).map(Vec::as_slice).collect();
        for message in vector.input.each() {
            mutation::each(message, &others, kit.limits.input_bytes_max, kit.seed, &mut |mutant| {
                let tally = tallies.entry(mutant.class).or_default();
                if let Err(error) = try_one(caller, vector, &mutant, kit.keep.as_deref(), tally) {
                    failed = Some(error);
                }
            });
        }
    }
    for class in mutation::CLASSES {
        let tally = tallies.remove(class).unwrap_or_default();
        report.record("mutation", class, tally.result("messages"));
    }
    if !vectors.encode.is_empty() {
        report.record("mutation", "records", check_records(caller, vectors).result("records"));
    }
    failed.map_or(Ok(()), Err)
}

fn try_one(
    caller: &Caller<'_>,
    vector: &DecodeVector,
    mutant: &mutation::Mutant,
    keep: Option<&Path>,
    tally: &mut Tally,
) -> std::io::Result<()> {
    let answer = caller.decode(&mutant.bytes, &vector.context);
    let Some(what) = breach(&answer, mutant.bytes.len()) else {
        match answer {
            Answer::Given(_) => tally.read += 1,
            _ => tally.refused += 1,
        }
        return Ok(());
    };
    tally.broken += 1;
    if tally.told.len() < TOLD_MAX {
        let kept = keep.map(|folder| keep_message(folder, vector, mutant, tally.told.len())).transpose()?;
        let kept = kept.map(|file| format!(" (kept in {file})")).unwrap_or_default();
        tally.told.push(format!("{}, {}: {what}{kept}", vector.name, mutant.how));
    }
    Ok(())
}

/// What is wrong with an answer to damaged input: being stopped is as bad as an answer that does not help.
fn breach(answer: &Answer<Decoded>, bytes: usize) -> Option<String> {
    match answer {
        Answer::Stopped(fault) => Some(fault_line(fault)),
        _ => fault_rules::decoded(answer, Some(bytes)),
    }
}

fn keep_message(
    folder: &Path,
    vector: &DecodeVector,
    mutant: &mutation::Mutant,
    nth: usize,
) -> std::io::Result<String> {
    std::fs::create_dir_all(folder)?;
    let name = format!("{}-{}-{nth}.bin", vector.name, mutant.class.replace(' ', "-"));
    let file = folder.join(name.replace(['/', '\\'], "-"));
    std::fs::write(&file, &mutant.bytes)?;
    Ok(file.display().to_string())
}

fn check_records(caller: &Caller<'_>, vectors: &Vectors) -> Tally {
    let mut tally = Tally::default();
    for vector in &vectors.encode {
        for (how, record) in record_mutation::records(&vector.record) {
            let what = match caller.encode(&record, &vector.context) {
                Answer::Given(_) => {
                    tally.read += 1;
                    continue;
                }
                Answer::Refused(fault) => match fault_rules::fault(&fault, None) {
                    Some(what) => what,
                    None => {
                        tally.refused += 1;
                        continue;
                    }
                },
                Answer::Stopped(fault) => fault_line(&fault),
            };
            tally.broken += 1;
            if tally.told.len() < TOLD_MAX {
                tally.told.push(format!("{}, {how}: {what}", vector.name));
            }
        }
    }
    tally
}
