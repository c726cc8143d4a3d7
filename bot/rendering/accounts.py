"""Accounts: the reasons of a choice in words, for terminals and for chats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.domain.known import Left


def factors(reasons: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what a score was made of, as numbers: each part once, those that changed nothing not.

    Empty for what was never weighed, such as a story that an operator asked for.
    """
    if "heat_used" not in reasons:
        return ()
    said = [
        " and ".join(reasons["because"]),
        f"heat {reasons['heat_used']:g} ({reasons['heat_from']})",
        f"{reasons['age_hours']:g} h old → fresh {reasons['freshness']:g}",
        f"quality × {reasons['quality_factor']:g}",
    ]
    follow = reasons.get("follow_factor", 1.0)
    if follow != 1.0:
        words = ", ".join(reasons.get("words", ()))
        said.append(f"{f'holds {words}' if words else 'followed'} × {follow:g}")
    if "leaning" in reasons:
        said.append(f"taps and reactions {reasons['leaning']:+d} → × {reasons['leaning_factor']:g}")
    if "weights" in reasons:
        said.append(f"weights {reasons['weights']}")
    return tuple(said)


def circumstances(reasons: Mapping[str, Any]) -> Iterator[str]:
    """Say what else decided about a line: its section, its event, a cap that gave way."""
    if "section" in reasons:
        yield f"section {reasons['section']}"
    if "update_of" in reasons:
        yield f"an update of {reasons['update_of']}"
    for other in reasons.get("joined", ()):
        yield f"with {other['path']} ({_tie(other)})"
    if reasons.get("beyond_topic_cap"):
        yield "beyond TOPIC_CAP: the place would have stayed empty"


def by_reason(left: Iterable[Left]) -> tuple[tuple[str, tuple[Left, ...]], ...]:
    """Group what was left out by the reason that decided, the most frequent first.

    Within a reason those that came nearest to being chosen stand first, then the newest.
    """
    found: dict[str, list[Left]] = {}
    for one in left:
        found.setdefault(one.reason, []).append(one)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple((reason, tuple(sorted(group, key=_nearest_first))) for reason, group in ordered)


def _tie(other: Mapping[str, Any]) -> str:
    words = ", ".join(other.get("words", ()))
    return f"by words {other['likeness']:g}: {words}" if words else f"by {other['by']}"


def _nearest_first(left: Left) -> tuple[float, float, str]:
    dated_at = left.article.dated_at
    newest = dated_at.timestamp() if dated_at is not None else 0.0
    return (-(left.score if left.score is not None else -1.0), -newest, left.article.path)
