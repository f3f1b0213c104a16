-- How far central had acknowledged a journal when the machine had been running for so long,
-- in nanoseconds: records are removed when they have been acknowledged for long enough.

CREATE TABLE marks (
    journal INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    run     INTEGER NOT NULL,
    PRIMARY KEY (journal, seq)
) WITHOUT ROWID;
