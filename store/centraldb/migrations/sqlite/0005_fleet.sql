-- The fleet: identities that renew, machines that wait to be let in, what kiosks
-- report of themselves and are told to do. Each part has a section.

-- a migration needs a statement
INSERT INTO meta (key, value) VALUES ('fleet', '1');

-- Health: what kiosks last told of their machines, samples of the last two days,
-- and what was found wrong. Instants are unix nanoseconds of central's clock.
CREATE TABLE kiosk_health (
    kiosk      TEXT PRIMARY KEY,
    at         BIGINT NOT NULL,
    body       TEXT NOT NULL,              -- JSON of the message
    had_screen INTEGER NOT NULL DEFAULT 0  -- a touchscreen was seen there once
);
CREATE TABLE kiosk_health_past (
    kiosk     TEXT NOT NULL,
    at        BIGINT NOT NULL,
    queue     BIGINT NOT NULL,
    offset_ms BIGINT NOT NULL,
    heat      BIGINT,                      -- thousandths of a degree; NULL: no sensor
    disk_free BIGINT NOT NULL,
    memory    BIGINT NOT NULL,
    PRIMARY KEY (kiosk, at)
);
CREATE TABLE alerts (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kiosk    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    severity TEXT NOT NULL,
    words    TEXT NOT NULL,
    since    BIGINT NOT NULL,
    ended_at BIGINT NOT NULL DEFAULT 0,    -- 0: it goes on
    told     INTEGER NOT NULL              -- 0: it came back too soon to be told again
);
CREATE UNIQUE INDEX alerts_open ON alerts (kiosk, kind) WHERE ended_at = 0;
CREATE INDEX alerts_ended ON alerts (ended_at) WHERE ended_at <> 0;
CREATE TABLE hooks (                       -- messages for the webhook
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    body       BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    sent_at    BIGINT NOT NULL DEFAULT 0,
    dead_at    BIGINT NOT NULL DEFAULT 0,
    fault      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX hooks_due ON hooks (due_at) WHERE sent_at = 0 AND dead_at = 0;

-- Identities: every set of keys a kiosk has had. What a kiosk signed with keys that
-- are no longer in force can still be verified, and is looked at by a person.
CREATE TABLE kiosk_identities (
    record_key  BLOB NOT NULL,              -- Ed25519 public
    kiosk       TEXT NOT NULL,
    seal_key    BLOB NOT NULL,              -- X25519 public
    cert_sha256 TEXT NOT NULL,              -- of the newest certificate
    since       BIGINT NOT NULL,
    until       BIGINT NOT NULL DEFAULT 0,  -- 0: in force
    ended       TEXT NOT NULL DEFAULT '' CHECK (ended IN ('','revoked','wiped','replaced')),
    PRIMARY KEY (kiosk, record_key)
);
CREATE UNIQUE INDEX kiosk_identities_now ON kiosk_identities (kiosk) WHERE until = 0;
INSERT INTO kiosk_identities (record_key, kiosk, seal_key, cert_sha256, since, until, ended)
    SELECT record_key, id, COALESCE(seal_key, x''), cert_sha256, enrolled_at,
        CASE status WHEN 'revoked' THEN enrolled_at + 1 ELSE 0 END, CASE status WHEN 'revoked' THEN 'revoked' ELSE '' END
    FROM kiosks WHERE record_key IS NOT NULL AND length(record_key) > 0;

-- Late records: what kiosks hand in at the device listener, not over the broker. It
-- does not count until somebody has accepted it; asks 0 says that nobody need look.
CREATE TABLE late_records (
    kiosk       TEXT NOT NULL,
    journal     BLOB NOT NULL,
    seq         BIGINT NOT NULL,
    hash        BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('deposited','salvaged')),
    reason      TEXT NOT NULL,
    asks        SMALLINT NOT NULL,
    body        BLOB NOT NULL,
    sig         BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (kiosk, journal, seq, hash)
);
CREATE INDEX late_records_asks ON late_records (received_at) WHERE asks = 1;
CREATE TRIGGER late_records_no_update BEFORE UPDATE ON late_records BEGIN SELECT RAISE(ABORT, 'late records are insert-only'); END;
CREATE TRIGGER late_records_no_delete BEFORE DELETE ON late_records BEGIN SELECT RAISE(ABORT, 'late records are insert-only'); END;

-- Renewal: the newest certificate that a kiosk was given without being enrolled anew.
-- previous (SHA-256, hex) is the one it had; it holds until the new one was used.
CREATE TABLE kiosk_renewals (
    kiosk    TEXT PRIMARY KEY,
    csr_key  TEXT NOT NULL,   -- SHA-256 of the key it was made for, hex
    cert     BLOB NOT NULL,   -- DER
    previous TEXT NOT NULL,   -- '': the new one was used
    at       BIGINT NOT NULL
);

