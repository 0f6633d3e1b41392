//! What can be said of a component without running the gateway: for `xiezhi plugin inspect`.

use serde::Serialize;
use xiezhi_model::Digest;
use xiezhi_model::plugin::Manifest;

use crate::admission::{self, Admission, AdmissionError};

/// A component, looked at. Serialises to JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Its digest, as the configuration pins it.
    pub digest: Digest,
    /// Its size.
    pub bytes: usize,
    /// What it imports; must be nothing.
    pub imports: Vec<String>,
    /// What it exports, as `<interface>#<function>`.
    pub exports: Vec<String>,
    /// What it says of itself, where it could be asked.
    pub manifest: Option<Manifest>,
    /// Why it would be refused; `None` when it would be admitted.
    pub refusal: Option<Refusal>,
}

/// Why a component would be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// [`AdmissionError::code`].
    pub code: String,
    /// In words.
    pub text: String,
}

/// Looks at a component.
///
/// # Errors
/// [`AdmissionError`] when it is too large, not a component or cannot be compiled: then there is nothing to show.
pub(crate) fn inspect(admission: &Admission<'_>, bytes: &[u8]) -> Result<Inspection, AdmissionError> {
    let digest = admission.check_bytes(bytes, None)?;
    let component = admission.compile(bytes, &digest)?;
    let admitted = admission.check_world(&component).and_then(|()| admission.describe(&component, digest));
    let (manifest, refusal) = match admitted {
        Ok(admitted) => (Some(admitted.manifest), None),
        Err(error) => (None, Some(Refusal { code: error.code().to_owned(), text: error.to_string() })),
    };
    Ok(Inspection {
        digest,
        bytes: bytes.len(),
        imports: admission::imports(admission.engine, &component),
        exports: admission::exports(admission.engine, &component),
        manifest,
        refusal,
    })
}
