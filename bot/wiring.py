"""From settings to the values that the use cases are handed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.alerts import AlertRules
from bot.domain.pacing import Limits
from bot.domain.rules import Rules
from bot.domain.schedule import QuietHours, Schedule, Times
from bot.domain.subscription import Layout
from bot.publishing.cron import Cron
from bot.publishing.publication import Publication
from bot.rendering.overrides import Templates
from bot.settings import FREE_PER_SECOND, PAID_PER_SECOND, Loaded, Settings

if TYPE_CHECKING:  # half a second of a start: a preview needs no database
    from bot.store.database import Database


def schedule(settings: Settings) -> Schedule:
    """Give the publication's schedule: the cron expression, else the daily times."""
    if settings.digest_cron is not None:
        return Cron(expression=settings.digest_cron, zone=settings.timezone)
    wanted = settings.digest_times
    return Times(times=wanted.times, days=wanted.days, zone=settings.timezone)


def quiet(settings: Settings) -> QuietHours | None:
    """Give the hours in which no digest starts; None when there are none."""
    if settings.quiet_hours is None:
        return None
    begin, end = settings.quiet_hours
    return QuietHours(begin=begin, end=end, zone=settings.timezone)


def limits(settings: Settings) -> Limits:
    """Give the pace. What is paid for goes beyond the free 30 a second, up to a ceiling."""
    wanted = float(settings.messages_per_second)
    if not settings.paid_broadcast:
        return Limits(per_second=wanted)
    ceiling = wanted if wanted > FREE_PER_SECOND else float(PAID_PER_SECOND)
    return Limits(per_second=min(wanted, FREE_PER_SECOND), paid_per_second=ceiling)


def templates(settings: Settings) -> Templates | None:
    """Give the folder of an operator's templates; None when there is none."""
    return Templates(settings.templates_dir) if settings.templates_dir is not None else None


def publication(
    settings: Settings, *, bot_username: str | None = None, has_inline: bool = False
) -> Publication:
    """Give the defaults for every chat; the bot's real name wins over `BOT_NAME`."""
    return Publication(
        rules=Rules(
            size=settings.digest_size,
            hot_heat=settings.hot_heat,
            max_age=settings.max_age,
            half_life=settings.half_life,
            min_quality=settings.min_quality,
            provider_cap=settings.provider_cap,
            topic_cap=settings.topic_cap,
            sections=settings.digest_sections,
            weights=settings.order_weights,
        ),
        layout=Layout(settings.digest_layout),
        zone=settings.timezone,
        language=settings.digest_language,
        bot_username=bot_username or settings.bot_name,
        has_inline=has_inline,
        site_url=settings.site_url,
        schedule=schedule(settings),
        late_limit=settings.late_limit,
        quiet=quiet(settings),
        limits=limits(settings),
        alerts=AlertRules(
            flash_heat=settings.flash_heat,
            flash_per_day=settings.flash_per_day,
            follow_ups_per_day=settings.follow_ups_per_day,
        ),
        templates=templates(settings),
    )


def index_path(loaded: Loaded, database: Database) -> Path:
    """Say where this machine keeps the search index of a database.

    Beside an SQLite file; for a server in the folder of `.env`, named by the server and database.
    """
    if database.path is not None:
        return database.path.with_name(f"{database.path.name}.index")
    name = hashlib.blake2b(database.name.encode(), digest_size=4).hexdigest()
    return loaded.folder / f"gazette-{name}.index"
