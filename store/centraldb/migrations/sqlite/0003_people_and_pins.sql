-- Who may come in, who is in which team, what was put right later, and who is told.

-- access ------------------------------------------------------------------------

-- person: whom the account belongs to, a people.id, or ''.
ALTER TABLE logins ADD COLUMN person TEXT NOT NULL DEFAULT '';
-- 0: the account is open. A closed one keeps its name in the audit log.
ALTER TABLE logins ADD COLUMN closed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0; -- the last login
CREATE INDEX logins_person ON logins (person) WHERE person <> '';

-- proved_at: when this session last showed a password or a passkey.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
-- device: what the browser says it is, for the list of sessions.
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_email ON sessions (email);
CREATE INDEX tokens_email ON tokens (email);

-- scope: all, or the words of access.Scope. expires_at 0: never.
ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE tokens ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE passkeys (
    id         BLOB PRIMARY KEY,  -- the credential's id
    email      TEXT NOT NULL REFERENCES logins (email),
    name       TEXT NOT NULL,
    credential TEXT NOT NULL,     -- JSON: public key, counter, flags
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_email ON passkeys (email);

CREATE TABLE recovery_codes (
    code_hash BLOB PRIMARY KEY,
    email     TEXT NOT NULL REFERENCES logins (email),
    used_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX recovery_codes_email ON recovery_codes (email);

-- A one-time code with which somebody makes their own account, or a new password
-- for it. The first owner's has no address yet.
CREATE TABLE invitations (
    code_hash  BLOB PRIMARY KEY,
    email      TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('owner','admin','manager','regular')),
    person     TEXT NOT NULL DEFAULT '',
    made_by    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX invitations_email ON invitations (email);

-- teams -------------------------------------------------------------------------

-- people.team and assignments name a team; every name in use has a row here.
CREATE TABLE teams (
    name        TEXT PRIMARY KEY,
    manager     TEXT NOT NULL DEFAULT '', -- people.id
    created_at  BIGINT NOT NULL,
    archived_at BIGINT NOT NULL DEFAULT 0
);
INSERT INTO teams (name, created_at)
    SELECT team, MIN(created_at) FROM people WHERE team <> '' GROUP BY team;
INSERT INTO teams (name, created_at)
    SELECT DISTINCT subject, 0 FROM assignments WHERE kind = 'team' AND subject NOT IN (SELECT name FROM teams);

-- Imports can be undone while nobody in them has punched.
CREATE TABLE imports (
    id        INTEGER PRIMARY KEY,
    at        BIGINT NOT NULL,
    actor     TEXT NOT NULL,
    people    BIGINT NOT NULL,
    undone_at BIGINT NOT NULL DEFAULT 0
);
ALTER TABLE people ADD COLUMN import BIGINT NOT NULL DEFAULT 0; -- imports.id
ALTER TABLE people ADD COLUMN edited SMALLINT NOT NULL DEFAULT 0; -- since they were made
CREATE INDEX people_import ON people (import) WHERE import <> 0;

-- The list of people, by what it can be sorted by; its indexes end in the name.
DROP INDEX people_team;
CREATE INDEX people_team ON people (team, active);
CREATE INDEX people_by_name ON people (active, search, id);
CREATE INDEX people_by_staff_no ON people (active, staff_no, search, id);
CREATE INDEX people_by_team ON people (active, team, search, id);
CREATE INDEX people_by_role ON people (active,
    CASE role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 WHEN 'manager' THEN 2 ELSE 3 END, search, id);

-- kiosks ------------------------------------------------------------------------

ALTER TABLE kiosks ADD COLUMN lang TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN universal_reason SMALLINT NOT NULL DEFAULT 0; -- a universal punch needs a reason

-- what kiosks tell besides punches ------------------------------------------------

-- Forgot your PIN?: one row per record that says so. done_at 0: still open.
CREATE TABLE pin_requests (
    id      BIGINT PRIMARY KEY, -- records.id
    person  TEXT NOT NULL,
    kiosk   TEXT NOT NULL,
    at      BIGINT NOT NULL,    -- the stamp's CLOCK_REALTIME
    told_at BIGINT NOT NULL DEFAULT 0, -- when a notice was written because of it
    done_at BIGINT NOT NULL DEFAULT 0,
    done_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX pin_requests_open ON pin_requests (person) WHERE done_at = 0;
CREATE INDEX pin_requests_told ON pin_requests (person) WHERE told_at <> 0;
CREATE INDEX pin_requests_kiosk ON pin_requests (kiosk, told_at) WHERE told_at <> 0;

-- Guess limits that kiosks have reported, the newest per person and kiosk. A lock
-- holds while its versions are the person's.
CREATE TABLE pin_locks (
    person         TEXT NOT NULL,
    kiosk          TEXT NOT NULL,
    failures       BIGINT NOT NULL,
    locked         SMALLINT NOT NULL,
    at             BIGINT NOT NULL,
    pin_version    BIGINT NOT NULL,
    unlock_version BIGINT NOT NULL,
    PRIMARY KEY (person, kiosk)
);

-- what was put right later --------------------------------------------------------

-- entry names what a row is about: a punch (its id), or an added one (minus the id
-- of the row that added it). The newest row about an entry holds.
CREATE TABLE corrections (
    id         INTEGER PRIMARY KEY,
    entry      BIGINT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('add','correct','void')),
    made_at    BIGINT NOT NULL,
    made_by    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    person     TEXT NOT NULL,
    kiosk      TEXT NOT NULL DEFAULT '',
    action     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    zone       TEXT NOT NULL,
    project    TEXT NOT NULL DEFAULT '',
    note       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX corrections_entry ON corrections (entry, id);
CREATE INDEX corrections_person ON corrections (person, at);
CREATE INDEX corrections_at ON corrections (at);
CREATE TRIGGER corrections_no_update BEFORE UPDATE ON corrections BEGIN SELECT RAISE(ABORT, 'corrections are insert-only'); END;
CREATE TRIGGER corrections_no_delete BEFORE DELETE ON corrections BEGIN SELECT RAISE(ABORT, 'corrections are insert-only'); END;

-- What holds of each entry that corrections are about: made from the newest of
-- them, so that lists find it by an index. person and kiosk are the entry's.
CREATE TABLE corrected (
    entry      INTEGER PRIMARY KEY,
    correction BIGINT NOT NULL REFERENCES corrections (id),
    kind       TEXT NOT NULL,
    person     TEXT NOT NULL,
    kiosk      TEXT NOT NULL,
    action     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    zone       TEXT NOT NULL,
    project    TEXT NOT NULL,
    note       TEXT NOT NULL,
    raw_at     BIGINT NOT NULL -- the punch's own time; of an added one the first
);
CREATE INDEX corrected_person ON corrected (person, at);
CREATE INDEX corrected_at ON corrected (at);
CREATE INDEX corrected_raw_at ON corrected (raw_at);

-- fixed: a correction has a say in where the person stands, so no kiosk can know
-- it by itself.
ALTER TABLE presence ADD COLUMN fixed SMALLINT NOT NULL DEFAULT 0;

-- What an admin decided about a record or a punch that did not come in the usual way.
CREATE TABLE reviews (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,    -- unlisted, gap, deposited, salvaged, readopted, fault, fork
    subject    TEXT NOT NULL,    -- what of that kind
    decision   TEXT NOT NULL CHECK (decision IN ('match','accept','refuse')),
    reason     TEXT NOT NULL,
    entry      BIGINT NOT NULL DEFAULT 0, -- that was added or voided by it
    made_at    BIGINT NOT NULL,
    made_by    TEXT NOT NULL,
    UNIQUE (kind, subject)
);
CREATE TRIGGER reviews_no_update BEFORE UPDATE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are insert-only'); END;
CREATE TRIGGER reviews_no_delete BEFORE DELETE ON reviews BEGIN SELECT RAISE(ABORT, 'reviews are insert-only'); END;

-- who is told -----------------------------------------------------------------------

-- A notice is written in the transaction of what it tells of; mails are made from
-- it. key '': always; otherwise the same key is told once.
CREATE TABLE notices (
    id       INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL DEFAULT '',
    audience TEXT NOT NULL CHECK (audience IN ('owners','admins')),
    title    TEXT NOT NULL,
    body     TEXT NOT NULL,
    path     TEXT NOT NULL DEFAULT '', -- of the page to go to
    mailed   SMALLINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX notices_key ON notices (key) WHERE key <> '';
CREATE INDEX notices_unmailed ON notices (id) WHERE mailed = 0;

CREATE TABLE mails (
    id         INTEGER PRIMARY KEY,
    notice     BIGINT NOT NULL REFERENCES notices (id),
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      BIGINT NOT NULL DEFAULT 0,
    sent_at    BIGINT NOT NULL DEFAULT 0,
    dead_at    BIGINT NOT NULL DEFAULT 0,
    fault      TEXT NOT NULL DEFAULT '', -- of the last try
    UNIQUE (notice, recipient)
);
CREATE INDEX mails_due ON mails (due_at) WHERE sent_at = 0 AND dead_at = 0;
CREATE INDEX mails_dead ON mails (id) WHERE dead_at <> 0 AND sent_at = 0;
CREATE INDEX mails_sent ON mails (id) WHERE sent_at <> 0;

-- the audit log, by time, and by who, what and whom -----------------------------------

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, at);
CREATE INDEX audit_action ON audit (action, at);
CREATE INDEX audit_subject ON audit (subject, at);
