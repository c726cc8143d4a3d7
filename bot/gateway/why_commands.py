"""Why: what readers and operators ask about the choice of stories."""

from __future__ import annotations

import re

from bot.domain.article import StoryId
from bot.gateway.context import Said, Tap
from bot.gateway.taste_commands import story_of
from bot.publishing.why import Reader
from bot.rendering import panels

_STORY_ID = re.compile(r"[0-9a-f]{12}")


async def why(said: Said) -> None:
    """/why [words]: of a story; as an answer to a digest of its stories; else of the last one."""
    cases = said.office.use_cases
    is_operator = not said.place.is_shared and await cases.operators.is_operator(said.person)
    reader = Reader(place=said.place, style=said.style, in_full=is_operator)
    replied = said.message.reply_to_message
    if said.words:
        await said.reply(await cases.whys.words(said.words, reader))
        return
    found = None
    if replied is not None:
        found = await cases.digests.of_message(said.place.chat_id, replied.message_id)
    story = story_of(said)
    of_story = await cases.whys.story(story, reader) if story is not None else None
    if of_story is not None:
        await said.reply(of_story)
    elif found is not None:
        await said.reply(await cases.whys.digest(*found, reader))
    else:
        await said.reply(await cases.whys.last(reader))


async def why_this(tap: Tap) -> None:
    """Tell below why a story came or did not; without a story, what would come now."""
    arguments = tap.callback.arguments if tap.callback is not None else ()
    cases = tap.office.use_cases
    reader = Reader(
        place=tap.place, style=tap.style, in_full=await cases.operators.is_operator(tap.person)
    )
    message = None
    if not arguments:
        message = await cases.whys.next_digest(reader)
    elif _STORY_ID.fullmatch(arguments[0]):
        message = await cases.whys.story(StoryId(arguments[0]), reader)
        if message is None:
            await tap.tell(panels.STORY_GONE, alert=True)
            return
    if message is None:
        await tap.tell(panels.STALE_BUTTON, alert=True)
        return
    await tap.answer()
    await tap.send(message)
