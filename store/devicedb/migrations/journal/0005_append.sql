-- Records only ever come at the end: id is journal and seq in one number, so that the
-- table grows by one page at a time and nothing in it is moved around to make room.

CREATE TABLE appended (
    id      INTEGER PRIMARY KEY, -- (journal << 40) + seq
    body    BLOB    NOT NULL,
    hash    BLOB    NOT NULL,
    sig     BLOB    NOT NULL,
    journal INTEGER GENERATED ALWAYS AS (id >> 40) VIRTUAL,
    seq     INTEGER GENERATED ALWAYS AS (id & 1099511627775) VIRTUAL
);
INSERT INTO appended (id, body, hash, sig) SELECT (journal << 40) + seq, body, hash, sig FROM records ORDER BY journal, seq;
DROP TABLE records;
ALTER TABLE appended RENAME TO records;
