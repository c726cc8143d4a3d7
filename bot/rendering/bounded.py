"""The language of templates that operators write: Jinja2's sandbox, and every run is bounded.

A template can neither call anything nor define anything that could call itself. What is left are
loops over what it is given: each step costs effort, and whatever makes text longer is watched, so
that no template holds a message up or fills the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Undefined, nodes, pass_context
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.rendering.cleaning import one_line
from bot.rendering.emphasis import Emphasised
from bot.rendering.hashtags import Hashtag
from bot.rendering.quoting import quoted
from bot.rendering.shortening import shortened
from bot.rendering.speech import EXTENSION, speech_in, teach

MAX_SOURCE = 16_000
"""Bytes of a template file."""
MAX_WORDS = 20_000
"""Characters that one value may have; the longest that a file's field is shown with is 3,000."""
MAX_MARKUP = 40_000
"""Characters that one rendering may write, tags included."""
MAX_NUMBER = 10**12
EFFORT = 20_000
"""Steps of one rendering: about 10 ms."""
CHARACTERS_A_STEP = 20

RUN = " run "
"""Where a rendering's Run is kept among its values: no template can spell that name."""

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Include),
    *(nodes.Assign, nodes.AssignBlock, nodes.With, nodes.Name, nodes.Const, nodes.Tuple),
    *(nodes.List, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem),
    *(nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
)
_REFUSED: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.Call: ("nothing can be called", "use a filter: {{ title|upper }}"),
    nodes.Macro: ("macros are not available", "write the lines out, or use _title, _source, _also"),
    nodes.CallBlock: ("macros are not available", "write the lines out"),
    nodes.Block: ("blocks cannot be inherited", "write the whole template"),
    nodes.Extends: ("templates cannot be inherited", "write the whole template"),
    nodes.Pow: ("powers are not available", "write the number"),
    nodes.FilterBlock: ("filter blocks are not available", "put the filter behind each value"),
}


class Overrun(Exception):
    """A template wants more than any block needs."""


class Unwritable(Exception):
    """A template uses a value in a way that it cannot be used."""


class Fault(Exception):
    """A template cannot be used as it is written: `line`, what is wrong, and the mend."""

    def __init__(self, problem: str, mend: str, *, line: int | None = None) -> None:
        self.problem = problem
        self.mend = mend
        self.line = line
        super().__init__(problem)


class Run:
    """One rendering: the effort that is left for it, and how numbers are written."""

    def __init__(self, *, write_number: Callable[[int], str] = str) -> None:
        self.write_number = write_number
        self._left = EFFORT

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises Overrun when none are left."""
        self._left -= steps
        if self._left < 0:
            raise Overrun("loops too often")


def _spend(context: Context, steps: int) -> None:
    run = context.get(RUN)
    if isinstance(run, Run):
        run.spend(steps)


def words_of(context: Context, value: object) -> str:
    """Give a value as text; it costs its length. Raises Unwritable for what is no text."""
    if isinstance(value, Undefined):
        str(value)  # raises the error that names it
    if value is None:
        return ""
    text = value if isinstance(value, str) else None
    if text is None:
        if isinstance(value, (list, tuple, dict)) or callable(value):
            raise Unwritable("a list cannot be shown as it is")
        run = context.get(RUN)
        if isinstance(value, int) and not isinstance(value, bool) and isinstance(run, Run):
            text = run.write_number(value)
        else:
            text = str(value)
    _spend(context, 1 + len(text) // CHARACTERS_A_STEP)
    if len(text) > MAX_WORDS:
        raise Overrun("makes a text that is too long")
    return text


@pass_context
def _steps(context: Context, items: Any, cost: int) -> Iterator[Any]:
    """Walk over the items of a loop; each costs what the loop's body does."""
    if isinstance(items, (str, Markup)) or not isinstance(items, Iterable):
        raise Unwritable("only lists can be looped over")
    for item in items:
        _spend(context, cost)
        yield item


@pass_context
def _spent(context: Context, cost: int) -> int:
    _spend(context, cost)
    return cost


