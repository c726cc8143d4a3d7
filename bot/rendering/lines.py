"""What is said of one story, in words ready for a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.domain.article import Article, RelatedStory, StoryKey
from bot.domain.digest import Item
from bot.domain.languages import N_
from bot.domain.message import Text
from bot.domain.urls import host_of, usable_link
from bot.rendering.autolinks import would_link
from bot.rendering.blocks import layout_block
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.dates import coarse_date, length_in_words
from bot.rendering.directions import isolated
from bot.rendering.emphasis import Emphasised, Mark, emphasised
from bot.rendering.finish import cut
from bot.rendering.hashtags import Hashtag, hashtag_of
from bot.rendering.pages import MAX_BLOCK
from bot.rendering.phrases import COMMA, ENGLISH, Phrases
from bot.rendering.shortening import ELLIPSIS, boundary_before, shortened, with_ending
from bot.rendering.style import Style

MAX_TITLE = 3000
"""A longer title leaves no room for what belongs to it on one message."""
MAX_NAME = 80
MAX_FACT = 40
MAX_ALSO = 6
"""Other articles of the event that are named; the rest are counted."""
MAX_RELATED = 3
"""Coverage elsewhere that is named: a pointer, not a list of links."""
LEAD_EXCERPT = 280
LINE_EXCERPT = 160
"""What a template of an operator may show on a line; ours shows none there."""
STORY_EXCERPT = 1500
PASSAGE = 110
"""Characters of an excerpt that show why a story was found: two lines of a phone."""
BEFORE_MATCH = 30

_Source = tuple[str | None, str, str | None]
"""Who tells it, under which title, and where."""

_KINDS = {
    "article": "",
    "news": "",
    "video": N_("video"),
    "course": N_("course"),
    "collection": N_("collection"),
    "download": N_("download"),
    "forum": N_("discussion"),
    "profile": N_("profile"),
}
"""Kinds that articles are known to have; others are named as they name themselves."""
# Note: a button that leads from a channel into the chat with the bot
MORE_IN_BOT = N_("More in the bot")
FREE = ("free", "0", "$0", "0.00", "$0.00")


@dataclass(frozen=True, slots=True)
class Also:
    """A name with its link: other coverage of the same event."""

    name: str
    url: str | None


def lead_block(item: Item, *, style: Style) -> Text:
    """Say the first story of a list: bold title, excerpt, source, other coverage."""
    return story_block(
        "lead",
        item.article,
        also=item.also,
        style=style,
        excerpt=LEAD_EXCERPT,
        title=MAX_TITLE,
        is_update=item.update_of is not None,
    )


def line_block(
    number: int,
    article: Article,
    *,
    also: Sequence[Article] | None = (),
    style: Style,
    title: int = MAX_TITLE,
    mark: Mark | None = None,
    body: str | None = None,
    is_update: bool = False,
) -> Text:
    """Say one numbered line: title, source, other coverage of the event (None: without).

    `mark` says which words matched: they are bold, or where the title has none of them, the
    passage of the excerpt or of `body`, a text without markup, that has is shown (None: none is).
    `is_update`: the chat has had the event; this is later news of it.
    """
    named, more = ((), 0) if also is None else coverage(article, also, style.phrases)
    words = shortened(title_of(article, style.phrases), title)
    shown = emphasised(isolated(words, style.phrases), mark)
    text = layout_block(
        "line",
        style=style,
        extras=partial(_extras, article, style=style, excerpt=LINE_EXCERPT),
        number=number,
        title=shown,
        url=article.link,
        passage="" if isinstance(shown, Emphasised) else passage_of(article, body, mark),
        update=is_update,
        also=named,
        more=more,
        **_source(article, style=style),
    )
    return cut(text, MAX_BLOCK)


def story_block(
    template: str,
    article: Article,
    *,
    also: Sequence[Article],
    style: Style,
    excerpt: int,
    title: int,
    mark: Mark | None = None,
    is_update: bool = False,
    number: int | None = None,
) -> Text:
    """Say one story at length with the given template; `excerpt` and `title` are characters.

    Words of the excerpt that matched are bold (the title is so as a whole).
    """
    named, more = coverage(article, also, style.phrases)
    words = shortened(title_of(article, style.phrases), title)
    if is_update or number is not None:  # else it stands alone, and its line runs as it does
        words = isolated(words, style.phrases)
    text = layout_block(
        template,
        style=style,
        extras=partial(_extras, article, style=style, excerpt=excerpt),
        title=words,
        url=article.link,
        update=is_update,
        excerpt=emphasised(excerpt_of(article, excerpt), mark),
        topics=topics_of(article),
        also=named,
        more=more,
        **({} if number is None else {"number": number}),
        **(_of_card(article, style=style) if template == "card" else {}),
        **_source(article, style=style),
    )
    return cut(text, MAX_BLOCK)


def title_of(article: Article, _: Phrases = ENGLISH) -> str:
    """Give the title on one line; a title that shows nothing gives way to the link's site."""
    title = one_line(article.title)
    if not is_visible(title):
        return host_of(article.link) or _("Untitled")
    return shortened(title, MAX_TITLE)


