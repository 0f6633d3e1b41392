//! From text to a small tree of elements, strictly: no DTD, no entity but the five of XML, no mixed content, limits on
//! depth and number. Knows nothing of the messages.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::{Problem, code};

/// The check for doubles among attributes is quadratic, and no format here uses more than five.
const ATTRIBUTES_MAX: usize = 16;
/// Names become fault fields and keys of `extra`.
const NAME_BYTES_MAX: usize = 48;
/// The attribute that declares the namespace of names without a prefix, and the start of those for a prefix.
const XMLNS: &str = "xmlns";

/// What a format allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The name of the root, for texts.
    pub root: &'static str,
    /// Deepest nesting; recursion over the tree is as deep.
    pub depth_max: usize,
    /// Most elements.
    pub elements_max: usize,
    /// Whether names may have a namespace prefix.
    pub namespaces: bool,
}

/// An element with its place in the text.
#[derive(Debug)]
pub struct Element<'t> {
    /// Its name without a prefix.
    pub name: &'t str,
    /// Its namespace; always `None` where the rules allow no prefixes.
    pub namespace: Option<Rc<str>>,
    /// Where its `<` stands.
    pub at: usize,
    /// Its attributes, by the names they are written with.
    pub attributes: Vec<(String, String)>,
    /// Its own text, without blanks at the ends.
    pub text: Cow<'t, str>,
    /// Where that text begins; the place of `<` where there is none.
    pub text_at: usize,
    /// The elements in it, in order.
    pub children: Vec<Element<'t>>,
}

impl<'t> Element<'t> {
    /// The children of a name.
    pub fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Element<'t>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute, without blanks at the ends.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.trim())
    }

    /// Adds a piece as it stands in the message; `read` is what XML makes of it, and comes last because it changes lengths.
    fn push_text(&mut self, piece: Cow<'t, str>, at: usize, read: fn(Cow<'t, str>) -> Cow<'t, str>) {
        if !self.text.is_empty() {
            self.text.to_mut().push_str(&read(piece));
            return;
        }
        let kept = piece.trim_start();
        if !kept.is_empty() {
            self.text_at = at + (piece.len() - kept.len());
            self.text = read(match piece {
                Cow::Borrowed(piece) => Cow::Borrowed(piece.trim_start()),
                Cow::Owned(piece) => Cow::Owned(piece.trim_start().to_owned()),
            });
        }
    }

    fn trim_end(&mut self) {
        match &mut self.text {
            Cow::Borrowed(text) => *text = text.trim_end(),
            Cow::Owned(text) => text.truncate(text.trim_end().len()),
        }
    }
}

/// Reads a document.
///
/// # Errors
/// `xml-…`, `limit`, and `structure` where text and elements are mixed or a name is none that a format here has. Places
/// count the text.
pub fn parse<'t>(text: &'t str, rules: &Rules) -> Result<Element<'t>, Problem> {
    // A byte order mark is no part of the document, but it counts in offsets.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(start..).unwrap_or_default();
    if may_hold_illegal(body.as_bytes())
        && let Some((at, _)) = body.char_indices().find(|&(_, c)| !is_xml_character(c))
    {
        return Err(illegal_character(start + at));
    }
    let mut reader = Reader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().check_comments = true;
    let mut builder = Builder { text, rules, stack: Vec::new(), root: None, elements: 0, namespaces: Vec::new() };
    loop {
        let at = start + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Eof) => return builder.finish(text.len()),
            Ok(event) => builder.take(event, at, start)?,
            Err(_) => {
                let at = start + usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(syntax(at.min(text.len())));
            }
        }
    }
}

/// Bytes looked at together, so that the compiler can compare many of them in one instruction.
const BLOCK: usize = 64;

/// Whether a text can hold a character that [`is_xml_character`] refuses: a control character, or one of the last two of
/// the basic plane, whose UTF-8 begins with EF BF as that of some rare harmless ones does. Going through the characters one
/// by one cost a fifth of the time that a message took.
fn may_hold_illegal(text: &[u8]) -> bool {
    let control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let next = text.get(1..).unwrap_or_default();
    let suspicious = |(&byte, &next): (&u8, &u8)| control(byte) | ((byte == 0xef) & (next == 0xbf));
    let mut blocks = text.chunks(BLOCK).zip(next.chunks(BLOCK));
    blocks.any(|(block, next)| block.iter().zip(next).fold(false, |found, pair| found | suspicious(pair)))
        // The last byte has no successor.
        || text.last().is_some_and(|&byte| control(byte))
}

