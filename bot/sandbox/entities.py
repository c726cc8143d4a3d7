"""Entities of a text: checked, put in order, cleaned and completed as Telegram does it.

Telegram knows three kinds. *Solid* ones (links, code, mentions) never overlap each other.
*Quotes* hold solid ones whole or not at all. *Styles* give way: they are joined where they
touch and cut wherever a solid entity or a quote begins or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.sandbox.autolinks import find_spans
from bot.sandbox.errors import bad_request
from bot.sandbox.links import BadLink, check_link, person_of
from bot.sandbox.text import clean, cut_long, shift_of, utf16_length, utf16_starts

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = ("blockquote", "expandable_blockquote")
CODES = ("code", "pre")
MAX_ENTITIES = 100
MAX_OFFSET = 1_000_000
# What a bot may send; the others (mentions, hashtags, …) Telegram finds by itself.
SENDABLE = frozenset({*STYLES, *QUOTES, *CODES, "text_link", "text_mention", "custom_emoji"})
_RANKS = {
    **dict.fromkeys(QUOTES, 0),
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_FOUND_RANK = 50
_DETAILS = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked stretch of a text, in UTF-16 units."""

    kind: str
    offset: int
    length: int
    details: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def end(self) -> int:
        """The offset after the last unit."""
        return self.offset + self.length

    @property
    def order(self) -> tuple[int, int, int]:
        """What Telegram sorts by: place, then the longer first, then the kind."""
        rank = _RANKS.get(self.kind, _FOUND_RANK)
        if self.kind == "pre" and self.details:
            rank -= 1
        return (self.offset, -self.length, rank)

    def to_json(self) -> dict[str, object]:
        """Build the MessageEntity object."""
        return {"offset": self.offset, "length": self.length, "type": self.kind, **self.details}


def parse_entities(
    value: object, *, user: Callable[[int], dict[str, object] | None]
) -> tuple[Entity, ...]:
    """Read a list of MessageEntity objects; kinds that bots may not send are skipped.

    `user` gives the User object of an id that the bot can see: mentions of others are lost.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad_request("can't parse entities JSON object")
    parsed = (_parse_entity(item, user) for item in value)
    return tuple(entity for entity in parsed if entity is not None)


def _parse_entity(item: object, user: Callable[[int], dict[str, object] | None]) -> Entity | None:
    if not isinstance(item, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    offset, length, kind = (item.get(name) for name in ("offset", "length", "type"))
    for name, number in (("offset", offset), ("length", length)):
        if not isinstance(number, int) or isinstance(number, bool):
            raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be of type Number')
    if not isinstance(kind, str):
        raise bad_request('can\'t parse MessageEntity: Field "type" must be of type String')
    if kind not in SENDABLE:
        return None
    details: dict[str, object] = {}
    if kind == "pre" and item.get("language"):
        details = {"language": item["language"]}
    elif kind in _DETAILS:
        details = {_DETAILS[kind]: item.get(_DETAILS[kind])}
    entity = Entity(kind, int(offset or 0), int(length or 0), details)
    return _mention(entity, user) if kind in {"text_link", "text_mention"} else entity


def _mention(entity: Entity, user: Callable[[int], dict[str, object] | None]) -> Entity | None:
    given = entity.details.get("user")
    user_id = given.get("id") if isinstance(given, dict) else None
    if entity.kind == "text_link":
        user_id = person_of(str(entity.details["url"] or ""))
        if user_id is None:
            return entity
    seen = user(user_id) if isinstance(user_id, int) else None
    if seen is None:
        return None
    return replace(entity, kind="text_mention", details={"user": seen})


def check_links(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Rewrite the addresses of links, or refuse the first bad one."""
    return tuple(_checked(entity) for entity in entities)


def _checked(entity: Entity) -> Entity:
    if entity.kind != "text_link":
        return entity
    link = str(entity.details.get("url") or "")
    try:
        return Entity(entity.kind, entity.offset, entity.length, {"url": check_link(link)})
    except BadLink as error:
        raise bad_request(f"entity URL '{link}' is invalid: {error}") from error


def format_text(
    text: str, entities: Sequence[Entity] = (), *, trim: bool = True
) -> tuple[str, tuple[Entity, ...]]:
    """Clean `text`, check and settle `entities`; what autolinks is not in the result yet."""
    if not entities:
        cleaned = clean(cut_long(text))
        return (cleaned.strip(" \n"), ()) if trim else (cleaned, ())
    for entity in entities:
        for name, number in (("offset", entity.offset), ("length", entity.length)):
            if not 0 <= number <= MAX_OFFSET:
                raise bad_request(f"receive an entity with incorrect {name} {number}")
    settled = settle(entities)
    _check_places(text, settled)
    shift = shift_of(text)
    moved = tuple(_between(entity, shift(entity.offset), shift(entity.end)) for entity in settled)
    text = clean(text)
    # What was marked only on removed characters is gone and cuts nothing any more.
    settled = settle(moved)
    return _trim(text, settled) if trim else (text, settled)


