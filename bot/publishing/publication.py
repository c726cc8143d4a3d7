"""What the operator decided for the whole publication, as values that the use cases are handed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.pacing import Limits
from bot.domain.picture import Looks
from bot.domain.rules import Rules
from bot.domain.schedule import QuietHours, Schedule, next_start
from bot.domain.subscription import Layout, Subscription
from bot.domain.topic import TopicTree
from bot.domain.wording import folded_words
from bot.rendering.overrides import Templates
from bot.rendering.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Defaults for every chat; a subscription may differ in size, layout and topics."""

    rules: Rules = field(default_factory=Rules)
    layout: Layout = Layout.LIST
    zone: str = "UTC"
    title: str = "Gazette"
    bot_username: str | None = None
    site_url: str | None = None
    schedule: Schedule
    late_limit: timedelta = timedelta(hours=3)
    quiet: QuietHours | None = None
    limits: Limits = field(default_factory=Limits)
    templates: Templates | None = None
    """An operator's own; None: ours."""

    def next_start(self, after: datetime) -> datetime | None:
        """Give the next moment later than `after` at which a digest starts; None for never."""
        return next_start(self.schedule, after=after, quiet=self.quiet)

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
        )

    def style(
        self,
        *,
        is_shared: bool,
        now: datetime,
        layout: Layout | None = None,
        looks: Looks | None = None,
        kept: dict[object, Any] | None = None,
    ) -> Style:
        """Say how messages for a kind of chat look at this moment.

        Styles that are given one `kept` write what is alike in them once.
        """
        return Style(
            layout=layout or self.layout,
            is_shared=is_shared,
            bot_username=self.bot_username,
            site_url=self.site_url,
            now=now,
            zone=self.zone,
            title=self.title,
            looks=looks,
            kept=kept,
            templates=self.templates.at(now) if self.templates is not None else None,
        )


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(folded_words, words)))
