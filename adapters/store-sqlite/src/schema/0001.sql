-- Version 1. Times are milliseconds since 1970-01-01T00:00:00Z, digests are 32 raw bytes.
-- Bodies stand in tables of their own: a change of status then rewrites a page of many short rows, and lists read none.

-- The head of the audit chain: how many rows there are and the hash of the last one.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    rows INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (id, rows, hash) VALUES (1, 0, zeroblob(32));

-- Rows are never deleted, so a row number is never used twice.
-- status: 0 pending, 1 waiting, 2 done, 3 dead, 4 quarantined.
CREATE TABLE inbox (
    seq           INTEGER PRIMARY KEY,
    agency        TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    digest        BLOB NOT NULL,
    bytes         INTEGER NOT NULL,
    content_type  TEXT,
    received_at   INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    duplicates    INTEGER NOT NULL DEFAULT 0,
    redrives      INTEGER NOT NULL DEFAULT 0,
    settled_at    INTEGER,
    records       INTEGER NOT NULL DEFAULT 0,
    plugin_digest BLOB,
    fault         TEXT,
    row_faults    TEXT
) STRICT;
-- Finds a message by its id: one row, and a further one per conflict.
CREATE INDEX inbox_message ON inbox (message_id, agency);
-- Everything that is not done: short, so that pending and dead rows are found without a walk.
CREATE INDEX inbox_open ON inbox (status) WHERE status <> 2;
CREATE INDEX inbox_faulty ON inbox (seq) WHERE row_faults IS NOT NULL;

CREATE TABLE inbox_body (
    seq  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- Parts of multi-part messages. One row per part and message that brought it.
CREATE TABLE parts (
    agency     TEXT NOT NULL,
    key        TEXT NOT NULL,
    part_index INTEGER NOT NULL,
    inbox_seq  INTEGER NOT NULL REFERENCES inbox (seq),
    total      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (agency, key, part_index, inbox_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_expiry ON parts (expires_at);
CREATE INDEX parts_inbox ON parts (inbox_seq);

-- A case as one JSON document, beside the columns it is found by. Rows stand in the order of opening.
-- status: 0 unrouted, 1 open, 2 fed back, 3 closed.
CREATE TABLE cases (
    id       INTEGER PRIMARY KEY,
    number   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    category TEXT NOT NULL,
    join_key TEXT NOT NULL,
    doc      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE UNIQUE INDEX cases_join ON cases (join_key) WHERE status <> 3;
-- What waits for a person: few rows. Open cases are most of the newest ones, and are found by walking those.
CREATE INDEX cases_attention ON cases (status) WHERE status <> 1 AND status <> 3;

CREATE TABLE case_sources (
    case_id INTEGER NOT NULL,
    nth     INTEGER NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (case_id, nth)
) STRICT, WITHOUT ROWID;

-- The assignments that somebody must look at again, copied from the case documents.
CREATE TABLE assignments (
    case_id  INTEGER NOT NULL,
    id       TEXT NOT NULL,
    check_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_due ON assignments (check_at);

-- Within one agency and case, next_attempt_at of pending rows never falls as id grows: ordering by it keeps their order.
-- status: 0 pending, 1 sent, 2 dead.
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY,
    message_id      TEXT NOT NULL,
    agency          TEXT NOT NULL,
    case_number     TEXT,
    kind            TEXT NOT NULL,
    content_type    TEXT NOT NULL,
    digest          BLOB NOT NULL,
    plugin_digest   BLOB,
    created_at      INTEGER NOT NULL,
    status          INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    sent_at         INTEGER
) STRICT;
CREATE UNIQUE INDEX outbox_message ON outbox (message_id);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status = 0;
CREATE INDEX outbox_case ON outbox (case_number, agency) WHERE status = 0 AND case_number IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (id) WHERE status = 2;

CREATE TABLE outbox_body (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- One row per attempt that failed; the one that succeeded is the outbox row itself.
CREATE TABLE attempts (
    id        INTEGER PRIMARY KEY,
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    attempt   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    reason    TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_outbox ON attempts (outbox_id);

-- The embedded transport. Numbers are given by queue_last, because queue_ids outlives the row.
CREATE TABLE queue (
    id           INTEGER PRIMARY KEY,
    agency       TEXT NOT NULL,
    message_id   TEXT NOT NULL,
    case_number  TEXT,
    kind         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    queued_at    INTEGER NOT NULL,
    body         BLOB NOT NULL
) STRICT;
CREATE INDEX queue_agency ON queue (agency);

-- Every id ever queued, acknowledged ones too: a publish repeated after a crash is not handed out a second time.
CREATE TABLE queue_ids (
    message_id TEXT NOT NULL,
    agency     TEXT NOT NULL,
    queue_id   INTEGER NOT NULL,
    PRIMARY KEY (message_id, agency)
) STRICT, WITHOUT ROWID;

-- The number given last.
CREATE TABLE queue_last (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    queue_id INTEGER NOT NULL
) STRICT;
INSERT INTO queue_last (id, queue_id) VALUES (1, 0);

-- How many messages wait in each queue.
CREATE TABLE queue_depth (
    agency   TEXT PRIMARY KEY,
    messages INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The audit chain. entry is the exact text that was hashed; at, action, case_number and inbox_seq are copies from it.
-- Rows of one message or one case mostly follow each other: inbox_first and case_first are 1 on the first of such a run,
-- and only that one is indexed.
CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    action      TEXT NOT NULL,
    case_number TEXT,
    inbox_seq   INTEGER,
    case_first  INTEGER NOT NULL,
    inbox_first INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    entry       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_case ON audit (case_number) WHERE case_first = 1;
CREATE INDEX audit_inbox ON audit (inbox_seq) WHERE inbox_first = 1;
