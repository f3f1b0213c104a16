-- Times are nanoseconds. A journal's n gives the order in which journals were opened.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE journals (
    n       INTEGER PRIMARY KEY,
    id      BLOB    NOT NULL UNIQUE,
    acked   INTEGER NOT NULL DEFAULT 0,
    ack_gen INTEGER NOT NULL DEFAULT 0
);

-- body is what was hashed, byte by byte.
CREATE TABLE records (
    journal INTEGER NOT NULL REFERENCES journals (n),
    seq     INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    hash    BLOB    NOT NULL,
    sig     BLOB    NOT NULL,
    PRIMARY KEY (journal, seq)
) WITHOUT ROWID;

-- punches is an index over records, written in the same transaction.
CREATE TABLE punches (
    person  TEXT    NOT NULL,
    journal INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    action  TEXT    NOT NULL,
    project TEXT    NOT NULL,
    note    TEXT    NOT NULL,
    auth    TEXT    NOT NULL,
    PRIMARY KEY (person, journal, seq)
) WITHOUT ROWID;

-- guards holds the guess counters; their meaning is the reader's.
CREATE TABLE guards (
    key   TEXT PRIMARY KEY,
    state BLOB NOT NULL
) WITHOUT ROWID;