def with_autolinks(text: str, entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Keep what fits of `entities` and add what Telegram finds in `text` by itself."""
    kept = _first(entities)
    found = [Entity(span.kind, span.offset, span.length) for span in find_spans(text)]
    if not found:
        return kept
    solid = [entity for entity in kept if _is_solid(entity)]
    free = [new for new in found if not any(_meet(new, old) for old in solid)]
    # A found entity yields to what was given, so it cannot win by being longer.
    merged = settle((*kept, *free))
    # Cards and timestamps hide other finds but are not shown to bots.
    return tuple(entity for entity in merged if entity.kind not in {"bank_card", "timestamp"})


def settle(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Make `entities` nest: drop what may not overlap, join and cut styles."""
    ordered = sorted((one for one in entities if one.length > 0), key=lambda one: one.order)
    quotes = _disjoint(entity for entity in ordered if entity.kind in QUOTES)
    solid = _disjoint(entity for entity in ordered if _is_solid(entity))
    blocks = [*quotes, *(one for one in solid if not any(_crosses(one, it) for it in quotes))]
    styles = [entity for entity in ordered if entity.kind in STYLES]
    return tuple(sorted([*blocks, *_cut(styles, blocks)], key=lambda one: one.order))


def _is_solid(entity: Entity) -> bool:
    return entity.kind not in STYLES and entity.kind not in QUOTES


def _meet(one: Entity, other: Entity) -> bool:
    return one.offset < other.end and other.offset < one.end


def _crosses(solid: Entity, quote: Entity) -> bool:
    inside = quote.offset <= solid.offset and solid.end <= quote.end
    return _meet(solid, quote) and not inside


def _disjoint(ordered: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in ordered:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _cut(styles: Sequence[Entity], blocks: Sequence[Entity]) -> list[Entity]:
    spans = [span for kind in STYLES for span in _joined(kind, styles)]
    cuts = {edge for block in blocks for edge in (block.offset, block.end)}
    cuts |= {span.offset for span in spans}
    codes = [block for block in blocks if block.kind in CODES]
    pieces: list[Entity] = []
    for span in spans:
        inner = sorted(cut for cut in cuts if span.offset < cut < span.end)
        edges = [span.offset, *inner, span.end]
        pieces += (_between(span, *edge) for edge in pairwise(edges))
    return [piece for piece in pieces if not any(_meet(piece, code) for code in codes)]


def _joined(kind: str, styles: Sequence[Entity]) -> list[Entity]:
    joined: list[Entity] = []
    for entity in styles:
        if entity.kind != kind:
            continue
        if joined and entity.offset <= joined[-1].end:
            joined[-1] = _between(joined[-1], joined[-1].offset, max(joined[-1].end, entity.end))
        else:
            joined.append(entity)
    return joined


def _between(entity: Entity, start: int, end: int) -> Entity:
    return Entity(entity.kind, start, end - start, entity.details)


def _check_places(text: str, entities: Sequence[Entity]) -> None:
    end = utf16_length(text)
    if len(text) != end:
        _check_middles(text, entities)
    for entity in entities:
        if entity.offset > end:
            raise bad_request(
                f"entity begins after the end of the text at UTF-16 offset {entity.offset}"
            )
    for entity in reversed(entities):
        if entity.end > end:
            raise bad_request(
                f"entity beginning at UTF-16 offset {entity.offset} ends after the end of the "
                f"text at UTF-16 offset {entity.end}"
            )


def _check_middles(text: str, entities: Sequence[Entity]) -> None:
    starts = utf16_starts(text)
    index_of = {start: index for index, start in enumerate(starts)}

    def after(place: int) -> int:
        return len(text[: index_of[place + 1]].encode("utf-8", "surrogatepass"))

    # The first in the text counts; of several that end in one place, the innermost.
    faults: list[tuple[int, int, str]] = []
    for entity in reversed(entities):
        if entity.offset < starts[-1] and entity.offset not in index_of:
            reason = "entity begins in a middle of a UTF-16 symbol at byte offset "
            faults.append((entity.offset, 1, f"{reason}{after(entity.offset)}"))
        if entity.end < starts[-1] and entity.end not in index_of:
            reason = (
                f"entity beginning at UTF-16 offset {entity.offset} ends in a middle of a "
                "UTF-16 symbol at byte offset "
            )
            faults.append((entity.end, 0, f"{reason}{after(entity.end)}"))
    if faults:
        raise bad_request(min(faults, key=lambda fault: fault[:2])[2])


def _trim(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    text = text.rstrip(" \n")
    end = utf16_length(text)
    # Leading space goes only as far as the first entity.
    first = min((entity.offset for entity in entities), default=end)
    start = min(len(text) - len(text.lstrip(" \n")), first)
    cut = (
        _between(entity, entity.offset - start, min(entity.end, end) - start) for entity in entities
    )
    return text[start:], tuple(entity for entity in cut if entity.length > 0)


def _first(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    if len(entities) <= MAX_ENTITIES:
        return tuple(entities)
    firm = [entity for entity in entities if entity.kind not in STYLES]
    loose = [entity for entity in entities if entity.kind in STYLES]
    return tuple(sorted([*firm, *loose][:MAX_ENTITIES], key=lambda one: one.order))
