-- voided is the record of the same journal that took a punch back, 0 while it
-- holds. boot_id and boot are the stamp's: how long ago a punch was, whatever the
-- wall clock says.

ALTER TABLE punches ADD COLUMN voided  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE punches ADD COLUMN boot_id TEXT    NOT NULL DEFAULT '';
ALTER TABLE punches ADD COLUMN boot    INTEGER NOT NULL DEFAULT 0;

-- Few are: who asks for them must not walk through the punches of years.
CREATE INDEX punches_voided ON punches (person, journal, voided) WHERE voided > 0;

-- What people have seen of what central wrote to them: an index over records, too.
CREATE TABLE read_messages (
    person  TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (person, message)
) WITHOUT ROWID;
