"""The plain part of YAML that article files are written in, read line by line.

What is read here has exactly the value that PyYAML's safe loader gives it; at the first doubt
`load_plain` gives None, and the whole text is the real parser's. In doubt are, among others:
anchors, tags, flow and block styles, values over several lines, comments behind values, tabs,
fields that stand twice and every error.
"""

from __future__ import annotations

import json.decoder
import re
from datetime import datetime
from functools import lru_cache
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import ScalarNode

MAX_LINES = 10_000
MAX_LEVELS = 40
MAX_NAME = 100

# One match a line: the spaces before it, a dash, a name and its colon, the value as written.
# What begins a value may have no second meaning; what else YAML allows is left to its parser.
_LINE = re.compile(
    r"""^([ ]*+)
    (-[ ]++)?+
    (?:([A-Za-z_][A-Za-z0-9_-]*+):(?:[ ]++|$))?+
    (
        "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"[ ]*+
      | '[^'\n]*+(?:''[^'\n]*+)*+'[ ]*+
      | [^\s\-?:,\[\]{}#&*!|>'"%@`][^\n]*+
      |
    )$""",
    re.MULTILINE | re.VERBOSE | re.ASCII,
)
# Line ends of Unicode, the byte order mark and what YAML does not allow in a text at all.
_USUAL = bytes([*b"\t\n", *range(0x20, 0x7F)])
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_COMMENT = re.compile(r"^ *#[^\n]*$", re.MULTILINE)
_MOMENT = re.compile(r"[1-9]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_NO_TEXT = frozenset("yes Yes YES no No NO on On ON off Off OFF null Null NULL".split())
_NO_TEXT |= frozenset("true True TRUE false False FALSE".split())
_LONGEST_WORD = max(map(len, _NO_TEXT))
_SECRET = "secured"  # noqa: S105 - the name of the field, not a secret

_scalars = SafeConstructor()
_CONSTRUCT = {
    "tag:yaml.org,2002:null": _scalars.construct_yaml_null,
    "tag:yaml.org,2002:bool": _scalars.construct_yaml_bool,
    "tag:yaml.org,2002:int": _scalars.construct_yaml_int,
    "tag:yaml.org,2002:float": _scalars.construct_yaml_float,
    "tag:yaml.org,2002:timestamp": _scalars.construct_yaml_timestamp,
}
_resolvers = yaml.SafeLoader.yaml_implicit_resolvers
_unescape = json.decoder.scanstring

Plain = tuple[dict[str, Any], dict[str, int]]
"""The values without any `secured` field, and the line of each outermost key."""


class _Doubt(Exception):  # noqa: N818 - no error: the other parser's turn
    """This text is not plain."""


def load_plain(text: str, *, first_line: int = 1) -> Plain | None:
    """Read the text between the fences; None when it holds anything but plain fields."""
    if _is_odd(text) or text.count("\n") > MAX_LINES:
        return None
    if "#" in text:
        text = _COMMENT.sub("", text)
    rows = _LINE.findall(text)
    if len(rows) != text.count("\n") + 1:  # some line has another form
        return None
    try:
        return _Reader(first_line).read(rows)
    except _Doubt:
        return None


def _is_odd(text: str) -> bool:
    if text.isascii():  # deleting is ten times as fast as a search
        return bool(text.encode().translate(None, _USUAL))
    return _ODD.search(text) is not None


class _Reader:
    """Puts the lines of one text together by their indentation."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line

    def read(self, rows: list[tuple[str, str, str, str]]) -> Plain:
        """Give values and lines; raises _Doubt."""
        root: dict[str, Any] = {}
        lines: dict[str, int] = {}
        # Open mappings and lists with their levels: twice the indentation, and one more for a
        # list, which may stand at the indentation of the mapping that it belongs to.
        level = 0
        here: Any = root
        stack: list[tuple[int, Any]] = []
        waiting = ""  # the field of `here` whose value the next line may begin
        for number, (spaces, dash, key, raw) in enumerate(rows, self._first_line):
            if key:
                own = len(spaces) * 2
                if dash:
                    own += 1
            elif raw and dash:
                own = len(spaces) * 2 + 1
            elif raw or dash:
                raise _Doubt
            else:
                continue
            if waiting:
                if own > level:
                    stack.append((level, here))
                    inner: Any = [] if dash else {}
                    here[waiting] = inner
                    here = inner
                    level = own
                waiting = ""
            while own < level:
                level, here = stack.pop()
            if own != level:
                raise _Doubt
            if dash:
                if not key:
                    here.append(_value(raw))
                    continue
                item: dict[str, Any] = {}
                here.append(item)
                stack.append((level, here))
                here = item
                level = (len(spaces) + len(dash)) * 2
            elif not own:
                lines[key] = number
            if key in here or key in _NO_TEXT or len(key) > MAX_NAME:
                raise _Doubt
            if len(key) == 7 and key.lower() == _SECRET:
                if not raw:
                    raise _Doubt
                _value(raw)  # never kept, but it must be a value
                lines.pop(key, None)
            elif raw:
                here[key] = _value(raw)
            else:
                here[key] = None
                waiting = key
                if len(stack) > MAX_LEVELS:
                    raise _Doubt
        return root, lines


def _value(raw: str) -> Any:
    """Give the value of a single written one; raises _Doubt."""
    if raw[-1] == " ":
        raw = raw.rstrip(" ")
    first = raw[0]
    if first == '"':
        return _unescaped(raw) if "\\" in raw else raw[1:-1]
    if first == "'":
        return raw[1:-1].replace("''", "'")
    if ": " in raw or " #" in raw or raw[-1] == ":" or "\t" in raw:
        raise _Doubt
    if first not in _resolvers or (len(raw) > _LONGEST_WORD and first.isalpha()):
        return raw
    try:
        if _MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw)
        return _resolved(raw)
    except (ArithmeticError, LookupError, ValueError):
        raise _Doubt from None


def _unescaped(raw: str) -> str:
    # JSON's escapes are the common part of YAML's, and mean the same.
    if _HALF_PAIR.search(raw):
        raise _Doubt
    try:
        value: str = _unescape(raw, 1, False)[0]
    except ValueError:
        raise _Doubt from None
    if "\0" in value:
        raise _Doubt
    return value


@lru_cache(maxsize=4096)
def _resolved(raw: str) -> Any:
    """Read numbers, dates, true and false as PyYAML does, with its own patterns and functions."""
    for tag, pattern in _resolvers[raw[0]]:
        if pattern.match(raw):
            construct = _CONSTRUCT.get(tag)
            if construct is None:
                raise _Doubt
            return construct(ScalarNode(tag, raw))
    return raw
