-- Reconciliations with the credit system (对账): kept as they were found.
CREATE TABLE reconciliations (
    id  INTEGER PRIMARY KEY,
    at  INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT;
