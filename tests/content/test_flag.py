"""The publisher's flag: one value changes, and no other byte."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.flag import Reason, with_published
from bot.content.header import read

SAMPLES = [
    file.read_bytes()
    for folder in ("articles", "articles-broken")
    for file in sorted((Path(__file__).parents[1] / folder).rglob("*.m*"))
]
calm = settings(deadline=None)  # machines pause; time is measured elsewhere

FALSE = ["false", "False", "FALSE", "no", "off", '"false"', "'no'", "null", "~", "", '""']
TRUE = ["true", "yes", '"true"']
KEPT = ["&a false", "*url", "!!bool false", "maybe", "0", "[false]", "{a: no}", "|\n    false"]
WORDS = re.compile(rb"false|no\b|off|null|~|true", re.IGNORECASE)
ENDS = ["", " ", " # as we know", "\t# so far"]

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
quoted = texts.map(lambda text: yaml.dump(text, default_style='"', width=10**6).strip())
others = st.one_of(
    quoted.map("excerpt: {}".format),
    quoted.map("secured: {}".format),
    st.sampled_from(
        [
            "",
            "# published: false",
            "type: article",
            "topics:\n  - Tea\n  - published: false",
            "excerpt: |\n  one\n\n  published: false",
            "provider: {name: P, published: false}",
            'title: "\\ud83d\\ude00 \\\\ud83d"',
            "title: 'it''s 😀 ünï'",
            "originalUrl: &url https://example.org/x#published",
            'excerpt: "two\n  published: false\n  lines"',
            "odd: a\x01b",
            "\u00a0: x",
        ]
    ),
)
heats = st.sampled_from(["heat: 5", "heat: 5 # hot", "heat:", "heat: >\n  5", '"heat": "5"'])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw an article file in any of the ways in which people and tools write one."""
    flags = [f"published:{' ' if value else ''}{value}" for value in [*FALSE, *TRUE, *KEPT]]
    flag = st.tuples(st.sampled_from(flags), st.sampled_from(ENDS)).map("".join)
    lines = draw(st.lists(others, max_size=4))
    for more in (heats, flag):
        if draw(st.integers(0, 3)):
            lines.insert(draw(st.integers(0, len(lines))), draw(more))
    lines = ["webUrl: https://example.org/a", *lines, ""]
    head = "\n".join(lines)
    if draw(st.booleans()):
        head = "".join(f"  {line}" if line.strip() else line for line in head.splitlines(True))
    text = f"---\n{head}---\nBody.\n\n---\npublished: false\n"
    ends = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
    if ends == "mixed":
        text = "".join(line + draw(st.sampled_from(["\n", "\r\n"])) for line in text.split("\n"))
    else:
        text = text.replace("\n", ends)
    return draw(st.sampled_from(["", "\ufeff", "\n"])).encode() + text.encode()


def checked(data: bytes) -> bytes | Reason:
    """Look at everything that must hold whatever the file is."""
    result = with_published(data)
    before = read("a.md", data).article
    if isinstance(result, Reason):
        assert before is None or not before.marked_published
        return result
    after = read("a.md", result).article
    assert before is not None
    assert after == replace(before, marked_published=True)
    assert with_published(result) == result
    assert_one_line_differs(data.splitlines(keepends=True), result.splitlines(keepends=True))
    return result


def assert_one_line_differs(before: list[bytes], after: list[bytes]) -> None:
    """Allow one line more, or one with another word in it; or nothing at all."""
    if before == after:
        return
    number = next(n for n, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1)
    if len(after) > len(before):
        assert after[number].strip() == b"published: true"
        assert after[:number] + after[number + 1 :] == before
        return
    assert after[:number] + after[number + 1 :] == before[:number] + before[number + 1 :]
    old, new = (WORDS.sub(b"", line, count=1) for line in (before[number], after[number]))
    assert old.replace(b" ", b"") == new.replace(b" ", b"")


@calm
@given(files())
def test_only_the_flag_changes(data: bytes) -> None:
    checked(data)


@calm
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_file_is_changed_in_its_flag_or_not_at_all(
    sample: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 40)))
    bits = [b"&a ", b"*a", b"published: no\n", b"{", b"\n", b"published", b"\x0b", b"'"]
    other = data.draw(st.binary(max_size=5) | st.sampled_from(bits))
    checked(sample[:start] + other + sample[end:])


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_good_sample_takes_the_flag(sample: bytes) -> None:
    result = checked(sample)
    assert isinstance(result, bytes) == (read("a.md", sample).article is not None)


