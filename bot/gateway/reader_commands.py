"""What readers ask for: stories, topics, help, and the number of a chat."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.article import StoryId
from bot.domain.callback import Action, Callback
from bot.domain.panel import target_of
from bot.gateway.context import Said
from bot.gateway.desk_commands import heard
from bot.gateway.operator_commands import claim, offer_menu
from bot.gateway.settings_commands import greet, show_for, typed
from bot.gateway.taste_commands import is_about_reminder, remind_by_words
from bot.gateway.topic_commands import begin, follow_linked
from bot.publishing.operators import CLAIM
from bot.publishing.tally import QUESTIONS
from bot.rendering import courtesies, panels


async def start(said: Said) -> None:
    """/start: a greeting, or what a deep link asks for. It never subscribes by itself."""
    if said.words.startswith(CLAIM) and not said.place.is_shared:
        await claim(said)
        return
    cases = said.office.use_cases
    if said.person is not None and await cases.operators.is_operator(said.person):
        await offer_menu(said.office, said.person)  # before the first Start there was no chat
    if await _about_another_chat(said):
        return
    callback = cases.answers.linked(said.words) if said.words else None
    match callback:
        case None:
            await _greet(said)
        case Callback(Action.SUBSCRIBE):
            await begin(said)
        case Callback(Action.FOLLOW, (key,)):
            await follow_linked(said, key)
        case Callback(Action.STORY, (story, *_)):
            asker = await said.asker()
            view = await cases.answers.story(StoryId(story), asker)
            number = await said.reply(view or panels.story_gone(said.style))
            if view is not None and number is not None and not said.place.is_shared:
                said.office.shown.note(said.place.chat_id, number, StoryId(story))
        case _:
            page = await cases.answers.page(callback, await said.asker())
            if page is None:
                await _greet(said)
            else:
                await said.reply(page)


async def _about_another_chat(said: Said) -> bool:
    """Open the settings of a chat that a link in it names; False when it is another link."""
    kind, _, name = said.words.partition("-")
    target = target_of(name.replace("_", ".")) if kind == "settings" and name else None
    if target is None or said.place.is_shared:
        return False
    if not await show_for(said, target):
        await said.reply(panels.administrators_only(said.style))
    return True


async def help_text(said: Said) -> None:
    """/help: everything that can be said."""
    is_operator = await said.office.use_cases.operators.is_operator(said.person)
    shown = is_operator and not said.place.is_shared
    await said.reply(panels.help_text(said.style, is_operator=shown))


async def latest(said: Said) -> None:
    """/latest: the newest stories."""
    await said.reply(await said.office.use_cases.answers.latest(await said.asker()))


async def hot(said: Said) -> None:
    """/hot: the hottest stories."""
    await said.reply(await said.office.use_cases.answers.hot(await said.asker()))


async def topics(said: Said) -> None:
    """/topics: all topics with their counts."""
    await said.reply(await said.office.use_cases.answers.topics(await said.asker()))


async def topic(said: Said) -> None:
    """/topic WORDS: the best stories on a topic; without words, the topics."""
    if not said.words:
        await topics(said)
        return
    said.office.use_cases.tally.count(QUESTIONS)
    answers = said.office.use_cases.answers
    await said.reply(await answers.topic(said.words, await said.asker()))


async def search(said: Said) -> None:
    """/search WORDS: the stories that hold them or are filed under what they name."""
    said.office.use_cases.tally.count(QUESTIONS)
    answers = said.office.use_cases.answers
    await said.reply(await answers.search(said.words, await said.asker()))


async def ask(said: Said) -> None:
    """Plain words: a topic by its name, else the stories that answer them."""
    said.office.use_cases.tally.count(QUESTIONS)
    answers = said.office.use_cases.answers
    await said.reply(await answers.ask(said.words, await said.asker()))


async def identity(said: Said) -> None:
    """/id: the numbers that the settings ask for."""
    place = said.place
    numbers = panels.identity(
        place.chat_id,
        style=said.style,
        thread_id=place.thread_id,
        user_id=said.person if place.is_shared else None,
    )
    await said.reply(numbers)


async def anything_else(said: Said) -> None:
    """Answer plain words, unknown commands, and what is no words at all."""
    text = said.message.text
    if await typed(said):
        return
    if text is None:
        await _no_words(said)
    elif text.startswith("/"):
        await said.reply(panels.unknown_command(text.split(maxsplit=1)[0], style=said.style))
    elif is_about_reminder(said):
        await remind_by_words(said)
    elif not await heard(said) and not await _discusses_digest(said):
        await ask(said)


_WORDLESS = (
    *("photo", "sticker", "voice", "video_note", "video", "audio", "document", "animation"),
    *("location", "venue", "contact", "poll", "dice", "game", "story", "paid_media"),
)
"""What people send that is no text (Bot API, Message); all else tells of an event."""


async def _no_words(said: Said) -> None:
    """Answer the words below a picture; say of anything else that we only understand words."""
    if said.place.is_shared:
        return
    caption = (said.message.caption or "").strip()
    if caption and said.message.forward_origin is None:
        await ask(replace(said, words=caption))
    elif any(getattr(said.message, name) for name in _WORDLESS):
        await said.reply(courtesies.words_only(said.style))


async def _greet(said: Said) -> None:
    """Say what this is; in private with topics to follow, in a group with who decides."""
    place = said.place
    if not place.is_shared:
        is_operator = await said.office.use_cases.operators.is_operator(said.person)
        await greet(said, is_operator=is_operator)
        return
    stored = await said.office.use_cases.subscriptions.get(place.chat_id, place.thread_id)
    is_subscribed = stored is not None and stored.is_active
    await said.reply(courtesies.hello(said.style, is_subscribed=is_subscribed))


async def _discusses_digest(said: Said) -> bool:
    """Whether people of a group talk about a digest of ours: a reply to it is no question."""
    replied = said.message.reply_to_message
    if not said.place.is_shared or replied is None:
        return False
    digests = said.office.use_cases.digests
    return await digests.of_message(said.place.chat_id, replied.message_id) is not None
