"""The trace's file: one SQLite database, written as the program runs, read without trusting it.

``Writer`` keeps what it is given until ``commit``, which writes it in one transaction: a process that is killed leaves
a file that can be read, up to its last commit.  ``Reader`` raises TraceFormatError, in one sentence, for what cannot be
read, and reads what can be: of a file that was cut off, the blocks before the cut.  Texts are JSON, columns are
compressed with zlib, and nothing that is read is ever executed or unpickled.

``docs/format.md`` says what stands in the tables; what the columns mean is the business of ``recorder`` and ``replay``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import zlib
from contextlib import suppress
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TraceFormatError, UsageError
from ..native.extension import extension

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT = 1
GROUP = 32  # blocks that share one row of the table `seen`
MAGIC = 0x6C617374  # "last", SQLite's application_id: where `file` and we look
MACHINE = {"platform": sys.platform, "machine": os.uname().machine if hasattr(os, "uname") else ""}  # in `meta`
MOST_VALUES = 900  # in a statement: SQLite takes 999 up to 3.31, https://sqlite.org/limits.html
LARGEST_COLUMN = 1 << 28  # bytes that a column may have when it is unpacked

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE files (number INTEGER PRIMARY KEY, path TEXT, source TEXT);
CREATE TABLE codes (
    number INTEGER PRIMARY KEY, file INTEGER, qualname TEXT, kind TEXT, first_line INTEGER, flags INTEGER,
    locals TEXT, instructions BLOB
);
CREATE TABLE threads (number INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, first_step INTEGER, steps INTEGER, first_activation INTEGER, first_object INTEGER,
    first_output INTEGER, output_before INTEGER, began INTEGER,
    keyframe BLOB, stream BLOB, births BLOB, pictures BLOB, output BLOB, rest BLOB, ends BLOB, seen BLOB
);
CREATE TABLE ends (activation INTEGER PRIMARY KEY, step INTEGER);
CREATE TABLE seen (first_block INTEGER PRIMARY KEY, objects BLOB);
"""


class BlockRow(NamedTuple):
    """A row of ``blocks`` without its columns; the numbers are those of the first that the block holds."""

    number: int
    first_step: int
    steps: int
    first_activation: int
    first_object: int
    first_output: int
    output_before: int
    began: int


# Without looking for spaces around, as json.loads does: half the time, and a moment has hundreds of small texts.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_BEGINNING = BlockRow(0, 0, 0, 1, 1, 0, 0, 0)


class CodeRow(NamedTuple):
    """A row of ``codes``."""

    number: int
    file: int
    qualname: str
    kind: str
    first_line: int
    flags: int
    locals: str
    instructions: bytes


def pack(text: str) -> bytes:
    """Compress a text (ASCII: other characters are escaped in JSON)."""
    (packed,) = pack_all([text.encode("utf-8", "backslashreplace")])
    return packed


def pack_all(texts: list[bytes]) -> list[bytes]:
    """Compress texts, all of them while other threads run: to get the GIL back takes longer than to compress one."""
    record = extension()
    return [zlib.compress(text, 1) for text in texts] if record is None else record.deflate(texts)


