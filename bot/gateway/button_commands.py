"""What tapped buttons do. Nobody gains a right by a button: every tap is checked anew."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from bot.domain.article import StoryId
from bot.domain.callback import Action
from bot.gateway import desk_commands, recall_commands, taste_commands
from bot.gateway.context import Tap
from bot.gateway.own_data_commands import answered
from bot.gateway.sends_commands import steer
from bot.gateway.settings_commands import pressed, repaint_greeting
from bot.gateway.taste_commands import show_saved
from bot.gateway.why_commands import why_this
from bot.publishing.answer import page_of
from bot.publishing.links import KEPT_IN_GROUPS
from bot.publishing.order import Confirmation, Wish
from bot.rendering import courtesies, panels
from bot.store.digests import StoredDigest

_STORY_ID = re.compile(r"[0-9a-f]{12}")
_QUICK_FINGER = (0.1, 0.2, 0.4, 0.8)
"""Seconds between looks for a digest that has just been sent."""


async def tapped(tap: Tap) -> None:
    """Do what a button asks for, or say why not."""
    action = tap.callback.action if tap.callback is not None else None
    if action is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
    elif action is Action.NOTHING:
        await tap.answer()
    elif action is Action.DESK:
        await desk_commands.tapped(tap)
    elif action is Action.SENDS:
        await steer(tap)
    elif action is Action.RECALL:
        await recall_commands.decide(tap)
    elif action is Action.SETTINGS:
        await pressed(tap)
    elif tap.place.is_shared and action not in KEPT_IN_GROUPS:
        await tap.tell(courtesies.IN_PRIVATE, alert=True)
    else:
        await _DEEDS[action](tap)


async def _page(tap: Tap) -> None:
    """Turn a page in place; open another list below."""
    callback = tap.callback
    page = None
    if callback is not None:
        page = await tap.office.use_cases.answers.page(callback, await tap.asker())
    if page is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    await tap.answer()
    await (tap.show(page) if tap.turns_page else tap.send(page))


async def _story(tap: Tap) -> None:
    """Open a story in place of the digest or the answer that lists it."""
    arguments = tap.callback.arguments if tap.callback is not None else ()
    story, origin = (*arguments, "")[0], arguments[1:]
    if not _STORY_ID.fullmatch(story):
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    cases, asker = tap.office.use_cases, await tap.asker()
    if origin:
        page = page_of(origin[0])
        view = None
        if page is not None and page.action is Action.SAVED:
            view = await cases.answers.story(StoryId(story), asker, back=page)
        elif page is not None:
            view = await cases.answers.story_on_page(StoryId(story), page, asker)
    else:
        found = await _digest(tap)
        if found is None:
            await tap.tell(courtesies.DIGEST_GONE, alert=True)
            return
        view = await cases.answers.story_in_digest(StoryId(story), *found, asker)
    if view is None:
        await tap.tell(panels.STORY_GONE, alert=True)
        return
    await tap.answer()
    await tap.show(view)
    tap.office.shown.note(tap.place.chat_id, tap.message_id, StoryId(story))


async def _back(tap: Tap) -> None:
    """Show again what a story was opened from: the digest exactly as it was sent, or the answer."""
    cases = tap.office.use_cases
    origin = tap.callback.arguments if tap.callback is not None else ()
    if origin:
        page = page_of(":".join(origin))
        if page is not None and page.action is Action.SAVED and await show_saved(tap, page):
            tap.office.shown.forget(tap.place.chat_id, tap.message_id)
            return
        listed = None if page is None else await cases.answers.page(page, await tap.asker())
    else:
        found = await _digest(tap)
        listed = None if found is None else found[0].messages[found[1]]
    if listed is None:
        await tap.tell(courtesies.DIGEST_GONE, alert=True)
        return
    await tap.answer()
    await tap.show(listed)
    tap.office.shown.forget(tap.place.chat_id, tap.message_id)


async def _digest(tap: Tap) -> tuple[StoredDigest, int] | None:
    """Find the digest of the message, and which of its messages it is.

    Ends of calls are committed in groups: a quick finger can be there before its message is.
    """
    for pause in (*_QUICK_FINGER, None):
        found = await tap.office.use_cases.digests.of_message(tap.place.chat_id, tap.message_id)
        if found is not None or pause is None or not tap.is_fresh:
            return found
        await tap.office.clock.sleep(pause)
    return None


async def _subscribe(tap: Tap) -> None:
    orders = tap.office.use_cases.orders
    if not await _is_allowed(tap):
        return
    confirmation = await orders.subscribe(tap.place)
    await _confirm(tap, confirmation)
    if confirmation.is_first:
        await orders.welcome(tap.place)


async def _unsubscribe(tap: Tap) -> None:
    if await _is_allowed(tap):
        await _confirm(tap, await tap.office.use_cases.orders.unsubscribe(tap.place))


async def _confirm(tap: Tap, confirmation: Confirmation) -> None:
    """Tell the tapper; in private also in the chat, in place of the button."""
    await tap.answer(confirmation.note(tap.phrases), alert=tap.place.is_shared)
    if not tap.place.is_shared:
        if not await repaint_greeting(tap):
            await tap.swap_button(None)
        if confirmation.is_done:
            await tap.send(confirmation.message)


def _wish(wish: Wish) -> Callable[[Tap], Awaitable[None]]:
    async def handle(tap: Tap) -> None:
        key = ":".join(tap.callback.arguments) if tap.callback is not None else ""
        if not await _is_allowed(tap):
            return
        orders = tap.office.use_cases.orders
        confirmation = await orders.wish(wish, key, tap.place, is_typed=False)
        await tap.answer(confirmation.note(tap.phrases))
        if confirmation.is_done:
            button = confirmation.button
            beside = {data: other.as_json() for data, other in confirmation.beside.items()}
            await tap.swap_button(button.as_json() if button is not None else None, beside=beside)

    return handle


async def _is_allowed(tap: Tap) -> bool:
    if await tap.may_change():
        return True
    await tap.tell(panels.ADMINISTRATORS_ONLY, alert=True)
    return False


_DEEDS: Mapping[Action, Callable[[Tap], Awaitable[None]]] = {
    Action.STORY: _story,
    Action.DIGEST: _back,
    Action.TOPIC: _page,
    Action.TOPICS: _page,
    Action.QUERY: _page,
    Action.STORED_QUERY: _page,
    Action.HOT: _page,
    Action.LATEST: _page,
    Action.FOLLOW: _wish(Wish.FOLLOW),
    Action.UNFOLLOW: _wish(Wish.UNFOLLOW),
    Action.MUTE: _wish(Wish.MUTE),
    Action.UNMUTE: _wish(Wish.UNMUTE),
    Action.SUBSCRIBE: _subscribe,
    Action.UNSUBSCRIBE: _unsubscribe,
    Action.WHY: why_this,
    Action.SAVE: taste_commands.save,
    Action.UNSAVE: taste_commands.unsave,
    Action.VOTE: taste_commands.vote,
    Action.MUTE_SOURCE: taste_commands.mute_source,
    Action.UNMUTE_SOURCE: taste_commands.mute_source,
    Action.REMIND: taste_commands.remind,
    Action.SAVED: taste_commands.saved_page,
    Action.FORGET: answered,
}
