"""Stories as results of an inline query: a line to choose in the panel, a message once chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.domain.article import Article
from bot.domain.message import keyboard_json, preview_options
from bot.domain.subscription import Layout
from bot.rendering import keyboards
from bot.rendering.cleaning import is_visible, one_line
from bot.rendering.digests import preview_of
from bot.rendering.illustration import lead_picture
from bot.rendering.lines import MAX_NAME, MORE_IN_BOT, excerpt_of, facts_of, story_block, title_of
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_RESULTS = 50
"""Results of one answer (Bot API, answerInlineQuery)."""
MAX_TITLE_SHOWN = 256
MAX_DESCRIPTION = 256
"""Panels show two or three lines of it; Telegram names no limit."""
EXCERPT = 500
"""What is posted stands in somebody else's conversation: shorter than in our own chat."""
TITLE = 1000
"""Twenty results with titles of the greatest length would not fit one call (1 MiB)."""

Json = dict[str, Any]


def results(articles: Iterable[Article], *, style: Style) -> tuple[Json, ...]:
    """Give an InlineQueryResultArticle for each story, each id once; at most 50.

    The message of a result stands in a chat of anybody's: `style` should be one for several
    readers, and no button of it asks us back.
    """
    found: dict[str, Json] = {}
    for article in articles:
        if len(found) == MAX_RESULTS:
            break
        if article.story_id not in found:
            found[article.story_id] = _result(article, style=style)
    return tuple(found.values())


def without_pictures(given: Iterable[Json]) -> tuple[Json, ...]:
    """Give the results without whatever Telegram looks up on the web; all words stay."""
    plain: list[Json] = []
    for result in given:
        content = result["input_message_content"] | {"link_preview_options": preview_options(None)}
        kept = {name: value for name, value in result.items() if name != "thumbnail_url"}
        plain.append(kept | {"input_message_content": content})
    return tuple(plain)


def button(text: str, start_parameter: str) -> Json:
    """Give the InlineQueryResultsButton above the results, which leads into the bot."""
    return {"text": keyboards.label(text), "start_parameter": start_parameter}


def _result(article: Article, *, style: Style) -> Json:
    result: Json = {
        "type": "article",
        "id": article.story_id,
        "title": shortened(title_of(article, style.phrases), MAX_TITLE_SHOWN),
        "input_message_content": _content(article, style=style),
    }
    description = _description(article, style=style)
    if description:
        result["description"] = description
    picture = lead_picture(article, site_url=style.site_url)
    if picture is not None and picture.address is not None:
        result["thumbnail_url"] = picture.address
    keyboard = keyboards.rows(
        [
            keyboards.read(article.link, style.phrases),
            keyboards.link(style.phrases(MORE_IN_BOT), style.deep_link(article.story_id)),
        ]
    )
    if keyboard:
        result["reply_markup"] = keyboard_json(keyboard)
    return result


def _content(article: Article, *, style: Style) -> Json:
    """Give InputTextMessageContent: what is posted when the result is chosen."""
    used = replace(style, layout=Layout.LIST)
    text = story_block("inline", article, also=(), style=used, excerpt=EXCERPT, title=TITLE)
    content: Json = {
        "message_text": text.value,
        "link_preview_options": preview_options(preview_of(article, style=style)),
    }
    if text.entities:
        content["entities"] = [entity.as_json() for entity in text.entities]
    return content


def _description(article: Article, *, style: Style) -> str:
    """Say in plain words where a story is from, when, and what it is about."""
    source = shortened(one_line(article.source or ""), MAX_NAME)
    parts = (source, *facts_of(article, style=style), excerpt_of(article, MAX_DESCRIPTION))
    return shortened(" · ".join(part for part in parts if is_visible(part)), MAX_DESCRIPTION)