def unpack(data: Any) -> str:
    """Return the text of a column; TraceFormatError when it is damaged."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, LARGEST_COLUMN).decode("utf-8")
    except (zlib.error, TypeError, UnicodeDecodeError) as error:
        raise TraceFormatError(f"a column of the trace is damaged ({error})") from None
    if not unpacker.eof:
        raise TraceFormatError("a column of the trace is cut off, or larger than any that lasti writes")
    return text


def loads(text: Any) -> Any:
    """Return what a JSON text means; TraceFormatError when it is none."""
    try:
        with suppress(StopIteration):
            found, end = _scan(text, 0)
            if end == len(text):
                return found
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise TraceFormatError(f"a text of the trace is damaged ({error})") from None


# -- writing ------------------------------------------------------------------------------------------------------


class Statement(NamedTuple):
    """What to do in the database: SQL, the values of a row, and texts to be compressed that come behind them."""

    text: str
    row: Sequence[Any]
    columns: Sequence[bytes] = ()


class Writer:
    """Writes a trace to ``path``, or into memory (None).

    UsageError when the file cannot be made, or is there already and no trace.
    """

    def __init__(self, path: str | os.PathLike[str] | None, meta: dict[str, str]) -> None:
        self.path = None if path is None else os.fspath(path)
        self._statements: list[Statement] = []
        if self.path is not None:
            _make_room(self.path)
        try:
            self.connection = _connect(self.path or ":memory:")
            # The program does not wait for the disk: that the process dies costs nothing, only a power cut could.
            self.connection.execute("PRAGMA synchronous = OFF")
            self.connection.execute(f"PRAGMA application_id = {MAGIC}")
            self.connection.execute(f"PRAGMA user_version = {FORMAT}")
            self.connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            for key, value in meta.items():
                self.add("INSERT INTO meta VALUES (?, ?)", (key, value))
            self.commit()
        except sqlite3.Error as error:
            raise UsageError(f"cannot write the trace {self.path!r}: {error}") from None

    def add(self, statement: str, row: Sequence[Any], columns: Sequence[bytes] = ()) -> None:
        """Keep a row until the next ``commit``; ``columns`` are texts behind it, which are compressed then."""
        self._statements.append(Statement(statement, row, columns))

    def commit(self) -> bool:
        """Write what was added; False when somebody reads the file just now (it is kept for the next time).

        ``sqlite3.Error`` when it cannot be written.
        """
        statements, self._statements = self._statements, []
        statements = _packed(statements)
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            # What is alike together, in fewer turns; what is dropped comes last: it is older than all that is added.
            for text, alike in groupby(sorted(statements, key=_text_of, reverse=True), _text_of):
                for joined, values in _joined(text, [statement.row for statement in alike]):
                    self.connection.execute(joined, values)
            self.connection.execute("COMMIT")
        except BaseException as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            if not isinstance(error, sqlite3.OperationalError) or "locked" not in str(error):
                self._save(statements)
                raise
            self._statements = statements + self._statements
            return False
        return True

    def _save(self, statements: list[Statement]) -> None:
        """Write, row by row, what still finds room on a full disk."""
        with suppress(sqlite3.Error):
            for statement in statements:
                self.connection.execute(statement.text, statement.row)

    def steps(self) -> int:
        """Return how many steps have been written."""
        (found,) = self.connection.execute("SELECT COALESCE(MAX(first_step + steps), 0) FROM blocks").fetchone()
        return int(found)

    def close(self) -> None:
        """Write what is left and close the file."""
        try:
            self.commit()
        finally:
            self.connection.close()


_text_of = attrgetter("text")


def _packed(statements: list[Statement]) -> list[Statement]:
    """Compress the columns of all rows at once."""
    packed = iter(pack_all([column for statement in statements for column in statement.columns]))
    return [
        statement._replace(row=(*statement.row, *islice(packed, len(statement.columns))), columns=())
        for statement in statements
    ]


def _joined(text: str, rows: list[Sequence[Any]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield statements that do the same in fewer turns: SQLite's module gives up the GIL, and waits for it, in each."""
    head, values, row = text.partition(" VALUES ")
    most = MOST_VALUES // max(1, len(rows[0])) if values else 1
    for place in range(0, len(rows), most):
        some = rows[place : place + most]
        yield f"{head}{values}{', '.join([row] * len(some))}", [value for each in some for value in each]


class _InMemory(sqlite3.Connection):
    """A recording in memory, which is over with its last reader; 3.13+ warns of what nobody has closed."""

    def __del__(self) -> None:
        self.close()


def _connect(path: str) -> sqlite3.Connection:
    # Whoever ends a block writes it, in whichever thread; the recorder's lock lets in one at a time.
    kind = _InMemory if path == ":memory:" else sqlite3.Connection
    return sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False, factory=kind)


def _make_room(path: str) -> None:
    """Delete an older trace; UsageError for any other file."""
    if not os.path.lexists(path):
        return
    if not os.path.isfile(path) or (os.path.getsize(path) and not _is_trace(path)):
        raise UsageError(f"{path!r} is there and is no trace of lasti's: it is left as it is; name another file")
    try:
        for leftover in (path, f"{path}-journal"):
            Path(leftover).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write the trace {path!r}: {error.strerror}") from None


# -- reading ------------------------------------------------------------------------------------------------------


