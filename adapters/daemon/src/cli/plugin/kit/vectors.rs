//! The vectors of a plugin: `vectors/kit.toml` and the files that it names, read and checked before anything runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;
use xiezhi_model::plugin::{Context, Manifest};
use xiezhi_model::{AgencyId, MessageId, Record, UtcTime};

use super::corpus;

/// Largest file that a vector may name, in bytes: the longest message that a host can be set to take.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most vectors in one sheet: a check of each takes milliseconds.
const VECTORS_MAX: usize = 1_000;
/// When a vector's message is received, unless it says otherwise.
const AT_DEFAULT: &str = "2026-09-21T10:00:00+08:00";
/// The id of a vector's message, unless it says otherwise.
const MESSAGE_ID_DEFAULT: &str = "out-0001";

/// Why the vectors cannot be used.
#[derive(Debug, Error)]
pub(crate) enum VectorsError {
    /// A file is not there or too large.
    #[error("{file} cannot be read: {what}")]
    File { file: PathBuf, what: String },
    /// The sheet is not what it should be.
    #[error("{file} is no sheet of vectors: {what}")]
    Sheet { file: PathBuf, what: String },
    /// A record file holds no record.
    #[error("{file} holds no record, see docs/schema/record.schema.json: {what}")]
    Record { file: PathBuf, what: String },
}

/// A plugin's vectors.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    /// What the plugin is told unless a vector says otherwise.
    pub(crate) base: Option<Context>,
    pub(crate) decode: Vec<DecodeVector>,
    pub(crate) encode: Vec<EncodeVector>,
    pub(crate) round_trip: Vec<RoundTripVector>,
}

/// A message and what it must become.
#[derive(Debug)]
pub(crate) struct DecodeVector {
    pub(crate) name: String,
    pub(crate) input: Messages,
    pub(crate) context: Context,
    /// The file with the expected answer, as JSON.
    pub(crate) expected: PathBuf,
}

/// What a decode vector reads.
#[derive(Debug)]
pub(crate) enum Messages {
    /// One message.
    Whole(Vec<u8>),
    /// Messages that hold the parts of one, which are read together.
    Parts(Vec<Vec<u8>>),
}

impl Messages {
    /// Each message as it was sent.
    pub(crate) fn each(&self) -> &[Vec<u8>] {
        match self {
            Self::Whole(message) => std::slice::from_ref(message),
            Self::Parts(messages) => messages,
        }
    }
}

/// A record and what it must be written as.
#[derive(Debug)]
pub(crate) struct EncodeVector {
    pub(crate) name: String,
    pub(crate) record: Record,
    pub(crate) context: Context,
    pub(crate) expected: Written,
    /// The media type, where the sheet says it.
    pub(crate) content_type: Option<String>,
}

/// What must come of writing a record.
#[derive(Debug)]
pub(crate) enum Written {
    /// These bytes.
    Bytes(PathBuf),
    /// This fault, as JSON.
    Fault(PathBuf),
}

/// A record that comes back the same when it is written and read.
#[derive(Debug)]
pub(crate) struct RoundTripVector {
    pub(crate) name: String,
    pub(crate) record: Record,
    pub(crate) context: Context,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    context: GivenContext,
    #[serde(default)]
    decode: Vec<GivenDecode>,
    #[serde(default)]
    encode: Vec<GivenEncode>,
    #[serde(default)]
    round_trip: Vec<GivenRoundTrip>,
}

