"""The vocabulary: every word of the articles with its stem and how many hold it.

A table of slips finds the word that was meant by one that nobody wrote: under each word's
beginning, whole and with one letter left out, and under the end of a long word (the idea of
deletion neighbourhoods, as in SymSpell).
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

SHORTEST_CORRECTED = 4
LONG = 8
"""From this length on two slips are forgiven, below it one."""
BEGINNING = 6
END = 5
LONGEST = 40
MOST_COMPLETIONS = 12
MOST_FORMS = 60


def slips_of(word: str) -> set[int]:
    """Give the entries under which a word is found in spite of slips."""
    beginning = word[:BEGINNING]
    found = {beginning, *_shortened(beginning)}
    slips = {_hashed(f"{text}…") for text in found}
    if len(word) >= LONG:
        slips.add(_hashed(f"…{word[-END:]}"))
    return slips


def slips_asked(typed: str) -> set[int]:
    """Give the entries to look under for what was typed."""
    beginning = typed[:BEGINNING]
    found = {beginning, *_shortened(beginning)}
    ends: set[str] = set()
    if len(typed) >= LONG - 2:
        found |= {shorter for text in tuple(found) for shorter in _shortened(text)}
        ends = {typed[-END:]}
    return {_hashed(f"{text}…") for text in found} | {_hashed(f"…{text}") for text in ends}


def is_correctable(word: str) -> bool:
    """Whether a word is long enough to guess at, and no number."""
    return SHORTEST_CORRECTED <= len(word) <= LONGEST and not word.isdigit()


def change(
    connection: sqlite3.Connection, deltas: Mapping[tuple[str, str], int]
) -> None:
    """Add to the counts of (word, stem) pairs; words that nobody holds any more are dropped."""
    rows = sorted((word, stem, delta) for (word, stem), delta in deltas.items() if delta)
    if not rows:
        return
    added = [row for row in rows if row[2] > 0]
    known = _known(connection, {word for word, _, _ in rows})
    connection.executemany(
        "INSERT INTO word VALUES (?, ?, ?)"
        " ON CONFLICT (word, stem) DO UPDATE SET articles = articles + excluded.articles",
        rows,
    )
    new = {word for word, _, _ in added} - known
    entries = [(slip, word) for word in new if is_correctable(word) for slip in slips_of(word)]
    entries.sort()
    connection.executemany("INSERT OR IGNORE INTO slip VALUES (?, ?)", entries)
    fewer = [(word, stem) for word, stem, delta in rows if delta < 0]
    if fewer:
        _drop(connection, fewer)


def _drop(connection: sqlite3.Connection, pairs: Collection[tuple[str, str]]) -> None:
    connection.executemany(
        "DELETE FROM word WHERE word = ? AND stem = ? AND articles <= 0", pairs
    )
    words = {word for word, _ in pairs}
    lost = words - _known(connection, words)
    connection.executemany(
        "DELETE FROM slip WHERE slip = ? AND word = ?",
        [(slip, word) for word in lost if is_correctable(word) for slip in slips_of(word)],
    )


def _known(connection: sqlite3.Connection, words: Collection[str]) -> set[str]:
    return {word for (word,) in connection.execute(
        "SELECT DISTINCT word FROM word WHERE word IN (SELECT value FROM json_each(?))",
        (as_json(words),),
    )}


def as_json(values: Iterable[object]) -> str:
    """Write values for `json_each`: one statement for any number of them."""
    return json.dumps(list(values))


def counts(connection: sqlite3.Connection, stems: Collection[str]) -> int:
    """Count the articles that hold one of the stems; twice those that hold two."""
    (count,) = connection.execute(
        "SELECT coalesce(sum(articles), 0) FROM word"
        " WHERE stem IN (SELECT value FROM json_each(?))",
        (as_json(stems),),
    ).fetchone()
    return int(count)


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


def is_known(connection: sqlite3.Connection, word: str) -> bool:
    """Whether an article holds the word itself."""
    found = connection.execute("SELECT 1 FROM word WHERE word = ? LIMIT 1", (word,)).fetchone()
    return found is not None


def completions(connection: sqlite3.Connection, beginning: str) -> tuple[str, ...]:
    """Give the stems of the most frequent words that begin so."""
    return tuple(
        stem
        for (stem,) in connection.execute(
            "SELECT stem FROM word WHERE word >= ? AND word < ?"
            " GROUP BY stem ORDER BY sum(articles) DESC, stem LIMIT ?",
            (beginning, f"{beginning}\U0010ffff", MOST_COMPLETIONS),
        )
    )


def nearest(
    connection: sqlite3.Connection, typed: str, others: Collection[str]
) -> str | None:
    """Give the known word, or one of `others`, that is nearest to a word that nobody wrote.

    Of words equally near the one with the same first letter wins, then the more frequent one.
    """
    allowed = 2 if len(typed) >= LONG else 1
    near = Counter[str]()
    rows = connection.execute(
        "SELECT group_concat(word || ' ' || articles, char(10)) FROM ("
        " SELECT w.word, sum(w.articles) AS articles FROM word w"
        "  WHERE w.word IN (SELECT word FROM slip"
        "                    WHERE slip IN (SELECT value FROM json_each(?))"
        "                      AND length(word) BETWEEN ? AND ?)"
        "  GROUP BY w.word)",
        (as_json(sorted(slips_asked(typed))), len(typed) - allowed, len(typed) + allowed),
    ).fetchone()[0]
    for line in (rows or "").splitlines():
        word, _, articles = line.partition(" ")
        near[word] = int(articles)
    for word in others:
        near.setdefault(word, 0)
    found = extract(typed, list(near), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    if not found:
        return None
    return min(found, key=lambda hit: (hit[1], hit[0][0] != typed[0], -near[hit[0]], hit[0]))[0]


def _shortened(text: str) -> Iterator[str]:
    if len(text) > 2:
        for place in range(len(text)):
            yield text[:place] + text[place + 1 :]


def _hashed(text: str) -> int:
    return zlib.crc32(text.encode())
