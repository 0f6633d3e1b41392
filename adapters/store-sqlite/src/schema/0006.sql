-- Version 6: the entities' files (一户一档), and acts that are looked at again.

-- What agencies reported about an entity, one JSON document each, in the order of coming.
CREATE TABLE entity_records (
    id        INTEGER PRIMARY KEY,
    entity    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    host_unit TEXT,
    doc       TEXT NOT NULL
) STRICT;
CREATE INDEX entity_records_entity ON entity_records (entity, at);
CREATE INDEX entity_records_host ON entity_records (host_unit, entity) WHERE host_unit IS NOT NULL;

-- An entity's closed cases; the others are found by cases_join.
CREATE INDEX cases_closed ON cases (join_key) WHERE status = 3;

ALTER TABLE acts ADD COLUMN entity TEXT NOT NULL DEFAULT '';
ALTER TABLE acts ADD COLUMN check_at INTEGER;
CREATE INDEX acts_entity ON acts (entity);
CREATE INDEX acts_check ON acts (check_at) WHERE check_at IS NOT NULL;
