-- Version 2: plugins in use. inbox.status has one more value: 5 held, because its sender's plugin is in quarantine.

CREATE TABLE plugin_quarantine (
    agency        TEXT PRIMARY KEY,
    plugin_digest BLOB NOT NULL,
    fault_code    TEXT NOT NULL,
    since         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_active (
    agency        TEXT PRIMARY KEY,
    plugin_digest BLOB NOT NULL,
    version       TEXT NOT NULL,
    since         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shadow_runs (
    id        INTEGER PRIMARY KEY,
    agency    TEXT NOT NULL,
    candidate BLOB NOT NULL,
    baseline  BLOB NOT NULL,
    messages  INTEGER NOT NULL,
    differing INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX shadow_runs_candidate ON shadow_runs (candidate, agency);
