"""What one reader says of single stories: taps, reactions, /saved, /remind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from telegram import MessageReactionCountUpdated, MessageReactionUpdated

from bot.domain.article import StoryId
from bot.domain.callback import Action, Callback, decoded
from bot.domain.leaning import counted_points, points_of
from bot.domain.subscription import ChatId, ChatKind
from bot.gateway.context import Office, Said, Tap
from bot.publishing.preferences import Place
from bot.publishing.taste import Deed, words_of
from bot.rendering import courtesies, panels, saved

_STORY_ID = re.compile(r"[0-9a-f]{12}")
_MINUTES = re.compile(r"\d{1,9}", re.ASCII)
_OF_STORY = frozenset(
    {Action.SAVE, Action.UNSAVE, Action.VOTE, Action.WHY, Action.REMIND, Action.MUTE_SOURCE}
)
"""Buttons that say which story a message shows."""


async def save(tap: Tap) -> None:
    """☆ Save."""
    story = _story(tap)
    tastes = tap.office.use_cases.tastes
    await _done(tap, await tastes.save(story, tap.place, tap.style) if story else None)


async def unsave(tap: Tap) -> None:
    """★ Saved, tapped again."""
    story = _story(tap)
    tastes = tap.office.use_cases.tastes
    await _done(tap, await tastes.unsave(story, tap.place, tap.style) if story else None)


async def vote(tap: Tap) -> None:
    """👍 More, 👎 Less, and taking either back."""
    story = _story(tap)
    sign = tap.callback.arguments[-1] if tap.callback is not None else ""
    if story is None or sign not in ("+", "-", "0"):
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    tastes = tap.office.use_cases.tastes
    await _done(tap, await tastes.vote(story, sign, tap.place, tap.style))


async def mute_source(tap: Tap) -> None:
    """Mute the source of a story, or let it in again."""
    story = _story(tap)
    is_muted = tap.callback is not None and tap.callback.action is Action.MUTE_SOURCE
    mute = partial(tap.office.use_cases.tastes.mute_source, is_muted=is_muted)
    await _done(tap, await mute(story, tap.place, tap.style) if story else None)


async def remind(tap: Tap) -> None:
    """⏰: offer times; with one, keep it; with x, forget it."""
    story = _story(tap)
    arguments = tap.callback.arguments if tap.callback is not None else ()
    tastes, style = tap.office.use_cases.tastes, tap.style
    if story is None or (len(arguments) > 1 and not _is_choice(arguments[1])):
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    if len(arguments) == 1:
        asked = await tastes.ask_when(story, tap.place, style)
        if asked is None:
            await tap.tell(panels.STORY_GONE, alert=True)
            return
        await tap.answer()
        await tap.send(asked)
        return
    if arguments[1] == "x":
        await tastes.forget_reminder(story, tap.place)
        await tap.tell(saved.FORGOTTEN)
        await tap.swap_button(None)
        return
    at = datetime.fromtimestamp(int(arguments[1]) * 60, tz=UTC)
    if not tastes.is_ahead(at):
        await tap.tell(saved.PASSED, alert=True)
        return
    told = await tastes.remind(story, at, tap.place, style)
    if told is None:
        await tap.tell(panels.STORY_GONE, alert=True)
        return
    await tap.answer()
    await tap.show(told)


async def saved_stories(said: Said) -> None:
    """/saved [words]: what was saved, or what of it holds the words."""
    if said.place.is_shared:
        await said.reply(courtesies.in_private_only(said.style))
        return
    tastes = said.office.use_cases.tastes
    await said.reply(await tastes.saved_page(said.place, said.style, words=said.words, page=1))


async def saved_page(tap: Tap) -> None:
    """Turn a page of saved stories, or go back to it."""
    page = tap.callback
    if page is None or not await show_saved(tap, page):
        await tap.tell(panels.STALE_BUTTON, alert=True)


async def show_saved(tap: Tap, page: Callback) -> bool:
    """Show a page of saved stories in place; False for one that we never offered."""
    number = page.arguments[0] if page.arguments else ""
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:4]) <= saved.MOST_PAGES):
        return False
    tastes = tap.office.use_cases.tastes
    listed = await tastes.saved_page(
        tap.place, tap.style, words=words_of(page), page=int(number[:4])
    )
    await tap.answer()
    await tap.show(listed)
    return True


async def remind_by_words(said: Said) -> None:
    """/remind [when]: as an answer to a story; without a story the saved ones."""
    if said.place.is_shared:
        await said.reply(courtesies.in_private_only(said.style))
        return
    story = story_of(said)
    tastes = said.office.use_cases.tastes
    if story is None:
        await said.reply(saved.which_story(said.style))
        return
    if said.words:
        told = await tastes.remind_by_words(story, said.words, said.place, said.style)
    else:
        told = await tastes.ask_when(story, said.place, said.style)
    await said.reply(told or panels.story_gone(said.style))


def is_about_reminder(said: Said) -> bool:
    """Whether plain words answer our question when a story shall come again."""
    return not said.place.is_shared and any(
        found.action is Action.REMIND and len(found.arguments) > 1 for found in _callbacks(said)
    )


def story_of(said: Said) -> StoryId | None:
    """Tell which story the message shows that somebody answers; None for several or none."""
    found = {
        StoryId(callback.arguments[0])
        for callback in _callbacks(said)
        if callback.action in _OF_STORY
        and callback.arguments
        and _STORY_ID.fullmatch(callback.arguments[0])
    }
    return found.pop() if len(found) == 1 else None


async def reacted(office: Office, change: MessageReactionUpdated) -> None:
    """A reaction in a private chat says more or less like that; in groups it concerns nobody."""
    if change.chat.type != ChatKind.PRIVATE.value:
        return
    place = Place(chat_id=ChatId(change.chat.id))
    emojis = [getattr(one, "emoji", "") for one in change.new_reaction]
    await _reacted(
        office, place, change.message_id, lambda alone: points_of(emojis, is_alone=alone)
    )


async def counted(office: Office, change: MessageReactionCountUpdated) -> None:
    """The reactions below a channel's post, all together."""
    if change.chat.type != ChatKind.CHANNEL.value:
        return
    place = Place(chat_id=ChatId(change.chat.id), kind=ChatKind.CHANNEL)
    counts = [(getattr(one.type, "emoji", ""), one.total_count) for one in change.reactions]
    await _reacted(
        office, place, change.message_id, lambda alone: counted_points(counts, is_alone=alone)
    )