/// XML 1.0 production `Char`.
#[must_use]
pub fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

struct Builder<'t, 'r> {
    text: &'t str,
    rules: &'r Rules,
    stack: Vec<Element<'t>>,
    root: Option<Element<'t>>,
    elements: usize,
    /// What the open elements declare, innermost last: depth, prefix, name.
    namespaces: Vec<(usize, String, Rc<str>)>,
}

impl<'t> Builder<'t, '_> {
    fn take(&mut self, event: Event<'t>, at: usize, document_at: usize) -> Result<(), Problem> {
        match event {
            Event::Start(tag) => self.open(&tag, at),
            Event::End(_) => self.close(at),
            Event::Text(text) => self.add(text.into_inner(), at, line_ends),
            // The text of a CDATA section begins behind `<![CDATA[`.
            Event::CData(text) => self.add(text.into_inner(), at + "<![CDATA[".len(), line_ends),
            Event::GeneralRef(reference) => {
                let c = resolve(&reference, at)?;
                // A reference to a carriage return means one.
                self.add(c, at, |same| same)
            }
            Event::DocType(_) => {
                Err(Problem::new(code::XML_DTD, at, "报文不得包含 DTD（DOCTYPE 声明），请删除后重新发送"))
            }
            Event::Decl(_) if at != document_at => Err(syntax(at)),
            Event::Empty(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<(), Problem> {
        let Rules { root, depth_max, elements_max, namespaces } = *self.rules;
        self.elements += 1;
        if self.elements > elements_max || self.stack.len() >= depth_max {
            let text = format!("报文元素超过{elements_max}个或嵌套超过{depth_max}层，请拆分或检查报文");
            return Err(Problem::new(code::LIMIT, at, text));
        }
        if self.root.is_some() {
            return Err(Problem::new(code::STRUCTURE, at, format!("报文只能有一个根元素 {root}")));
        }
        let length = tag.name().into_inner().len();
        let written = self.text.get(at + 1..at + 1 + length).unwrap_or_default();
        let (prefix, name) = written.split_once(':').filter(|_| namespaces).unwrap_or(("", written));
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let is_name =
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().chain(prefix.bytes()).all(plain);
        if length > NAME_BYTES_MAX || !is_name {
            let prefixes = if namespaces { "" } else { "，不带命名空间前缀" };
            let text = format!("元素名应为{NAME_BYTES_MAX}个以内的字母、数字和下划线{prefixes}");
            return Err(Problem::new(code::STRUCTURE, at, text));
        }
        let attributes = if tag.attributes_raw().is_empty() { Vec::new() } else { attributes(tag, at)? };
        let namespace = if namespaces { self.namespace(prefix, &attributes, at)? } else { None };
        self.stack.push(Element {
            name,
            namespace,
            at,
            attributes,
            text: Cow::Borrowed(""),
            text_at: at,
            children: Vec::new(),
        });
        Ok(())
    }

    /// Takes up what the next element declares, and gives the namespace of its own prefix.
    fn namespace(
        &mut self,
        prefix: &str,
        attributes: &[(String, String)],
        at: usize,
    ) -> Result<Option<Rc<str>>, Problem> {
        let depth = self.stack.len();
        self.namespaces.retain(|(declared, ..)| *declared < depth);
        for (name, value) in attributes {
            let declared = match name.strip_prefix(XMLNS) {
                Some("") => Some(""),
                Some(rest) => rest.strip_prefix(':'),
                None => None,
            };
            if let Some(declared) = declared {
                self.namespaces.push((depth, declared.to_owned(), Rc::from(value.trim())));
            }
        }
        let found = self.namespaces.iter().rev().find(|(_, declared, _)| declared == prefix);
        match found {
            Some((.., name)) => Ok((!name.is_empty()).then(|| Rc::clone(name))),
            None if prefix.is_empty() => Ok(None),
            None => {
                let text = format!("命名空间前缀 {prefix} 没有声明，请检查报文");
                Err(Problem::new(code::STRUCTURE, at, text))
            }
        }
    }

    fn close(&mut self, at: usize) -> Result<(), Problem> {
        let mut element = self.stack.pop().ok_or_else(|| syntax(at))?;
        element.trim_end();
        if !element.children.is_empty() && !element.text.is_empty() {
            let text = "同一元素内既有文字又有子元素，请检查报文结构";
            return Err(Problem::new(code::STRUCTURE, element.text_at, text).in_field(element.name));
        }
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn add(&mut self, piece: Cow<'t, str>, at: usize, read: fn(Cow<'t, str>) -> Cow<'t, str>) -> Result<(), Problem> {
        match self.stack.last_mut() {
            Some(element) => element.push_text(piece, at, read),
            None => {
                let kept = piece.trim_start();
                if !kept.is_empty() {
                    return Err(syntax(at + (piece.len() - kept.len())));
                }
            }
        }
        Ok(())
    }

    fn finish(self, end: usize) -> Result<Element<'t>, Problem> {
        match self.root {
            Some(root) if self.stack.is_empty() => Ok(root),
            _ => Err(syntax(end)),
        }
    }
}

/// Reads and checks the attributes.
fn attributes(tag: &BytesStart<'_>, at: usize) -> Result<Vec<(String, String)>, Problem> {
    let mut read = Vec::new();
    for (index, attribute) in tag.attributes().enumerate() {
        let attribute = attribute.map_err(|_| syntax(at))?;
        if index >= ATTRIBUTES_MAX {
            return Err(Problem::new(code::LIMIT, at, format!("一个元素的属性不得超过{ATTRIBUTES_MAX}个")));
        }
        if attribute.value.contains('<') {
            return Err(syntax(at));
        }
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| entity(at))?;
        if !value.chars().all(is_xml_character) {
            return Err(illegal_character(at));
        }
        read.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    Ok(read)
}

/// One of the five entities of XML, or a character reference.
fn resolve<'t>(reference: &BytesRef<'_>, at: usize) -> Result<Cow<'t, str>, Problem> {
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(c)) if is_xml_character(c) => Ok(Cow::Owned(c.to_string())),
            _ => Err(illegal_character(at)),
        };
    }
    quick_xml::escape::resolve_xml_entity(reference).map(Cow::Borrowed).ok_or_else(|| entity(at))
}

