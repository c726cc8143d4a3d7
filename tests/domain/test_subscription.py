"""A chat's standing wish: what is the publication's, and what must be alike to share a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bot.domain.rules import Weights
from bot.domain.subscription import NO_QUIET, ChatId, Hours, Subscription

ANNA = Subscription(chat_id=ChatId(1))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_alike_hours_have_one_key_and_the_publications_none() -> None:
    assert Hours().key == ""
    hours = Hours(times=(time(8), time(18)), days=frozenset({2, 1}), zone="UTC", quiet=NO_QUIET)
    assert hours.key == "times=08:00,18:00;days=12;zone=UTC;quiet=00:00-00:00"
    assert replace(hours, quiet=None).key != hours.key


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": ()},
        {"times": (time(9), time(8))},
        {"times": (time(8), time(8))},
        {"days": frozenset()},
        {"days": frozenset({0})},
        {"quiet": (time(7), time(7))},
    ],
)
def test_hours_at_which_nothing_could_come_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|same time"):
        Hours(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_chats_share_a_digest_when_what_it_holds_is_wanted_alike() -> None:
    other = replace(ANNA, chat_id=ChatId(2), paused_until=NOW, hours_since=NOW, created_at=NOW)
    later = replace(other, hours=Hours(times=(time(9),), quiet=(time(22), time(7))))
    assert later.wish == ANNA.wish
    for different in (
        replace(ANNA, words_out=("war",)),
        replace(ANNA, sections=()),
        replace(ANNA, weights=Weights(heat=0)),
        replace(ANNA, is_silent=True),
        replace(ANNA, hours=Hours(zone="Asia/Tokyo")),
        replace(ANNA, language="pt"),
    ):
        assert different.wish != ANNA.wish
        hash(different.wish)