def in_file(*lines: str, end: str = "\n") -> bytes:
    return end.join(["---", "title: Tea", *lines, "---", "Body", ""]).encode()


@pytest.mark.parametrize("value", ["false", "False", "FALSE", "no", "Off", "null", "~"])
@pytest.mark.parametrize("rest", ENDS)
def test_a_plain_no_becomes_true_and_what_stands_behind_it_stays(value: str, rest: str) -> None:
    data = in_file(f"published:  {value}{rest}", "heat: 5")
    assert with_published(data) == in_file(f"published:  true{rest}", "heat: 5")


@pytest.mark.parametrize("rest", ENDS)
def test_a_missing_value_is_put_behind_the_colon(rest: str) -> None:
    data = in_file(f"published:{rest}", "heat: 5")
    assert with_published(data) == in_file(f"published: true{rest}", "heat: 5")


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("value", ["false", "No", "OFF", ""])
def test_a_flag_in_quotes_stays_in_them(quote: str, value: str) -> None:
    data = in_file(f"published: {quote}{value}{quote} # old")
    assert with_published(data) == in_file(f"published: {quote}true{quote} # old")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_missing_flag_is_added_below_heat_with_the_files_line_end(end: str) -> None:
    data = b"\xef\xbb\xbf" + in_file("heat: 5 # hot", "type: article", end=end)
    expected = in_file("heat: 5 # hot", "published: true", "type: article", end=end)
    assert with_published(data) == b"\xef\xbb\xbf" + expected


def test_in_a_mixed_file_the_added_line_ends_as_its_neighbour() -> None:
    data = b"---\ntitle: Tea\nheat: 5\r\ntype: article\n---\n"
    expected = b"---\ntitle: Tea\nheat: 5\r\npublished: true\r\ntype: article\n---\n"
    assert with_published(data) == expected


@pytest.mark.parametrize("heat", [(), ("heat: >", "  5"), ("provider:", "  heat: 5")])
def test_without_a_line_of_heat_it_is_added_at_the_end(heat: tuple[str, ...]) -> None:
    data = in_file(*heat, "type: article", end="\r\n")
    assert with_published(data) == in_file(*heat, "type: article", "published: true", end="\r\n")


def test_an_indented_front_matter_keeps_its_indent() -> None:
    data = b"---\n  title: Tea\n  heat: 5\n---\n"
    assert with_published(data) == b"---\n  title: Tea\n  heat: 5\n  published: true\n---\n"


def test_words_that_only_look_like_the_flag_stay() -> None:
    data = in_file("excerpt: |", "  published: false", "related:", "  - published: no", "heat: 1")
    result = checked(data)
    assert isinstance(result, bytes)
    assert result.count(b"published: true") == 1
    assert result.replace(b"published: true\n", b"") == data


@pytest.mark.parametrize("value", TRUE)
def test_a_flag_that_is_set_is_no_change(value: str) -> None:
    data = in_file(f"published: {value}")
    assert with_published(data) == data


@pytest.mark.parametrize("value", ["&a false", "!!bool false", "!x no", "maybe", "0", "[]", "{}"])
def test_what_is_no_plain_flag_is_left_alone_with_the_reason(value: str) -> None:
    result = with_published(in_file(f"published: {value}"))
    assert isinstance(result, Reason)
    assert "plainly" in result.text


def test_an_alias_is_left_alone() -> None:
    result = with_published(in_file("removed: &no false", "published: *no"))
    assert isinstance(result, Reason)
    assert "plainly" in result.text


def test_a_flag_that_stands_twice_is_left_alone() -> None:
    result = with_published(in_file("published: false", "heat: 5", "published: no"))
    assert isinstance(result, Reason)
    assert "more than once" in result.text


def test_front_matter_in_braces_is_left_alone() -> None:
    result = with_published(b"---\n{title: Tea, published: false}\n---\n")
    assert isinstance(result, Reason)
    assert "braces" in result.text


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    result = with_published(b"---\ntitle: Tea\npublished: false\n")
    assert isinstance(result, Reason)
    assert "`---`" in result.text
