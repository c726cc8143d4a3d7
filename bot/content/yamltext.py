"""YAML of strangers becomes plain values: bounded, without the `secured` field, with places.

PyYAML's C loader parses and builds the tree of nodes; values are made from the nodes here. Its
own constructor fails the whole file for one impossible date or unknown tag, multiplies aliases
without a bound and forgets where a value stood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.content.findings import Key, Place, Unusable
from bot.content.yamlerrors import explain

MAX_VALUES = 50_000
"""Values in one file, each use of an alias counted with all that it stands for."""

MAX_DEPTH = 50
"""Levels of nesting."""

SECRET = "secured"  # noqa: S105 - the name of the field, not a secret

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCK_INDENT = re.compile("[\n\r\x85\u2028\u2029][ \t?:-]{100}")
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALF_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)"
    r"(?:\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_STR = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_scalars = SafeConstructor()
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "tag:yaml.org,2002:bool": _scalars.construct_yaml_bool,
    "tag:yaml.org,2002:int": _scalars.construct_yaml_int,
    "tag:yaml.org,2002:float": _scalars.construct_yaml_float,
    "tag:yaml.org,2002:timestamp": _scalars.construct_yaml_timestamp,
}


class Document:
    """The values of one YAML text, and where each of them stands."""

    def __init__(self, root: Node | None, *, first_line: int) -> None:
        self._root = root
        self._first_line = first_line
        self._left = MAX_VALUES
        self._secret: set[int] = set()
        self.oddities: list[tuple[Place, str, str, str]] = []
        """What was mended or passed over: place, key, problem, mend."""
        self.value: Any = None if root is None else self._value(root, 0)

    def place_of(self, key: Key) -> Place:
        """Tell where the value at `key` stands, or the nearest one around it."""
        node = self._node(key)
        return (None, None) if node is None else self._place(node)

    def written(self, key: Key) -> str | None:
        """Give a single value as it is written in the file, None for a list or mapping."""
        node = self._node(key)
        return node.value if isinstance(node, ScalarNode) else None

    def lines(self) -> dict[str, int]:
        """Give the lines of the outermost keys."""
        if not isinstance(self._root, MappingNode):
            return {}
        return {
            key.value: key.start_mark.line + self._first_line
            for key, _ in self._root.value
            if isinstance(key, ScalarNode) and id(key) not in self._secret
        }

    def _place(self, node: Node) -> Place:
        mark = node.start_mark
        return mark.line + self._first_line, mark.column + 1

    def _node(self, key: Key) -> Node | None:
        found = None
        node = self._root
        for step in key:
            node = _child(node, step)
            if node is None:
                return found
            found = node
        return found or self._root

    def _value(self, node: Node, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise _too_much(self._place(node), is_deep=depth > MAX_DEPTH)
        if id(node) in self._secret:
            return None
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if isinstance(node, SequenceNode):
            return [self._value(item, depth + 1) for item in node.value]
        assert isinstance(node, MappingNode)  # noqa: S101 - there are three kinds of nodes
        return self._mapping(node, depth)

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, ScalarNode):
                self._passed_over(key)
            elif key.value.casefold() == SECRET:
                self._hide(item)
            elif key.tag == _MERGE:
                self._merge(self._value(item, depth + 1), merged)
            elif id(key) not in self._secret:
                name = _text(key)
                if name in values:
                    self._repeated(key, name)
                values[name] = self._value(item, depth + 1)
        return {**merged, **values} if merged else values

    def _merge(self, value: Any, merged: dict[str, Any]) -> None:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                for name, item in part.items():
                    merged.setdefault(name, item)

    def _hide(self, node: Node) -> None:
        # An alias elsewhere would bring the value back under another name.
        waiting = [node]
        while waiting:
            hidden = waiting.pop()
            if id(hidden) in self._secret:
                continue
            self._secret.add(id(hidden))
            if isinstance(hidden, SequenceNode):
                waiting.extend(hidden.value)
            elif isinstance(hidden, MappingNode):
                waiting.extend(part for pair in hidden.value for part in pair)

    def _repeated(self, node: Node, name: str) -> None:
        self.oddities.append(
            (self._place(node), name, "the field stands twice; the last one is used", "remove one")
        )

    def _passed_over(self, node: Node) -> None:
        problem = "the name of a field is not plain text; the field was passed over"
        self.oddities.append((self._place(node), "", problem, "write `name: value`"))


def load_yaml(text: str, *, first_line: int = 1) -> Document:
    """Read YAML; raises Unusable with line, column and the likely mend.

    Control characters and halves of UTF-16 pairs (as JSON writes emoji) do not cost the file.
    """
    try:
        return Document(_compose(text, first_line), first_line=first_line)
    except yaml.YAMLError as error:
        mended = _mended(text)
        if mended == text:
            raise explain(error, text, first_line=first_line) from None
    try:
        document = Document(_compose(mended, first_line), first_line=first_line)
    except yaml.YAMLError as error:
        raise explain(error, mended, first_line=first_line) from None
    odd = _NOT_YAML.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start())
        place = (line + first_line, odd.start() - text.rfind("\n", 0, odd.start()))
        problem = "a control character stands here; it was read as a space"
        document.oddities.append((place, "", problem, "remove the invisible character"))
    return document


def _compose(text: str, first_line: int) -> Node | None:
    # The C composer recurses on the C stack: some 50,000 open brackets end the process. Its
    # stream of events does not, so whatever could be deep is measured first.
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH or _BLOCK_INDENT.search("\n" + text):
        _refuse_depth(text, first_line)
    loader = _Loader(text)
    try:
        node: Node | None = loader.get_single_node()
        return node
    except (ValueError, RecursionError):
        raise yaml.YAMLError from None
    finally:
        loader.dispose()


def _refuse_depth(text: str, first_line: int) -> None:
    loader = _Loader(text)
    depth = 0
    while (event := loader.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > 2 * MAX_DEPTH:
            mark = event.start_mark
            raise _too_much((mark.line + first_line, mark.column + 1), is_deep=True)


def _too_much(place: Place, *, is_deep: bool) -> Unusable:
    if is_deep:
        return Unusable("the values are nested too deeply", "write them out plainly", place=place)
    return Unusable(
        f"the fields hold more than {MAX_VALUES} values, those behind aliases (`*`) counted",
        "write only what belongs to this file, without aliases",
        place=place,
    )


def _mended(text: str) -> str:
    text = _NOT_YAML.sub(" ", text)
    return _HALF_PAIR.sub(_whole_pair, text)


def _whole_pair(match: re.Match[str]) -> str:
    backslashes, high, low = match.groups()
    if high is None:
        return backslashes
    point = 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
    return f"{backslashes}\\U{point:08x}"


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(step, int):
        inside = isinstance(node, SequenceNode) and step < len(node.value)
        return node.value[step] if inside and node is not None else None
    if isinstance(node, MappingNode):
        for key, item in reversed(node.value):
            if isinstance(key, ScalarNode) and _text(key) == step:
                found: Node = item
                return found
    return None


def _scalar(node: ScalarNode) -> Any:
    if node.tag == _STR:
        return _text(node)
    if node.tag == _NULL:
        return None
    convert = _CONVERSIONS.get(node.tag)
    if convert is not None:
        try:
            return convert(node)
        except (ArithmeticError, AttributeError, LookupError, ValueError):
            pass  # 2020-13-45, or `!!int x`: text, and whoever wants a date will say so
    return _text(node)


def _text(node: ScalarNode) -> str:
    value: str = node.value
    if node.style == '"' and not value.isprintable():
        value = value.replace("\0", "")
        if not _is_encodable(value):  # only the Python loader lets halves of pairs through
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return value


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
