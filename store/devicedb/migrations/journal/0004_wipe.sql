-- What a command that goes on after a power cut needs besides: whether it was forced, and
-- whether its result is recorded already.

ALTER TABLE command ADD COLUMN force INTEGER NOT NULL DEFAULT 0;
ALTER TABLE command ADD COLUMN told  INTEGER NOT NULL DEFAULT 0;