/// XML 1.0 §2.11: `\r\n` and a lone `\r` are one line feed.
fn line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}

fn syntax(at: usize) -> Problem {
    Problem::new(code::XML_SYNTAX, at, "报文不是格式良好的 XML（标签不配对、未结束或位置不对），请检查后重新发送")
}

fn entity(at: usize) -> Problem {
    let text = "报文只允许使用 &lt; &gt; &amp; &quot; &apos; 五个实体，不得引用其他实体";
    Problem::new(code::XML_ENTITY, at, text)
}

fn illegal_character(at: usize) -> Problem {
    Problem::new(code::XML_CHARACTER, at, "报文含有 XML 不允许的控制字符，请删除后重新发送")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_overlooks_no_illegal_character() {
        for c in (0..=0xffff_u32).filter_map(char::from_u32) {
            for before in [0, 1, BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK] {
                for after in ["", "，"] {
                    let text = format!("{}{c}{after}", "x".repeat(before));
                    let found = may_hold_illegal(text.as_bytes());
                    assert!(found || is_xml_character(c), "{c:?} after {before} bytes");
                    assert!(!found || u32::from(c) < 32 || u32::from(c) > 0xffbf, "{c:?} is harmless");
                }
            }
        }
    }

    #[test]
    fn line_ends_before_a_text_do_not_move_its_place() {
        let rules = Rules { root: "a", depth_max: 1, elements_max: 1, namespaces: false };
        for (text, at, read) in [("<a>\r\n x\r\ny</a>", 6, "x\ny"), ("<a>&#13;&#10;\r\nx&#13;</a>", 15, "x")] {
            let root = parse(text, &rules).unwrap();
            assert_eq!((root.text_at, root.text.as_ref()), (at, read), "{text:?}");
        }
    }
}
