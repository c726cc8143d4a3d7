"""Where the values of one article stand in its file, for checks that come after reading.

Nearly all files are right, and finding a line costs reading the file with the real parser: it is
done at the first question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.content.fences import decode, find_fences
from bot.content.findings import Key, Place, Unusable, dotted
from bot.content.values import one_line
from bot.content.yamltext import Document, load_yaml
from bot.domain.problem import Problem


class Origin:
    """One article file. `load` gives its bytes, `lines` the lines of its outermost keys.

    Keys that are handed in count the entries of `topics`, `images` and `related` as an Article
    does, without those that were left out; keys that are told count as the file does.
    """

    def __init__(
        self, path: str, load: Callable[[], bytes], *, lines: Mapping[str, int] | None = None
    ) -> None:
        self.path = path
        self._load = load
        self._lines = lines or {}
        self._parsed: Document | None = None

    def line_of(self, name: str) -> int | None:
        """Give the line of an outermost key without reading the file again."""
        return self._lines.get(name)

    def value(self, key: Key) -> Any:
        """Give the value at a key as YAML has it; None without one."""
        return self._walk(key)[1]

    def problem(self, key: Key, problem: str, mend: str) -> Problem:
        """Make a problem that costs no more than a value, with its place."""
        written = self._walk(key)[0]
        line, column = self._document().place_of(written) if written else _NOWHERE
        if line is None and written:
            line = self._lines.get(str(written[0]))
        return Problem(
            path=self.path,
            line=line,
            column=column,
            key=dotted(written) or None,
            problem=problem,
            mend=mend,
            is_fatal=False,
        )

    def _document(self) -> Document:
        if self._parsed is None:
            self._parsed = _parsed(self._load)
        return self._parsed

    def _walk(self, key: Key) -> tuple[Key, Any]:
        written: list[str | int] = []
        node = self._document().value
        name = ""
        for step in key:
            if isinstance(step, str):
                name = step
                node = node.get(step) if isinstance(node, dict) else None
                written.append(step)
            elif isinstance(node, list):
                place = _place_in_list(node, name, step)
                node = node[place] if place < len(node) else None
                written.append(place)
            # An int without a list: one item stands where a list of it is expected.
        return tuple(written), node


_NOWHERE: Place = (None, None)


def _parsed(load: Callable[[], bytes]) -> Document:
    try:
        text = decode(load())
        fences = find_fences(text)
        header = text[fences.header_start : fences.header_end].replace("\r\n", "\n")
        return load_yaml(header, first_line=fences.first_line)
    except (OSError, Unusable):  # rewritten or gone since it was read
        return Document(None, first_line=1)


def _place_in_list(items: list[Any], name: str, number: int) -> int:
    """Give the place in the file's list of the entry that an Article has at `number`."""
    seen: set[str] = set()
    count = -1
    for place, item in enumerate(items):
        if name == "topics":
            text = one_line(str(item)) if item is not None else ""
            is_kept = bool(text) and text not in seen
            seen.add(text)
        else:
            is_kept = _is_kept(item, ("url",) if name == "images" else ("title", *_ADDRESSES))
        count += is_kept
        if count == number:
            return place
    return number


_ADDRESSES = ("webUrl", "originalUrl")


def _is_kept(item: Any, names: tuple[str, ...]) -> bool:
    if isinstance(item, dict):
        return any(_has_text(item.get(name)) for name in names)
    return _has_text(item)


def _has_text(value: Any) -> bool:
    return bool(str(value).strip()) if isinstance(value, str | int | float) else False
