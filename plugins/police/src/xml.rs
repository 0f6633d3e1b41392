//! From text to a small tree of elements, strictly: no DTD, no entity but the five of XML, no mixed content, limits on
//! depth and number. Attributes are checked and, but for the root's version, ignored. Knows nothing of the messages.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::problem::{Problem, code};

/// The format nests four deep; eight leaves room and keeps recursion harmless.
const DEPTH_MAX: usize = 8;
/// A batch of 1000 rows with 20 elements each.
const ELEMENTS_MAX: usize = 20_000;
/// The format uses one attribute; the check for doubles is quadratic.
const ATTRIBUTES_MAX: usize = 16;
/// Names become fault fields and keys of `extra`; the longest of the format has 13 characters.
const NAME_BYTES_MAX: usize = 48;

/// An element with its place in the text.
#[derive(Debug)]
pub(crate) struct Element<'t> {
    pub(crate) name: &'t str,
    /// Where its `<` stands.
    pub(crate) at: usize,
    /// The `BBH` attribute.
    pub(crate) version: Option<String>,
    /// Its own text, without blanks at the ends.
    pub(crate) text: Cow<'t, str>,
    /// Where that text begins; the place of `<` where there is none.
    pub(crate) text_at: usize,
    pub(crate) children: Vec<Element<'t>>,
}

impl<'t> Element<'t> {
    /// The children of a name.
    pub(crate) fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Element<'t>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn push_text(&mut self, piece: Cow<'t, str>, at: usize) {
        if !self.text.is_empty() {
            self.text.to_mut().push_str(&piece);
            return;
        }
        let kept = piece.trim_start();
        if !kept.is_empty() {
            self.text_at = at + (piece.len() - kept.len());
            self.text = match piece {
                Cow::Borrowed(piece) => Cow::Borrowed(piece.trim_start()),
                Cow::Owned(piece) => Cow::Owned(piece.trim_start().to_owned()),
            };
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
pub(crate) fn parse(text: &str) -> Result<Element<'_>, Problem> {
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
    let mut builder = Builder { text, stack: Vec::new(), root: None, elements: 0 };
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
pub(crate) fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

struct Builder<'t> {
    text: &'t str,
    stack: Vec<Element<'t>>,
    root: Option<Element<'t>>,
    elements: usize,
}

impl<'t> Builder<'t> {
    fn take(&mut self, event: Event<'t>, at: usize, document_at: usize) -> Result<(), Problem> {
        match event {
            Event::Start(tag) => self.open(&tag, at),
            Event::End(_) => self.close(at),
            Event::Text(text) => self.add(line_ends(text.into_inner()), at),
            // The text of a CDATA section begins behind `<![CDATA[`.
            Event::CData(text) => self.add(line_ends(text.into_inner()), at + "<![CDATA[".len()),
            Event::GeneralRef(reference) => {
                let c = resolve(&reference, at)?;
                self.add(c, at)
            }
            Event::DocType(_) => {
                Err(Problem::new(code::XML_DTD, at, "报文不得包含 DTD（DOCTYPE 声明），请删除后重新发送"))
            }
            Event::Decl(_) if at != document_at => Err(syntax(at)),
            Event::Empty(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<(), Problem> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX || self.stack.len() >= DEPTH_MAX {
            let text = format!("报文元素超过{ELEMENTS_MAX}个或嵌套超过{DEPTH_MAX}层，请拆分或检查报文");
            return Err(Problem::new(code::LIMIT, at, text));
        }
        if self.root.is_some() {
            return Err(Problem::new(code::STRUCTURE, at, "报文只能有一个根元素 GAJHBW"));
        }
        let length = tag.name().into_inner().len();
        let name = self.text.get(at + 1..at + 1 + length).unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if length > NAME_BYTES_MAX || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(plain) {
            let text = format!("元素名应为{NAME_BYTES_MAX}个以内的字母、数字和下划线，不带命名空间前缀");
            return Err(Problem::new(code::STRUCTURE, at, text));
        }
        let version = attributes(tag, at)?;
        self.stack.push(Element { name, at, version, text: Cow::Borrowed(""), text_at: at, children: Vec::new() });
        Ok(())
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

    fn add(&mut self, piece: Cow<'t, str>, at: usize) -> Result<(), Problem> {
        match self.stack.last_mut() {
            Some(element) => element.push_text(piece, at),
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

/// Checks the attributes and gives the version of the format, `BBH`.
fn attributes(tag: &BytesStart<'_>, at: usize) -> Result<Option<String>, Problem> {
    let mut version = None;
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
        if attribute.key.into_inner() == "BBH" {
            version = Some(value.trim().to_owned());
        }
    }
    Ok(version)
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
}
