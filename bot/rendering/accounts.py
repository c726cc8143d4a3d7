"""Accounts: the reasons of a choice in words, for terminals and for chats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.domain.known import Left
from bot.domain.languages import N_
from bot.rendering.phrases import ENGLISH, Phrases

# Note: why a story may come at all
_GATES = {"unpublished": N_("unpublished"), "hot": N_("hot"), "asked for": N_("asked for")}
# Note: where the heat of a story comes from
_ORIGINS = {
    "file": N_("file"),
    "median of the candidates": N_("median of the candidates"),
}


def factors(reasons: Mapping[str, Any], _: Phrases = ENGLISH) -> tuple[str, ...]:
    """Say what a score was made of, as numbers: each part once, those that changed nothing not.

    Empty for what was never weighed, such as a story that an operator asked for.
    """
    if "heat_used" not in reasons:
        return ()
    said = [
        _and([_(_GATES.get(gate, gate)) for gate in reasons["because"]], _),
        _(
            "heat %(heat)s (%(origin)s)",
            heat=_.decimal(reasons["heat_used"]),
            origin=_(_ORIGINS.get(reasons["heat_from"], "%(origin)s"), origin=reasons["heat_from"]),
        ),
        _(
            "%(hours)s h old → fresh %(freshness)s",
            hours=_.decimal(reasons["age_hours"]),
            freshness=_.decimal(reasons["freshness"]),
        ),
        _("quality × %(factor)s", factor=_.decimal(reasons["quality_factor"])),
    ]
    follow = reasons.get("follow_factor", 1.0)
    if follow != 1.0:
        words, factor = _.listed(reasons.get("words", ())), _.decimal(follow)
        if words:
            said.append(_("holds %(words)s × %(factor)s", words=words, factor=factor))
        else:
            said.append(_("followed × %(factor)s", factor=factor))
    if "leaning" in reasons:
        said.append(
            _(
                "taps and reactions %(steps)s → × %(factor)s",
                steps=format(reasons["leaning"], "+d"),
                factor=_.decimal(reasons["leaning_factor"]),
            )
        )
    if "weights" in reasons:
        said.append(_("weights %(weights)s", weights=str(reasons["weights"])))
    return tuple(said)


def circumstances(reasons: Mapping[str, Any], _: Phrases = ENGLISH) -> Iterator[str]:
    """Say what else decided about a line: its section, its event, a cap that gave way."""
    if "section" in reasons:
        yield _("section %(section)s", section=str(reasons["section"]))
    if "update_of" in reasons:
        yield _("an update of %(path)s", path=str(reasons["update_of"]))
    for other in reasons.get("joined", ()):
        yield _("with %(path)s (%(tie)s)", path=other["path"], tie=_tie(other, _))
    if reasons.get("beyond_topic_cap"):
        yield _("beyond TOPIC_CAP: the place would have stayed empty")


def by_reason(left: Iterable[Left]) -> tuple[tuple[str, tuple[Left, ...]], ...]:
    """Group what was left out by the reason that decided, the most frequent first.

    Within a reason those that came nearest to being chosen stand first, then the newest.
    """
    found: dict[str, list[Left]] = {}
    for one in left:
        found.setdefault(one.reason, []).append(one)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple((reason, tuple(sorted(group, key=_nearest_first))) for reason, group in ordered)


def _tie(other: Mapping[str, Any], _: Phrases) -> str:
    if other.get("words"):
        return _(
            "by words %(likeness)s: %(words)s",
            likeness=_.decimal(other["likeness"]),
            words=_.listed(other["words"]),
        )
    return _("by %(tie)s", tie=str(other["by"]))


def _and(names: Sequence[str], _: Phrases) -> str:
    if len(names) < 2:
        return "".join(names)
    # Note: why a story may come at all: unpublished and hot
    return _("%(one)s and %(other)s", one=names[0], other=names[1])


def _nearest_first(left: Left) -> tuple[float, float, str]:
    dated_at = left.article.dated_at
    newest = dated_at.timestamp() if dated_at is not None else 0.0
    return (-(left.score if left.score is not None else -1.0), -newest, left.article.path)