-- Revocation: every certificate that a kiosk was given and that has not ended by itself,
-- for the list by which brokers that run elsewhere refuse those of the wrong ones.
CREATE TABLE kiosk_certificates (
    serial     TEXT PRIMARY KEY,  -- hex
    kiosk      TEXT NOT NULL,
    record_key BLOB NOT NULL,     -- that it vouches for
    from_at    BIGINT NOT NULL,
    until      BIGINT NOT NULL
);
CREATE INDEX kiosk_certificates_kiosk ON kiosk_certificates (kiosk);

-- Commands: what kiosks are told to do, numbered per kiosk; each is for one machine.
-- sent_at is when a hello was answered with it, begun_at when the kiosk told that it
-- has begun, which it does once.
CREATE TABLE kiosk_commands (
    kiosk      TEXT NOT NULL,
    n          BIGINT NOT NULL,
    gen        BIGINT NOT NULL,
    record_key BLOB NOT NULL,               -- of the machine it is for
    verb       TEXT NOT NULL,
    text       TEXT NOT NULL DEFAULT '',
    minutes    INTEGER NOT NULL DEFAULT 0,
    force      SMALLINT NOT NULL DEFAULT 0,
    asked_at   BIGINT NOT NULL,
    asked_by   TEXT NOT NULL,
    expires_at BIGINT NOT NULL,             -- 0: it does not
    sent_at    BIGINT NOT NULL DEFAULT 0,
    begun_at   BIGINT NOT NULL DEFAULT 0,
    ended_at   BIGINT NOT NULL DEFAULT 0,
    ended      TEXT NOT NULL DEFAULT '' CHECK (ended IN ('','done','failed','expired','cancelled')),
    said       TEXT NOT NULL DEFAULT '',    -- how it went, in the kiosk's words
    PRIMARY KEY (kiosk, n)
);
CREATE INDEX kiosk_commands_open ON kiosk_commands (kiosk) WHERE ended_at = 0;

-- Fleet tokens: one secret by which many machines become kiosks, counted and for a
-- while. Each use is kept with what was answered, to be repeated to the same machine.
CREATE TABLE fleet_tokens (
    id           TEXT PRIMARY KEY,
    hmac         BLOB NOT NULL UNIQUE,  -- of the token; the token itself is not stored
    names        TEXT NOT NULL,         -- pattern of the kiosks' names
    zone         TEXT NOT NULL,
    requires_pin SMALLINT NOT NULL,
    lang         TEXT NOT NULL DEFAULT '',
    uses         INTEGER NOT NULL,      -- at most
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE fleet_token_uses (
    token   TEXT NOT NULL REFERENCES fleet_tokens (id),
    csr_key TEXT NOT NULL,              -- SHA-256 of the CSR's public key, hex
    kiosk   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    reply   BLOB NOT NULL,
    PRIMARY KEY (token, csr_key)
);

-- Copies: since when the keys in force are known to be on two machines; 0: they are not.
ALTER TABLE kiosks ADD COLUMN cloned_at BIGINT NOT NULL DEFAULT 0;

-- Change of authority: which keyset a kiosk had when it was last seen.
ALTER TABLE kiosks ADD COLUMN last_keyset BIGINT NOT NULL DEFAULT 0;

-- Waiting: machines without a code that ask to be let in, and what was decided.
CREATE TABLE waiting_kiosks (
    csr_key     TEXT PRIMARY KEY,       -- SHA-256 of the CSR's public key, hex
    check_value TEXT NOT NULL UNIQUE,   -- what a person compares
    request     BLOB NOT NULL,          -- JSON
    address     TEXT NOT NULL,
    hardware    TEXT NOT NULL,
    software    TEXT NOT NULL,
    asked_at    BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('waiting','accepted','rejected')),
    kiosk       TEXT NOT NULL DEFAULT '',
    reply       BLOB,
    decided_at  BIGINT NOT NULL DEFAULT 0,
    decided_by  TEXT NOT NULL DEFAULT ''
);

-- Settings: which roster version brought a kiosk's newest, and since when it tells that it
-- has them; 0: not yet.
CREATE TABLE kiosk_settings (
    kiosk    TEXT PRIMARY KEY,
    version  BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,           -- 0: not known
    since    BIGINT NOT NULL DEFAULT 0
);
INSERT INTO kiosk_settings (kiosk, version, asked_at)
    SELECT kiosk, max(version), 0 FROM roster_rows WHERE kind = 'settings' GROUP BY kiosk;
