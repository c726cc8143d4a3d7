"""From markup to what is sent: text and entities that Telegram takes and keeps unchanged.

Formats (bold, italic, …) lie over the text, links and code stand side by side in it. Telegram
splits formats where a link or code begins or ends, lets code inside a link go and sorts by place;
doing the same here means that what we store is what people get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from sulguk import transform_html

from bot.domain.message import MAX_ENTITIES, Entity, Text, utf16_length
from bot.domain.urls import usable_link
from bot.rendering.autolinks import WORD_JOINER, names_with_dots, signs
from bot.rendering.cleaning import cleaned_composed, is_visible, with_offsets
from bot.rendering.phrases import RIGHT_TO_LEFT_MARK, needs_mark
from bot.rendering.shortening import ELLIPSIS, boundary_before

QUOTED = "\ufdd0"
UNQUOTED = "\ufdd1"
"""Stand around words that are not ours: such words never become a link by themselves."""

MOST_CODE = 20
"""Names set as code in one block: a text that is full of them would use up a message's entities.
The others get word joiners behind their dots, which copy less well."""

_QUOTES = ("blockquote", "expandable_blockquote")
_SOLID = ("pre", "code", "text_link")
_FORMATS = ("bold", "italic", "underline", "strikethrough", "spoiler")
_ORDER = {kind: rank for rank, kind in enumerate((*_QUOTES, *_SOLID, *_FORMATS))}


@dataclass(frozen=True, slots=True)
class _Span:
    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None


def finish(markup: str, *, is_right_to_left: bool = False) -> Text:
    """Turn one block of HTML into text with entities.

    Words between QUOTED and UNQUOTED are shown as written: names that Telegram would take for an
    address are set as code, a sign that begins a mention, tag or command gets a word joiner.
    `is_right_to_left`: lines of our words run so, whatever they begin with.
    """
    result = transform_html(markup)
    spans = list(_spans(result.text, result.entities))
    text, spans = _quotes_apart(result.text, spans)
    text, quoted, spans = _unquoted(text, spans)
    text, spans = _shown_as_written(text, quoted, spans)
    text, spans = _trimmed(text, spans)
    if is_right_to_left:
        text, spans = _directed(text, spans)
    return Text(text, _entities(text, spans), _live(text, spans))


def cut(text: Text, limit: int) -> Text:
    """Cut a finished text to at most `limit` characters; entities end where the text ends."""
    if len(text.value) <= limit:
        return text
    end = boundary_before(text.value, max(limit - 1, 0))
    value = text.value[:end].rstrip() + ELLIPSIS
    spans = [_Span(e.kind, *_range(text.value, e), e.url, e.language) for e in text.entities]
    room = len(value) - len(ELLIPSIS)
    kept = [_moved(span, lambda place: min(place, room)) for span in spans]
    return Text(value, _entities(value, kept), text.live)


def _live(text: str, spans: Sequence[_Span]) -> int:
    """Count what Telegram will link by itself: our own words alone may hold that."""
    safe = bytearray(len(text))
    for span in spans:
        if span.kind in _SOLID:
            safe[span.start : span.end] = b"\x01" * (span.end - span.start)
    open_text = _without(text, safe)
    return sum(1 for _ in names_with_dots(open_text)) + sum(not safe[at] for at in signs(text))


def _without(text: str, safe: bytearray) -> str:
    """Blank what is a link or code: names end there, and the rest of one may be a name too."""
    return "".join(" " if safe[place] else sign for place, sign in enumerate(text))


def _range(text: str, entity: Entity) -> tuple[int, int]:
    places = {offset: number for number, (offset, _) in enumerate(with_offsets(text))}
    end = len(text)
    return places.get(entity.offset, end), places.get(entity.offset + entity.length, end)


def _spans(text: str, entities: Iterable[Any]) -> Iterable[_Span]:
    """Read sulguk's entities, whose offsets count UTF-16 units, as ranges of characters."""
    places = {offset: number for number, (offset, _) in enumerate(with_offsets(text))}
    for entity in entities:
        kind = entity["type"]
        if kind == "blockquote" and entity.get("collapsed"):
            kind = "expandable_blockquote"
        start = places.get(entity["offset"], len(text))
        end = places.get(entity["offset"] + entity["length"], len(text))
        if kind == "text_link":
            url = usable_link(_without_quotes(entity["url"]))
            if url is not None:
                yield _Span(kind, start, end, url=url)
        elif kind in _ORDER:
            yield _Span(kind, start, end, language=entity.get("language"))


