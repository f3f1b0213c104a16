-- Everything here can be sent again by central.

CREATE TABLE roster (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    gen     INTEGER NOT NULL,
    version INTEGER NOT NULL
);
INSERT INTO roster (one, gen, version) VALUES (1, 0, 0);

CREATE TABLE rows (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    put  BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- Where people stand by punches made at other kiosks; as_of is the record of
-- this kiosk's journal up to which central had counted.
CREATE TABLE presence (
    person  TEXT PRIMARY KEY,
    state   TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    project TEXT    NOT NULL,
    kiosk   TEXT    NOT NULL,
    gen     INTEGER NOT NULL,
    journal BLOB    NOT NULL,
    as_of   INTEGER NOT NULL
) WITHOUT ROWID;
