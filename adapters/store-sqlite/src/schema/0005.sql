-- Version 5: legal acts and the people who decide them.

-- An act as one JSON document, beside the columns it is found by. Rows stand in the order of proposing.
-- status: 0 proposed, 1 examined, 2 decided, 3 refused.
CREATE TABLE acts (
    id          INTEGER PRIMARY KEY,
    act         TEXT NOT NULL,
    case_number TEXT NOT NULL,
    version     INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    doc         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX acts_act ON acts (act);
CREATE INDEX acts_case ON acts (case_number);
-- What waits for a person: few rows.
CREATE INDEX acts_open ON acts (status) WHERE status < 2;

-- A row is never deleted: a name means one person for ever.
CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
