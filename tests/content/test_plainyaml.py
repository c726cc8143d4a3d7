"""The plain parser gives what PyYAML's safe loader gives, or hands the text over."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, example, given
from hypothesis import strategies as st

from bot.content.fences import decode
from bot.content.findings import Unusable
from bot.content.header import Parsed, _read_carefully, read
from bot.content.plainyaml import load_plain
from tests.benchmarks.make_articles import Maker

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROOT = Path(__file__).parents[2]
SAMPLES = [
    file.read_bytes()
    for folder in ("tests/articles", "tests/articles-broken", "seeds")
    for file in sorted((ROOT / folder).rglob("*.m*"))
]
MADE = range(20)


@cache
def made(number: int) -> bytes:
    """An article of the benchmarks; its words are only thought of when it is asked for."""
    return Maker(number).article(number).data


WORDS = r"""
yes no on off Yes NO On OFF true True FALSE y n null Null ~ << = . - ? : , # & * ! | > % @ `
0 1 49 -1 +1 007 010 0o10 0x1F 0b11 1_000 1:30 1:30:45 190:20:30 1.5 .5 1. 1e3 1.0e+3 -.inf .NaN
2020-09-17 2020-09-17T01:49:00Z 2020-9-1 2020-09-17t01:49:00z 2020-13-45 2020-02-30T10:00:00Z
2020-09-17T24:00:00Z 2020-W38-4T01:49:00Z 2001-12-14t21:59:43.10-05:00 0000-01-01T00:00:00Z
AI tea Common http://x.example/a https://x.example:80/a?b=c#d a:b a: :a a#b é 日本 🚀 İ ſecured
"a" 'a' "a'b" 'a"b' "" '' " ' "\\" "\"q\"" "\x41" "\u00e9" "\ud83d\ude00" "\ud83d" "\0"
"\N" "\/" "\q" 'it''s' "a"b 'a'b "a" [a] {a: b} [ ] { } &a *a !!str !!int | > |- >+ --- ...
secured Secured SECURED title
"""
words = st.sampled_from(re.findall(r"\S+", WORDS))
gaps = st.sampled_from(
    ["", " ", "  ", "   ", "\t", " \t", "\xa0", "\u2028", "\x85", "\ufeff", "\r"]
)
usual_gaps = st.sampled_from([" ", " ", " ", "  ", ""])
values = st.lists(words | gaps, max_size=4).map(" ".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=8
)
names = st.sampled_from(["a", "b", "c-d", "e_1", "title", "secured", "Secured", "yes", "null", "1"])
indents = st.sampled_from(["", "", "", "  ", "  ", "    ", " ", "   ", "\t"])
dashes = st.sampled_from(["", "", "", "- ", "- ", "-   ", "-", "- - "])
colons = st.sampled_from([": ", ": ", ": ", ":", ":  ", " : ", ":\t"])
fields = st.tuples(indents, dashes, names, colons, values | st.just("")).map("".join)
items = st.tuples(indents, dashes, values).map("".join)
others = st.sampled_from(["", " ", "# note", "  # note", "\t", "%TAG", "---", "...", "<<: *a"])
texts = st.lists(fields | fields | items | others, max_size=8).map("\n".join)


# Texts that are mostly right: most of these are really read.
plain_values = st.sampled_from(
    [word for word in re.findall(r"\S+", WORDS) if load_plain(f"a: {word}") is not None]
)


@st.composite
def tidy(draw: st.DrawFn, depth: int = 0, start: str = "") -> list[str]:
    lines: list[str] = []
    for name in draw(st.lists(names, max_size=4, unique=True)):
        kind = draw(st.integers(0, 9)) if depth < 3 else 0
        inner = start + draw(st.sampled_from(["  ", "  ", "    ", "", " "]))
        if kind < 5:
            lines.append(f"{start}{name}: {draw(plain_values | values)}")
        elif kind < 7:
            lines += [f"{start}{name}:", *draw(tidy(depth + 1, inner))]
        else:
            lines.append(f"{start}{name}:")
            dash = draw(st.sampled_from(["- ", "- ", "-   "]))
            for _ in range(draw(st.integers(0, 3))):
                if draw(st.booleans()):
                    lines.append(f"{inner}{dash}{draw(plain_values)}")
                    continue
                below = draw(tidy(depth + 1, inner + " " * len(dash)))
                lines += [f"{inner}{dash}{line.strip()}" for line in below[:1]] + below[1:]
        lines += draw(st.sampled_from([[], [], [], [""], ["# note"]]))
    return lines


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: without_secrets(inner)
            for name, inner in value.items()
            if not (isinstance(name, str) and name.casefold() == "secured")
        }
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value


def same(left: Any, right: Any) -> bool:
    """Compare values, their types and the order of fields; nan equals nan."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right or (isinstance(left, float) and math.isnan(left) and math.isnan(right))


