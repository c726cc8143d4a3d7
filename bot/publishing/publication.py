"""What the operator decided for the whole publication, as values that the use cases are handed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.alerts import AlertRules
from bot.domain.languages import DEFAULT_LANGUAGE
from bot.domain.pacing import Limits
from bot.domain.picture import Looks
from bot.domain.rules import Rules
from bot.domain.schedule import EVERY_DAY, QuietHours, Schedule, Times, next_start
from bot.domain.subscription import NO_QUIET, Hours, Layout, Subscription
from bot.domain.timetable import OnDays, Timetable, is_zone
from bot.domain.topic import TopicTree
from bot.domain.wording import folded_words
from bot.publishing.cron import Cron
from bot.rendering.overrides import Templates
from bot.rendering.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Defaults for every chat; a subscription may differ in size, layout and topics."""

    rules: Rules = field(default_factory=Rules)
    layout: Layout = Layout.LIST
    zone: str = "UTC"
    language: str = DEFAULT_LANGUAGE
    title: str = "Gazette"
    bot_username: str | None = None
    has_inline: bool = False
    site_url: str | None = None
    schedule: Schedule
    late_limit: timedelta = timedelta(hours=3)
    quiet: QuietHours | None = None
    limits: Limits = field(default_factory=Limits)
    alerts: AlertRules = field(default_factory=AlertRules)
    templates: Templates | None = None
    """An operator's own; None: ours."""

    def next_start(self, after: datetime) -> datetime | None:
        """Give the next moment later than `after` at which a digest starts; None for never."""
        return next_start(self.schedule, after=after, quiet=self.quiet)

    def timetable(self, hours: Hours) -> Timetable:
        """Give a chat's hours: what it does not say is as the publication does it.

        The quiet hours of the publication are those of the chat's own wall clock. A zone that this
        machine does not know (any more) counts as the publication's.
        """
        has_zone = hours.zone is not None and is_zone(hours.zone)
        zone = hours.zone if hours.zone is not None and has_zone else self.zone
        schedule = _own_schedule(self.schedule, hours, zone, is_moved=has_zone)
        quiet = self.quiet
        if hours.quiet is not None:
            begin, end = hours.quiet
            is_none = hours.quiet == NO_QUIET
            quiet = None if is_none else QuietHours(begin=begin, end=end, zone=zone)
        elif quiet is not None and has_zone:
            quiet = replace(quiet, zone=zone)
        key = schedule.key
        if quiet != self.quiet:  # not part of the standing one: changed QUIET_HOURS move no slot
            held = "none" if quiet is None else f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}"
            key = f"{key}~{held}"
        return Timetable(schedule=schedule, quiet=quiet, zone=zone, key=key)

    def quiet_until(self, now: datetime) -> str:
        """Say the local time at which the quiet hours around `now` end; empty outside them."""
        end = self.quiet.until(now) if self.quiet is not None else None
        return "" if end is None else f"{end.astimezone(ZoneInfo(self.zone)):%H:%M}"

    def rules_for(self, subscription: Subscription, topics: TopicTree) -> Rules:
        """Give the rules of one subscription: topics become families of folded names."""
        return replace(
            self.rules,
            size=subscription.size or self.rules.size,
            provider_cap=subscription.provider_cap or self.rules.provider_cap,
            topic_cap=subscription.topic_cap or self.rules.topic_cap,
            followed=topics.families(subscription.followed),
            muted=topics.families(subscription.muted),
            muted_providers=frozenset(subscription.muted_providers),
            words_in=_words(subscription.words_in),
            words_out=_words(subscription.words_out),
            sections=(
                self.rules.sections if subscription.sections is None else subscription.sections
            ),
            weights=subscription.weights or self.rules.weights,
            leanings=subscription.bent,
        )

    def style(
        self,
        *,
        is_shared: bool,
        now: datetime,
        layout: Layout | None = None,
        looks: Looks | None = None,
        language: str | None = None,
        kept: dict[object, Any] | None = None,
        hours: Hours | None = None,
    ) -> Style:
        """Say how messages for a kind of chat look, by the clock of its `hours`.

        `language` None: the publication's.

        Styles that are given one `kept` write what is alike in them once.
        """
        return Style(
            layout=layout or self.layout,
            is_shared=is_shared,
            bot_username=self.bot_username,
            has_inline=self.has_inline,
            site_url=self.site_url,
            now=now,
            zone=self.zone if hours is None else self.timetable(hours).zone,
            language=language or self.language,
            title=self.title,
            looks=looks,
            kept=kept,
            templates=self.templates.at(now) if self.templates is not None else None,
        )


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(folded_words, words)))


def _own_schedule(standing: Schedule, hours: Hours, zone: str, *, is_moved: bool) -> Schedule:
    """Give the moments at which a chat's slots are due."""
    if hours.times is not None:
        days = standing.days if isinstance(standing, Times) else EVERY_DAY
        return Times(times=hours.times, zone=zone, days=hours.days or days)
    if isinstance(standing, Times):
        moved = replace(standing, zone=zone) if is_moved else standing
        return replace(moved, days=hours.days) if hours.days else moved
    if isinstance(standing, Cron) and is_moved:
        standing = replace(standing, zone=zone)
    return OnDays(schedule=standing, zone=zone, days=hours.days) if hours.days else standing
