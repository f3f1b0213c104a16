-- Whose roster this is. A machine may be enrolled as another kiosk.

CREATE TABLE owner (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id  TEXT NOT NULL
);
