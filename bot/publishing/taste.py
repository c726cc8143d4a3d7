"""Taste: what one reader makes of single stories, by tap, reaction or command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.article import Article, StoryId, StoryKey, story_id
from bot.domain.callback import Callback
from bot.domain.clock import Clock
from bot.domain.digest import DigestKind
from bot.domain.languages import interface_language
from bot.domain.leaning import ONE_STEP, Source, Vote
from bot.domain.message import Button, Message
from bot.domain.moments import offered_moments
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, Subscription
from bot.domain.weighing import topic_keys
from bot.domain.wording import folded_words
from bot.publishing.catalogue import Catalogue
from bot.publishing.preferences import Place, Preferences
from bot.publishing.publication import Publication
from bot.rendering import saved, storybuttons
from bot.rendering.storybuttons import Marks
from bot.rendering.style import Style
from bot.search.ahead import moment_ahead
from bot.store.articles import Articles
from bot.store.digest_rows import NewDigest
from bot.store.digests import StoredDigest
from bot.store.subscriptions import Subscriptions
from bot.store.taste import Reminder, SavedStory
from bot.store.taste import Taste as TasteRows

logger = logging.getLogger(__name__)

FARTHEST = timedelta(days=366)
"""A reminder for later would be forgotten by everybody but us."""
SOONEST = timedelta(seconds=30)
DUE_AT_ONCE = 100
MOST_WORDS = 40
"""Bytes of words that stand in the buttons of a list of saved stories."""
OFFERED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a tap did: a note for the tapper, and what buttons become, by their callback data."""

    note: str
    button: Button | None = None
    beside: Mapping[str, Button] = field(default_factory=dict)


