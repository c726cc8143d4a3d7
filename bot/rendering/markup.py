"""The tags of Telegram, and whether a piece of markup keeps to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bot.domain.urls import usable_link
from bot.rendering.bounded import Fault

TAGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del"), frozenset()),
    "tg-spoiler": frozenset(),
    "span": frozenset({"class"}),
    "code": frozenset({"class"}),
    "pre": frozenset(),
    "a": frozenset({"href"}),
    "blockquote": frozenset({"expandable"}),
    "br": frozenset(),
}
"""The tags that a block may hold, with their attributes (Bot API, HTML style); `br` is ours."""
_TAG = re.compile(r"</?([A-Za-z][^\s/>]*)")
_INSTEAD = {
    "p": "<br><br> begins a new paragraph",
    "div": "<br> begins a new line",
    "h1": "<b> makes a heading",
    "ul": "write • and <br>",
    "li": "write • and <br>",
    "img": "the layout shows the picture",
}


class Misplaced(Exception):
    """Markup that Telegram has no form for; `at` is its place in the markup."""

    def __init__(self, problem: str, mend: str, *, at: int) -> None:
        self.problem = problem
        self.mend = mend
        self.at = at
        super().__init__(problem)


def unknown_tags(data: str, *, line: int) -> Iterator[Fault]:
    """Find the tags in a template's own text that Telegram does not have; `data` begins at line."""
    for found in _TAG.finditer(data):
        name = found[1].lower()
        if name not in TAGS:
            at = line + data.count("\n", 0, found.start())
            yield Fault(f"Telegram has no tag <{name}>", _mend(name), line=at)


def check_markup(markup: str, *, ignored: str = "") -> None:
    """Raise Misplaced for the first thing that is not as Telegram has it.

    Characters of `ignored` are no part of addresses.
    """
    _Checker(markup, ignored).check()


def _mend(name: str) -> str:
    usual = ", ".join(f"<{tag}>" for tag in TAGS)
    return _INSTEAD.get(name, f"there are {usual}")


class _Checker(HTMLParser):
    def __init__(self, markup: str, ignored: str) -> None:
        super().__init__(convert_charrefs=True)
        self._markup = markup
        self._ignored = dict.fromkeys(map(ord, ignored))
        self._starts = [0, *(found.end() for found in re.finditer("\n", markup))]
        self._open: list[tuple[str, int]] = []

    def check(self) -> None:
        self.feed(self._markup)
        self.close()
        if self._open:
            name, at = self._open[-1]
            raise Misplaced(f"<{name}> is not closed", f"end it with </{name}>", at=at)

    @property
    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _fail(self, problem: str, mend: str) -> None:
        raise Misplaced(problem, mend, at=self._at)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = TAGS.get(tag)
        if known is None:
            self._fail(f"Telegram has no tag <{tag}>", _mend(tag))
            return
        for name, value in attrs:
            if name not in known:
                self._fail(f"<{tag}> has no {name} in Telegram", f"leave {name} out")
            self._look_at(tag, name, (value or "").translate(self._ignored))
        if tag == "span" and not attrs:
            self._fail("<span> alone does nothing", 'write <span class="tg-spoiler">')
        if tag in ("a", "blockquote") and any(name == tag for name, _ in self._open):
            self._fail(f"<{tag}> stands inside <{tag}>", "close the first one before")
        if tag != "br":
            self._open.append((tag, self._at))

    def _look_at(self, tag: str, name: str, value: str) -> None:
        if name == "href" and value and usable_link(value) is None:
            self._fail("Telegram does not take this address", "it must begin with https://")
        if tag == "span" and value != "tg-spoiler":
            self._fail("<span> knows one class", 'write <span class="tg-spoiler">')
        if tag == "code" and not value.startswith("language-"):
            self._fail("<code> knows one kind of class", 'write <code class="language-python">')

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self._fail(f"<{tag}/> holds nothing", f"write <{tag}>…</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            expected = f"</{self._open[-1][0]}> comes first" if self._open else "nothing is open"
            self._fail(f"</{tag}> ends nothing here", expected)
        self._open.pop()

    def handle_comment(self, data: str) -> None:
        self._fail("Telegram has no comments", "write {# … #}, which nobody is sent")

    def handle_decl(self, decl: str) -> None:
        self._fail("Telegram has no <!…>", "leave it out")

    def handle_pi(self, data: str) -> None:
        self._fail("Telegram has no <?…>", "leave it out")

    def unknown_decl(self, data: str) -> None:
        self._fail("Telegram has no <![…]>", "leave it out")
