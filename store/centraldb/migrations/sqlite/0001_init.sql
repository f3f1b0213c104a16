-- Instants are BIGINT nanoseconds since 1970 UTC unless the name says otherwise.
-- Flags are SMALLINT 0/1. Statements elsewhere use $1, $2, ... in order of first use.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- people ----------------------------------------------------------------------

CREATE TABLE people (
    id             TEXT PRIMARY KEY,
    staff_no       TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL,
    search         TEXT NOT NULL,
    team           TEXT NOT NULL DEFAULT '',
    role           TEXT NOT NULL CHECK (role IN ('owner','admin','manager','regular')),
    lang           TEXT NOT NULL DEFAULT '',
    zone           TEXT NOT NULL DEFAULT '',
    active         SMALLINT NOT NULL DEFAULT 1,
    unlock_version BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_staff_no ON people (staff_no) WHERE staff_no <> '';
CREATE INDEX people_search ON people (search);
CREATE INDEX people_team ON people (team);

-- One PIN per subject: a person (kind personal) or a kiosk (kind universal).
-- sealed is AES-256-GCM under the data key; tag is an HMAC of the digits under a
-- key derived from it, so that the rules can be asked of an index; hash is the
-- bcrypt hash under the data key, NULL until the background worker has made it.
CREATE TABLE pins (
    kind       TEXT NOT NULL CHECK (kind IN ('personal','universal')),
    subject    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    len        SMALLINT NOT NULL,
    sealed     BLOB NOT NULL,
    tag        BLOB NOT NULL,
    hash       BLOB,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX pins_tag ON pins (kind, tag);
CREATE INDEX pins_unhashed ON pins (kind, subject) WHERE hash IS NULL;

-- kiosks ----------------------------------------------------------------------

CREATE TABLE kiosks (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    requires_pin SMALLINT NOT NULL DEFAULT 1,
    schedule     TEXT NOT NULL DEFAULT '',
    mode         TEXT NOT NULL DEFAULT 'live',
    status       TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new','enrolled','revoked')),
    record_key   BLOB,               -- Ed25519 public
    seal_key     BLOB,               -- X25519 public
    cert_sha256  TEXT NOT NULL DEFAULT '',
    hardware     TEXT NOT NULL DEFAULT '',
    software     TEXT NOT NULL DEFAULT '',
    enrolled_at  BIGINT NOT NULL DEFAULT 0,
    last_seen    BIGINT NOT NULL DEFAULT 0,
    last_queue   BIGINT NOT NULL DEFAULT 0,
    last_roster  BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL
);

-- kind: person (subject is an id), team (a team's name), everyone (subject '').
CREATE TABLE assignments (
    kiosk   TEXT NOT NULL REFERENCES kiosks (id),
    kind    TEXT NOT NULL CHECK (kind IN ('person','team','everyone')),
    subject TEXT NOT NULL,
    PRIMARY KEY (kiosk, kind, subject)
);
CREATE INDEX assignments_subject ON assignments (kind, subject);

CREATE TABLE enrolment_codes (
    code_hmac  BLOB PRIMARY KEY,
    kiosk      TEXT NOT NULL REFERENCES kiosks (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    used_by    TEXT NOT NULL DEFAULT '', -- SHA-256 of the CSR's public key, hex
    reply      BLOB                      -- repeated to the same key for 24 h
);
CREATE INDEX enrolment_codes_kiosk ON enrolment_codes (kiosk);

-- the log ---------------------------------------------------------------------

-- through and hash: everything up to there is in records or quarantine.
CREATE TABLE cursors (
    kiosk    TEXT NOT NULL,
    journal  BLOB NOT NULL,
    through  BIGINT NOT NULL,
    hash     BLOB NOT NULL,
    state    TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','closed')),
    first_at BIGINT NOT NULL,
    PRIMARY KEY (kiosk, journal)
);

CREATE TABLE records (
    id          INTEGER PRIMARY KEY, -- order of arrival
    kiosk       TEXT NOT NULL,
    journal     BLOB NOT NULL,
    seq         BIGINT NOT NULL,
    body        BLOB NOT NULL,
    hash        BLOB NOT NULL,
    sig         BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    UNIQUE (kiosk, journal, seq)
);

-- What came under a good envelope but can't be used, and what came twice with
-- different content. Neither is ever dropped, neither is ever counted.
CREATE TABLE quarantine (
    kiosk       TEXT NOT NULL,
    journal     BLOB NOT NULL,
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('fault','fork')),
    reason      TEXT NOT NULL,
    body        BLOB NOT NULL,
    hash        BLOB NOT NULL,
    sig         BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (kiosk, journal, seq, kind, hash)
);

CREATE TABLE gaps (
    kiosk      TEXT NOT NULL,
    journal    BLOB NOT NULL,
    from_seq   BIGINT NOT NULL,
    to_seq     BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    PRIMARY KEY (kiosk, journal, from_seq)
);

-- The record tables are insert-only: a correction is another row.
CREATE TRIGGER records_no_update BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'records are insert-only'); END;
CREATE TRIGGER records_no_delete BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'records are insert-only'); END;
CREATE TRIGGER quarantine_no_update BEFORE UPDATE ON quarantine BEGIN SELECT RAISE(ABORT, 'quarantine is insert-only'); END;
CREATE TRIGGER quarantine_no_delete BEFORE DELETE ON quarantine BEGIN SELECT RAISE(ABORT, 'quarantine is insert-only'); END;

-- what the log says -------------------------------------------------------------

-- Made from records by the projector, in their order; can be made again.
CREATE TABLE punches (
    id      BIGINT PRIMARY KEY, -- the record's id
    kiosk   TEXT NOT NULL,
    journal BLOB NOT NULL,
    seq     BIGINT NOT NULL,
    person  TEXT NOT NULL,
    action  TEXT NOT NULL,
    at      BIGINT NOT NULL,    -- the stamp's CLOCK_REALTIME
    zone    TEXT NOT NULL,      -- the kiosk's, when it was made
    project TEXT NOT NULL DEFAULT '',
    note    TEXT NOT NULL DEFAULT '',
    auth    TEXT NOT NULL
);
CREATE INDEX punches_person_at ON punches (person, at);
CREATE INDEX punches_at ON punches (at);
CREATE TRIGGER punches_no_update BEFORE UPDATE ON punches BEGIN SELECT RAISE(ABORT, 'punches are insert-only'); END;
CREATE TRIGGER punches_no_delete BEFORE DELETE ON punches BEGIN SELECT RAISE(ABORT, 'punches are insert-only'); END;

CREATE TABLE presence (
    person  TEXT PRIMARY KEY,
    state   TEXT NOT NULL,
    since   BIGINT NOT NULL,
    project TEXT NOT NULL DEFAULT '',
    kiosk   TEXT NOT NULL,
    at      BIGINT NOT NULL  -- of the punch that made it
);

CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    upto BIGINT NOT NULL  -- records.id
);