def _quotes_apart(text: str, spans: list[_Span]) -> tuple[str, list[_Span]]:
    """Begin a line with each quotation and behind it: Telegram shows it as a block of its own.

    Nothing else then reaches over its border, neither a link nor a name that would be one.
    """
    quotes = [span for span in spans if span.kind in _QUOTES and span.start < span.end]
    begins = {span.start for span in quotes if not _is_line_start(text, span.start)}
    ends = {span.end for span in quotes if span.end < len(text)}
    ends = {place for place in ends if not _is_line_start(text, place) and text[place] != "\n"}
    begins -= ends
    if not begins and not ends:
        return text, spans

    def edit(place: int, sign: str) -> str:
        return ("\n" if place in ends else "") + sign + ("\n" if place + 1 in begins else "")

    edited, moved, places = _edited(text, spans, edit)
    breaks = {places[place] for place in ends}
    # What follows a quotation begins behind the break, not with it.
    return edited, [
        replace(span, start=span.start + 1) if span.start in breaks else span for span in moved
    ]


def _is_line_start(text: str, place: int) -> bool:
    before = text[:place].rstrip(QUOTED + UNQUOTED)
    return not before or before.endswith("\n")


def _without_quotes(url: str) -> str:
    return url.replace(QUOTED, "").replace(UNQUOTED, "")


def _edited(
    text: str, spans: Sequence[_Span], edit: Callable[[int, str], str]
) -> tuple[str, list[_Span], list[int]]:
    """Replace characters one by one; spans move along. Gives the new place of every old one too."""
    pieces = [edit(place, character) for place, character in enumerate(text)]
    places = [0, *accumulate(len(piece) for piece in pieces)]
    return "".join(pieces), [_moved(span, places.__getitem__) for span in spans], places


def _moved(span: _Span, place: Callable[[int], int]) -> _Span:
    return _Span(span.kind, place(span.start), place(span.end), span.url, span.language)


def _unquoted(text: str, spans: Sequence[_Span]) -> tuple[str, bytearray, list[_Span]]:
    """Take the quotes off and clean what came in by character references; tell what was quoted."""
    quoted = bytearray()
    depth = 0

    def edit(_: int, character: str) -> str:
        nonlocal depth
        if character in (QUOTED, UNQUOTED):
            depth = max(0, depth + (1 if character == QUOTED else -1))
            return ""
        character = cleaned_composed(character)
        quoted.extend(bytes([depth > 0]) * len(character))
        return character

    text, spans, _places = _edited(text, spans, edit)
    return text, quoted, spans


def _shown_as_written(text: str, quoted: bytearray, spans: list[_Span]) -> tuple[str, list[_Span]]:
    safe = bytearray(len(text))
    for span in spans:
        if span.kind in _SOLID:
            safe[span.start : span.end] = b"\x01" * (span.end - span.start)
    joined: set[int] = set()
    found = names_with_dots(_without(text, safe))
    names = [span for span in found if any(quoted[span[0] : span[1]])]
    room = MOST_CODE
    for start, end in names:
        if room > 0:
            spans.append(_Span("code", start, end))
            safe[start:end] = b"\x01" * (end - start)
            room -= 1
        else:
            joined.update(place for place in range(start, end) if text[place] in ".:")
    joined.update(place for place in signs(text) if quoted[place] and not safe[place])
    if not joined:
        return text, spans
    text, spans, _places = _edited(
        text, spans, lambda place, sign: sign + WORD_JOINER if place in joined else sign
    )
    return text, spans


