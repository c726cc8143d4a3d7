"""Settings that are changed for one look: `--set NAME=VALUE`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import SettingsError

CHOOSING = (
    *("DIGEST_SIZE", "HOT_HEAT", "MAX_AGE", "HALF_LIFE", "MIN_QUALITY", "PROVIDER_CAP"),
    *("TOPIC_CAP", "DIGEST_SECTIONS", "ORDER_WEIGHTS"),
)
"""The settings that decide what is chosen."""


def changed(given: Sequence[str]) -> dict[str, str]:
    """Read `--set NAME=VALUE`. Raises SettingsError with every name that decides no choice."""
    changes: dict[str, str] = {}
    problems = []
    for one in given:
        name, is_set, value = one.partition("=")
        name = name.strip().upper()
        if not is_set or not value.strip():
            problems.append(f"--set: {one!r} is not NAME=VALUE, such as HALF_LIFE=12h")
        elif name not in CHOOSING:
            problems.append(
                f"--set: {name} does not decide what is chosen; {', '.join(CHOOSING)} do"
            )
        else:
            changes[name] = value.strip()
    if problems:
        raise SettingsError(problems)
    return changes