async def _reacted(
    office: Office, place: Place, message_id: int, points: Callable[[bool], int]
) -> None:
    tastes = office.use_cases.tastes
    shown = office.shown.get((place.chat_id, message_id))
    if shown is not None:
        await tastes.reacted_to(shown, place, points)
        return
    found = await office.use_cases.digests.of_message(place.chat_id, message_id)
    if found is not None:
        await tastes.reacted(*found, place, points)


async def _done(tap: Tap, deed: Deed | None) -> None:
    """Tell the tapper, and swap the button."""
    if deed is None:
        await tap.tell(panels.STORY_GONE, alert=True)
        return
    await tap.answer(deed.note)
    beside = {data: other.as_json() for data, other in deed.beside.items()}
    if deed.button is not None:
        await tap.swap_button(deed.button.as_json(), beside=beside)


def _story(tap: Tap) -> StoryId | None:
    arguments = tap.callback.arguments if tap.callback is not None else ()
    is_one = bool(arguments) and _STORY_ID.fullmatch(arguments[0]) is not None
    return StoryId(arguments[0]) if is_one else None


def _is_choice(choice: str) -> bool:
    return choice == "x" or _MINUTES.fullmatch(choice) is not None


def _callbacks(said: Said) -> Iterable[Callback]:
    replied = said.message.reply_to_message
    if replied is None or replied.reply_markup is None:
        return
    for row in replied.reply_markup.inline_keyboard:
        for button in row:
            data = button.callback_data
            found = decoded(data, parts=2) if isinstance(data, str) else None
            if found is not None:
                yield found
