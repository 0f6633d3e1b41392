//! JSON whose values still know their place in the text, and whose numbers stay the text that they were written as.
//!
//! `serde_json` reads; this module only keeps what it lets go: where a value stands, that a name came twice, how a number was
//! spelt. A value is read one level at a time, when somebody asks for it. Knows nothing of the messages.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use xiezhi_sdk::model::money::DecimalText;

use crate::fields::Value;
use crate::{Problem, code};

/// What a format allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Deepest nesting; each level is read again when it is asked for, so depth costs time.
    pub depth_max: usize,
    /// Most members of one object and most items of one array.
    pub items_max: usize,
}

/// A value at its place.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    document: &'t str,
    raw: &'t str,
    rules: Rules,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A text.
    Text,
    /// `[…]`.
    Array,
    /// `{…}`.
    Object,
}

/// An object's members, in the order of the text.
#[derive(Debug)]
pub struct Object<'t> {
    /// Where its `{` stands.
    pub at: usize,
    /// The members.
    pub members: Vec<Member<'t>>,
}

/// One member of an object.
#[derive(Debug)]
pub struct Member<'t> {
    /// Its name.
    pub name: Cow<'t, str>,
    /// Its value.
    pub node: Node<'t>,
    /// The value as text: of a text what it says, without blanks at the ends; of a number or flag how it is written; nothing
    /// for `null`, objects and arrays.
    pub text: Option<Cow<'t, str>>,
    /// Where that text begins.
    pub text_at: usize,
}

/// Reads a document, which may begin with a byte order mark. For one line of a message of lines, [`Problem::moved`] turns the
/// places into those of the message.
///
/// # Errors
/// `json-syntax`, and `limit` for one that is too deep. Places count the text.
pub fn parse<'t>(text: &'t str, rules: &Rules) -> Result<Node<'t>, Problem> {
    check_depth(text, rules.depth_max)?;
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - content.len();
    let raw: &RawValue = serde_json::from_str(content).map_err(|error| syntax(content, &error).moved(skipped))?;
    Ok(Node { document: text, raw: raw.get(), rules: *rules })
}

/// A lone pass over the brackets, so that no reader behind it recurses deeper than allowed.
fn check_depth(text: &str, depth_max: usize) -> Result<(), Problem> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                if depth > depth_max {
                    return Err(Problem::new(
                        code::LIMIT,
                        at,
                        format!("JSON 嵌套不得超过{depth_max}层，请检查报文结构"),
                    ));
                }
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn syntax(text: &str, error: &serde_json::Error) -> Problem {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let what = if error.is_eof() { "JSON 不完整，报文可能被截断" } else { "不是合法的 JSON" };
    Problem::new(
        code::JSON_SYNTAX,
        at,
        format!("{what}（第{}行第{}字节处），请检查括号、引号和逗号", error.line(), error.column()),
    )
}

impl<'t> Node<'t> {
    /// Where the value begins.
    #[must_use]
    pub fn at(&self) -> usize {
        // Both are pieces of one text, so the difference of their addresses is the place in it.
        (self.raw.as_ptr() as usize).saturating_sub(self.document.as_ptr() as usize)
    }

    /// The value as it is written.
    #[must_use]
    pub fn raw(&self) -> &'t str {
        self.raw
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.raw.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Flag,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// A problem at this value.
    #[must_use]
    pub fn problem(&self, code: &'static str, text: impl Into<String>) -> Problem {
        Problem::new(code, self.at(), text)
    }

