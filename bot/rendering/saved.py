"""Saved stories: the list that is paged and looked through, and reminders of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action, Callback
from bot.domain.digest import Digest, Item
from bot.domain.languages import N_
from bot.domain.message import Draft, Message
from bot.rendering import keyboards, storybuttons
from bot.rendering.blocks import block
from bot.rendering.cleaning import echo, is_visible, one_line
from bot.rendering.dates import coarse_date, time_of_day
from bot.rendering.digests import preview_of
from bot.rendering.lines import MAX_TITLE, STORY_EXCERPT, story_block
from bot.rendering.pages import page as joined
from bot.rendering.phrases import COMMA
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

PAGE_SIZE = 8
MAX_NAME = 200
MAX_WORDS = 80
MOST_PAGES = 99

PASSED = N_("That time has passed. Choose another one.")
FORGOTTEN = N_("No reminder any more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A saved story as it is listed; `remind_at` None: no reminder."""

    story: StoryId
    title: str
    source: str
    url: str | None
    remind_at: datetime | None = None


def saved_page(kept: Sequence[Kept], *, total: int, page: int, words: str, style: Style) -> Message:
    """List saved stories; numbers open them in place, arrows page. `words`: looked through."""
    _ = style.phrases
    asked = shortened(echo(words), MAX_WORDS)
    head = block("saved/head", style=style, total=total, words=asked)
    first = (page - 1) * PAGE_SIZE
    lines = [
        block(
            "saved/line",
            style=style,
            number=str(first + number),
            title=_title(one),
            url=one.url,
            source=_visible(one.source),
            remind=moment(one.remind_at, style) if one.remind_at is not None else "",
        )
        for number, one in enumerate(kept, start=1)
    ]
    pages = min(max(1, -(-total // PAGE_SIZE)), MOST_PAGES)
    here = page_callback(page, words)
    numbers = [
        keyboards.callback_button(
            str(first + number),
            Callback(Action.STORY, (one.story, f"{Action.SAVED.value}:{':'.join(here.arguments)}")),
        )
        for number, one in enumerate(kept, start=1)
    ]
    keyboard = (
        *keyboards.numbers(keyboards.row(*numbers)),
        *keyboards.rows(
            keyboards.pager(page, pages, lambda number: page_callback(number, words), _)
        ),
    )
    return Draft(text=joined(head, lines), keyboard=keyboard).finished()


def page_callback(page: int, words: str) -> Callback:
    """Ask for a page of what was saved and holds these words."""
    return Callback(Action.SAVED, (str(page), words) if words else (str(page),))


def remind_panel(
    title: str, story: StoryId, offered: Sequence[datetime], *, has_one: bool, style: Style
) -> Message:
    """Ask when a story shall come again: some times to tap, any other one to write."""
    _ = style.phrases
    text = block("saved/remind", style=style, title=shortened(one_line(title), MAX_NAME))
    buttons = [
        keyboards.tap(moment(at, style), Action.REMIND, story, minutes_of(at)) for at in offered
    ]
    forget = keyboards.tap(_("No reminder"), Action.REMIND, story, "x") if has_one else None
    keyboard = (*keyboards.grid(keyboards.row(*buttons), widest=2), *keyboards.rows([forget]))
    return Draft(text=text, keyboard=keyboard).finished()


def reminded(title: str, story: StoryId, at: datetime, *, style: Style) -> Message:
    """Confirm a reminder."""
    _ = style.phrases
    text = block(
        "saved/reminded",
        style=style,
        title=shortened(one_line(title), MAX_NAME),
        moment=moment(at, style),
    )
    forget = keyboards.tap(_("No reminder"), Action.REMIND, story, "x")
    return Draft(text=text, keyboard=keyboards.rows([forget])).finished()


def not_a_time(words: str, *, style: Style) -> Message:
    """Say that no time to come was understood, with examples."""
    text = block("saved/not_a_time", style=style, words=shortened(echo(words), MAX_WORDS))
    return Draft(text=text).finished()


def which_story(style: Style) -> Message:
    """Say how to name the story to be reminded of."""
    return Draft(text=block("saved/which", style=style)).finished()


def reminder(article: Article, *, style: Style) -> Digest:
    """Write the message that a reminder becomes: the story, and that it was asked for."""
    head = block("saved/reminder", style=style)
    story = story_block(
        "story",
        article,
        also=(),
        style=style,
        excerpt=STORY_EXCERPT,
        title=min(1500, MAX_TITLE),
    )
    draft = Draft(
        text=joined(head, [story]),
        keyboard=keyboards.rows(
            [
                keyboards.read(article.link, style.phrases),
                storybuttons.remind(article.story_id, style=style),
            ],
        ),
        preview=preview_of(article, style=style),
        stories=(article.story_key,),
    )
    item = Item(article=article, score=0.0, reasons={"because": ["reminder"]})
    return Digest(items=(item,), messages=(draft.finished(),))


def moment(at: datetime, style: Style) -> str:
    """Say a time to come: `tomorrow, 08:00`."""
    _ = style.phrases
    clock = time_of_day(at, now=at, zone=style.zone, phrases=style.phrases)
    days = _days_until(at, style)
    if days == 0:
        return _("today, %(time)s", time=clock)
    if days == 1:
        return _("tomorrow, %(time)s", time=clock)
    day = coarse_date(at, now=style.now, zone=style.zone, phrases=_)
    return f"{day}{_(COMMA)}{clock}"


def minutes_of(at: datetime) -> str:
    """Write a time for callback data: minutes since 1970."""
    return str(int(at.timestamp()) // 60)


def _days_until(at: datetime, style: Style) -> int:
    zone = ZoneInfo(style.zone)
    return (at.astimezone(zone).date() - style.now.astimezone(zone).date()).days


def _title(one: Kept) -> str:
    title = one_line(one.title)
    return shortened(title, MAX_NAME) if is_visible(title) else "…"


def _visible(text: str) -> str:
    text = shortened(one_line(text), MAX_WORDS)
    return text if is_visible(text) else ""
