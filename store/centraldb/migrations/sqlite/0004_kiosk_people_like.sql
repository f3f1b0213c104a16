-- What makes the kiosk pleasant: breaks, projects, cards, messages, requests.

-- what people ask for, take back and read at kiosks -----------------------------------

-- One row per record that takes back a punch. entry: the punch that does not count
-- because of it; 0: it waits for a decision, and why says what is in the way.
CREATE TABLE takebacks (
    id          BIGINT PRIMARY KEY, -- records.id
    kiosk       TEXT NOT NULL,
    seq         BIGINT NOT NULL,    -- its own
    person      TEXT NOT NULL,
    at          BIGINT NOT NULL,    -- the stamp's CLOCK_REALTIME
    zone        TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    punch       BIGINT NOT NULL,    -- the punch that it names, 0: there is none
    entry       BIGINT NOT NULL,
    why         TEXT NOT NULL
);
CREATE INDEX takebacks_open ON takebacks (received_at) WHERE entry = 0;

-- Missed a punch?: what somebody asks for, and what was decided.
CREATE TABLE punch_requests (
    id          BIGINT PRIMARY KEY, -- records.id
    person      TEXT NOT NULL,
    kiosk       TEXT NOT NULL,
    action      TEXT NOT NULL,
    project     TEXT NOT NULL,
    reason      TEXT NOT NULL,      -- the person's own
    claim       BIGINT NOT NULL,    -- when the punch was, by the person's word
    zone        TEXT NOT NULL,
    made_at     BIGINT NOT NULL,    -- the stamp's CLOCK_REALTIME
    received_at BIGINT NOT NULL,
    decision    TEXT NOT NULL DEFAULT '' CHECK (decision IN ('','approve','refuse')),
    answer      TEXT NOT NULL DEFAULT '', -- why, where it was refused
    decided_at  BIGINT NOT NULL DEFAULT 0,
    decided_by  TEXT NOT NULL DEFAULT '',
    entry       BIGINT NOT NULL DEFAULT 0, -- that was added
    told        TEXT NOT NULL DEFAULT ''   -- the answer as the kiosk shows it
);
CREATE INDEX punch_requests_open ON punch_requests (id) WHERE decision = '';
CREATE INDEX punch_requests_decided ON punch_requests (decided_at) WHERE decision <> '';
CREATE INDEX punch_requests_person ON punch_requests (person, id);

-- I'm not listed: a punch of somebody who has typed a name.
CREATE TABLE newcomers (
    id          BIGINT PRIMARY KEY, -- records.id
    kiosk       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    name        TEXT NOT NULL,
    action      TEXT NOT NULL,
    note        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    zone        TEXT NOT NULL,
    received_at BIGINT NOT NULL
);

-- What kiosks show after a receipt. subject: a kiosk, a team's name or a person.
CREATE TABLE bulletins (
    id       INTEGER PRIMARY KEY,
    audience TEXT NOT NULL CHECK (audience IN ('all','kiosk','team','person')),
    subject  TEXT NOT NULL DEFAULT '',
    text     TEXT NOT NULL,
    from_at  BIGINT NOT NULL DEFAULT 0, -- 0: at once
    until_at BIGINT NOT NULL DEFAULT 0, -- 0: until it is ended
    made_at  BIGINT NOT NULL,
    made_by  TEXT NOT NULL,
    ended_at BIGINT NOT NULL DEFAULT 0,
    ended_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX bulletins_running ON bulletins (id) WHERE ended_at = 0;

-- Who has seen a bulletin, or the answer to a request; message as kiosks name it.
CREATE TABLE message_reads (
    message TEXT NOT NULL,
    person  TEXT NOT NULL,
    kiosk   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (message, person)
);

-- projects, breaks and the touchscreen ---------------------------------------------------

-- search: the name as it is looked for, so that two that look alike are not both in use.
CREATE TABLE projects (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    search      TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    archived_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX projects_name ON projects (search) WHERE archived_at = 0;
CREATE INDEX projects_order ON projects (archived_at, search, id);

-- What can be booked on at a kiosk. Nothing: projects are not asked about there.
CREATE TABLE kiosk_projects (
    kiosk   TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES projects (id),
    PRIMARY KEY (kiosk, project)
);
CREATE INDEX kiosk_projects_project ON kiosk_projects (project, kiosk);

-- A person's own list. Nothing: all that the kiosk has.
CREATE TABLE person_projects (
    person  TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES projects (id),
    PRIMARY KEY (person, project)
);
CREATE INDEX person_projects_project ON person_projects (project, person);

-- project: what an In books on if nothing else is chosen; '' for none. break_least
-- and break_due: minutes, of the person; both NULL: the organisation's rule.
ALTER TABLE people ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN break_least BIGINT;
ALTER TABLE people ADD COLUMN break_due BIGINT;
ALTER TABLE kiosks ADD COLUMN project TEXT NOT NULL DEFAULT '';
-- theme and text: '' is the organisation's. habits: JSON, as kiosks get it.
ALTER TABLE kiosks ADD COLUMN theme TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN habits TEXT NOT NULL DEFAULT '{}';

-- The organisation's logo on touchscreens: one row, or none.
CREATE TABLE logo (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    png        BLOB NOT NULL,
    changed_at BIGINT NOT NULL
);

-- badges -------------------------------------------------------------------------------

-- badge: the card in its canonical form. Who has left keeps a card until it is given
-- to somebody else.
CREATE TABLE badges (
    badge     TEXT PRIMARY KEY,
    person    TEXT NOT NULL REFERENCES people (id),
    learnt_at BIGINT NOT NULL,
    learnt_by TEXT NOT NULL
);
CREATE INDEX badges_person ON badges (person, badge);

-- Cards of nobody that were held to a kiosk, and the code that its screen showed.
CREATE TABLE unknown_badges (
    id          BIGINT PRIMARY KEY, -- records.id
    kiosk       TEXT NOT NULL,
    badge       TEXT NOT NULL,
    code        TEXT NOT NULL,
    at          BIGINT NOT NULL,    -- the stamp's CLOCK_REALTIME
    received_at BIGINT NOT NULL
);
CREATE INDEX unknown_badges_received ON unknown_badges (received_at);
