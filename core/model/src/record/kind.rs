//! Reading a [`Record`]: its `kind` says which type the other fields are.
//!
//! Our own writers put `kind` first, and then the fields are read as they come. What serde derives for a tagged enum keeps
//! every field aside before it reads any, which costs about as much again as reading them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::Record;

/// The field that says the kind.
const KIND: &str = "kind";

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record, an object with a kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut before = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key != KIND {
                before.insert(key, map.next_value()?);
                continue;
            }
            let kind: String = map.next_value()?;
            if before.is_empty() {
                return of_kind(&kind, MapAccessDeserializer::new(map));
            }
            while let Some((key, value)) = map.next_entry()? {
                before.insert(key, value);
            }
            return of_kind(&kind, Value::Object(before)).map_err(Error::custom);
        }
        Err(Error::missing_field(KIND))
    }
}

fn of_kind<'de, D: Deserializer<'de>>(kind: &str, fields: D) -> Result<Record, D::Error> {
    Ok(match kind {
        "finding" => Record::Finding(Deserialize::deserialize(fields)?),
        "feedback" => Record::Feedback(Deserialize::deserialize(fields)?),
        "penalty" => Record::Penalty(Deserialize::deserialize(fields)?),
        "complaint" => Record::Complaint(Deserialize::deserialize(fields)?),
        "ledger_entry" => Record::LedgerEntry(Deserialize::deserialize(fields)?),
        "indicator" => Record::Indicator(Deserialize::deserialize(fields)?),
        "alarm" => Record::Alarm(Deserialize::deserialize(fields)?),
        "measure_feedback" => Record::MeasureFeedback(Deserialize::deserialize(fields)?),
        "restoration" => Record::Restoration(Deserialize::deserialize(fields)?),
        "assignment" => Record::Assignment(Deserialize::deserialize(fields)?),
        "reminder" => Record::Reminder(Deserialize::deserialize(fields)?),
        "recall" => Record::Recall(Deserialize::deserialize(fields)?),
        "joint_punishment" => Record::JointPunishment(Deserialize::deserialize(fields)?),
        "lift" => Record::Lift(Deserialize::deserialize(fields)?),
        "notice" => Record::Notice(Deserialize::deserialize(fields)?),
        "publication" => Record::Publication(Deserialize::deserialize(fields)?),
        "receipt" => Record::Receipt(Deserialize::deserialize(fields)?),
        other => return Err(Error::unknown_variant(other, &Record::KINDS)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = r#""schema_version":1,"reference":"A1","title":"t","party":{"name":"甲"},"issue":{"code_system":"s","code":"c"}"#;

    fn read(text: &str) -> Result<Record, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_kind_may_stand_anywhere() {
        let first = read(&format!("{{\"kind\":\"finding\",{REST}}}")).unwrap();
        assert_eq!(first.kind(), "finding");
        assert_eq!(read(&format!("{{{REST},\"kind\":\"finding\"}}")).unwrap(), first);
        let value: Value = serde_json::to_value(&first).unwrap();
        assert_eq!(serde_json::from_value::<Record>(value).unwrap(), first, "sorted keys");
    }

    #[test]
    fn every_kind_is_read_as_itself() {
        for kind in Record::KINDS {
            // No kind lacks a field that must be there, so each names the one that it misses first.
            let error = read(&format!("{{\"kind\":\"{kind}\"}}")).unwrap_err();
            assert!(error.contains("missing field"), "{kind}: {error}");
        }
    }

    #[test]
    fn a_record_without_a_known_kind_is_refused() {
        assert!(read(&format!("{{{REST}}}")).unwrap_err().contains("missing field `kind`"));
        assert!(read(&format!("{{\"kind\":\"finding2\",{REST}}}")).unwrap_err().contains("unknown variant `finding2`"));
        assert!(read("[]").unwrap_err().contains("a record, an object with a kind"));
        assert!(read(&format!("{{\"kind\":3,{REST}}}")).unwrap_err().contains("expected a string"));
    }
}
