//! Tests of the kit: a right plugin passes, and each wrong one fails the check that is meant for it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use xiezhi_host::HostSettings;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::{Context, Decoded, Document, Encoded, Input, Manifest, RowRecord};
use xiezhi_model::{AgencyId, Digest, Record};
use xiezhi_ports::{Codec, CodecError, CodecFailure, CodecUsage};

use super::mutation::{self, CLASSES};
use super::{Kit, Mode, Outcome, Report, Vectors};

const NOTICE: &str = r#"{"kind": "notice", "schema_version": 1, "title": "题", "text": "文"}"#;
const SHEET: &str = r#"
[context]
settings = { depth = 3 }
[[decode]]
name = "notice"
input = "notice.json"
expected = "notice.expected.json"
[[encode]]
name = "notice"
record = "notice.json"
expected = "notice.written"
[[round_trip]]
record = "notice.json"
"#;

/// How a plugin is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    PanicsOnQuotes,
    English,
    OffsetBeyond,
    SaysNothing,
    NeverTheSame,
    LosesText,
    ClaimsMore,
}

/// A plugin whose format is the record's own JSON.
struct Fake {
    wrong: Wrong,
    calls: AtomicU32,
}

impl Fake {
    fn manifest(&self) -> Manifest {
        let mut reads = vec!["notice".to_owned()];
        if self.wrong == Wrong::ClaimsMore {
            reads.push("alarm".to_owned());
        }
        Manifest {
            id: "fake".to_owned(),
            version: "1.0.0".to_owned(),
            formats: vec!["json/1".to_owned()],
            reads,
            writes: vec!["notice".to_owned()],
        }
    }

    fn error(context: &Context, failure: CodecFailure, fault: Fault) -> CodecError {
        CodecError { agency: context.agency.clone(), digest: None, failure, fault }
    }
}

impl Codec for Fake {
    fn plugin(&self, _agency: &AgencyId) -> Option<(Manifest, Digest)> {
        Some((self.manifest(), Digest::ZERO))
    }

    fn usage(&self) -> CodecUsage {
        CodecUsage::default()
    }

    fn decode(&self, input: &Input<'_>, context: &Context) -> Result<(Decoded, Digest), CodecError> {
        let Input::Message(bytes) = input else { unreachable!("the tests have no parts") };
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.wrong == Wrong::PanicsOnQuotes && bytes.starts_with(b"\"\"") {
            let fault = Fault::new(code::PLUGIN_PANIC, "插件内部出错");
            return Err(Self::error(context, CodecFailure::Plugin, fault));
        }
        let mut record: Record = match serde_json::from_slice(bytes) {
            Ok(record) => record,
            Err(_) if self.wrong == Wrong::SaysNothing => return Ok((Decoded::default(), Digest::ZERO)),
            Err(error) => {
                let text = if self.wrong == Wrong::English { error.to_string() } else { "不是记录".to_owned() };
                let at = if self.wrong == Wrong::OffsetBeyond { bytes.len() + 1 } else { bytes.len() };
                return Err(Self::error(context, CodecFailure::Input, Fault::new("fake.json", text).at(at)));
            }
        };
        if let Record::Notice(notice) = &mut record {
            match self.wrong {
                Wrong::NeverTheSame => notice.title = call.to_string(),
                Wrong::LosesText => notice.text.clear(),
                _ => {}
            }
        }
        let document = Document { records: vec![RowRecord { row: 1, record }], row_faults: Vec::new() };
        Ok((Decoded { document, ..Decoded::default() }, Digest::ZERO))
    }