def excerpt_of(article: Article, limit: int) -> str:
    """Give the excerpt on one line, at most `limit` characters; empty when it adds nothing."""
    excerpt = one_line(article.excerpt)
    if limit < 20 or not is_visible(excerpt) or excerpt == one_line(article.title):
        return ""
    return shortened(with_ending(excerpt), limit)


def passage_of(article: Article, body: str | None, mark: Mark | None) -> str | Emphasised:
    """Give the part of excerpt or body with the first word that matched; empty when none did."""
    if body is None or mark is None:
        return ""
    for text in (excerpt_of(article, STORY_EXCERPT), one_line(body)):
        places = mark(text)
        if places:
            return emphasised(shortened(_from_match(text, places[0][0]), PASSAGE), mark)
    return ""


def _from_match(text: str, start: int) -> str:
    """Leave out what stands long before the match."""
    if start <= PASSAGE // 2:
        return text
    space = text.find(" ", start - BEFORE_MATCH, start)
    begin = space + 1 if space >= 0 else boundary_before(text, start)
    return ELLIPSIS + text[begin:]


def topics_of(article: Article) -> tuple[str, ...]:
    """Give the topic names, each once, in order."""
    names = (shortened(one_line(name), MAX_FACT) for name in article.topics)
    return tuple(dict.fromkeys(name for name in names if is_visible(name)))[:10]


def hashtags_of(article: Article) -> tuple[Hashtag, ...]:
    """Give the topics as hashtags, those that Telegram takes whole, each once."""
    found = (hashtag_of(name) for name in topics_of(article))
    return tuple(dict.fromkeys(tag for tag in found if tag is not None))


def _of_card(article: Article, *, style: Style) -> dict[str, object]:
    """Give the hashtags below a card: where many read, they lead to what is like it."""
    return {"hashtags": hashtags_of(article), "shared": style.is_shared}


def facts_of(article: Article, *, style: Style) -> tuple[str, ...]:
    """Give what stands behind the source: date, kind and length, price."""
    _ = style.phrases
    kind, length = _kind_of(article, _), _length_of(article, _)
    facts = (
        _date_of(article, style),
        _(COMMA).join(word for word in (kind, length) if word),
        price_of(article, _),
    )
    return tuple(fact for fact in facts if is_visible(fact))


def _date_of(article: Article, style: Style) -> str:
    if article.dated_at is None:
        return ""
    return coarse_date(article.dated_at, now=style.now, zone=style.zone, phrases=style.phrases)


def _kind_of(article: Article, _: Phrases) -> str:
    kind = one_line(article.kind)
    known = _KINDS.get(kind.casefold())
    return shortened(kind if known is None else known and _(known), MAX_FACT)


