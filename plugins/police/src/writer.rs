//! Writing XML so that whatever a field holds, the message stays well-formed and comes back unchanged.

use encoding_rs::GB18030;

use crate::xml::is_xml_character;

/// Stands for a character that XML 1.0 cannot carry.
const REPLACEMENT: char = '\u{fffd}';
/// One level of indentation.
const INDENT: &str = "  ";

/// An XML document being written.
pub(crate) struct Writer {
    xml: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document with its declaration.
    pub(crate) fn new() -> Self {
        Self { xml: "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n".to_owned(), open: Vec::new() }
    }

    /// Opens an element; `attributes` is written as it is and begins with a blank, or is empty.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &'static str) {
        self.indent();
        self.push(&["<", name, attributes, ">\n"]);
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.push(&["</", name, ">\n"]);
        }
    }

    /// A field.
    pub(crate) fn field(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.push(&["<", name, ">"]);
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
        self.push(&["</", name, ">\n"]);
    }

    /// A field that is left out where there is nothing to say.
    pub(crate) fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.field(name, text);
        }
    }

    /// The document in GB18030. The encoder lacks 19 private-use characters; it writes them as character references,
    /// which say the same in XML.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        GB18030.encode(&self.xml).0.into_owned()
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
