-- The last command of central that was begun; verb is '' once its result is recorded.

CREATE TABLE command (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    gen  INTEGER NOT NULL,
    n    INTEGER NOT NULL,
    verb TEXT    NOT NULL
);
INSERT INTO command (one, gen, n, verb) VALUES (1, 0, 0, '');
