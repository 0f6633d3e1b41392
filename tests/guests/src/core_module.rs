//! A guest as a core module in text form, and its component.

use std::path::Path;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::answer::{Answer, RESULT_AT};

/// The manifest of guests that do not say otherwise.
pub const MANIFEST: &str =
    r#"{"id":"guest","version":"1.0.0","formats":["guest/1"],"reads":["receipt"],"writes":["receipt"]}"#;

/// Where the manifest lies.
const MANIFEST_AT: u32 = 4096;

/// The interface's name in a core module's exports.
const INTERFACE: &str = "xiezhi:plugin/codec@1.0.0";

/// A guest to be built: by default one that obeys, reads nothing and answers with an empty document.
#[derive(Debug, Clone)]
pub struct CoreModule {
    /// What `decode` and `encode` return, unless their code says otherwise.
    pub answer: Answer,
    /// The manifest.
    pub manifest: String,
    /// The code of `decode`; leaves the address of the result on the stack.
    pub decode: String,
    /// The code of `describe`; leaves the address of the result on the stack.
    pub describe: String,
    /// More functions, globals or a start.
    pub more: String,
    /// Imports; must come first in a module.
    pub imports: String,
    /// Pages of 64 KiB at the start.
    pub pages: u32,
    /// The WIT package with the world; `None` is the released one.
    pub wit: Option<String>,
    /// The interface's name as exported by the core module.
    pub interface: String,
}

impl Default for CoreModule {
    fn default() -> Self {
        Self {
            answer: Answer::document("{}"),
            manifest: MANIFEST.to_owned(),
            decode: format!("(i32.const {RESULT_AT})"),
            describe: "(i32.const 1024)".to_owned(),
            more: String::new(),
            imports: String::new(),
            pages: 2,
            wit: None,
            interface: INTERFACE.to_owned(),
        }
    }
}

impl CoreModule {
    /// A guest that answers `decode` and `encode` with this.
    #[must_use]
    pub fn answering(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
    }

    /// A guest whose `decode` is this code.
    #[must_use]
    pub fn decoding(code: &str) -> Self {
        Self { decode: code.to_owned(), ..Self::default() }
    }

    /// A guest that counts the messages it has seen, in its memory and in a global, and reports both counts as row
    /// faults `guest.memory` and `guest.global`, as a digit.
    #[must_use]
    pub fn counting() -> Self {
        let document =
            r#"{"row_faults":[{"row":1,"code":"guest.memory","text":"0"},{"row":2,"code":"guest.global","text":"0"}]}"#;
        let digits: Vec<usize> = document.match_indices("\"0\"").map(|(at, _)| 16_384 + at + 1).collect();
        let [memory, global] = digits.as_slice() else { panic!("the document has two digits") };
        Self {
            answer: Answer::document(document),
            more: "(global $count (mut i32) (i32.const 48))".to_owned(),
            decode: format!(
                "(i32.store8 (i32.const {memory}) (i32.add (i32.load8_u (i32.const {memory})) (i32.const 1)))
                 (global.set $count (i32.add (global.get $count) (i32.const 1)))
                 (i32.store8 (i32.const {global}) (global.get $count))
                 (i32.const {RESULT_AT})"
            ),
            ..Self::default()
        }
    }

    /// The module's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut data = String::new();
        let describe_area =
            [MANIFEST_AT.to_le_bytes(), u32::try_from(self.manifest.len()).unwrap().to_le_bytes()].concat();
        let own = [(1024, describe_area.as_slice()), (MANIFEST_AT, self.manifest.as_bytes())];
        for (at, bytes) in own.into_iter().chain(self.answer.segments()) {
            let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            data.push_str(&format!("(data (i32.const {at}) \"{escaped}\")\n"));
        }
        let Self { decode, describe, more, imports, pages, interface, .. } = self;
        format!(
            r#"(module
              {imports}
              (memory (export "memory") {pages})
              (global $free (mut i32) (i32.const 65536))
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
                  (then (drop (memory.grow (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))))))
                (local.get $at))
              (func (export "{interface}#describe") (result i32) {describe})
              (func $decode (export "{interface}#decode")
                (param $kind i32) (param $input i32) (param $length i32) (param i32 i32) (result i32) {decode})
              (func (export "{interface}#encode") (param i32 i32 i32 i32) (result i32) (i32.const {RESULT_AT}))
              {more}
              {data})"#
        )
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.text()).expect("the guest's text is a module");
        let mut resolve = Resolve::default();
        let package = match &self.wit {
            Some(text) => resolve.push_str("guest.wit", text).expect("the guest's world is WIT"),
            None => resolve.push_path(released_wit()).expect("the released world is WIT").0,
        };
        let world = resolve.select_world(&[package], None).expect("the package has one world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("the world can be embedded");
        xiezhi_componentize::componentize(&module).expect("the guest becomes a component")
    }
}

/// A released package's folder.
#[must_use]
pub fn wit_folder(package: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/wit").join(package)
}

/// The folder of the oldest released package, which these guests are compiled against.
#[must_use]
pub fn released_wit() -> std::path::PathBuf {
    wit_folder("xiezhi-plugin@1.0.0")
}

/// The released package's text, to make others from.
#[must_use]
pub fn released_wit_text() -> String {
    std::fs::read_to_string(released_wit().join("plugin.wit")).expect("the released package is there")
}
