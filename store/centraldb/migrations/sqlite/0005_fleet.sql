-- The fleet: identities that renew, machines that wait to be let in, what kiosks
-- report of themselves and are told to do. Each part has a section.

-- a migration needs a statement
INSERT INTO meta (key, value) VALUES ('fleet', '1');