    /// The members of an object; `what` names it in the fault's text.
    ///
    /// # Errors
    /// `structure` where it is none, `field-repeated` for a name that comes twice, `limit` for too many.
    pub fn object(&self, what: &str) -> Result<Object<'t>, Problem> {
        if self.kind() != Kind::Object {
            return Err(self.problem(code::STRUCTURE, format!("{what}应为 JSON 对象（{{…}}）")));
        }
        let pairs: Pairs<'t> = serde_json::from_str(self.raw).map_err(|error| self.inner(&error))?;
        if pairs.0.len() > self.rules.items_max {
            return Err(self.problem(code::LIMIT, format!("{what}的成员不得超过{}个", self.rules.items_max)));
        }
        let mut members: Vec<Member<'t>> = Vec::with_capacity(pairs.0.len());
        for (name, raw) in pairs.0 {
            let node = Node { raw: raw.get(), ..*self };
            let (text, text_at) = scalar(&node).map_err(|problem| problem.in_field(&*name))?;
            members.push(Member { name, node, text, text_at });
        }
        repeated(&members)?;
        Ok(Object { at: self.at(), members })
    }

    /// The items of an array; `what` names it in the fault's text.
    ///
    /// # Errors
    /// `structure` where it is none, `limit` for too many.
    pub fn array(&self, what: &str) -> Result<Vec<Node<'t>>, Problem> {
        if self.kind() != Kind::Array {
            return Err(self.problem(code::STRUCTURE, format!("{what}应为 JSON 数组（[…]）")));
        }
        let items: Vec<&'t RawValue> = serde_json::from_str(self.raw).map_err(|error| self.inner(&error))?;
        if let Some(first_too_many) = items.get(self.rules.items_max) {
            let node = Node { raw: first_too_many.get(), ..*self };
            return Err(node.problem(code::LIMIT, format!("{what}不得超过{}项，请拆分后发送", self.rules.items_max)));
        }
        Ok(items.into_iter().map(|raw| Node { raw: raw.get(), ..*self }).collect())
    }

    /// The text of a text.
    ///
    /// # Errors
    /// `structure` where it is none; `json-syntax` for an escape that is no character.
    pub fn text(&self, what: &str) -> Result<Cow<'t, str>, Problem> {
        if self.kind() != Kind::Text {
            return Err(self.problem(code::STRUCTURE, format!("{what}应为 JSON 字符串")));
        }
        let text: Text<'t> = serde_json::from_str(self.raw).map_err(|error| self.inner(&error))?;
        Ok(text.0)
    }

    /// A number as it is written, without an exponent.
    ///
    /// # Errors
    /// `number-invalid` where it is none or has an exponent.
    pub fn decimal(&self, what: &str) -> Result<DecimalText, Problem> {
        let refuse = || self.problem(code::NUMBER_INVALID, format!("{what}应为不带指数的十进制数"));
        match self.kind() {
            Kind::Number => DecimalText::parse(self.raw).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }

    /// The document was checked as a whole, so what is left to go wrong is an escape.
    fn inner(&self, error: &serde_json::Error) -> Problem {
        let inside = syntax(self.raw, error);
        Problem::new(code::JSON_SYNTAX, inside.at, "字符串中的转义（\\u…）不是有效字符，请检查发送程序")
            .moved(self.at())
    }
}

impl<'t> Object<'t> {
    /// The member of a name; one that is `null` is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Member<'t>> {
        self.members.iter().find(|member| member.name == name && member.node.kind() != Kind::Null)
    }

    /// The member of a name, which must be there.
    ///
    /// # Errors
    /// `field-missing`.
    pub fn need(&self, name: &str) -> Result<&Member<'t>, Problem> {
        self.get(name).ok_or_else(|| self.missing(name))
    }

    /// The text, number or flag of a name, where it is there and not empty.
    ///
    /// # Errors
    /// `structure` for an object or array, `field-too-long`.
    pub fn optional(&self, name: &str, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        self.get(name).map_or(Ok(None), |member| member.value(chars_max))
    }

    /// The text, number or flag of a name, which must be there and not be empty.
    ///
    /// # Errors
    /// `field-missing`, and those of [`Object::optional`].
    pub fn required(&self, name: &str, chars_max: usize) -> Result<Value<'_>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| self.missing(name))
    }

    /// A problem that says which field is not there, at this object.
    #[must_use]
    pub fn missing(&self, name: &str) -> Problem {
        Problem::new(code::FIELD_MISSING, self.at, format!("缺少 {name} 或其内容为空，请补充")).in_field(name)
    }
}

impl Member<'_> {
    /// This member as a field.
    ///
    /// # Errors
    /// `structure` for an object or array, `field-too-long`.
    pub fn value(&self, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        let Some(text) = &self.text else {
            if self.node.kind() == Kind::Null {
                return Ok(None);
            }
            let text = format!("{}应为单个值，不应是对象或数组", self.name);
            return Err(self.node.problem(code::STRUCTURE, text).in_field(&*self.name));
        };
        if text.is_empty() {
            return Ok(None);
        }
        let value = Value { name: &self.name, text, at: self.text_at };
        if text.chars().count() > chars_max {
            return Err(value.problem(code::FIELD_TOO_LONG, format!("{}不得超过{chars_max}个字", self.name)));
        }
        Ok(Some(value))
    }
}

fn scalar<'t>(node: &Node<'t>) -> Result<(Option<Cow<'t, str>>, usize), Problem> {
    match node.kind() {
        Kind::Text => {
            let text = node.text("")?;
            let blanks = text.len() - text.trim_start().len();
            let trimmed = match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            };
            // Exact where the blanks are written as themselves; with escapes before the first character it is their place.
            let at = if matches!(trimmed, Cow::Borrowed(_)) { node.at() + 1 + blanks } else { node.at() + 1 };
            Ok((Some(trimmed), at))
        }
        Kind::Number | Kind::Flag => Ok((Some(Cow::Borrowed(node.raw)), node.at())),
        Kind::Null | Kind::Array | Kind::Object => Ok((None, node.at())),
    }
}

