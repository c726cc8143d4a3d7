"""The panel: shows what a chat wants, changes it by taps and words, tells what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time as time_of_day

from bot.domain.clock import Clock
from bot.domain.languages import DEFAULT_LANGUAGE, interface_language
from bot.domain.message import Message
from bot.domain.panel import Ask, Deed, Target, View, short
from bot.domain.schedule import EVERY_DAY, Times
from bot.domain.subscription import Hours, Subscription
from bot.domain.topic import folded
from bot.publishing import deeds
from bot.publishing.catalogue import Catalogue
from bot.publishing.deeds import Known, Wrong
from bot.publishing.order import Orders
from bot.publishing.outlook import Outlook
from bot.publishing.preferences import Place, Preferences
from bot.publishing.publication import Publication
from bot.publishing.written import written
from bot.publishing.zones import in_region
from bot.rendering.settings import Facts, Named, Usual
from bot.rendering.settings_pages import leaf_of, page
from bot.rendering.style import Style
from bot.rendering.topics import TopicRow, families

TITLES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose settings a panel shows, and to whom.

    `place` is the chat; `is_here`: the panel stands in it. `chat` is its name for somebody who
    looks from elsewhere. `language` is the person's. `places` are chats to choose from.
    """

    place: Place
    is_here: bool = True
    chat: str = ""
    language: str | None = None
    places: tuple[Named, ...] = ()
    has_places: bool = False
    is_operator: bool = False
    is_standing: bool = False
    """The settings name the chat: it gets the digest without having subscribed."""
    standing: tuple[str, ...] = ()
    """Keys of the topics that the page shows where something is tapped: they keep their places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The panel after a tap or typed words.

    `note` is for the tapper; `is_done` False: nothing was changed, and it says why. `is_first`:
    the chat has subscribed for the first time, and its first digest shall come.
    """

    message: Message
    note: str = ""
    is_done: bool = True
    is_first: bool = False


