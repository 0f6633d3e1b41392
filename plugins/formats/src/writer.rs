//! Writing XML so that whatever a field holds, the message stays well-formed and comes back unchanged.

use encoding_rs::GB18030;

use crate::charset::Charset;
use crate::xml::is_xml_character;

/// Stands for a character that XML 1.0 cannot carry.
const REPLACEMENT: char = '\u{fffd}';
/// One level of indentation.
const INDENT: &str = "  ";

/// An XML document being written.
#[derive(Debug)]
pub struct Writer {
    charset: Charset,
    xml: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document with its declaration.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        let declared = match charset {
            Charset::Gb18030 => "GB18030",
            Charset::Utf8 => "UTF-8",
        };
        Self { charset, xml: format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>\n"), open: Vec::new() }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.indent();
        self.push(&["<", name]);
        for (attribute, value) in attributes {
            self.push(&[" ", attribute, "=\""]);
            self.text(value);
            self.xml.push('"');
        }
        self.xml.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.push(&["</", name, ">\n"]);
        }
    }

    /// A field.
    pub fn field(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.push(&["<", name, ">"]);
        self.text(text);
        self.push(&["</", name, ">\n"]);
    }

    /// An element whose text is a CDATA section; `]]>` in it is divided between two of them.
    pub fn cdata(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.push(&["<", name, "><![CDATA["]);
        let kept: String = text.chars().map(|c| if is_xml_character(c) { c } else { REPLACEMENT }).collect();
        self.xml.push_str(&kept.replace("]]>", "]]]]><![CDATA[>"));
        self.push(&["]]></", name, ">\n"]);
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.xml.push_str("&amp;"),
                '<' => self.xml.push_str("&lt;"),
                '>' => self.xml.push_str("&gt;"),
                '"' => self.xml.push_str("&quot;"),
                '\'' => self.xml.push_str("&apos;"),
                // A reader would turn a bare one into a line feed.
                '\r' => self.xml.push_str("&#13;"),
                c if is_xml_character(c) => self.xml.push(c),
                _ => self.xml.push(REPLACEMENT),
            }
        }
    }

    /// A field that is left out where there is nothing to say.
    pub fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.field(name, text);
        }
    }

    /// The document. The GB18030 encoder lacks 19 private-use characters; it writes them as character references, which
    /// say the same in XML.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        match self.charset {
            Charset::Gb18030 => GB18030.encode(&self.xml).0.into_owned(),
            Charset::Utf8 => self.xml.into_bytes(),
        }
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.xml.push_str(INDENT);
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.xml.push_str(piece);
        }
    }
}
