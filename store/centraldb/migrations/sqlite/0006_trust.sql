-- What can be believed, and what somebody has to look into.

-- Flaws: where the chain of a kiosk's journal does not hold. One row for each kind
-- and journal. seen_at 0: nobody has looked into it yet.
CREATE TABLE chain_flaws (
    kiosk    TEXT NOT NULL,
    journal  BLOB NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('altered','gap','rollback','fork','rewritten')),
    from_seq BIGINT NOT NULL,           -- the first number that it is about
    to_seq   BIGINT NOT NULL,           -- and the last one
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL DEFAULT 0,
    seen_by  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kiosk, journal, kind)
);
CREATE INDEX chain_flaws_open ON chain_flaws (kiosk) WHERE seen_at = 0;
