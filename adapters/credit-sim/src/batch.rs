//! Reading a document of the gateway: `OpAnomalyBatch` with one `Item`, into plain columns. What the columns mean is not
//! this file's business.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::entry::{column_chars_max, is_xml_character};

/// Most columns of an item: the list has 22, a sender may have some of its own.
const COLUMNS_MAX: usize = 64;
/// Most attributes of the root.
const ATTRIBUTES_MAX: usize = 16;
/// Longest attribute, in characters: message ids are the longest.
const ATTRIBUTE_CHARS_MAX: usize = 200;
/// Deepest element: root, item, column.
const DEPTH_MAX: usize = 3;

/// A document read.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    attributes: BTreeMap<String, String>,
    columns: BTreeMap<String, String>,
}

impl Batch {
    /// Attribute of the root; empty where absent.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Column of the item, without blanks around it; empty where absent.
    pub(crate) fn column(&self, name: &str) -> &str {
        self.columns.get(name).map_or("", |text| text.trim())
    }
}

/// Reads a document.
///
/// # Errors
/// The batch as far as it was read (the root's attributes belong into the receipt), and what is wrong in words.
pub(crate) fn read(body: &[u8]) -> Result<Batch, (Batch, String)> {
    let mut reading = Reading::default();
    match reading.read(body) {
        Ok(()) => Ok(reading.batch),
        Err(text) => Err((reading.batch, text)),
    }
}

#[derive(Default)]
struct Reading {
    batch: Batch,
    depth: usize,
    items: usize,
    roots: usize,
    /// Column that is open, and its text so far.
    open: Option<(String, String)>,
}

impl Reading {
    fn read(&mut self, body: &[u8]) -> Result<(), String> {
        let text = str::from_utf8(body).map_err(|_| "报文不是UTF-8编码".to_owned())?;
        let mut reader = Reader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text));
        reader.config_mut().expand_empty_elements = true;
        loop {
            match reader.read_event().map_err(|error| format!("XML格式错误：{error}"))? {
                Event::Start(tag) => self.start(&tag)?,
                Event::End(_) => self.end()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character,
                        Ok(None) => named(&reference.into_inner())?,
                        Err(error) => return Err(format!("字符引用错误：{error}")),
                    };
                    self.text(character.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(_) => return Err("不接受DOCTYPE".to_owned()),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match (self.depth, self.roots, self.items) {
            (0, 1, 1) => Ok(()),
            (0, 1, items) => Err(format!("报文应含1个Item，实有{items}个")),
            _ => Err("报文不完整".to_owned()),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let name = tag.name().0;
        match self.depth {
            0 if self.roots == 0 && name == "OpAnomalyBatch" => {
                self.roots = 1;
                self.attributes(tag)?;
            }
            0 if self.roots > 0 => return Err("报文只能有一个根元素".to_owned()),
            0 => return Err(format!("根元素应为OpAnomalyBatch，实为{}", clipped(name))),
            1 if name == "Item" => self.items += 1,
            1 => return Err(format!("根元素下只能有Item，实有{}", clipped(name))),
            2 if self.items > 1 => {}
            2 if self.batch.columns.contains_key(name) => return Err(format!("{}重复出现", clipped(name))),
            2 if self.batch.columns.len() >= COLUMNS_MAX => return Err(format!("字段多于{COLUMNS_MAX}个")),
            2 => self.open = Some((name.to_owned(), String::new())),
            _ => return Err(format!("元素嵌套多于{DEPTH_MAX}层")),
        }
        self.depth += 1;
        Ok(())
    }

    fn attributes(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| format!("属性错误：{error}"))?;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| format!("属性错误：{error}"))?;
            let fits = value.chars().count() <= ATTRIBUTE_CHARS_MAX && value.chars().all(is_xml_character);
            if !fits || self.batch.attributes.len() >= ATTRIBUTES_MAX {
                return Err(format!("属性{}过长、过多或含非法字符", clipped(attribute.key.0)));
            }
            self.batch.attributes.insert(attribute.key.0.to_owned(), value.into_owned());
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match &mut self.open {
            Some((_, so_far)) => so_far.push_str(text),
            None if !text.trim().is_empty() && self.items < 2 => return Err("元素之间有多余文字".to_owned()),
            None => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        self.depth = self.depth.saturating_sub(1);
        let Some((name, text)) = self.open.take() else { return Ok(()) };
        if text.trim().chars().count() > column_chars_max(&name) {
            return Err(format!("{}超过{}个字符", clipped(&name), column_chars_max(&name)));
        }
        if !text.chars().all(is_xml_character) {
            return Err(format!("{}含有XML不允许的字符", clipped(&name)));
        }
        self.batch.columns.insert(name, text);
        Ok(())
    }
}

fn named(name: &str) -> Result<char, String> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(format!("未知实体{}", clipped(other))),
    }
}

/// The beginning of a sender's text, for a message that quotes it.
pub(crate) fn clipped(text: &str) -> String {
    /// Characters that are quoted.
    const SHOWN: usize = 40;
    text.chars().filter(|c| is_xml_character(*c)).take(SHOWN).collect()
}
