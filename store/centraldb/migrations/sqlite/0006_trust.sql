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

-- Times: what is known of when each punch truly was. Nanoseconds; at is of a boot's
-- crystal, utc, lo and hi since 1970.
CREATE TABLE journal_links (
    kiosk   TEXT NOT NULL,
    journal BLOB NOT NULL,
    prev    BLOB NOT NULL,              -- the journal that it goes on from
    PRIMARY KEY (kiosk, journal)
);
CREATE TABLE boots (
    id      INTEGER PRIMARY KEY,
    kiosk   TEXT NOT NULL,
    boot_id TEXT NOT NULL,              -- the kernel's
    journal BLOB NOT NULL,              -- where it was seen first
    seq     BIGINT NOT NULL,
    lasted  BIGINT NOT NULL,            -- at least
    UNIQUE (kiosk, boot_id)
);
CREATE TABLE clock_anchors (
    boot   BIGINT NOT NULL REFERENCES boots (id),
    at     BIGINT NOT NULL,
    utc    BIGINT NOT NULL,
    err    BIGINT NOT NULL,
    source TEXT NOT NULL
);
CREATE INDEX clock_anchors_boot ON clock_anchors (boot, at);
CREATE TABLE punch_times (
    punch        BIGINT PRIMARY KEY,
    boot         BIGINT NOT NULL REFERENCES boots (id),
    at           BIGINT NOT NULL,
    lo           BIGINT NOT NULL,
    hi           BIGINT NOT NULL,
    quality      TEXT NOT NULL CHECK (quality IN ('exact','bounded','open')),
    disputed     SMALLINT NOT NULL DEFAULT 0,
    version      INTEGER NOT NULL,      -- of the rules; 0: not looked at yet
    confirmed_at BIGINT NOT NULL DEFAULT 0,
    confirmed_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX punch_times_boot ON punch_times (boot, at);
CREATE INDEX punch_times_new ON punch_times (boot) WHERE version = 0;
CREATE INDEX punch_times_loose ON punch_times (boot) WHERE quality <> 'exact';
CREATE INDEX punch_times_unsure ON punch_times (punch) WHERE quality <> 'exact' AND confirmed_at = 0;