@pass_context
def _shown(context: Context, value: Any) -> object:
    """Write a value into the markup: what is not ours is marked as somebody else's words."""
    if isinstance(value, (Markup, Emphasised, Hashtag)):
        _spend(context, 1 + len(str(value)) // CHARACTERS_A_STEP)
        return quoted(value)
    return quoted(words_of(context, value))


@pass_context
def _joined(context: Context, parts: Sequence[Any], separator: Any = "") -> str:
    between = words_of(context, separator)
    texts: list[str] = []
    length = 0
    for part in parts:
        text = words_of(context, part)
        length += len(text) + len(between)
        if length > MAX_WORDS:
            raise Overrun("makes a text that is too long")
        texts.append(text)
    if any(isinstance(part, (Markup, Hashtag)) for part in parts):
        shown = [part.markup if isinstance(part, Hashtag) else part for part in parts]
        return Markup.escape(between).join(shown)
    return between.join(texts)


def _for_words(change: Callable[[str], str]) -> Callable[..., str]:
    @pass_context
    def changed(context: Context, value: Any) -> str:
        return change(words_of(context, value))

    return changed


@pass_context
def _replace(context: Context, value: Any, old: Any, new: Any) -> str:
    text, was, now = (words_of(context, one) for one in (value, old, new))
    if not was:
        return text
    if len(text) + text.count(was) * len(now) > MAX_WORDS:
        raise Overrun("makes a text that is too long")
    return str(text).replace(str(was), str(now))


@pass_context
def _shorten(context: Context, value: Any, characters: Any) -> str:
    if not isinstance(characters, int) or isinstance(characters, bool) or characters < 1:
        raise Unwritable("shorten needs a number of characters: title|shorten(80)")
    return shortened(one_line(words_of(context, value)), characters)


def _default(value: Any, instead: Any = "") -> Any:
    """Give the other value for one that is empty."""
    return instead if isinstance(value, Undefined) or value in (None, "", ()) else value


@pass_context
def _length(context: Context, value: Any) -> int:
    if isinstance(value, (tuple, list)):
        return len(value)
    return len(words_of(context, value))


def _first(value: Any) -> Any:
    return next(iter(value), "")


def _last(value: Any) -> Any:
    return value[-1] if value else ""


def _round(value: float) -> int:
    return round(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "upper": _for_words(str.upper),
    "lower": _for_words(str.lower),
    "capitalize": _for_words(str.capitalize),
    "trim": _for_words(str.strip),
    "shorten": _shorten,
    "replace": _replace,
    "join": _joined,
    "default": _default,
    "length": _length,
    "first": _first,
    "last": _last,
    "round": _round,
}
"""What a template may do to a value: docs/templates.md says it in words."""
_NOT_NEEDED = {
    "safe": "what articles say is always shown as text",
    "e": "everything is escaped already",
    "escape": "everything is escaped already",
    "truncate": "shorten cuts between words: title|shorten(80)",
}


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Templates of operators, and ours that they are put together with."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            autoescape=True,
            finalize=_shown,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[EXTENSION],
        )
        teach(self)
        self.globals.clear()
        self.filters.update(FILTERS, _steps=_steps, _joined=_joined, _spent=_spent)

    def compile(self, source: str | nodes.Template, *place: Any, **how: Any) -> Any:
        """Compile a template, so that its loops and joints are watched."""
        if isinstance(source, str):
            source = self.parse(source, *place)
        _watch(source)
        return super().compile(source, *place, **how)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate, within bounds."""
        is_text = isinstance(left, str) and isinstance(right, str)
        if operator == "+" and is_text:
            return _joined(context, (left, right))
        numbers = (int, float)
        if not isinstance(left, numbers) or not isinstance(right, numbers):
            raise Unwritable(f"{operator} needs two numbers")
        found = super().call_binop(context, operator, left, right)
        if abs(found) > MAX_NUMBER:
            raise Overrun("calculates a number that is too large")
        return found

    def is_safe_callable(self, obj: Any) -> bool:
        """Our own templates call what speaks; theirs are refused when they are read."""
        return getattr(obj, "__module__", None) == speech_in.__module__


def _watch(template: nodes.Template) -> None:
    """Let loops cost effort, and join texts where their length is looked at."""
    for loop in list(template.find_all(nodes.For)):
        cost = nodes.Const(_cost(loop.body), lineno=loop.lineno)
        loop.iter = nodes.Filter(loop.iter, "_steps", [cost], [], None, None, lineno=loop.lineno)
    _replace_joints(template)
    for node in (template, *template.find_all(nodes.Node)):
        _tell_lines(node)
    cost = nodes.Const(_cost(template.body), lineno=1)
    spent = nodes.Filter(cost, "_spent", [], [], None, None, lineno=1)
    template.body.insert(0, nodes.ExprStmt(spent, lineno=1))


def _tell_lines(node: nodes.Node) -> None:
    """Let Jinja note the line of each text of a template's own: otherwise it notes values alone."""
    for name, value in list(node.iter_fields()):
        if isinstance(value, list) and any(isinstance(one, nodes.Output) for one in value):
            setattr(node, name, [part for one in value for part in _with_lines(one)])


