-- Version 4: why a pinned plugin was not admitted, for whoever waits for it.

CREATE TABLE plugin_refused (
    agency        TEXT PRIMARY KEY,
    plugin_digest BLOB NOT NULL,
    code          TEXT NOT NULL,
    text          TEXT NOT NULL,
    at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
