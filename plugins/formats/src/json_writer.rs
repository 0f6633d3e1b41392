//! Writing JSON objects whose members stand in the order in which they were added.
//!
//! Numbers that are no counts (money, coordinates) go out as texts: a reader that turns JSON numbers into floats must not
//! round them. GeoJSON's positions are the exception, because RFC 7946 wants numbers there.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use xiezhi_sdk::model::place::Coordinate;

/// The members of an object to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(Vec<(&'static str, Item)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Null,
    Position(Coordinate),
    Text(String),
    Count(u64),
    Flag(bool),
    Texts(Vec<String>),
    Object(Members),
    List(Vec<Members>),
}

impl Members {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Item::Text(text.into()))
    }

    /// Adds a text that is left out where there is nothing to say.
    #[must_use]
    pub fn optional(self, name: &'static str, text: Option<impl Into<String>>) -> Self {
        match text.map(Into::into).filter(|text: &String| !text.is_empty()) {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds a count.
    #[must_use]
    pub fn count(self, name: &'static str, count: impl Into<u64>) -> Self {
        self.with(name, Item::Count(count.into()))
    }

    /// Adds a yes or no.
    #[must_use]
    pub fn flag(self, name: &'static str, flag: bool) -> Self {
        self.with(name, Item::Flag(flag))
    }

    /// Adds a member that is there and says nothing.
    #[must_use]
    pub fn null(self, name: &'static str) -> Self {
        self.with(name, Item::Null)
    }

    /// Adds a position of GeoJSON: longitude and latitude as numbers, with the digits that they have.
    #[must_use]
    pub fn position(self, name: &'static str, position: Coordinate) -> Self {
        self.with(name, Item::Position(position))
    }

    /// Adds an array of texts; an empty one is left out.
    #[must_use]
    pub fn texts(self, name: &'static str, texts: Vec<String>) -> Self {
        if texts.is_empty() { self } else { self.with(name, Item::Texts(texts)) }
    }

    /// Adds an object.
    #[must_use]
    pub fn object(self, name: &'static str, members: Members) -> Self {
        self.with(name, Item::Object(members))
    }

    /// Adds an array of objects; an empty one is left out.
    #[must_use]
    pub fn list(self, name: &'static str, list: Vec<Members>) -> Self {
        if list.is_empty() { self } else { self.with(name, Item::List(list)) }
    }

    /// Adds the members of another object behind these.
    #[must_use]
    pub fn and(mut self, mut others: Members) -> Self {
        self.0.append(&mut others.0);
        self
    }

    /// The object on one line, as NDJSON wants it: with a line feed behind it and none inside.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        ended(serde_json::to_vec(self))
    }

    /// The object with one member a line.
    #[must_use]
    pub fn to_lines(&self) -> Vec<u8> {
        ended(serde_json::to_vec_pretty(self))
    }

    fn with(mut self, name: &'static str, item: Item) -> Self {
        self.0.push((name, item));
        self
    }
}

/// Texts, counts and flags under text names always serialise, so there is no error to pass on.
fn ended(json: serde_json::Result<Vec<u8>>) -> Vec<u8> {
    let mut json = json.unwrap_or_default();
    json.push(b'\n');
    json
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, item) in &self.0 {
            map.serialize_entry(name, item)?;
        }
        map.end()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Position(position) => serialize_position(*position, serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

/// The decimals go out as they are; a float would round the ninth.
fn serialize_position<S: Serializer>(position: Coordinate, serializer: S) -> Result<S::Ok, S::Error> {
    let (longitude, latitude) = position.to_lon_lat();
    let mut array = serializer.serialize_seq(Some(2))?;
    for degrees in [longitude, latitude] {
        let number = degrees.trim_end_matches('0').trim_end_matches('.').to_owned();
        array.serialize_element(&RawValue::from_string(number).map_err(S::Error::custom)?)?;
    }
    array.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_nothing_breaks_a_line() {
        let members = Members::new()
            .text("z", "漷\n\"\u{1}㛃")
            .optional("n", None::<String>)
            .optional("e", Some(""))
            .count("a", 3_u32)
            .flag("f", true)
            .texts("t", vec!["甲".to_owned()])
            .texts("none", Vec::new())
            .object("o", Members::new().text("x", "1"))
            .and(Members::new().list("l", vec![Members::new()]).list("k", Vec::new()));
        let line = String::from_utf8(members.to_line()).unwrap();
        let expected =
            "{\"z\":\"漷\\n\\\"\\u0001㛃\",\"a\":3,\"f\":true,\"t\":[\"甲\"],\"o\":{\"x\":\"1\"},\"l\":[{}]}\n";
        assert_eq!(line, expected);
        let lines: serde_json::Value = serde_json::from_slice(&members.to_lines()).unwrap();
        assert_eq!(lines, serde_json::from_str::<serde_json::Value>(&line).unwrap());
    }

    #[test]
    fn positions_keep_their_digits_and_nothing_is_null() {
        use xiezhi_sdk::model::place::Datum;
        for (longitude, latitude, expected) in [
            ("116.661050001", "39.88967", "116.661050001,39.88967"),
            ("-100", "0", "-100,0"),
            ("10.5", "-0.5", "10.5,-0.5"),
        ] {
            let position = Coordinate::parse(longitude, latitude, Datum::Cgcs2000).unwrap();
            let line = Members::new().null("geometry").position("coordinates", position).to_line();
            let expected = format!("{{\"geometry\":null,\"coordinates\":[{expected}]}}\n");
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