def _with_lines(statement: nodes.Node) -> Iterator[nodes.Node]:
    if not isinstance(statement, nodes.Output):
        yield statement
        return
    for part in statement.nodes:
        line = part.lineno
        if isinstance(part, nodes.TemplateData):
            yield nodes.ExprStmt(nodes.Const(None, lineno=line), lineno=line)
        yield nodes.Output([part], lineno=line)


def _cost(body: Sequence[nodes.Node]) -> int:
    cost = 1
    for node in body:
        for one in (node, *node.find_all(nodes.Node)):
            text = one.data if isinstance(one, nodes.TemplateData) else ""
            cost += 1 + len(text) // CHARACTERS_A_STEP
    return cost


def _replace_joints(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            node_list = [_watched_joint(one) for one in value]
            setattr(node, name, node_list)
        elif isinstance(value, nodes.Node):
            setattr(node, name, _watched_joint(value))


def _watched_joint(value: Any) -> Any:
    if not isinstance(value, nodes.Node):
        return value
    _replace_joints(value)
    if not isinstance(value, nodes.Concat):
        return value
    parts = nodes.List(value.nodes, lineno=value.lineno)
    return nodes.Filter(parts, "_joined", [], [], None, None, lineno=value.lineno)


def look_at(
    template: nodes.Template, *, names: Iterable[str], partials: Iterable[str]
) -> Iterator[Fault]:
    """Say what an operator's template must not hold; `names` are the variables that it is given."""
    known, included = frozenset(names), frozenset(partials)
    found = [_fault_of(node, included) for node in template.find_all(nodes.Node)]
    faults = [fault for fault in found if fault is not None]
    yield from faults
    if faults:
        return
    unknown = find_undeclared_variables(template) - known - {"true", "false", "none"}
    for node in template.find_all(nodes.Name):
        if node.name in unknown and node.ctx == "load":
            unknown.discard(node.name)
            yield Fault(
                f"there is no variable {node.name!r} here",
                _nearest(node.name, known),
                line=node.lineno,
            )


def _fault_of(node: nodes.Node, partials: frozenset[str]) -> Fault | None:
    line = node.lineno
    if type(node) in _REFUSED:
        return Fault(*_REFUSED[type(node)], line=line)
    if not isinstance(node, (*_ALLOWED, nodes.Keyword)):
        return Fault("this is not available in a template", "leave it out", line=line)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        mend = _NOT_NEEDED.get(node.name) or _nearest(node.name, FILTERS)
        return Fault(f"there is no filter {node.name!r}", mend, line=line)
    if isinstance(node, nodes.For) and (node.recursive or node.test):
        return Fault("a loop takes neither `recursive` nor `if`", "put an if inside", line=line)
    if isinstance(node, nodes.Include):
        return _fault_of_include(node, partials)
    is_list = isinstance(node, nodes.List) or (isinstance(node, nodes.Tuple) and node.ctx == "load")
    if is_list and not all(isinstance(one, nodes.Const) for one in node.iter_child_nodes()):
        return Fault("a list of values cannot be made here", "name each value itself", line=line)
    return None


def _fault_of_include(node: nodes.Include, partials: frozenset[str]) -> Fault | None:
    named = node.template.value if isinstance(node.template, nodes.Const) else None
    if named in {f"{one}.html" for one in partials}:
        return None
    known = ", ".join(f"{one}.html" for one in sorted(partials))
    mend = f"include one of {known}" if known else "write the lines out"
    return Fault("this cannot be included here", mend, line=node.lineno)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f"perhaps {near[0]!r} is meant" if near else f"there are {', '.join(names)}"