def _length_of(article: Article, _: Phrases) -> str:
    return length_in_words(article.duration, _) if article.duration else ""


def price_of(article: Article, _: Phrases = ENGLISH) -> str:
    """Give the price as the file words it; a bare number has no currency and is not shown."""
    price = article.extra.get("price")
    if price == 0 and not isinstance(price, bool):
        return _("free")
    if not isinstance(price, str):
        return ""
    price = one_line(price)
    if price.casefold() in FREE:
        return _("free")
    has_currency = any(not character.isdigit() and character not in ".," for character in price)
    return shortened(price, MAX_FACT) if has_currency else ""


def _extras(article: Article, *, style: Style, excerpt: int) -> dict[str, object]:
    """Give what only the templates of operators are given."""
    return {
        "excerpt": excerpt_of(article, excerpt),
        "topics": topics_of(article),
        "hashtags": hashtags_of(article),
        "shared": style.is_shared,
        "date": _date_of(article, style),
        "kind": _kind_of(article, style.phrases),
        "length": _length_of(article, style.phrases),
        "price": price_of(article, style.phrases),
        "heat": article.heat,
        "quality": article.quality,
    }


def _source(article: Article, *, style: Style) -> dict[str, object]:
    source = shortened(one_line(article.source or ""), MAX_NAME)
    return {
        "source": isolated(source, style.phrases) if is_visible(source) else "",
        # A source such as booking.com would become a link of its own: it leads to the story.
        "source_url": article.link if would_link(source) else None,
        "facts": facts_of(article, style=style),
    }


def coverage(
    article: Article, others: Sequence[Article], phrases: Phrases
) -> tuple[tuple[Also, ...], int]:
    """Name the other coverage, linked: ours first, then elsewhere; and count what is not named.

    Every address once, and never the article's own. Sources that were not named yet come first; a
    second story of one source is named by its title, for two equal names would tell nothing.
    """
    seen = set(article.addresses)
    used = {_folded(article.source)}
    ours: list[_Source] = []
    for other in others:  # several files may be one story
        if other.story_key not in seen:
            ours.append((other.source, title_of(other, phrases), other.link))
            seen |= other.addresses
    named = list(_named(ours, used))
    elsewhere = list(_elsewhere(article.related, seen))
    fresh_first = sorted(elsewhere, key=lambda story: _folded(story[0]) in used)
    room = min(MAX_RELATED, max(MAX_ALSO - len(named), 0))
    listed = [*named[:MAX_ALSO], *_named(fresh_first[:room], used)]
    listed = [Also(isolated(one.name, phrases), one.url) for one in listed]
    return tuple(listed), max(len(named) - MAX_ALSO, 0)


def pointed_to(article: Article, text: Text) -> tuple[StoryKey, ...]:
    """Give the stories elsewhere that an article's block links to: who reads it has met them."""
    linked = {entity.url for entity in text.entities}
    keys = {
        story.story_key: None
        for story in article.related
        if story.story_key is not None and usable_link(story.url) in linked
    }
    return tuple(key for key in keys if key not in article.addresses)


def _named(stories: Iterable[_Source], used: set[str]) -> Iterator[Also]:
    for source, title, url in stories:
        name = one_line(source or "")
        if not is_visible(name) or _folded(name) in used:
            name = title
        used.add(_folded(name))
        yield Also(shortened(name, MAX_NAME), url)


def _elsewhere(related: Iterable[RelatedStory], seen: set[StoryKey]) -> Iterator[_Source]:
    seen = set(seen)
    for story in related:
        url, key = usable_link(story.url), story.story_key
        title = one_line(story.title)
        if url is None or key is None or key in seen or not is_visible(title):
            continue
        seen.add(key)
        provider = story.provider
        name = (provider.name or provider.domain) if provider else None
        yield name or host_of(url), title, url


def _folded(name: str | None) -> str:
    return one_line(name or "").casefold().removeprefix("www.")
