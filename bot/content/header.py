"""One article file, from its bytes to facts and problems."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import frontmatter
from frontmatter.default_handlers import BaseHandler

from bot.content.fences import Fences, decode, find_fences
from bot.content.fields import article_of
from bot.content.findings import Findings, Key, Place, Unusable
from bot.content.plainfields import plain_facts
from bot.content.plainyaml import load_plain
from bot.content.values import Part, kind_of
from bot.content.yamltext import SECRET, Document, load_yaml
from bot.domain.article import Article
from bot.domain.facts import Facts, article_from, facts_of
from bot.domain.problem import Problem


class Parsed(NamedTuple):
    """What one file says. `facts` is None when a problem is fatal.

    `lines` gives the line of each outermost key, for checks that come later.
    """

    facts: Facts | None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int] = MappingProxyType({})

    @property
    def article(self) -> Article | None:
        """Make the article of the facts."""
        return None if self.facts is None else article_from(self.facts)


class FrontMatter(BaseHandler):
    """Splits and loads for python-frontmatter, for one file each.

    python-frontmatter gives empty metadata, and no error, for a missing fence or a list, and
    swallows every ValueError of `split`; what this handler raises is none.
    """

    START_DELIMITER = END_DELIMITER = "---"

    def __init__(self) -> None:
        # The parent insists on a pattern; the fences are found without it.
        self.document = Document(None, first_line=1)
        self._lines_before = 0

    def read(self, text: str) -> tuple[dict[str, Any], str]:
        """Give the fields and the body of a text; raises Unusable."""
        # python-frontmatter strips the text before it calls `split`.
        self._lines_before = find_fences(text).first_line
        metadata, body = frontmatter.parse(text, handler=self)
        return metadata, body

    def split(self, text: str) -> tuple[str, str]:
        """Cut the text at its fences."""
        fences = find_fences(text)
        return text[fences.header_start : fences.header_end], text[fences.body_start :]

    def load(self, fm: str) -> dict[str, Any]:
        """Read the YAML between the fences; the `secured` field is never among its values."""
        self.document = load_yaml(fm, first_line=self._lines_before)
        value = self.document.value
        if isinstance(value, dict):
            if not value and not self.document.lines():
                raise _empty(self._lines_before)
            return value
        if value is None:
            raise _empty(self._lines_before)
        raise Unusable(
            f"the front matter is {kind_of(value)}, not fields with names",
            "write one field a line: name: value",
            place=(self._lines_before, 1),
        )


class _NotSoPlain(Exception):
    """Something is to be said about a value, and only the real parser knows all places."""


class _PlainDocument:
    """Stands in for a Document while nothing is wrong."""

    def place_of(self, key: Key) -> Place:
        """Give up: a problem is about to be told."""
        raise _NotSoPlain

    def written(self, key: Key) -> str | None:
        """Give up: a value is of an unexpected type."""
        raise _NotSoPlain


_PLAIN_DOCUMENT = _PlainDocument()


def read(path: str, data: bytes) -> Parsed:
    """Read one article file; never raises, whatever the bytes are.

    `path` is how the article is called, and where a date is looked for when no field has one.
    """
    try:
        text = decode(data)
        fences = find_fences(text)
        return _read_plain(path, text, fences) or _read_carefully(path, text)
    except Unusable as trouble:
        return Parsed(facts=None, problems=(trouble.as_problem(path),))


def _read_plain(path: str, text: str, fences: Fences) -> Parsed | None:
    """Read a file that is plain and right, as nearly all are; None for every other one."""
    header, body = text[fences.header_start : fences.header_end], text[fences.body_start :]
    if "\r" in text:
        header, body = header.replace("\r\n", "\n"), body.replace("\r\n", "\n")
    plain = load_plain(header, first_line=fences.first_line)
    if plain is None or not plain[0]:
        return None
    metadata, lines = plain
    body = body.strip()
    facts = plain_facts(metadata, path=path, body=body)
    if facts is None:
        findings = Findings(path, _PLAIN_DOCUMENT.place_of)
        try:
            article = article_of(Part(metadata, _PLAIN_DOCUMENT, findings), path=path, body=body)
        except _NotSoPlain:
            return None
        facts = facts_of(article)
    return Parsed(facts=facts, lines=lines)


def _read_carefully(path: str, text: str) -> Parsed:
    handler = FrontMatter()
    metadata, body = handler.read(text)
    document = handler.document
    findings = Findings(path, document.place_of)
    for place, key, problem, mend in document.oddities:
        findings.add_at(place, (key,) if key else (), problem, mend)
    article = article_of(Part(metadata, document, findings), path=path, body=body)
    lines = {name: line for name, line in document.lines().items() if name.casefold() != SECRET}
    return Parsed(facts=facts_of(article), problems=findings.problems, lines=lines)


def _empty(line: int) -> Unusable:
    return Unusable(
        "the front matter is empty", "add at least a title and a webUrl", place=(line, 1)
    )