def _directed(text: str, spans: Sequence[_Span]) -> tuple[str, list[_Span]]:
    """Put a mark before the lines that need one; formats begin behind it."""
    begins, place = set[int](), 0
    for line in text.split("\n"):
        if needs_mark(line):
            begins.add(place)
        place += len(line) + 1
    if not begins:
        return text, list(spans)
    pieces = [RIGHT_TO_LEFT_MARK + sign if at in begins else sign for at, sign in enumerate(text)]
    ends = list(accumulate(len(piece) for piece in pieces))
    moved = [
        _Span(
            span.kind,
            ends[span.start] - 1 if span.start < len(ends) else len(text) + len(begins),
            ends[span.end - 1] if span.end else 0,
            span.url,
            span.language,
        )
        for span in spans
    ]
    return "".join(pieces), moved


def _trimmed(text: str, spans: Sequence[_Span]) -> tuple[str, list[_Span]]:
    """Take blanks off both ends, as Telegram does."""
    value = text.rstrip()
    shift = len(value) - len(value.lstrip())
    value = value[shift:]
    return value, [_moved(span, lambda p: min(max(p - shift, 0), len(value))) for span in spans]


def _entities(text: str, spans: Sequence[_Span]) -> tuple[Entity, ...]:
    """Give the entities as Telegram would return them, the dispensable ones left out over 100."""
    solid = _beside_each_other([span for span in spans if span.kind in _SOLID])
    quotes = _beside_each_other([span for span in spans if span.kind in _QUOTES])
    cuts = sorted({place for span in (*solid, *quotes) for place in (span.start, span.end)})
    code = [span for span in solid if span.kind != "text_link"]
    runs = {
        kind: (covered, list(_runs(kind, covered, cuts)))
        for kind in _FORMATS
        if any(covered := _covered(text, [s for s in spans if s.kind == kind], outside=code))
    }
    kept = [*solid, *quotes]
    for kind, (covered, found) in runs.items():
        # Telegram also splits a format where another one begins within it.
        others = {run.start for one, (_, more) in runs.items() if one != kind for run in more}
        kept.extend(_runs(kind, covered, sorted({*cuts, *others})) if others else found)
    visible = [span for span in kept if is_visible(text[span.start : span.end])]
    # Telegram keeps links, code and quotes first when there are too many.
    essential_first = sorted(visible, key=lambda span: (span.kind in _FORMATS, span.start))
    offsets = [0, *accumulate(utf16_length(character) for character in text)]
    entities = [
        Entity(
            kind=span.kind,
            offset=offsets[span.start],
            length=offsets[span.end] - offsets[span.start],
            url=span.url,
            language=span.language,
        )
        for span in essential_first[:MAX_ENTITIES]
    ]
    return tuple(sorted(entities, key=lambda e: (e.offset, -e.length, _ORDER[e.kind])))


def _beside_each_other(spans: Sequence[_Span]) -> list[_Span]:
    """Keep spans of which none overlaps another: the longer one stays, code before a link."""
    kept: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, _ORDER[s.kind], s.start)):
        if span.start < span.end and all(
            span.end <= other.start or other.end <= span.start for other in kept
        ):
            kept.append(span)
    return kept


def _covered(text: str, spans: Sequence[_Span], *, outside: Sequence[_Span]) -> bytearray:
    covered = bytearray(len(text))
    for span in spans:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
    for span in outside:
        covered[span.start : span.end] = bytes(span.end - span.start)
    return covered


def _runs(kind: str, covered: bytearray, cuts: Sequence[int]) -> Iterable[_Span]:
    """Give the covered stretches, split at the cuts."""
    for start, end in zip([0, *cuts], [*cuts, len(covered)], strict=True):
        begin = covered.find(1, start, end)
        while begin != -1:
            stop = covered.find(0, begin, end)
            stop = end if stop == -1 else stop
            yield _Span(kind, begin, stop)
            begin = covered.find(1, stop, end)
