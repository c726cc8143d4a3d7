"""Text with entities → HTML.

The text content of the HTML is the text itself, to the character: line breaks stay in it as they
are and the style sheet shows them (`white-space: pre-wrap`). Entities may overlap in any way;
elements are closed and opened again where two of them cross.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

Entity = Mapping[str, Any]

_HREF = re.compile(r"(?:https?|tg)://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LANGUAGE = re.compile(r"[\w.+#-]{1,40}")

_PLAIN_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
}
# A browser has no links inside links: where several meet, the first of this list is taken.
_LINKS = (
    "text_link",
    "text_mention",
    "url",
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "email",
    "phone_number",
)
_BLOCKS: tuple[tuple[str, ...], ...] = (("blockquote", "expandable_blockquote"), ("pre",))
_INLINE = frozenset((*_PLAIN_TAGS, *_LINKS, "spoiler"))

_COLLAPSED_LINES = 3
_COLLAPSED_LENGTH = 160
_LINK_ATTRIBUTES = 'target="_blank" rel="noopener noreferrer nofollow"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One entity, its ends counted in characters of the Python string."""

    start: int
    end: int
    type: str
    text: str
    target: str = ""  # a link's address, a person's id, a program's language


def escape(text: str) -> str:
    """Text or attribute value, safe inside an element and inside double quotes."""
    # A parser turns a bare carriage return into a line feed: only the reference survives.
    return html.escape(text).replace("\r", "&#13;")


def safe_href(url: str) -> str | None:
    """The address if a link may lead there (http, https, tg), else None."""
    return url if _HREF.fullmatch(url) else None


def link_attributes(url: str) -> str | None:
    """The attributes of an <a> that leads to the address, or None if no link may."""
    href = safe_href(url)
    return None if href is None else f'href="{escape(href)}" {_LINK_ATTRIBUTES}'


