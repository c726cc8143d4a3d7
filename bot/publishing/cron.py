"""Schedules by cron expression, through a library that follows POSIX and Debian's clock rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Due moments of a cron expression in a time zone; Sunday is 0 or 7."""

    expression: str
    zone: str

    @property
    def key(self) -> str:
        """Name the schedule by what it says."""
        return f"cron:{self.expression}:{self.zone}"

    def after(self, moment: datetime) -> datetime | None:
        """Give the first due moment later than `moment`, in UTC; None when there is none."""
        local = moment.astimezone(ZoneInfo(self.zone))
        for due in CronSim(self.expression, local):
            instant = due.astimezone(UTC)
            if instant > moment:  # in the fold, local times come twice
                return instant
        return None