def check(text: str) -> bool:
    """Compare with the safe loader; tells whether the text was read at all."""
    plain = load_plain(text)
    if plain is None:
        return False
    try:
        expected = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError) as error:
        pytest.fail(f"read, though the safe loader says {error}")
    assert same(plain[0], without_secrets(expected or {})), (plain[0], expected)
    return True


@given(texts)
@example('a: "')
@example("a: '")
@example("a: 'x''")
@example('a: "x" # note')
@example("a:\n- b\n-   c: 1\n    d: 2\n- e\nf: 3")
@example("a:\n  b:\n    - c:\n        d: 1\n      e: 2\n  f: 3")
@example("a:\n\n  b: 1\n # c\n  d: 2\ne:")
@example("a: 1\na: 2")
@example("a: b\n  c")
@example("a: b\n  c: d")
@example("a:\n  b: 1\n c: 2")
@example("a: 2020-09-17T01:49:00Z\nb: 1:30\nc: 0o7\nd: 0x1F\ne: 010\nf: .5")
@example("a: \t\nb: c\t")
@example("? a\n: b")
@example("secured: *a\ntitle: T")
@example("secured: a\nsecured: b")
@example("- a\n- b")
@example(" a: 1")
@example("a: b: c")
@example("a: |\n  text")
@example("yes: 1\nnull: 2")
def test_a_text_is_read_as_by_the_safe_loader_or_not_at_all(text: str) -> None:
    check(text)


@given(tidy().map("\n".join))
def test_a_text_that_is_mostly_right_is_read_as_by_the_safe_loader(text: str) -> None:
    event(f"read: {check(text)}")


@given(st.text(alphabet="ab:-?*&!|>'\"{}[],#%@`\\ \t\n<=~.01eE_+TZ\r", max_size=50))
def test_any_text_is_read_as_by_the_safe_loader_or_not_at_all(text: str) -> None:
    check(text)
    check(f"title: T\n{text}")
    check(f"a:\n  - b: c\n    d: {text}\ne: f")


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
)
documents = st.dictionaries(
    st.text(min_size=1, max_size=8) | st.sampled_from(["title", "topics", "provider"]),
    st.recursive(
        scalars | st.datetimes(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["url", "name", "on"]) | st.text(max_size=5), inner)
        ),
        max_leaves=8,
    ),
    max_size=5,
)


@given(documents, st.booleans(), st.sampled_from([None, '"', "'"]), st.sampled_from([2, 4]))
def test_what_yaml_itself_writes_is_read_the_same_or_not_at_all(
    document: dict[str, Any], allow_unicode: bool, style: str | None, indent: int
) -> None:
    text = yaml.safe_dump(
        document, allow_unicode=allow_unicode, default_style=style, indent=indent, width=10**6
    )
    check(text)


@given(st.deferred(lambda: st.sampled_from([*SAMPLES, *map(made, MADE)])), st.data())
def test_a_damaged_file_tells_what_it_always_told(sample: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 40)))
    other = data.draw(
        st.binary(max_size=5)
        | st.sampled_from([b"&a ", b"*a", b"!!int ", b"[", b"\t", b"\n", b": ", b" #", b"\r", b"'"])
    )
    damaged = sample[:start] + other + sample[end:]
    assert read("news/a.md", damaged) == carefully("news/a.md", damaged)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_file_tells_what_the_real_parser_tells(sample: bytes) -> None:
    assert read("news/a.md", sample) == carefully("news/a.md", sample)


@pytest.mark.parametrize("number", MADE)
def test_a_made_file_tells_what_the_real_parser_tells(number: int) -> None:
    assert read("news/a.md", made(number)) == carefully("news/a.md", made(number))


def carefully(path: str, data: bytes) -> Parsed:
    try:
        return _read_carefully(path, decode(data))
    except Unusable as trouble:
        return Parsed(facts=None, problems=(trouble.as_problem(path),))


def test_files_as_publishers_write_them_are_plain() -> None:
    headers = [
        sample.decode().replace("\r\n", "\n").split("---\n")[1] for sample in map(made, MADE)
    ]
    assert all(check(header) for header in headers)
    seed = next(sample for sample in SAMPLES if b"1,000 Parents" in sample)
    assert check(seed.decode().replace("\r\n", "\n").split("---\n")[1])


def test_the_secret_field_is_never_among_the_values() -> None:
    text = 'title: T\nsecured: "c2VjcmV0;aXY="\nrelated:\n  - title: R\n    Secured: "c2Vj"'
    plain = load_plain(text, first_line=2)
    assert plain == ({"title": "T", "related": [{"title": "R"}]}, {"title": 2, "related": 4})
