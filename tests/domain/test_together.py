"""Chats that share a post: nobody gets what it refuses, and one chat alone is taken at its word."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscription import ChatId, ChatKind, Hours, Layout, Subscription
from bot.domain.together import together

NAMES = st.frozensets(st.sampled_from(("Tea", "Pots", "Rain", "Cups"))).map(
    lambda names: tuple(sorted(names))
)


@st.composite
def wishes(draw: st.DrawFn) -> Subscription:
    muted, out = draw(NAMES), draw(NAMES)
    return Subscription(
        chat_id=ChatId(-draw(st.integers(1, 9))),
        chat_kind=ChatKind.CHANNEL,
        followed=tuple(one for one in draw(NAMES) if one not in muted),
        muted=muted,
        muted_providers=draw(NAMES),
        words_in=tuple(one for one in draw(NAMES) if one not in out),
        words_out=out,
        size=draw(st.none() | st.integers(1, 30)),
        layout=draw(st.none() | st.sampled_from(Layout)),
        has_pictures=draw(st.sampled_from((None, False))),
        is_silent=draw(st.sampled_from((None, True))),
        language=draw(st.sampled_from((None, "de", "ar"))),
        hours=Hours(zone=draw(st.sampled_from((None, "Europe/Berlin")))),
    )


@given(wishes())
def test_one_chat_is_taken_at_its_word(wish: Subscription) -> None:
    assert together([wish]) == wish


@given(st.lists(wishes(), min_size=1, max_size=4))
def test_nobody_gets_what_it_refuses_and_their_order_changes_nothing(
    them: list[Subscription],
) -> None:
    post = together(them)
    for one in them:
        for refused in ("muted", "muted_providers", "words_out"):
            assert set(getattr(one, refused)) <= set(getattr(post, refused))
        assert post.has_pictures is not True
        assert (post.size or 30) <= (one.size or 30)
    assert not set(post.followed) & set(post.muted)
    assert not set(post.words_in) & set(post.words_out)
    assert (post.has_pictures is False) is any(one.has_pictures is False for one in them)
    assert bool(post.is_silent) is any(one.is_silent for one in them)
    for agreed in ("layout", "language"):
        said = {getattr(one, agreed) for one in them}
        assert getattr(post, agreed) == (said.pop() if len(said) == 1 else None)
    assert replace(together(them[::-1]), chat_id=post.chat_id) == post
