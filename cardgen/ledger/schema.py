"""The tables of cardgen.db, as numbered migrations: the n-th brings a ledger from n - 1 to n.

What has been released is never edited; a change is a migration more. Order is by ids, which
are never given twice; times are for people. All tables are STRICT, so that a text never ends
up in a column of numbers (sqlite.org/stricttables.html).
"""

from __future__ import annotations

_FIRST = """
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL,
    digest TEXT NOT NULL,                -- of the rosters, byte by byte
    files TEXT NOT NULL,                 -- JSON: name to SHA-256
    villages INTEGER NOT NULL,
    cadres INTEGER NOT NULL,
    households INTEGER NOT NULL,
    came INTEGER NOT NULL,               -- since the import before
    gone INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    township BLOB NOT NULL,              -- all that it said: cardgen.snapshot
    changes BLOB NOT NULL                -- zlib of JSON: each of them, field by field
) STRICT;

CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('build', 'changed', 'card', 'reprint')),
    title TEXT NOT NULL,
    mark TEXT NOT NULL,
    identity TEXT NOT NULL,              -- digest of all that decides what is printed
    source TEXT NOT NULL,                -- digest of what is printed from
    folder TEXT NOT NULL,                -- where its files are
    import INTEGER REFERENCES imports,
    options TEXT NOT NULL,               -- JSON: what was asked for
    version TEXT NOT NULL,
    base INTEGER NOT NULL,               -- the last copy before it began
    base_delivery INTEGER NOT NULL,      -- the last entry of a delivery before it began
    started TEXT NOT NULL,
    finished TEXT,
    copies INTEGER,
    printed INTEGER,
    unchanged INTEGER,
    excluded INTEGER,
    failed INTEGER
) STRICT;
CREATE INDEX batches_by_folder ON batches (folder);

CREATE TABLE volumes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch INTEGER NOT NULL REFERENCES batches,
    name TEXT NOT NULL,                  -- its path below the batch's folder
    layout TEXT NOT NULL,
    village TEXT NOT NULL,
    bundle TEXT NOT NULL,
    pages INTEGER NOT NULL,
    lead INTEGER NOT NULL,               -- pages on top of it
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    account TEXT NOT NULL,               -- JSON: copies held back, forms
    made TEXT NOT NULL,
    UNIQUE (batch, name)
) STRICT;

CREATE TABLE serials (
    serial TEXT PRIMARY KEY,
    layout TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    edition INTEGER NOT NULL,
    UNIQUE (layout, subject, number, edition)
) STRICT, WITHOUT ROWID;

CREATE TABLE copies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    volume INTEGER NOT NULL REFERENCES volumes,
    serial TEXT NOT NULL REFERENCES serials,
    layout TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    village TEXT NOT NULL,
    walk INTEGER NOT NULL,               -- its place in the order of walking, within the volume
    sheet INTEGER NOT NULL,
    side INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    x_mm REAL NOT NULL,
    y_mm REAL NOT NULL,
    width_mm REAL NOT NULL,
    height_mm REAL NOT NULL,
    digest TEXT NOT NULL,                -- of all that can be seen
    content TEXT NOT NULL,               -- of all that can be seen but the serial
    parts TEXT NOT NULL,                 -- JSON: what its template was given, by digest
    why TEXT NOT NULL CHECK (why IN ('first', 'changed', 'again', 'reprint'))
) STRICT;
CREATE INDEX copies_by_key ON copies (layout, subject, number);
CREATE INDEX copies_by_serial ON copies (serial);
CREATE INDEX copies_by_volume ON copies (volume);

CREATE TABLE parts (
    digest TEXT PRIMARY KEY,
    content ANY NOT NULL                 -- JSON as text, or where it is long its zlib
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL REFERENCES serials,
    event TEXT NOT NULL CHECK (event IN ('delivered', 'returned', 'lost')),
    batch INTEGER NOT NULL,              -- the last one that had printed it by then
    day TEXT NOT NULL,
    person TEXT NOT NULL,
    entered TEXT NOT NULL,
    undone TEXT                          -- when the entry was taken back
) STRICT;
CREATE INDEX deliveries_by_serial ON deliveries (serial);

-- The last entry of each serial. What came back or was lost and was printed again is out.
CREATE VIEW entries AS
SELECT d.* FROM deliveries d
WHERE d.id = (SELECT max(e.id) FROM deliveries e WHERE e.serial = d.serial AND e.undone IS NULL)
AND (d.event = 'delivered' OR d.batch >= (
    SELECT max(v.batch) FROM copies c JOIN volumes v ON v.id = c.volume WHERE c.serial = d.serial
));

CREATE TABLE recalls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL UNIQUE REFERENCES serials,
    replaced_by TEXT NOT NULL,           -- a serial, or nothing where none takes its place
    batch INTEGER NOT NULL REFERENCES batches,
    opened TEXT NOT NULL,
    closed TEXT
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL                 -- JSON; serials and counts, never names or phones
) STRICT;
"""

_CORRECTIONS = """
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,                  -- cardgen.model.Corrected
    village TEXT NOT NULL,               -- whose accounts see it; nothing: the office's alone
    code TEXT NOT NULL,                  -- of a household
    place TEXT NOT NULL,                 -- JSON: its group, building, door
    role TEXT NOT NULL,                  -- of a cadre
    name TEXT NOT NULL,                  -- as the roster said when it was made
    phone TEXT NOT NULL,
    before TEXT NOT NULL,                -- what the roster says that is wrong
    after TEXT NOT NULL,                 -- what is right
    note TEXT NOT NULL,
    person TEXT NOT NULL,
    made TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('open', 'accepted', 'rejected', 'withdrawn', 'replaced', 'confirmed')
    ),
    decided_by TEXT NOT NULL DEFAULT '',
    decided TEXT NOT NULL DEFAULT '',
    import INTEGER REFERENCES imports    -- the one that said the same
) STRICT;
"""

_SCOPES = """
-- What a cadre answers for, in the roster's words: who he is, where he has no phone or no name.
ALTER TABLE corrections ADD COLUMN scope TEXT NOT NULL DEFAULT '';
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _CORRECTIONS, _SCOPES)
