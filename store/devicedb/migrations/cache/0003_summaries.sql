-- What people have recorded lately as central has it; as_of as in presence. since
-- is where the punches begin, came when this was heard, both nanoseconds.

CREATE TABLE summaries (
    person  TEXT PRIMARY KEY,
    since   INTEGER NOT NULL,
    punches BLOB    NOT NULL,
    came    INTEGER NOT NULL,
    gen     INTEGER NOT NULL,
    journal BLOB    NOT NULL,
    as_of   INTEGER NOT NULL
) WITHOUT ROWID;
