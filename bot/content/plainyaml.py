"""The plain part of YAML that article files are written in, read line by line.

What is read here has exactly the value that PyYAML's safe loader gives it; at the first doubt
`load_plain` gives None, and the whole text is the real parser's. In doubt are, among others:
anchors, tags, flow and block styles, values over several lines, comments behind values, tabs,
fields that stand twice and every error.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed lacks it
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import ScalarNode

from bot.content.yamltext import SECRET

MAX_LINES = 10_000
MAX_LEVELS = 40
MAX_SHORT = 20_000
"""Short lines that are remembered: about 5 MB."""
MAX_FORMS = 2_000
"""Beginnings of lines that are remembered: our own fields in any indentation, and more."""

_USUAL = bytes([*b"\t\n", *range(0x20, 0x7F)])
# Line ends of Unicode, the byte order mark and what YAML does not allow in a text at all.
_ODD = ("\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")
_USUAL_OR_LONG = bytes([*_USUAL, *range(0x80, 0x100)])
_CONTROLS = re.compile(b"\xc2[\x80-\x9f]")
_FIELD = re.compile(r"( *)(- +)?([A-Za-z_][A-Za-z0-9_-]{0,99})", re.ASCII)
_ITEM = re.compile(r"( *)- +([^ ].*)")
_NOTHING = re.compile(r" *(?:#.*)?")
_SINGLE = re.compile(r"'([^']*(?:''[^']*)*)' *")
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_MOMENT = re.compile(r"[1-9]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_NO_TEXT = frozenset(
    spelling
    for word in ("yes", "no", "on", "off", "true", "false", "null")
    for spelling in (word, word.title(), word.upper())
)
_LONGEST_WORD = max(map(len, _NO_TEXT))
_SHORT = 40
"""Characters below which a line, or a value, is remembered."""
_IS_SECRET = -1

_scalars = SafeConstructor()
_CONSTRUCT = {
    "tag:yaml.org,2002:null": _scalars.construct_yaml_null,
    "tag:yaml.org,2002:bool": _scalars.construct_yaml_bool,
    "tag:yaml.org,2002:int": _scalars.construct_yaml_int,
    "tag:yaml.org,2002:float": _scalars.construct_yaml_float,
    "tag:yaml.org,2002:timestamp": _scalars.construct_yaml_timestamp,
}
_resolvers = yaml.SafeLoader.yaml_implicit_resolvers

_Form = tuple[int, str, int]
"""How a line begins: its level, the field's name ("": an item), the level of the item's fields
(0: no item begins here).

