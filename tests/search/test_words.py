"""Plain texts are split quickly, and into the same words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.search.words import _light, _split, indexed_words, typed_words
from tests.support.examples import examples

letters = st.sampled_from(
    [
        *"aB9 -_'.,/\x1f\t\n",
        *"“”‘’–—…«»•\u00a0",
        "é",
        "ß",
        "Σ",
        "日",
        "本",
        "\u200b",
        "\u0301",
        "\u0338",
        "´",
        "\u3000",
        "🚀",
    ]
)


@given(st.lists(letters | st.characters(codec="utf-8"), max_size=12).map("".join))
@settings(max_examples=examples(500))
def test_the_quick_way_gives_the_words_of_the_careful_way(text: str) -> None:
    text = text.replace(".", " ").replace("'s", " ").replace("’s", " ")
    lower = text.lower()
    assert indexed_words(text) == list(_split(_light(lower), with_last=True))
    assert typed_words(text) == tuple(_split(_light(lower), with_last=False))


def test_initials_and_possessives_are_one_word_in_the_quick_way_too() -> None:
    assert indexed_words("The U.S.A. met J. R. Tolkien’s “friends”. At 3.5") == [
        *("the", "usa", "met", "j", "r", "tolkien", "friends", "at", "3", "5")
    ]
