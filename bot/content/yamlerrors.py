"""What the YAML parser's complaints mean for the person who wrote the file.

The parser's own words stay out: some of them quote the file.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from bot.content.findings import Place, Unusable

_KEY = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*:(?=\s|$)")
_LINE_END = re.compile(r"\r\n|\r|\n")

_QUOTES = "put the value in double quotes"
_COLON = (
    "a value holds a colon followed by a space",
    f'{_QUOTES}: key: "Words: more words"',
)
_TAB = ("a tab stands where the line should begin with spaces", "replace the tab by spaces")

_BY_COMPLAINT: tuple[tuple[str, tuple[str, str]], ...] = (
    (
        "found unknown escape character",
        (
            "a backslash in double quotes is followed by a character that means nothing",
            "double the backslash, or put the value in single quotes",
        ),
    ),
    (
        "found invalid Unicode character escape",
        ("an escape such as \\u0000 names no character", "write the character itself"),
    ),
    ("tab character", _TAB),
    (
        "found character that cannot start",
        ("a value begins with a character that YAML keeps for itself", _QUOTES),
    ),
    (
        "found undefined alias",
        ("a value begins with `*`, which YAML reads as a reference", _QUOTES),
    ),
    (
        "did not find expected alphabetic or numeric",
        ("a value begins with `&` or `*`, which YAML keeps for itself", _QUOTES),
    ),
    ("tag", ("a value begins with `!`, which YAML keeps for itself", _QUOTES)),
    (
        "could not find expected ':'",
        ("a line has no colon after the field's name", "write `name: value`"),
    ),
    (
        "<document start>",
        ("a line of three dots ends the fields too early", "remove that line"),
    ),
    (
        "but found another document",
        ("a line of three dots ends the fields too early", "remove that line"),
    ),
    (
        "block sequence entries are not allowed",
        (
            "a value begins with a dash",
            f"{_QUOTES}, or begin the list on the next line",
        ),
    ),
    (
        "did not find expected '-' indicator",
        ("a list is followed by something else at the same depth", "check the indentation"),
    ),
    (
        "did not find expected ',' or ",
        ("a bracket is opened and not closed", f"close it, or {_QUOTES}"),
    ),
)
_INDENT = (
    "something stands after the end of a value, or a line is indented differently",
    "close every quote, and indent fields of one mapping alike",
)
_AFTER_VALUE = {
    '"': (
        "more text stands after the closing quote of a value",
        'write quotes inside double quotes as \\"',
    ),
    "'": (
        "more text stands after the closing quote of a value",
        "write an apostrophe inside single quotes twice, or use double quotes",
    ),
    "[": ("more text stands after the closing bracket of a value", _QUOTES),
    "{": ("more text stands after the closing bracket of a value", _QUOTES),
}
_UNKNOWN = ("the fields cannot be read as YAML", f"check this line and the one above, or {_QUOTES}")


def explain(error: yaml.YAMLError, text: str, *, first_line: int) -> Unusable:
    """Say in plain words what is wrong, where, and the usual mend."""
    complaint = str(getattr(error, "problem", None) or "")
    context = str(getattr(error, "context", None) or "")
    mark: Any = getattr(error, "problem_mark", None)
    opened: Any = getattr(error, "context_mark", None)
    if mark is None:
        return Unusable(*_UNKNOWN)
    lines = _LINE_END.split(text)
    if "quoted scalar" in context and "found unexpected" in complaint:
        mark = opened
        words = (
            "a quote is opened and not closed",
            "close it, or put the value in the other kind of quotes",
        )
    elif complaint.startswith("mapping values are not allowed"):
        mark_line, words = _misplaced_colon(lines, mark.line, mark.column)
        column = mark.column if mark_line == mark.line else None
        return _unusable(words, lines, (mark_line, column), first_line)
    else:
        if "did not find expected ','" in complaint:
            mark = opened
        words = _words(complaint, _line(lines, mark.line)[: mark.column + 1])
    return _unusable(words, lines, (mark.line, mark.column), first_line)


def _words(complaint: str, before: str) -> tuple[str, str]:
    if "cannot start" in complaint and before.endswith("\t"):
        return _TAB
    if complaint == "did not find expected key":
        value = _KEY.sub("", before.lstrip(" -"), count=1).lstrip()
        return _AFTER_VALUE.get(value[:1], _INDENT)
    for part, words in _BY_COMPLAINT:
        if part in complaint:
            return words
    return _UNKNOWN


def _misplaced_colon(lines: list[str], line: int, column: int) -> tuple[int, tuple[str, str]]:
    before = _line(lines, line)[:column]
    if ":" in before:
        return line, _COLON
    above = line - 1
    while above > 0 and not _line(lines, above).strip():
        above -= 1
    if above < 0:
        return line, _UNKNOWN
    if _KEY.match(_line(lines, above).lstrip()):
        return line, (
            "a line is indented deeper than the one above, or the value above is not finished",
            "indent fields of one mapping alike",
        )
    return above, (
        "a line has no colon and space after the field's name",
        "write `name: value`",
    )


def _unusable(
    words: tuple[str, str], lines: list[str], mark: tuple[int, int | None], first_line: int
) -> Unusable:
    line, column = mark
    place: Place = (line + first_line, None if column is None else column + 1)
    return Unusable(*words, place=place, key=_key_at(lines, line))


def _key_at(lines: list[str], line: int) -> str | None:
    """Name the outermost field that a line belongs to."""
    for number in range(min(line, len(lines) - 1), -1, -1):
        match = _KEY.match(lines[number])
        if match:
            return match[1]
        if number != line and lines[number][:1].strip():
            return None
    return None


def _line(lines: list[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""