    fn encode(&self, record: &Record, _context: &Context) -> Result<(Encoded, Digest), CodecError> {
        let body = serde_json::to_vec(record).unwrap();
        Ok((Encoded { body, content_type: "application/json".to_owned() }, Digest::ZERO))
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kit.toml"), SHEET).unwrap();
    std::fs::write(folder.path().join("notice.json"), NOTICE).unwrap();
    folder
}

/// The checks that fail, as `<check> <name>`.
fn failed(folder: &Path, wrong: Wrong, mode: Mode) -> BTreeSet<String> {
    let fake = Fake { wrong, calls: AtomicU32::new(0) };
    let manifest = fake.manifest();
    let vectors = Vectors::load(&folder.join("kit.toml"), &manifest).unwrap();
    let limits = HostSettings { input_bytes_max: 4096, ..HostSettings::default() };
    let mut failed = BTreeSet::new();
    let mut tell = |outcome: &Outcome| {
        if !outcome.ok {
            failed.insert(format!("{} {}", outcome.check, outcome.name));
        }
    };
    let kit = Kit {
        codec: &fake,
        manifest: &manifest,
        limits: &limits,
        vectors: Some(&vectors),
        mode,
        seed: 7,
        keep: Some(folder.join("kept")),
        meter: None,
    };
    kit.run(&mut Report::new(&mut tell)).unwrap();
    failed
}

#[test]
fn a_right_plugin_passes_once_its_files_are_blessed() {
    let folder = folder();
    let missing = failed(folder.path(), Wrong::Nothing, Mode::Compare);
    assert_eq!(missing, BTreeSet::from(["decode notice".to_owned(), "encode notice".to_owned()]));
    assert_eq!(failed(folder.path(), Wrong::Nothing, Mode::Bless), BTreeSet::new());
    assert_eq!(failed(folder.path(), Wrong::Nothing, Mode::Compare), BTreeSet::new());
    assert!(!folder.path().join("kept").exists());
}

#[test]
fn each_fault_of_a_plugin_fails_the_check_that_is_meant_for_it() {
    let folder = folder();
    failed(folder.path(), Wrong::Nothing, Mode::Bless);
    for (wrong, check) in [
        (Wrong::PanicsOnQuotes, "mutation degenerate"),
        (Wrong::English, "mutation truncated"),
        (Wrong::OffsetBeyond, "mutation truncated"),
        (Wrong::SaysNothing, "mutation wrong encoding"),
        (Wrong::NeverTheSame, "determinism vectors"),
        (Wrong::LosesText, "round trip notice"),
        (Wrong::LosesText, "decode notice"),
        (Wrong::ClaimsMore, "coverage reads alarm"),
    ] {
        let failed = failed(folder.path(), wrong, Mode::Compare);
        assert!(failed.contains(check), "{wrong:?}: {failed:?}");
    }
    let kept = std::fs::read_dir(folder.path().join("kept")).unwrap().count();
    assert!(kept > 0, "what a plugin did not survive is kept");
    std::fs::write(folder.path().join("notice.written"), NOTICE.replace('题', "提")).unwrap();
    let failed = failed(folder.path(), Wrong::Nothing, Mode::Compare);
    assert_eq!(failed, BTreeSet::from(["encode notice".to_owned()]));
}

#[test]
fn the_same_seed_makes_the_same_damage_within_the_limit() {
    let corpus = |seed| {
        let mut list = Vec::new();
        mutation::each("编号;名称\n".as_bytes(), &[b"other"], 1024, seed, &mut |mutant| {
            list.push((mutant.class, mutant.how, Digest::of(&mutant.bytes)));
            assert!(mutant.class != "huge" || mutant.bytes.len() <= 1024);
        });
        list
    };
    assert_eq!(corpus(1), corpus(1));
    assert_ne!(corpus(1), corpus(2));
    let classes: BTreeSet<&str> = corpus(1).iter().map(|(class, _, _)| *class).collect();
    assert_eq!(classes, BTreeSet::from(CLASSES));
    for message in [b"".as_slice(), b"x"] {
        mutation::each(message, &[b""], 1024, 1, &mut |_| {});
    }
}

#[test]
fn a_sheet_that_is_wrong_says_where() {
    let manifest = Fake { wrong: Wrong::Nothing, calls: AtomicU32::new(0) }.manifest();
    for (sheet, expected) in [
        ("[[decode]]\nname = \"a\"\nexpected = \"b\"", "decode vector \"a\" needs either input or parts"),
        ("[[decode]]\nname = \"a\"\ninput = \"nowhere\"\nexpected = \"b\"", "nowhere cannot be read"),
        ("[[encode]]\nname = \"a\"\nrecord = \"kit.toml\"\nexpected = \"b\"", "holds no record"),
        ("[[encode]]\nname = \"a\"\nrecord = \"notice.json\"", "needs either expected or fault"),
        ("[context]\nzone = 8", "unknown field `zone`"),
        (&format!("{SHEET}\n[[round_trip]]\nrecord = \"notice.json\""), "two round_trip vectors are named \"notice\""),
    ] {
        let folder = folder();
        let file = folder.path().join("kit.toml");
        std::fs::write(&file, sheet).unwrap();
        let error = Vectors::load(&file, &manifest).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&folder.path().display().to_string()), "{error}");
    }
}
