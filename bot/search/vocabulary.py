"""The vocabulary: every word that articles held, with its stem.

A table of parts finds the word that was meant by one that nobody wrote: each word stands there
under its beginning, its end and, when it is long, its middle, with its length. Slips leave one of
them as it was. (A table of deletions finds the same and a little more; it is four times as large
and took as long as all the rest of an import.) New words wait in a table of their own, in rows of
one length, where they are all compared, until `file_away` has a quiet moment.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.search.manners import Manners

SHORTEST_CORRECTED = 4
LONG = 8
"""From this length on two slips are forgiven, below it one."""
LONGEST = 40
LONGEST_PART = 5
MIDDLE = 4
MOST_COMPLETIONS = 12
MOST_FORMS = 60
MOST_NEAR = 12
MOST_FRESH = 10_000
"""New words that may wait: comparing them all takes two or three milliseconds."""
FILED_AT_ONCE = 2_000
"""Words that one step files away, or a few more: some tens of milliseconds."""
FRESH_IN_ROW = 500


def parts_of(word: str) -> set[int]:
    """Give the entries of a word."""
    length = len(word)
    parts = _ends(word, length)
    if length >= LONG:
        parts.add(_middle(word, length, _start(length)))
    return parts


def parts_asked(typed: str) -> set[int]:
    """Give the entries under which words stand that are near to what was typed."""
    allowed = allowed_slips(typed)
    parts: set[int] = set()
    for length in range(len(typed) - allowed, len(typed) + allowed + 1):
        parts |= _ends(typed, length)
        if length >= LONG:
            start = _start(length)
            starts = range(max(start - allowed, 0), start + allowed + 1)
            parts.update(_middle(typed, length, at) for at in starts)
    return parts


def allowed_slips(word: str) -> int:
    """Tell how many slips are forgiven."""
    return 2 if len(word) >= LONG else 1


def is_correctable(word: str) -> bool:
    """Whether a word is long enough to guess at, and no number."""
    return SHORTEST_CORRECTED <= len(word) <= LONGEST and not word.isdigit()


def add(
    connection: sqlite3.Connection, pairs: Collection[tuple[str, str]], manners: Manners
) -> None:
    """Learn words with their stems. Nothing is ever forgotten: what uses a word looks it up."""
    words = {word for word, _ in pairs if is_correctable(word)}
    known = {
        word
        for (word,) in connection.execute(
            "SELECT DISTINCT word FROM word WHERE word IN (SELECT value FROM json_each(?))",
            (as_json(words),),
        )
    }
    for rows in manners.in_parts(sorted(pairs)):
        connection.executemany("INSERT OR IGNORE INTO word VALUES (?, ?)", rows)
    connection.executemany(
        "INSERT INTO fresh (length, count, words) VALUES (?, ?, ?)", _fresh_rows(words - known)
    )


def _fresh_rows(words: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Write words of one length in one row: a row for each would be made only to be removed."""
    for length, alike in groupby(sorted(words, key=len), len):
        waiting = sorted(alike)
        for start in range(0, len(waiting), FRESH_IN_ROW):
            part = waiting[start : start + FRESH_IN_ROW]
            yield length, len(part), "\n".join(part)


def has_too_many_fresh(connection: sqlite3.Connection) -> bool:
    """Whether so many new words wait that looking through them takes long."""
    (count,) = connection.execute("SELECT total(count) FROM fresh").fetchone()
    return bool(count > MOST_FRESH)


def file_away(connection: sqlite3.Connection, manners: Manners) -> bool:
    """Give some of the new words their entries; True while more wait."""
    filed: list[str] = []
    last = 0
    for number, lines in connection.execute("SELECT id, words FROM fresh ORDER BY id"):
        last = number
        filed += lines.split("\n")
        if len(filed) >= FILED_AT_ONCE:
            break
    entries = sorted((part, word) for word in manners.among(filed) for part in parts_of(word))
    for rows in manners.in_parts(entries):
        connection.executemany("INSERT OR IGNORE INTO part VALUES (?, ?)", rows)
    connection.execute("DELETE FROM fresh WHERE id <= ?", (last,))
    return connection.execute("SELECT 1 FROM fresh LIMIT 1").fetchone() is not None


def as_json(values: Iterable[object]) -> str:
    """Write values for `json_each`: one statement for any number of them."""
    return json.dumps(list(values))


def stems_of(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Give the stems of a word; none when no article ever held it."""
    rows = connection.execute("SELECT stem FROM word WHERE word = ? ORDER BY stem", (word,))
    return tuple(stem for (stem,) in rows)


def forms(connection: sqlite3.Connection, stems: Collection[str]) -> tuple[str, ...]:
    """Give the words of the stems."""
    return tuple(
        word
        for (word,) in connection.execute(
            "SELECT DISTINCT word FROM word WHERE stem IN (SELECT value FROM json_each(?))"
            " ORDER BY word LIMIT ?",
            (as_json(stems), MOST_FORMS),
        )
    )


def completions(connection: sqlite3.Connection, beginning: str) -> tuple[str, ...]:
    """Give the stems of words that begin so, the shorter words first."""
    return tuple(
        stem
        for (stem,) in connection.execute(
            "SELECT stem FROM word WHERE word >= ? AND word < ?"
            " GROUP BY stem ORDER BY min(length(word)), stem LIMIT ?",
            (beginning, f"{beginning}\U0010ffff", MOST_COMPLETIONS),
        )
    )


def nearest(connection: sqlite3.Connection, typed: str, others: Collection[str]) -> tuple[str, ...]:
    """Give the words, of those known and `others`, that are nearest to one that nobody wrote.

    The nearest first; of words equally near those with the same first letter.
    """
    parts, allowed = parts_asked(typed), allowed_slips(typed)
    (lines,) = connection.execute(
        "SELECT group_concat(word, char(10)) FROM ("
        " SELECT word FROM part WHERE part IN (SELECT value FROM json_each(?))"
        " UNION ALL SELECT words FROM fresh WHERE length BETWEEN ? AND ?)",
        (as_json(sorted(parts)), len(typed) - allowed, len(typed) + allowed),
    ).fetchone()
    # To compare a word twice costs less than to look for doubles among thousands.
    near = [*(lines or "").splitlines(), *others]
    found = extract(typed, near, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    found.sort(key=lambda hit: (hit[1], hit[0][0] != typed[0], hit[0]))
    return tuple(dict.fromkeys(word for word, _, _ in found))[:MOST_NEAR]


def _ends(word: str, length: int) -> set[int]:
    part = min(length // 2, LONGEST_PART)
    return {_hashed(f"{length} {word[:part]}…"), _hashed(f"{length} …{word[-part:]}")}


def _middle(word: str, length: int, start: int) -> int:
    return _hashed(f"{length} …{word[start : start + MIDDLE]}…")


def _start(length: int) -> int:
    return (length - MIDDLE) // 2


def _hashed(text: str) -> int:
    return zlib.crc32(text.encode())