A level is twice the indentation, and one more for a dash: a list may stand at the indentation of
the mapping that it belongs to.
"""

_Token = tuple[int, str, int, Any, bool]
"""A whole line: how it begins, its value, and whether the value may follow in the next lines."""

_NO_TOKEN: _Token = (-1, "", 0, None, False)

# What is known of the beginnings of lines with a value, and of short lines.
_fields: dict[str, _Form] = {}
_short: dict[str, _Token] = {}

Plain = tuple[dict[str, Any], dict[str, int]]
"""The values without any `secured` field, and the line of each outermost key."""


class _Doubt(Exception):
    """This text is not plain."""


def load_plain(text: str, *, first_line: int = 1) -> Plain | None:
    """Read the text between the fences; None when it holds anything but plain fields."""
    if _is_odd(text) or text.count("\n") > MAX_LINES:
        return None
    try:
        return _load(text, first_line)
    except _Doubt:
        return None


def _is_odd(text: str) -> bool:
    if text.isascii():  # deleting is ten times as fast as a search
        return bool(text.encode().translate(None, _USUAL))
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    # A byte of C2 begins the characters from U+0080 to U+00BF; the first half of them is odd.
    return (
        bool(data.translate(None, _USUAL_OR_LONG))
        or any([odd in text for odd in _ODD])
        or (b"\xc2" in data and _CONTROLS.search(data) is not None)
    )


# One long loop: a call for each of fifty lines would double the time of a large import.
def _load(text: str, first_line: int) -> Plain:  # noqa: C901
    root: dict[str, Any] = {}
    lines: dict[str, int] = {}
    level = 0
    here: Any = root
    outer: list[tuple[int, Any]] = []
    waiting = ""  # the field of `here` whose value the next line may begin
    short, fields = _short.get, _fields.get
    for number, line in enumerate(text.split("\n"), first_line):
        if len(line) < _SHORT:
            token = short(line) or _dated(line) or _token(line)
            own, name, inside, value, is_opener = token
            if own < 0:
                continue
        else:
            begin, colon, raw = line.partition(": ")
            form = fields(begin) if colon else None
            if form is None:
                own, name, inside, value, is_opener = _read(line)
                if own < 0:
                    continue
            else:
                own, name, inside = form
                is_opener = False
                if raw[:1] == '"' and raw.find('"', 1) == len(raw) - 1 and "\\" not in raw:
                    value = raw[1:-1]
                else:
                    value = _value(raw)
        if waiting or own != level:
            if waiting and own > level:
                outer.append((level, here))
                inner: Any = [] if own & 1 else {}
                here[waiting] = inner
                here = inner
                level = own
            waiting = ""
            while own < level:
                level, here = outer.pop()
            if own != level:
                raise _Doubt
        if inside:
            if inside == _IS_SECRET:
                continue
            item: dict[str, Any] = {}
            here.append(item)
            outer.append((level, here))
            here = item
            level = inside
        if is_opener:
            waiting = name
            if len(outer) > MAX_LEVELS:
                raise _Doubt
        if not name:
            here.append(value)
        elif name in here:
            raise _Doubt
        else:
            here[name] = value
            if not own:
                lines[name] = number
    return root, lines


def _dated(line: str) -> _Token | None:
    """Read a known field with a moment, which is not worth remembering: no two files share it."""
    if not line.endswith("Z"):
        return None
    begin, _, raw = line.partition(": ")
    form = _fields.get(begin)
    if form is None or form[2] == _IS_SECRET or _MOMENT.fullmatch(raw) is None:
        return None
    try:
        return (*form, datetime.fromisoformat(raw), False)
    except ValueError:
        return None


def _token(line: str) -> _Token:
    """Read a short line, and remember it: nearly all of them stand in thousands of files."""
    token = _read(line)
    if token[2] == _IS_SECRET:
        return token
    if len(_short) >= MAX_SHORT:
        _short.clear()
    _short[line] = token
    return token


def _read(line: str) -> _Token:
    """Tell how a line begins, and read the value in it."""
    if _NOTHING.fullmatch(line):
        return _NO_TOKEN
    form, raw = _form(line)
    if form[2] == _IS_SECRET:
        _value(raw)  # never kept, but it must be a value
        return (*form, None, False)
    return (*form, _value(raw) if raw else None, not raw)


def _form(line: str) -> tuple[_Form, str]:
    """Tell how a line begins that is not known yet, and give the value in it."""
    begin, colon, raw = line.partition(": ")
    found = _FIELD.fullmatch(begin if colon else begin.removesuffix(":"))
    if found is None or not (colon or begin.endswith(":")):
        item = _ITEM.fullmatch(line)
        if item is None:
            raise _Doubt
        return (len(item[1]) * 2 + 1, "", 0), item[2]
    spaces, dash, name = found.groups()
    own = len(spaces) * 2
    form = (own + 1, name, own + len(dash) * 2) if dash else (own, name, 0)
    if name.lower() == SECRET:
        form = (own, name, _IS_SECRET)
    if name in _NO_TEXT or (form[2] == _IS_SECRET and dash):
        raise _Doubt
    if colon and len(_fields) < MAX_FORMS:
        _fields[begin] = form
    return form, raw


def _value(raw: str) -> Any:
    """Give the value of a single written one; raises _Doubt."""
    raw = raw.strip(" ")
    if not raw:
        raise _Doubt
    first = raw[:1]
    if first == '"':
        return _unescaped(raw)
    if first == "'":
        if _SINGLE.fullmatch(raw) is None:
            raise _Doubt
        return raw[1:-1].replace("''", "'")
    if len(raw) < _SHORT:
        return _bare_once(raw)
    return _bare(raw)


def _unescaped(raw: str) -> str:
    # JSON's escapes are the common part of YAML's, and mean the same.
    strict = False  # a tab may stand in a text
    try:
        value: str
        value, end = scanstring(raw, 1, strict)
    except ValueError:
        raise _Doubt from None
    if end != len(raw) or "\0" in value or ("\\u" in raw and _HALF_PAIR.search(raw)):
        raise _Doubt
    return value


def _bare(raw: str) -> Any:
    """Read what stands without quotes as PyYAML does, with its own patterns and functions."""
    first = raw[0]
    if first in _INDICATORS or ": " in raw or " #" in raw or raw[-1] == ":" or "\t" in raw:
        raise _Doubt
    if first not in _resolvers or (len(raw) > _LONGEST_WORD and first.isalpha()):
        return raw
    try:
        if _MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw)
        return _resolved(raw)
    except (ArithmeticError, LookupError, ValueError):
        raise _Doubt from None


_bare_once = lru_cache(maxsize=4096)(_bare)


def _resolved(raw: str) -> Any:
    for tag, pattern in _resolvers[raw[0]]:
        if pattern.match(raw):
            construct = _CONSTRUCT.get(tag)
            if construct is None:
                raise _Doubt
            return construct(ScalarNode(tag, raw))
    return raw