/// What the plugin is told, as far as the sheet or a vector says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenContext {
    agency: Option<AgencyId>,
    at: Option<UtcTime>,
    message_id: Option<MessageId>,
    #[serde(default)]
    settings: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenDecode {
    name: String,
    input: Option<PathBuf>,
    #[serde(default)]
    parts: Vec<PathBuf>,
    expected: PathBuf,
    #[serde(default)]
    context: GivenContext,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenEncode {
    name: String,
    record: PathBuf,
    expected: Option<PathBuf>,
    fault: Option<PathBuf>,
    content_type: Option<String>,
    #[serde(default)]
    context: GivenContext,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRoundTrip {
    name: Option<String>,
    record: PathBuf,
    #[serde(default)]
    context: GivenContext,
}

impl Vectors {
    /// Reads a sheet and the inputs and records that it names. Paths are relative to the sheet.
    ///
    /// # Errors
    /// [`VectorsError`]: the first thing that is wrong.
    pub(crate) fn load(file: &Path, manifest: &Manifest) -> Result<Self, VectorsError> {
        let wrong = |what: String| VectorsError::Sheet { file: file.to_owned(), what };
        let bytes = read(file)?;
        let sheet: Sheet = toml::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let base = Told::default_of(manifest).map_err(wrong)?.with(&sheet.context);
        let mut vectors = Self { base: Some(base.0.clone()), ..Self::default() };
        for given in &sheet.decode {
            vectors.decode.push(given.resolve(folder, &base).map_err(|error| error.or_sheet(file))?);
        }
        for given in &sheet.encode {
            vectors.encode.push(given.resolve(folder, &base).map_err(|error| error.or_sheet(file))?);
        }
        for given in &sheet.round_trip {
            vectors.round_trip.push(given.resolve(folder, &base)?);
        }
        vectors.check_names().map_err(wrong)?;
        Ok(vectors)
    }

    /// Messages for a component of which nothing else is known: small pieces of usual formats.
    pub(crate) fn bare(manifest: &Manifest) -> Self {
        // Admission has read the id before, so there always is a context.
        let Ok(Told(context)) = Told::default_of(manifest) else { return Self::default() };
        let decode = corpus::GENERATED.iter().map(|(name, bytes)| DecodeVector {
            name: (*name).to_owned(),
            input: Messages::Whole(bytes.to_vec()),
            context: context.clone(),
            expected: PathBuf::new(),
        });
        Self { decode: decode.collect(), ..Self::default() }
    }

    /// Every agency that a vector is of: the plugin is admitted for each.
    pub(crate) fn agencies(&self) -> BTreeSet<&AgencyId> {
        let decode = self.decode.iter().map(|vector| &vector.context);
        let encode = self.encode.iter().map(|vector| &vector.context);
        let round_trip = self.round_trip.iter().map(|vector| &vector.context);
        self.base.iter().chain(decode).chain(encode).chain(round_trip).map(|context| &context.agency).collect()
    }

    fn check_names(&self) -> Result<(), String> {
        if self.decode.len() + self.encode.len() + self.round_trip.len() > VECTORS_MAX {
            return Err(format!("it has more than {VECTORS_MAX} vectors"));
        }
        let lists: [Vec<&str>; 3] = [
            self.decode.iter().map(|vector| vector.name.as_str()).collect(),
            self.encode.iter().map(|vector| vector.name.as_str()).collect(),
            self.round_trip.iter().map(|vector| vector.name.as_str()).collect(),
        ];
        for (list, kind) in lists.iter().zip(["decode", "encode", "round_trip"]) {
            let mut seen = BTreeSet::new();
            if let Some(twice) = list.iter().find(|name| !seen.insert(**name)) {
                return Err(format!("two {kind} vectors are named \"{twice}\""));
            }
        }
        Ok(())
    }
}

impl VectorsError {
    /// Names the sheet where the error is about an entry of it.
    fn or_sheet(self, sheet: &Path) -> Self {
        match self {
            Self::Sheet { what, .. } => Self::Sheet { file: sheet.to_owned(), what },
            other => other,
        }
    }
}

impl GivenDecode {
    fn resolve(&self, folder: &Path, base: &Told) -> Result<DecodeVector, VectorsError> {
        let input = match (&self.input, self.parts.as_slice()) {
            (Some(file), []) => Messages::Whole(read(&folder.join(file))?),
            (None, parts @ [_, ..]) => {
                Messages::Parts(parts.iter().map(|file| read(&folder.join(file))).collect::<Result<_, _>>()?)
            }
            _ => return Err(entry(format!("decode vector \"{}\" needs either input or parts", self.name))),
        };
        let (name, expected) = (self.name.clone(), folder.join(&self.expected));
        Ok(DecodeVector { name, input, context: base.with(&self.context).0, expected })
    }
}

impl GivenEncode {
    fn resolve(&self, folder: &Path, base: &Told) -> Result<EncodeVector, VectorsError> {
        let expected = match (&self.expected, &self.fault) {
            (Some(file), None) => Written::Bytes(folder.join(file)),
            (None, Some(file)) => Written::Fault(folder.join(file)),
            _ => return Err(entry(format!("encode vector \"{}\" needs either expected or fault", self.name))),
        };
        Ok(EncodeVector {
            name: self.name.clone(),
            record: record(&folder.join(&self.record))?,
            context: base.with(&self.context).0,
            expected,
            content_type: self.content_type.clone(),
        })
    }
}

impl GivenRoundTrip {
    fn resolve(&self, folder: &Path, base: &Told) -> Result<RoundTripVector, VectorsError> {
        let stem = self.record.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(RoundTripVector {
            name: self.name.clone().unwrap_or(stem),
            record: record(&folder.join(&self.record))?,
            context: base.with(&self.context).0,
        })
    }
}

/// A whole context, to which a sheet or a vector may add.
struct Told(Context);

impl Told {
    fn default_of(manifest: &Manifest) -> Result<Self, String> {
        Ok(Self(Context {
            agency: AgencyId::parse(&manifest.id).map_err(|error| error.to_string())?,
            at: UtcTime::parse_rfc3339(AT_DEFAULT).map_err(|error| error.to_string())?,
            message_id: MessageId::parse(MESSAGE_ID_DEFAULT).map_err(|error| error.to_string())?,
            settings: Map::new(),
        }))
    }

    fn with(&self, given: &GivenContext) -> Self {
        let mut context = self.0.clone();
        if let Some(agency) = &given.agency {
            context.agency = agency.clone();
        }
        if let Some(at) = given.at {
            context.at = at;
        }
        if let Some(message_id) = &given.message_id {
            context.message_id = message_id.clone();
        }
        context.settings.extend(given.settings.clone());
        Self(context)
    }
}

fn entry(what: String) -> VectorsError {
    VectorsError::Sheet { file: PathBuf::new(), what }
}

fn read(file: &Path) -> Result<Vec<u8>, VectorsError> {
    let wrong = |what: String| VectorsError::File { file: file.to_owned(), what };
    let bytes = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(wrong(format!("it has {bytes} bytes, allowed are {FILE_BYTES_MAX}")));
    }
    std::fs::read(file).map_err(|error| wrong(error.to_string()))
}

fn record(file: &Path) -> Result<Record, VectorsError> {
    serde_json::from_slice(&read(file)?)
        .map_err(|error| VectorsError::Record { file: file.to_owned(), what: error.to_string() })
}