-- rosters -----------------------------------------------------------------------

-- The rows each kiosk should have, each with the version that last changed it.
-- A delta from version v is the rows with a later version; body NULL is a delete.
-- fingerprint tells whether the row's inputs changed without opening the seal.
CREATE TABLE roster_rows (
    kiosk       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    version     BIGINT NOT NULL,
    fingerprint BLOB NOT NULL,
    body        BLOB,
    PRIMARY KEY (kiosk, kind, id)
);
CREATE INDEX roster_rows_version ON roster_rows (kiosk, version);
CREATE INDEX roster_rows_subject ON roster_rows (kind, id);

CREATE TABLE roster_versions (
    kiosk   TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

-- access ------------------------------------------------------------------------

CREATE TABLE logins (
    email    TEXT PRIMARY KEY, -- lower case
    role     TEXT NOT NULL CHECK (role IN ('owner','admin','manager','regular')),
    password TEXT NOT NULL,    -- argon2id, PHC string
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id_hash    BLOB PRIMARY KEY, -- SHA-256 of the cookie's 256 bits
    email      TEXT NOT NULL REFERENCES logins (email),
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);

CREATE TABLE tokens (
    id_hash    BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL REFERENCES logins (email),
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    revoked_at BIGINT NOT NULL DEFAULT 0
);

-- bucket: account:EMAIL or address:IP.
CREATE TABLE login_failures (
    bucket  TEXT PRIMARY KEY,
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL, -- JSON
    hash    BLOB NOT NULL  -- SHA-256 over the previous hash and this row
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END;
