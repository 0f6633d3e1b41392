//! What departments send: findings about invented enterprises, often several about one, and answers to assignments.

use xiezhi_kit::Random;
use xiezhi_kit::load::{self, Clue};

/// What every id of a message begins with; six digits follow.
const ID_PREFIX: &str = "chaos-";
const ID_DIGITS: usize = 6;
/// Most rows of a police clue.
const ROWS_MAX: u64 = 3;
/// A finding is about one of so many enterprises before the newest one: few enough that several meet.
const RECENT: u64 = 40;

/// A department that acts in the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    Police,
    Planning,
    Township,
    Bureau,
    Urban,
}

impl Role {
    pub(crate) const ALL: [Self; 5] = [Self::Police, Self::Planning, Self::Township, Self::Bureau, Self::Urban];

    pub(crate) fn agency(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Planning => "planning",
            Self::Township => "township-wenjing",
            Self::Bureau => "market-supervision",
            Self::Urban => "urban-management",
        }
    }

    /// Whether it reports findings; the others only receive.
    pub(crate) fn reports(self) -> bool {
        matches!(self, Self::Police | Self::Planning | Self::Township)
    }
}

/// One row of a message: what it is about, and the case that it must open or join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) uscc: String,
    pub(crate) category: &'static str,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Findings(Vec<Finding>),
    /// An answer to an assignment; `status` is where the assignment stands after it.
    Answer {
        assignment: String,
        status: &'static str,
    },
}

/// A message to send.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) role: Role,
    pub(crate) content: Content,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The `number`th message, from a department that reports. Its enterprise is a new one or one of the recent ones.
    pub(crate) fn report(role: Role, number: usize, random: &mut Random) -> Self {
        let (body, findings) = match role {
            Role::Planning => {
                let enterprise = enterprise(number, random);
                (load::planning_parcel(number, enterprise), vec![finding(enterprise, "illegal_building")])
            }
            Role::Township => {
                let enterprise = enterprise(number, random);
                let (class, category) = pick(&[("01", "lost_contact"), ("03", "illegal_building")], random);
                (load::township_check(number, enterprise, class), vec![finding(enterprise, category)])
            }
            Role::Police | Role::Bureau | Role::Urban => clues(number, random),
        };
        Self { id: id(number), role, content: Content::Findings(findings), body }
    }

    /// The police's answer to an assignment.
    pub(crate) fn answer(number: usize, assignment: &str, result: &str, status: &'static str) -> Self {
        let content = Content::Answer { assignment: assignment.to_owned(), status };
        let body = load::police_feedback(number, assignment, result);
        Self { id: id(number), role: Role::Police, content, body }
    }
}

/// A message of the police with one to three rows.
fn clues(number: usize, random: &mut Random) -> (Vec<u8>, Vec<Finding>) {
    let classes = [("01", "false_materials"), ("02", "lost_contact"), ("03", "public_security")];
    let rows = random.between(1, ROWS_MAX);
    let (mut clues, mut findings) = (Vec::new(), Vec::new());
    for row in 0..usize::try_from(rows).unwrap_or(1) {
        let enterprise = enterprise(number, random);
        let (class, category) = pick(&classes, random);
        clues.push(Clue { number: number * 10 + row, enterprise, class });
        findings.push(finding(enterprise, category));
    }
    (load::police_clues(number, &clues), findings)
}

/// The newest enterprise is as new as the message; every third finding is about an older one.
fn enterprise(number: usize, random: &mut Random) -> usize {
    match random.between(0, 2) {
        0 => number.saturating_sub(usize::try_from(random.between(1, RECENT)).unwrap_or_default()),
        _ => number,
    }
}

fn finding(enterprise: usize, category: &'static str) -> Finding {
    Finding { uscc: load::uscc(enterprise), category }
}

fn pick<T: Copy + Default>(of: &[(T, &'static str)], random: &mut Random) -> (T, &'static str) {
    let last = u64::try_from(of.len()).unwrap_or(1).saturating_sub(1);
    let place = usize::try_from(random.between(0, last)).unwrap_or_default();
    of.get(place).copied().unwrap_or_default()
}

fn id(number: usize) -> String {
    format!("{ID_PREFIX}{number:06}")
}

/// The ids of our messages that a body names. They are ASCII, whatever the encoding of the rest.
pub(crate) fn ids_named(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let rests = text.match_indices(ID_PREFIX).filter_map(|(at, _)| text.get(at..at + ID_PREFIX.len() + ID_DIGITS));
    let mut ids: Vec<String> = rests.map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The number of the assignment in a message to the police.
pub(crate) fn assignment_named(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once("<PQBH>")?;
    let (number, _) = rest.split_once("</PQBH>")?;
    Some(number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_a_body() {
        assert_eq!(ids_named(b"\xef\xbb\xbfa,chaos-000012,chaos-000012\r\nchaos-1"), ["chaos-000012"]);
        assert_eq!(assignment_named(b"<x><PQBH>TZ-1/1</PQBH>").as_deref(), Some("TZ-1/1"));
    }

    #[test]
    fn a_seed_chooses_the_same_messages() {
        let all = |seed: u64| -> Vec<Vec<u8>> {
            let mut random = Random::new(seed);
            Role::ALL
                .iter()
                .filter(|role| role.reports())
                .map(|&role| Message::report(role, 7, &mut random).body)
                .collect()
        };
        assert_eq!(all(5), all(5));
    }
}