def text_html(text: str, entities: Iterable[Entity] = ()) -> str:
    """The text as block elements, one per line, quotes and programs around them.

    Entities count in UTF-16 units, as the Bot API does. One that is of no use (ends outside the
    text, unknown type, nothing in it) is cut or left out: what is shown is never refused.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    whole = units.decode("utf-16-le", "replace")  # lone surrogates cannot be written as UTF-8
    spans = tuple(_spans(whole, entities))
    return "".join(_blocks(whole, 0, len(whole), spans, _BLOCKS))


def _spans(text: str, entities: Iterable[Entity]) -> Iterator[_Span]:
    positions = _positions(text)
    last = len(positions) - 1
    for entity in entities:
        offset, length, kind = entity.get("offset"), entity.get("length"), entity.get("type")
        if not isinstance(offset, int) or not isinstance(length, int) or not isinstance(kind, str):
            continue
        start = positions[min(max(offset, 0), last)]
        end = positions[min(max(offset + length, 0), last)]
        if start < end:
            yield _Span(
                start=start, end=end, type=kind, text=text[start:end], target=_target(entity)
            )


def _positions(text: str) -> list[int]:
    """Index in the string for every UTF-16 offset, the end included."""
    positions: list[int] = []
    for index, character in enumerate(text):
        positions.append(index)
        if character > "\uffff":
            positions.append(index)
    positions.append(len(text))
    return positions


def _target(entity: Entity) -> str:
    user = entity.get("user")
    if isinstance(user, Mapping) and isinstance(user.get("id"), int):
        return f"tg://user?id={user['id']}"
    value = entity.get("url") or entity.get("language") or ""
    return value if isinstance(value, str) else ""


def _blocks(
    text: str,
    start: int,
    end: int,
    spans: Sequence[_Span],
    kinds: Sequence[tuple[str, ...]],
) -> Iterator[str]:
    """The part of the text, split at the blocks of the first kind, then at those of the next."""
    if not kinds:
        yield from _lines(text, start, end, spans)
        return
    at = start
    for block in _apart(text, start, end, [span for span in spans if span.type in kinds[0]]):
        yield from _blocks(text, at, block.start, spans, kinds[1:])
        if block.type == "pre":
            yield _program(text, block, spans)
        else:
            inside = "".join(_blocks(text, block.start, block.end, spans, kinds[1:]))
            yield _quote(text, block, inside)
        at = block.end
    yield from _blocks(text, at, end, spans, kinds[1:])


def _apart(text: str, start: int, end: int, spans: Iterable[_Span]) -> list[_Span]:
    """The spans cut to the part and to one another, in order."""
    blocks: list[_Span] = []
    at = start
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        cut = replace(span, start=max(span.start, at), end=min(span.end, end))
        if cut.start < cut.end:
            blocks.append(cut)
            at = cut.end
    limits = [*(block.start for block in blocks[1:]), end]
    return [_with_break(text, block, limits[index]) for index, block in enumerate(blocks)]


def _with_break(text: str, block: _Span, limit: int) -> _Span:
    """The block with the line break after it, which would show as an empty line outside."""
    if block.end < limit and text[block.end] == "\n" and text[block.end - 1] != "\n":
        return replace(block, end=block.end + 1)
    return block


def _quote(text: str, block: _Span, inside: str) -> str:
    content = text[block.start : block.end].rstrip("\n")
    is_long = content.count("\n") >= _COLLAPSED_LINES or len(content) > _COLLAPSED_LENGTH
    if block.type == "expandable_blockquote" and is_long:
        toggle = '<input type="checkbox" class="more" aria-label="Show the whole quotation">'
        return (
            f'<blockquote class="collapsed">{toggle}<div class="fold">{inside}</div></blockquote>'
        )
    return f"<blockquote>{inside}</blockquote>"


def _program(text: str, block: _Span, spans: Sequence[_Span]) -> str:
    # <code> also keeps the browser from swallowing a line break right after <pre>.
    language = ""
    if _LANGUAGE.fullmatch(block.target):
        language = f' class="language-{escape(block.target)}"'
    return f"<pre><code{language}>{_runs(text, block.start, block.end, spans)}</code></pre>"


def _lines(text: str, start: int, end: int, spans: Sequence[_Span]) -> Iterator[str]:
    """One element per line, for each line has a direction of its own."""
    at = start
    while at < end:
        found = text.find("\n", at, end)
        stop = end if found < 0 else found + 1
        yield f'<div class="line" dir="auto">{_runs(text, at, stop, spans)}</div>'
        at = stop


def _runs(text: str, start: int, end: int, spans: Sequence[_Span]) -> str:
    """Characters between two neighbouring ends of entities share their elements."""
    here = [
        span for span in spans if span.type in _INLINE and span.start < end and span.end > start
    ]
    here.sort(key=lambda span: (span.start, -span.end))
    cuts = {start, end}
    for span in here:
        cuts.update((max(span.start, start), min(span.end, end)))
    parts: list[str] = []
    opened: list[tuple[_Span, str]] = []
    for left, right in pairwise(sorted(cuts)):
        wanted = _one_link([span for span in here if span.start <= left and span.end >= right])
        _turn(parts, opened, wanted)
        parts.append(escape(text[left:right]))
    _turn(parts, opened, [])
    return "".join(parts)


def _one_link(spans: list[_Span]) -> list[_Span]:
    links = [span for span in spans if span.type in _LINKS]
    if len(links) < 2:
        return spans
    kept = min(links, key=lambda span: _LINKS.index(span.type))
    return [span for span in spans if span is kept or span.type not in _LINKS]


def _turn(parts: list[str], opened: list[tuple[_Span, str]], wanted: Sequence[_Span]) -> None:
    """Close and open elements until exactly the wanted ones are open, outermost first."""
    shared = 0
    while shared < min(len(opened), len(wanted)) and opened[shared][0] is wanted[shared]:
        shared += 1
    while len(opened) > shared:
        parts.append(f"</{opened.pop()[1]}>")
    for span in wanted[shared:]:
        tag, attributes = _element(span)
        parts.append(f"<{tag}{attributes}>")
        opened.append((span, tag))


def _element(span: _Span) -> tuple[str, str]:
    plain = _PLAIN_TAGS.get(span.type)
    if plain is not None:
        return plain, ""
    match span.type:
        case "spoiler":
            return "span", ' class="spoiler" tabindex="0" role="button" aria-label="Hidden text"'
        case "text_link" | "text_mention":
            return _link(span.target)
        case "url":
            return _link(span.text if _SCHEME.match(span.text) else f"http://{span.text}")
        case "mention":
            name = span.text.removeprefix("@")
            tag, attributes = _link(f"https://t.me/{name}")
            return tag, f'{attributes} data-mention="{escape(name)}"'
        case "bot_command" | "hashtag" | "cashtag":
            said = f'data-say="{escape(span.text)}"'
            return "span", f' class="link" role="button" tabindex="0" {said}'
        case _:
            return "span", ' class="link"'


def _link(url: str) -> tuple[str, str]:
    attributes = link_attributes(url)
    return ("span", ' class="link"') if attributes is None else ("a", f" {attributes}")