/// RFC 8259 leaves a name that comes twice to the reader; believing either would be a guess.
fn repeated(members: &[Member<'_>]) -> Result<(), Problem> {
    let mut names: Vec<(&str, usize)> = members.iter().map(|member| (&*member.name, member.node.at())).collect();
    names.sort_unstable();
    match names.windows(2).find_map(|pair| match pair {
        [first, second] if first.0 == second.0 => Some(*second),
        _ => None,
    }) {
        None => Ok(()),
        Some((name, at)) => {
            let shown: String = name.chars().take(48).collect();
            Err(Problem::new(code::FIELD_REPEATED, at, format!("{shown} 重复出现，只能填写一次")).in_field(shown))
        }
    }
}

/// A text that borrows where no escape is in it.
struct Text<'t>(Cow<'t, str>);

struct TextVisitor;

impl<'t> Visitor<'t> for TextVisitor {
    type Value = Text<'t>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Text<'t>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text<'t>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

impl<'t> Deserialize<'t> for Text<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

/// The members of one object, unread.
struct Pairs<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

struct PairsVisitor;

impl<'t> Visitor<'t> for PairsVisitor {
    type Value = Pairs<'t>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Pairs<'t>, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, raw)) = map.next_entry::<Text<'t>, &'t RawValue>()? {
            pairs.push((name.0, raw));
        }
        Ok(Pairs(pairs))
    }
}

impl<'t> Deserialize<'t> for Pairs<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { depth_max: 4, items_max: 5 };

    #[test]
    fn values_know_their_places_and_numbers_their_spelling() {
        let text =
            "\u{feff} {\"a\": \" 漷\", \"n\": 1.50, \"o\": {\"x\": [true, null]}, \"e\": \"\\u36c3\", \"z\": null}";
        let object = parse(text, &RULES).unwrap().object("报文").unwrap();
        let value = object.required("a", 5).unwrap();
        assert_eq!((value.text, &text[value.at..value.at + 3]), ("漷", "漷"));
        assert_eq!(object.need("n").unwrap().node.decimal("n").unwrap().to_string(), "1.50");
        assert_eq!(object.required("e", 5).unwrap().text, "㛃");
        assert_eq!(object.optional("z", 5).unwrap().map(|v| v.text), None);
        let inner = object.need("o").unwrap().node.object("o").unwrap();
        let items = inner.need("x").unwrap().node.array("x").unwrap();
        let kinds: Vec<Kind> = items.iter().map(Node::kind).collect();
        assert_eq!(kinds, [Kind::Flag, Kind::Null]);
        assert!(text[items[1].at()..].starts_with("null]"));
    }

    #[test]
    fn what_is_wrong_is_named_at_its_place() {
        let field = |text: &str| parse(text, &RULES).and_then(|node| node.object("报文")?.required("a", 3).map(|_| ()));
        for (text, code, at) in [
            ("{\"a\": 1", code::JSON_SYNTAX, 6),
            ("{\"a\": 1,\n \"b\" 2}", code::JSON_SYNTAX, 14),
            ("", code::JSON_SYNTAX, 0),
            ("{} {}", code::JSON_SYNTAX, 3),
            ("[1]", code::STRUCTURE, 0),
            ("{\"b\": 1}", code::FIELD_MISSING, 0),
            (" {\"a\": \" \"}", code::FIELD_MISSING, 1),
            ("{\"a\": 1, \"a\": 2}", code::FIELD_REPEATED, 14),
            ("{\"a\": [1]}", code::STRUCTURE, 6),
            ("{\"a\": \"1234\"}", code::FIELD_TOO_LONG, 7),
            ("{\"a\": [[[[1]]]]}", code::LIMIT, 9),
            ("{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1}", code::LIMIT, 0),
            ("{\"a\": \"\\ud800\"}", code::JSON_SYNTAX, 13),
        ] {
            let problem = field(text).unwrap_err();
            assert_eq!((problem.code, problem.at), (code, at), "{text}: {}", problem.text);
        }
        let array = parse("[1,2,3,4,5,6]", &RULES).unwrap().array("列表").unwrap_err();
        assert_eq!((array.code, array.at), (code::LIMIT, 11));
        for text in ["1e3", "\"1\"", "true"] {
            assert_eq!(parse(text, &RULES).unwrap().decimal("数").unwrap_err().code, code::NUMBER_INVALID, "{text}");
        }
    }
}
