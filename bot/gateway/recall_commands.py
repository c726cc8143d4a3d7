"""The buttons below a notice that a sent story was withdrawn."""

from __future__ import annotations

from bot.domain.article import StoryId
from bot.gateway.context import Tap
from bot.publishing.candidates import is_story_id
from bot.rendering import panels
from bot.rendering import recalls as words


async def decide(tap: Tap) -> None:
    """Recall a withdrawn story, or leave it; whoever comes later sees what was decided."""
    cases = tap.office.use_cases
    arguments = tap.callback.arguments if tap.callback is not None else ()
    verb, story = (*arguments, "", "")[:2]
    deed = {words.RECALL: "recall", words.LEAVE: "leave", words.SHOW: "recall: show"}.get(verb)
    if tap.person is None or not await cases.operators.may(
        tap.person, deed or "recall", only_looks=verb == words.SHOW
    ):
        await tap.answer(panels.NOT_FOR_YOU, alert=True)
        return
    if tap.place.is_shared or deed is None or not is_story_id(story):
        await tap.answer(panels.STALE_BUTTON, alert=True)
        return
    recalls, phrases = cases.recalls, tap.style.phrases
    if verb == words.RECALL:
        is_done = await recalls.begin(StoryId(story), by=tap.person)
        said = words.BEGUN
    elif verb == words.LEAVE:
        is_done = await recalls.leave(StoryId(story), by=tap.person)
        said = words.LEFT
    else:
        is_done, said = True, ""
    await tap.answer(phrases(said if is_done else words.STALE), alert=not is_done)
    panel = await recalls.panel(StoryId(story), phrases)
    if panel is not None:
        await tap.show(panel)