def _is_trace(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError:
        return False
    return head[:16] == b"SQLite format 3\0" and int.from_bytes(head[68:72], "big") == MAGIC


class Reader:
    """Reads a trace, from a file or from a live writer's connection.

    ``problem`` is one sentence about what is wrong with the file, "" when nothing is; ``blocks`` are those that can be
    read.  Of a trace that keeps the last steps only, ``dropped`` steps are gone; the others are numbered from 0.
    """

    def __init__(self, path: str, connection: sqlite3.Connection | None = None) -> None:
        self.path = path
        self.problem = ""
        self.dropped = 0
        self._connection = _open(path) if connection is None else connection
        self._owns_connection = connection is None
        self.meta = self._meta()
        self.blocks = self._blocks()

    def close(self) -> None:
        """Close the file."""
        if self._owns_connection:
            self._connection.close()

    # -- rows -----------------------------------------------------------------------------------------------------

    def rows(self, statement: str, *parameters: Any) -> list[Any]:
        """Return all rows of a query; TraceFormatError when the file is damaged there."""
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise TraceFormatError(f"{self.path}: the trace is damaged ({error})") from None

    def column(self, name: str, block: int) -> str:
        """Return a column of a block ("" when it is not there)."""
        found = self.rows(f"SELECT {name} FROM blocks WHERE number = ?", block)
        return unpack(found[0][0]) if found and found[0][0] is not None else ""

    def has_block(self, block: int) -> bool:
        """Tell whether a block is (still) in the trace."""
        return bool(self.rows("SELECT 1 FROM blocks WHERE number = ?", block))

    def _meta(self) -> dict[str, str]:
        meta = dict(self.rows("SELECT key, value FROM meta"))
        if not meta:
            raise TraceFormatError(f"{self.path}: the recording stopped before it began")
        return meta

    def _blocks(self) -> list[BlockRow]:
        """Return the blocks up to the first that cannot be read."""
        statement = f"SELECT {', '.join(BlockRow._fields)} FROM blocks ORDER BY number"
        found: list[BlockRow] = []
        try:
            for row in self._connection.execute(statement):
                found.append(BlockRow._make(row))
        except sqlite3.Error as error:
            self._note_damage(found, str(error))
        return list(self._readable(found))

    def _readable(self, blocks: list[BlockRow]) -> Iterator[BlockRow]:
        """Yield the blocks as long as they follow each other, with numbers that begin with the first one's."""
        first = blocks[0] if blocks and "last" in self.meta else _BEGINNING
        self.dropped = step = first.first_step
        for place, block in enumerate(blocks):
            if block.number != first.number + place or block.first_step != step:
                self._note_damage(blocks[:place], f"block {first.number + place} is missing")
                return
            step += block.steps
            yield block._replace(
                first_step=block.first_step - first.first_step,
                first_output=block.first_output - first.first_output,
                output_before=block.output_before - first.output_before,
            )

    def _note_damage(self, blocks: list[BlockRow], reason: str) -> None:
        steps = sum(block.steps for block in blocks)
        self.problem = f"{self.path}: the trace is damaged ({reason}); its first {steps} steps can be read"


def _open(path: str) -> sqlite3.Connection:
    """Open a trace for reading; TraceFormatError, in one sentence, when it is none or not for this lasti."""
    try:
        with open(path, "rb") as file:
            head = file.read(100)
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise TraceFormatError(f"cannot read the trace {path!r}: {error.strerror}") from None
    if not _is_trace(path):
        what = "it is empty" if not size else "it is no file that `lasti run -o` has written"
        raise TraceFormatError(f"{path!r} is no trace: {what}")
    number = int.from_bytes(head[60:64], "big")
    if number > FORMAT:
        raise TraceFormatError(
            f"{path!r} has format {number}, which a newer lasti has written; this one reads up to format {FORMAT}"
        )
    # When the program was killed while it wrote, SQLite must undo what was half written, which takes more than reading;
    # where that is not allowed, the file is read as it is.
    is_half_written = os.path.exists(f"{path}-journal")
    for way in ("mode=ro", "mode=rw", "immutable=1") if is_half_written else ("mode=ro",):
        try:
            return _connect_to_read(f"{Path(path).resolve().as_uri()}?{way}")
        except sqlite3.Error as error:
            problem = error
    raise TraceFormatError(f"{path!r} is a damaged trace, of which nothing can be read ({problem})")


def _connect_to_read(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    try:
        # SQLite refuses a file that is shorter than it should be, unless it is told that tables may be damaged.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection
