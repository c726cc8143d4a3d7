from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.callback import Action, Callback, decoded, fits

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":"), max_size=8)
last = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.sampled_from(Action), st.lists(plain, max_size=2), st.none() | last)
def test_what_was_written_is_read_again(action: Action, first: list[str], rest: str | None) -> None:
    arguments = (*first, rest) if rest is not None else tuple(first)
    callback = Callback(action, arguments)
    try:
        data = callback.encoded()
    except ValueError:
        assert len(":".join(("1", action.value, *arguments)).encode()) > 64
        return
    assert 1 <= len(data.encode()) <= 64
    assert decoded(data, parts=max(len(arguments), 1)) == callback


def test_words_with_the_separator_stay_whole_in_the_last_place() -> None:
    callback = Callback(Action.QUERY, ("2", "time: now"))
    assert decoded(callback.encoded(), parts=2) == callback


def test_every_action_has_a_value_of_its_own_without_the_separator() -> None:
    values = [action.value for action in Action]
    assert len(values) == len(set(values)) == len(Action.__members__)
    assert all(value and ":" not in value for value in values)


def test_what_does_not_fit_cannot_be_written() -> None:
    Callback(Action.QUERY, ("1", "x" * 58)).encoded()
    for words in ("x" * 59, "é" * 30, "\ud83d"):
        with pytest.raises(ValueError, match="bytes"):
            Callback(Action.QUERY, ("1", words)).encoded()


@pytest.mark.parametrize(
    "data", [None, "", "1", "1:", "1:zz", "0:s:x", "2:s:x", "s:x", "1:s:" + "x" * 61, "1:s:\ud800"]
)
def test_what_we_did_not_write_is_not_read(data: str | None) -> None:
    assert decoded(data) is None


@given(st.text(st.characters(), max_size=80))
def test_forged_data_never_raises(data: str) -> None:
    for text in (data, f"1:{data}", f"1:s:{data}"):
        read = decoded(text)
        assert read is None or fits(text)
