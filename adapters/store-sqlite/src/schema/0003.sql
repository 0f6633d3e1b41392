-- Version 3: each agency's outgoing messages are published by themselves, so they are found by agency first.

DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (agency, next_attempt_at) WHERE status = 0;
