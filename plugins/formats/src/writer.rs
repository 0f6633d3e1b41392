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
    layout: Layout,
    xml: String,
    open: Vec<&'static str>,
}

/// What stands between two elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Each element on a line of its own, indented, for people.
    Lines,
    /// Nothing: the root is one line.
    Compact,
}

impl Writer {
    /// A document with its declaration.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self::with_layout(charset, Layout::Lines)
    }

    /// A document with its declaration whose root is one line, for receivers that take no blanks between elements.
    #[must_use]
    pub fn compact(charset: Charset) -> Self {
        Self::with_layout(charset, Layout::Compact)
    }

    fn with_layout(charset: Charset, layout: Layout) -> Self {
        let declared = match charset {
            Charset::Gb18030 => "GB18030",
            Charset::Utf8 => "UTF-8",
        };
        Self { charset, layout, xml: format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>\n"), open: Vec::new() }
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
        self.xml.push('>');
        self.end_line();
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.push(&["</", name, ">"]);
            self.end_line();
        }
    }

    /// A field.
    pub fn field(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.push(&["<", name, ">"]);
        self.text(text);
        self.push(&["</", name, ">"]);
        self.end_line();
    }

    /// An element whose text is a CDATA section; `]]>` in it is divided between two of them.
    pub fn cdata(&mut self, name: &'static str, text: &str) {
        self.indent();
        self.push(&["<", name, "><![CDATA["]);
        let kept: String = text.chars().map(|c| if is_xml_character(c) { c } else { REPLACEMENT }).collect();
        self.xml.push_str(&kept.replace("]]>", "]]]]><![CDATA[>"));
        self.push(&["]]></", name, ">"]);
        self.end_line();
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
        if self.layout == Layout::Compact {
            self.xml.push('\n');
        }
        match self.charset {
            Charset::Gb18030 => GB18030.encode(&self.xml).0.into_owned(),
            Charset::Utf8 => self.xml.into_bytes(),
        }
    }

    fn indent(&mut self) {
        if self.layout == Layout::Lines {
            for _ in &self.open {
                self.xml.push_str(INDENT);
            }
        }
    }

    fn end_line(&mut self) {
        if self.layout == Layout::Lines {
            self.xml.push('\n');
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.xml.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_hold_the_same_elements() {
        let write = |mut xml: Writer| {
            xml.open("A", &[("k", "<")]);
            xml.field("B", "漷&");
            xml.cdata("C", "x]]>");
            String::from_utf8(xml.finish()).unwrap()
        };
        let body = "<A k=\"&lt;\">|<B>漷&amp;</B>|<C><![CDATA[x]]]]><![CDATA[>]]></C>|</A>";
        let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        assert_eq!(write(Writer::compact(Charset::Utf8)), format!("{declaration}{}\n", body.replace('|', "")));
        let lines = body.replacen('|', "\n  ", 2).replace('|', "\n");
        assert_eq!(write(Writer::new(Charset::Utf8)), format!("{declaration}{lines}\n"));
    }
}
