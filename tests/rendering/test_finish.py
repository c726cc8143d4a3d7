"""From markup to text and entities."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from bot.domain.message import Entity, Text
from bot.rendering.autolinks import names_with_dots, signs, would_link
from bot.rendering.cleaning import cleaned, is_visible, one_line
from bot.rendering.finish import QUOTED, UNQUOTED, cut, finish
from tests.rendering import hostile
from tests.rendering.telegram import autolinks, judge_finished, kept

LINK = "https://e.com/"


def quoted(words: str) -> str:
    return f"{QUOTED}{escape(words)}{UNQUOTED}"


def entity(kind: str, offset: int, length: int, url: str | None = None) -> Entity:
    return Entity(kind=kind, offset=offset, length=length, url=url)


@given(hostile.texts(200))
@settings(deadline=None, derandomize=True)
def test_cleaned_text_is_what_telegram_keeps(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
    stand_in = once.translate(str.maketrans("*_`~|[]", "+-'-!()"))
    assert kept(stand_in, [])[0] in (stand_in, "")  # a text of blanks becomes nothing


@given(hostile.texts(200))
@settings(deadline=None, derandomize=True)
def test_one_line_has_no_breaks_and_no_blanks_at_its_ends(text: str) -> None:
    line = one_line(text)
    assert line == line.strip()
    assert not set(line) & set("\n\r\t")
    assert "  " not in line


def test_a_ring_over_a_letter_survives_and_a_lone_one_does_not() -> None:
    assert cleaned("a\u030angstro\u0308m x\u030a") == "ångström x"


@given(hostile.texts(200))
@settings(deadline=None, derandomize=True)
def test_words_of_others_never_link_and_stay_as_written(text: str) -> None:
    line = one_line(text)
    done = finish(f"<b>{quoted(line)}</b>")
    if not is_visible(line):
        return
    judge_finished(done)
    assert done.value.replace("\u2060", "") == line.replace("\u2060", "")


@given(hostile.texts(120))
@settings(deadline=None, derandomize=True)
def test_everything_that_telegram_links_is_foreseen(text: str) -> None:
    line = one_line(text)
    if autolinks(line):
        assert would_link(line)


@pytest.mark.parametrize(
    "words",
    ["README.md", "main.py", "ASP.NET", "example.com", "a@b.com", "http://localhost", "1.2.3.4"],
)
def test_names_with_dots_are_set_as_code_and_copy_exactly(words: str) -> None:
    done = finish(f"see {quoted(words)}.")
    assert done == Text(f"see {words}.", (entity("code", 4, len(words)),))


@pytest.mark.parametrize("words", ["@name", "#tag", "$USD", "/start"])
def test_signs_get_an_invisible_joiner(words: str) -> None:
    assert finish(quoted(words)) == Text(f"{words[0]}\u2060{words[1:]}")


@pytest.mark.parametrize(
    "words", ["e.g. this", "end.The next", "U.S. troops", "v22.8.0", "and/or", "C# and F#", "50 $"]
)
def test_plain_prose_is_left_alone(words: str) -> None:
    assert list(names_with_dots(words)) == []
    assert list(signs(words)) == []
    assert finish(quoted(words)) == Text(words)


def test_our_own_commands_stay_live() -> None:
    assert finish(f"/help with {quoted('/start')}") == Text("/help with /\u2060start")


def test_a_linked_title_stays_untouched() -> None:
    title = "README.md by @name"
    done = finish(f'<b><a href="{LINK}">{quoted(title)}</a></b>')
    assert done.value == title
    assert [e.kind for e in done.entities] == ["text_link", "bold"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "mailto:a@b.com", "/rel", "http://localhost", "ftp://e.com", ""]
)
def test_a_link_that_telegram_would_refuse_leaves_its_words(url: str) -> None:
    assert finish(f'<a href="{url}">words</a>') == Text("words")


def test_formats_are_split_at_links_and_merged_elsewhere() -> None:
    done = finish(f'<b>a</b><b>b <a href="{LINK}">c</a></b>')
    assert done.entities == (
        entity("bold", 0, 3),
        entity("text_link", 3, 1, LINK),
        entity("bold", 3, 1),
    )


def test_empty_and_blank_entities_are_dropped() -> None:
    assert finish(f'<i></i>x<b> </b>y<a href="{LINK}">\u200b</a>z').entities == ()


def test_offsets_count_utf16_units() -> None:
    assert finish("👨‍👩‍👧<b>x</b>").entities == (entity("bold", 8, 1),)


def test_code_inside_a_link_gives_way() -> None:
    done = finish(f'<a href="{LINK}">see <code>x</code></a>')
    assert done.entities == (entity("text_link", 0, 5, LINK),)


def test_a_quote_keeps_its_kind() -> None:
    assert [e.kind for e in finish("<blockquote>x</blockquote>").entities] == ["blockquote"]
    expandable = finish("<blockquote expandable>x</blockquote>").entities
    assert [e.kind for e in expandable] == ["expandable_blockquote"]


def test_at_most_100_entities_remain_and_links_go_last() -> None:
    markup = "".join(f'<b>b</b> <a href="{LINK}{n}">l</a> ' for n in range(80))
    done = finish(markup)
    assert len(done.entities) == 100
    assert sum(e.kind == "text_link" for e in done.entities) == 80
    judge_finished(done)


def test_a_text_full_of_addresses_does_not_use_up_the_entities() -> None:
    done = finish(quoted("README.md a@b.com https://e.com/x " * 60))
    judge_finished(done)
    assert len(done.entities) == 20


@given(hostile.texts(80), st.integers(1, 60))
@settings(deadline=None, derandomize=True)
def test_a_cut_text_fits_and_stays_valid(text: str, limit: int) -> None:
    done = finish(f'<b>x <a href="{LINK}">{quoted(one_line(text))}</a></b> <i>end</i>')
    short = cut(done, limit)
    judge_finished(short, limit=limit)
    if len(done) > limit:
        assert short.value.endswith("…")


def test_composition_comes_before_the_clean_up() -> None:
    assert all(unicodedata.is_normalized("NFC", cleaned(piece)) for piece in hostile.PIECES)
