//! What a plugin says of itself: sane, and shown by the vectors.

use std::collections::BTreeSet;

use xiezhi_model::plugin::Manifest;
use xiezhi_model::{AgencyId, Record};

use super::golden::Seen;
use super::report::Report;

/// Checks the manifest alone.
pub(crate) fn check(manifest: &Manifest, report: &mut Report<'_>) {
    let id = AgencyId::parse(&manifest.id).map(|_| manifest.version.clone()).map_err(|error| error.to_string());
    report.record("manifest", &format!("id {}", manifest.id), id);
    let formats = manifest.formats.join(", ");
    let named = !manifest.formats.is_empty() && manifest.formats.iter().all(|format| format.contains('/'));
    let rule = "each format must be named <name>/<version>";
    report.record("manifest", "formats", if named { Ok(formats) } else { Err(format!("{rule}: {formats}")) });
    for (name, kinds) in [("reads", &manifest.reads), ("writes", &manifest.writes)] {
        let mut seen = BTreeSet::new();
        let wrong = kinds.iter().find(|kind| !Record::KINDS.contains(&kind.as_str()) || !seen.insert(kind.as_str()));
        report.record(
            "manifest",
            name,
            match wrong {
                None => Ok(kinds.join(", ")),
                Some(kind) => Err(format!("\"{kind}\" is no record kind, or stands there twice")),
            },
        );
    }
}

/// Checks that each kind that the plugin claims is shown by a vector.
pub(crate) fn check_coverage(manifest: &Manifest, seen: &Seen, report: &mut Report<'_>) {
    for kind in &manifest.reads {
        let wanted = "no decode vector gives a record of this kind: add one, or take it from the manifest's reads";
        let shown = seen.read.contains(kind.as_str());
        report.record("coverage", &format!("reads {kind}"), if shown { Ok(String::new()) } else { Err(wanted.into()) });
    }
    for kind in &manifest.writes {
        let wanted = "no encode vector writes a record of this kind: add one, or take it from the manifest's writes";
        let shown = seen.written.contains(kind.as_str());
        report.record(
            "coverage",
            &format!("writes {kind}"),
            if shown { Ok(String::new()) } else { Err(wanted.into()) },
        );
    }
}