class Tastes:
    """Keeps what readers say of stories; all of it concerns the one chat in which it is said."""

    def __init__(
        self,
        *,
        publication: Publication,
        catalogue: Catalogue,
        articles: Articles,
        subscriptions: Subscriptions,
        preferences: Preferences,
        rows: TasteRows,
        clock: Clock,
        wake_courier: Callable[[], None],
    ) -> None:
        self._publication = publication
        self._catalogue = catalogue
        self._articles = articles
        self._subscriptions = subscriptions
        self._preferences = preferences
        self._rows = rows
        self._clock = clock
        self._wake_courier = wake_courier

    async def save(self, story: StoryId, place: Place, style: Style) -> Deed | None:
        """Save a story; None when there is none (any more)."""
        article = await self._article(story)
        if article is None:
            return None
        is_new = await self._save(article, place)
        note = style.phrases(storybuttons.SAVED if is_new else storybuttons.SAVED_BEFORE)
        return Deed(note=note, button=storybuttons.save(story, is_saved=True, style=style))

    async def unsave(self, story: StoryId, place: Place, style: Style) -> Deed:
        """Save a story no longer, also one that is gone."""
        await self._rows.drop(place.chat_id, story)
        button = storybuttons.save(story, is_saved=False, style=style)
        return Deed(note=style.phrases(storybuttons.DROPPED), button=button)

    async def vote(self, story: StoryId, sign: str, place: Place, style: Style) -> Deed | None:
        """Want more or less like a story, or take that back; None when there is none."""
        article = await self._article(story)
        if article is None:
            return None
        wish = await self._wish(place)
        if wish.is_learning is False and sign != storybuttons.NEITHER:
            button = _vote_buttons(story, 0, style)[sign == storybuttons.LESS]
            return Deed(note=style.phrases(storybuttons.NOT_LEARNING), button=button)
        before = await self._rows.points(place.chat_id, article.story_key)
        points = {storybuttons.MORE: ONE_STEP, storybuttons.LESS: -ONE_STEP}.get(sign, 0)
        vote = self._vote(article, points, Source.TAP)
        await self._rows.vote(place.chat_id, vote, self._clock.now())
        more, less = _vote_buttons(story, points, style)
        # Of the pair the tapped one is swapped by its place, the other by what it said before.
        is_less = sign == storybuttons.LESS or (sign == storybuttons.NEITHER and before < 0)
        tapped, other = (less, more) if is_less else (more, less)
        was = _vote_buttons(story, before, style)[not is_less]
        notes = {
            storybuttons.MORE: storybuttons.MORE_NOTED,
            storybuttons.LESS: storybuttons.LESS_NOTED,
        }
        return Deed(
            note=style.phrases(notes.get(sign, storybuttons.TAKEN_BACK)),
            button=tapped,
            beside={was.callback_data: other} if was.callback_data is not None else {},
        )

    async def mute_source(
        self, story: StoryId, place: Place, style: Style, *, is_muted: bool
    ) -> Deed | None:
        """Keep the provider of a story out, or let it in again; None when there is none."""
        article = await self._article(story)
        if article is None or article.provider_key is None:
            return None
        key = article.provider_key

        def change(wish: Subscription) -> Subscription:
            others = {one for one in wish.muted_providers if one != key}
            return replace(
                wish, muted_providers=tuple(sorted(others | ({key} if is_muted else set())))
            )

        await self._preferences.change(place, change)
        note = storybuttons.SOURCE_MUTED if is_muted else storybuttons.SOURCE_UNMUTED
        button = storybuttons.mute_source(article, is_muted=is_muted, style=style)
        return Deed(note=style.phrases(note), button=button)

    async def marks(self, article: Article, chat_id: ChatId, muted: Iterable[str]) -> Marks:
        """Say what a reader has made of a story."""
        return Marks(
            is_saved=await self._rows.is_saved(chat_id, article.story_key),
            points=await self._rows.points(chat_id, article.story_key),
            is_source_muted=article.provider_key in set(muted),
        )

    async def reacted(
        self, digest: StoredDigest, position: int, place: Place, points: Callable[[bool], int]
    ) -> None:
        """Take reactions to a message of a digest for what they say of its stories.

        `points` weighs them; it is told whether the message shows one story alone.
        """
        here = {story_id(key) for key in digest.messages[position].stories}
        leads = [StoryId(item["story_id"]) for item in digest.items if item["story_id"] in here]
        await self._react(leads, place, points)

    async def reacted_to(self, story: StoryId, place: Place, points: Callable[[bool], int]) -> None:
        """Take reactions to a message that shows one story for what they say of it."""
        await self._react([story], place, points)

    async def saved_page(self, place: Place, style: Style, *, words: str, page: int) -> Message:
        """List saved stories that hold the words, the newest first; the last page for one after."""
        style = await self._local(place, style)
        words = _fitting(" ".join(folded_words(words).split()))
        size, asked = saved.PAGE_SIZE, words.split()
        found, total = await self._rows.saved(
            place.chat_id, asked, limit=size, offset=(page - 1) * size
        )
        if not found and total:
            page = -(-total // size)
            found, total = await self._rows.saved(
                place.chat_id, asked, limit=size, offset=(page - 1) * size
            )
        kept = [
            saved.Kept(
                story=one.story_id,
                title=one.title,
                source=one.source,
                url=one.url,
                remind_at=one.remind_at,
            )
            for one in found
        ]
        return saved.saved_page(kept, total=total, page=page, words=words, style=style)

    async def ask_when(self, story: StoryId, place: Place, style: Style) -> Message | None:
        """Offer times at which a story may come again; None when there is none."""
        article = await self._article(story)
        if article is None:
            return None
        style = await self._local(place, style)
        offered = offered_moments(self._clock.now(), zone=style.zone)[:OFFERED]
        return saved.remind_panel(article.title, story, offered, has_one=False, style=style)

    async def remind_by_words(
        self, story: StoryId, words: str, place: Place, style: Style
    ) -> Message | None:
        """Have a story come again at the time that words name; None when there is no story."""
        now, style = self._clock.now(), await self._local(place, style)
        at = await asyncio.to_thread(
            moment_ahead, words, now=now, zone=style.zone, language=style.language
        )
        if at is None or not now + SOONEST <= at <= now + FARTHEST:
            return saved.not_a_time(words, style=style)
        return await self.remind(story, at, place, style)

    async def remind(
        self, story: StoryId, at: datetime, place: Place, style: Style
    ) -> Message | None:
        """Have a story come again, and save it; None when there is none."""
        article = await self._article(story)
        if article is None:
            return None
        await self._save(article, place)
        style = await self._local(place, style)
        reminder = Reminder(
            chat_id=place.chat_id, story=article.story_key, story_id=story, due_at=at
        )
        await self._rows.remind(reminder, self._clock.now())
        return saved.reminded(article.title, story, at, style=style)

    def is_ahead(self, at: datetime) -> bool:
        """Whether a time that a button names is still to come, and one that we would offer."""
        now = self._clock.now()
        return now < at <= now + FARTHEST

    async def forget_reminder(self, story: StoryId, place: Place) -> bool:
        """Drop a reminder; False when there is none."""
        return await self._rows.forget_reminder(place.chat_id, story)

    async def ring(self) -> datetime | None:
        """Turn the reminders that are due into messages; gives when the next one is due.

        Each becomes the rows of a digest in the transaction that drops it: a kill at any moment
        leaves either the reminder or its message, and two processes make one.
        """
        now = self._clock.now()
        for reminder in await self._rows.due(now, limit=DUE_AT_ONCE):
            known = await self._articles.by_story_keys([reminder.story])
            found = known.get(reminder.story)
            new = None
            if found is not None and not found.article.is_removed:
                new = NewDigest(
                    digest=saved.reminder(
                        found.article, style=await self._style_for(reminder.chat_id, now)
                    ),
                    recipients=((reminder.chat_id, 0),),
                    kind=DigestKind.REMINDER,
                    priority=Priority.FLASH,
                )
            if await self._rows.ring(reminder, new, now):
                logger.info("reminder", extra={"chat": reminder.chat_id, "is_sent": bool(new)})
                self._wake_courier()
        return await self._rows.next_due()

    async def _style_for(self, chat_id: ChatId, now: datetime) -> Style:
        """Speak to a person as always, also to one who has never ordered anything."""
        wish = await self._subscriptions.get(chat_id)
        if wish is not None:
            hours, language = wish.hours, wish.reading_language
        else:
            chat = await self._subscriptions.chat(chat_id)
            hours, language = None, interface_language(chat.language if chat else None)
        return self._publication.style(is_shared=False, now=now, hours=hours, language=language)

    async def _local(self, place: Place, style: Style) -> Style:
        """Say times by the reader's own clock."""
        wish = await self._preferences.get(place)
        return replace(style, zone=self._publication.timetable(wish.hours).zone)

    async def _react(
        self, stories: Sequence[StoryId], place: Place, points: Callable[[bool], int]
    ) -> None:
        wish = await self._wish(place)
        if wish.is_learning is False:
            return
        weight = points(len(stories) == 1)
        source = Source.COUNT if place.is_shared else Source.REACTION
        found = [await self._article(story) for story in stories]
        given = [self._vote(one, weight, source) for one in found if one is not None]
        await self._rows.vote_all(place.chat_id, given, self._clock.now())

    async def _wish(self, place: Place) -> Subscription:
        """Give the chat's order; one that has none gets a row that subscribes to nothing."""
        stored = await self._subscriptions.get(place.chat_id, place.thread_id)
        if stored is None:
            stored = replace(await self._preferences.get(place), is_active=False)
            await self._subscriptions.wish(stored, self._clock.now())
        return stored

    def _vote(self, article: Article, points: int, source: Source) -> Vote:
        topics = self._catalogue.topics
        names = [topics.canonical(name) for name in article.topics]
        known = topic_keys(article, topics)
        return Vote(
            story=article.story_key,
            points=points,
            source=source,
            topics=tuple(name for name in names if name in known)[:1],
            provider=article.provider_key,
        )

    async def _save(self, article: Article, place: Place) -> bool:
        source = article.source or ""
        story = SavedStory(
            story=StoryKey(article.story_key),
            story_id=article.story_id,
            title=article.title,
            source=source,
            url=article.link,
            wording=folded_words("\n".join((article.title, source, *article.topics))),
            saved_at=self._clock.now(),
        )
        return await self._rows.save(place.chat_id, story)

    async def _article(self, story: StoryId) -> Article | None:
        known = await self._articles.by_story_id(story)
        return None if known is None or known.article.is_removed else known.article


def _vote_buttons(story: StoryId, points: int, style: Style) -> tuple[Button, Button]:
    """Give the buttons for more and for less."""
    more = storybuttons.more(story, points=points, style=style)
    less = storybuttons.less(story, points=points, style=style)
    assert more is not None  # noqa: S101 - twelve digits always fit
    assert less is not None  # noqa: S101
    return more, less


def words_of(callback: Callback) -> str:
    """Give the words of a page of saved stories."""
    return callback.arguments[1] if len(callback.arguments) > 1 else ""


def _fitting(words: str) -> str:
    """Give as many whole words as fit a button."""
    while len(words.encode()) > MOST_WORDS:
        shorter = words.rpartition(" ")[0]
        words = shorter if shorter else words.encode()[:MOST_WORDS].decode(errors="ignore")
    return words.replace(":", " ").strip()