class Panel:
    """Whether somebody may use it is asked before."""

    def __init__(
        self,
        *,
        publication: Publication,
        preferences: Preferences,
        orders: Orders,
        outlook: Outlook,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._publication = publication
        self._preferences = preferences
        self._orders = orders
        self._outlook = outlook
        self._catalogue = catalogue
        self._clock = clock

    async def show(
        self, ask: Ask, subject: Subject, *, hint: str = "", offered: Sequence[str] = ()
    ) -> Message:
        """Show a page as things are; `offered` are names that may have been meant."""
        wish = await self._preferences.get(subject.place)
        style = self._style(wish, subject)
        facts = await self._facts(wish, ask, subject)
        named = await self._named(ask, wish, subject, offered)
        facts = replace(facts, hint=hint, named=named)
        return page(ask.view, facts, style=style)

    async def press(self, ask: Ask, subject: Subject) -> Outcome | None:
        """Do what a button says and show its page; None when there is no such button (any more)."""
        say = self._style(await self._wish(subject), subject).phrases
        match ask.deed:
            case None:
                return Outcome(message=await self.show(ask, subject))
            case Deed.SUBSCRIBE:
                confirmation = await self._orders.subscribe(subject.place)
                message = await self.show(ask, subject)
                is_first = confirmation.is_first
                return Outcome(message=message, note=confirmation.note(say), is_first=is_first)
            case Deed.UNSUBSCRIBE:
                confirmation = await self._orders.unsubscribe(subject.place)
                return Outcome(message=await self.show(ask, subject), note=confirmation.note(say))
            case Deed.TYPE:
                hint = self._prompt(ask, self._style(await self._wish(subject), subject))
                return Outcome(message=await self.show(ask, subject, hint=hint))
        return await self._tapped(ask, ask.deed, subject)

    async def type(self, ask: Ask, words: str, subject: Subject) -> Outcome:
        """Take what was written for a page, or say in a sentence why it does not fit."""
        known = await self._known(await self._wish(subject), subject)
        try:
            change = await asyncio.to_thread(written, ask.view, ask.value, words, known)
            await self._preferences.change(subject.place, change)
        except Wrong as wrong:
            return await self._refused(ask, subject, wrong)
        return Outcome(message=await self.show(_shown(ask), subject))

    async def _tapped(self, ask: Ask, deed: Deed, subject: Subject) -> Outcome | None:
        known = await self._known(await self._wish(subject), subject)
        gone = False

        def change(one: Subscription) -> Subscription:
            nonlocal gone
            after = deeds.done(one, deed, ask.value, ask.view, known)
            gone = after is None
            return after or one

        try:
            await self._preferences.change(subject.place, change)
        except Wrong as wrong:
            return await self._refused(ask, subject, wrong)
        return None if gone else Outcome(message=await self.show(_shown(ask), subject))

    async def _refused(self, ask: Ask, subject: Subject, wrong: Wrong) -> Outcome:
        message = await self.show(_shown(ask), subject, hint=str(wrong), offered=wrong.offered)
        return Outcome(message=message, note=str(wrong), is_done=False)

    async def set_zone(
        self, zone: str, subject: Subject, *, target: Target | None = None
    ) -> Message:
        """Take the zone of a place that somebody has shared."""

        def change(one: Subscription) -> Subscription:
            return replace(one, hours=replace(one.hours, zone=zone))

        await self._preferences.change(subject.place, change)
        return await self.show(Ask(view=View.ZONE, target=target), subject)

    async def _wish(self, subject: Subject) -> Subscription:
        return await self._preferences.get(subject.place)

    def _style(self, wish: Subscription, subject: Subject) -> Style:
        style = self._publication.style(
            is_shared=subject.place.is_shared, now=self._clock.now(), hours=wish.hours
        )
        own = None if subject.place.is_shared and not subject.is_here else wish.language
        language = interface_language(own) or interface_language(subject.language)
        return style if language is None else replace(style, language=language)

    async def _known(self, wish: Subscription, subject: Subject) -> Known:
        view = await self._outlook.view()
        sources, kinds = view.sources, view.kinds
        times, days = self._usual_hours(wish.hours)
        rules = self._publication.rules
        return Known(
            times=times,
            days=days,
            zone=self._publication.timetable(wish.hours).zone,
            sections=rules.sections,
            weights=rules.weights,
            topics=self._catalogue.topics,
            sources=tuple({*sources, *wish.muted_providers}),
            kinds=tuple(kinds),
            say=self._style(wish, subject).phrases,
            now=self._clock.now(),
        )

    def _usual_hours(self, hours: Hours) -> tuple[tuple[time_of_day, ...] | None, frozenset[int]]:
        """Give times and days in force; None for the times of a plan that is no list of them."""
        schedule = self._publication.timetable(hours).schedule
        if isinstance(schedule, Times):
            return tuple(sorted(set(schedule.times))), schedule.days
        return None, hours.days or EVERY_DAY

    async def _facts(self, wish: Subscription, ask: Ask, subject: Subject) -> Facts:
        rules = self._publication.rules
        table = self._publication.timetable(wish.hours)
        times, days = self._usual_hours(wish.hours)
        quiet = table.quiet
        choice = await self._outlook.choose(wish)
        titles = [item.article.title for item in choice.items]
        return Facts(
            wish=replace(wish, is_active=wish.is_active or subject.is_standing),
            usual=Usual(
                size=rules.size,
                layout=self._publication.layout,
                provider_cap=rules.provider_cap,
                topic_cap=rules.topic_cap,
                weights=rules.weights,
                sections=rules.sections,
                language=interface_language(self._publication.language) or DEFAULT_LANGUAGE,
            ),
            times=times,
            days=days,
            quiet=None if quiet is None else (quiet.begin, quiet.end),
            zone=table.zone,
            next_at=await self._preferences.next_start(wish),
            titles=tuple(titles[:TITLES_SHOWN]),
            more=max(len(titles) - TITLES_SHOWN, 0),
            chat=subject.chat,
            target=ask.target,
            where=ask.where,
            has_places=subject.has_places,
            is_operator=subject.is_operator,
            is_standing=subject.is_standing,
        )

    async def _named(
        self, ask: Ask, wish: Subscription, subject: Subject, offered: Sequence[str]
    ) -> tuple[Named, ...]:
        """Give what a page lists; what was offered stands first."""
        view = await self._outlook.view()
        sources, kinds = view.sources, view.kinds
        match ask.view:
            case View.FOLLOW | View.MUTE | View.START:
                topics = await self._topics(wish, ask.view, offered)
                return _in_place(topics, subject.standing, leaf=leaf_of(ask))
            case View.SOURCES:
                gone = [name for name in wish.muted_providers if name not in sources]
                counted = [*((name, 0) for name in gone), *sources.most_common()]
                return tuple(Named(name=name, key=short(name), count=n) for name, n in counted)
            case View.SECTIONS:
                own = wish.sections if wish.sections is not None else ()
                names = dict.fromkeys([*kinds, *(kind for one in own for kind in one.kinds)])
                return tuple(Named(name=name, key=short(name)) for name in names)
            case View.ZONE:
                zones = offered or in_region(ask.where.partition(",")[0])
                return tuple(Named(name=name, key=name) for name in zones)
            case View.PLACES:
                return subject.places
        return ()

    async def _topics(
        self, wish: Subscription, view: View, offered: Sequence[str]
    ) -> tuple[Named, ...]:
        """Give offered topics, the chat's own, then the tree, with most stories first."""
        tree = self._catalogue.topics
        counts = await asyncio.to_thread(self._catalogue.index.topic_counts, tree)
        mine = wish.muted if view is View.MUTE else wish.followed
        first = dict.fromkeys([*offered, *mine])
        rows = sorted(
            (
                TopicRow(
                    name=one.name,
                    count=counts.get(folded(one.name), 0),
                    key=folded(one.name),
                    parent=None if one.parent is None else tree.canonical(one.parent),
                )
                for one in tree.topics
            ),
            key=lambda row: -row.count,
        )
        own = {folded(name) for name in first}
        named = [
            Named(name=name, key=short(name), count=counts.get(tree.canonical(name), 0))
            for name in first
        ]
        named += [
            Named(name=row.name, key=short(row.name), count=row.count, depth=depth)
            for row, depth in families(rows)
            if row.key not in own
        ]
        return tuple(named)

    def _prompt(self, ask: Ask, style: Style) -> str:
        _ = style.phrases
        match ask.view:
            case View.TIMES | View.FIRST_HOUR:
                return _("Write the time now, such as 07:30, or several: 08:00, 18:30.")
            case View.ZONE:
                return _(
                    "Write a city, a country or a difference such as UTC+3 now, or send a location."
                )
            case View.QUIET:
                return _("Write the quiet hours now, such as 22:00-07:00.")
            case View.FOLLOW | View.MUTE:
                return _("Write the name of the topic now.")
            case View.WORDS:
                if ask.value == "out":
                    return _("Write the words now that no story of yours shall have.")
                return _("Write the words now whose stories shall come first.")
            case View.PAUSE:
                return _("Write the day now on which it goes on, such as 2026-12-24.")
        return ""


def _in_place(named: Sequence[Named], standing: Sequence[str], *, leaf: range) -> tuple[Named, ...]:
    """Leave what stands on a leaf where it stands: whoever taps twice must not hit something else.

    Whatever comes first when the page is opened anew, such as what is followed, stays where it is
    until then.
    """
    by_key = {one.key: one for one in named}
    kept = [by_key[key] for key in standing if key in by_key][: len(leaf)]
    others = [one for one in named if one.key not in standing] if kept else list(named)
    return (*others[: leaf.start], *kept, *others[leaf.start :])


def _shown(ask: Ask) -> Ask:
    """Give the page that stands after a change: of the zones the first one."""
    return ask if ask.view is not View.ZONE else replace(ask, where="")
