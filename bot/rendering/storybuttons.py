"""The buttons that belong to one story: save, more or less like it, why, share, mute its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.article import Article, StoryId
from bot.domain.callback import Action
from bot.domain.languages import N_
from bot.domain.message import Button
from bot.rendering import keyboards
from bot.rendering.cleaning import one_line
from bot.rendering.shortening import shortened
from bot.rendering.style import Style

MAX_SOURCE = 24
SHARED = "story-"
"""What an inline query for one story begins with; its id follows."""
MORE, LESS, NEITHER = "+", "-", "0"
"""What a vote says, as it stands in callback data."""

SAVED = N_("Saved. /saved shows all of them.")
SAVED_BEFORE = N_("It is saved already. /saved shows all of them.")
DROPPED = N_("No longer saved.")
NOT_LEARNING = N_("Taps change nothing here: that is switched off in the settings of your digest.")
MORE_NOTED = N_("More like this will come first. /why tells what your taps do.")
LESS_NOTED = N_("Less like this will come. /why tells what your taps do.")
TAKEN_BACK = N_("Taken back.")
# Note: the source of a story, such as a newspaper
SOURCE_MUTED = N_("Its source stays out of the digest.")
SOURCE_UNMUTED = N_("Its source may come again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a reader has made of a story."""

    is_saved: bool = False
    points: int = 0
    is_source_muted: bool = False


NO_MARKS = Marks()


def rows_of(
    article: Article, *, style: Style, marks: Marks = NO_MARKS
) -> tuple[Sequence[Button | None], ...]:
    """Give the rows of a story's buttons, for one reader alone; none where several read."""
    if style.is_shared:
        return ()
    story = article.story_id
    return (
        (
            save(story, is_saved=marks.is_saved, style=style),
            remind(story, style=style),
        ),
        (
            more(story, points=marks.points, style=style),
            less(story, points=marks.points, style=style),
        ),
        (
            why(story, style=style),
            share(article, style=style),
            mute_source(article, is_muted=marks.is_source_muted, style=style),
        ),
    )


def save(story: StoryId, *, is_saved: bool, style: Style) -> Button | None:
    """Offer to save a story, or to drop it again."""
    _ = style.phrases
    if is_saved:
        return keyboards.tap(_("★ Saved"), Action.UNSAVE, story)
    return keyboards.tap(_("☆ Save"), Action.SAVE, story)


def more(story: StoryId, *, points: int, style: Style) -> Button | None:
    """Offer to want more like a story, or to take that back."""
    _ = style.phrases
    if points > 0:
        return keyboards.tap(_("✓ More"), Action.VOTE, story, NEITHER)
    return keyboards.tap(_("👍 More"), Action.VOTE, story, MORE)


def less(story: StoryId, *, points: int, style: Style) -> Button | None:
    """Offer to want less like a story, or to take that back."""
    _ = style.phrases
    if points < 0:
        return keyboards.tap(_("✓ Less"), Action.VOTE, story, NEITHER)
    return keyboards.tap(_("👎 Less"), Action.VOTE, story, LESS)


def why(story: StoryId, *, style: Style) -> Button | None:
    """Offer the account of the story."""
    _ = style.phrases
    return keyboards.tap(_("Why this"), Action.WHY, story)


def share(article: Article, *, style: Style) -> Button | None:
    """Offer to put the story into another chat: through the bot, else by its address alone."""
    _ = style.phrases
    if style.has_inline:
        return Button(text=_("Share"), inline_query=f"{SHARED}{article.story_id}")
    if article.link is None:
        return None
    return keyboards.link(_("Share"), f"https://t.me/share/url?url={quote(article.link, safe='')}")


def mute_source(article: Article, *, is_muted: bool, style: Style) -> Button | None:
    """Offer to keep the source of a story out, or to let it in again."""
    _ = style.phrases
    source = shortened(one_line(article.source or ""), MAX_SOURCE)
    if article.provider_key is None or not source:
        return None
    if is_muted:
        label = _("Unmute %(source)s", source=source)
        return keyboards.tap(label, Action.UNMUTE_SOURCE, article.story_id)
    return keyboards.tap(_("Mute %(source)s", source=source), Action.MUTE_SOURCE, article.story_id)


def remind(story: StoryId, *, style: Style) -> Button | None:
    """Offer to be reminded of a story."""
    _ = style.phrases
    return keyboards.tap(_("⏰ Remind me"), Action.REMIND, story)
