"""Templates of operators: used where they are fit, told of where they are not, always bounded."""

from __future__ import annotations

import os
import re
import textwrap
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Picture
from bot.domain.digest import Item
from bot.domain.message import Message
from bot.domain.picture import Seen
from bot.domain.problem import Problem
from bot.domain.rich import as_list
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.answers import Shown, results_page
from bot.rendering.bounded import FILTERS
from bot.rendering.markup import TAGS
from bot.rendering.overrides import BLOCKS, Templates
from bot.rendering.style import Style
from tests.rendering.builders import NOW, an_item, the_seed_article
from tests.rendering.telegram import judge

PLAIN = Style(now=NOW)
ITEMS = [Item(article=the_seed_article(), score=49.0), *(an_item(number) for number in range(2, 5))]


class Folder:
    """A folder of templates, and what becomes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.templates = Templates(folder)
        self._now = NOW

    def write(self, name: str, text: str) -> None:
        file = self.folder / f"{name}.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def style(self, layout: Layout = Layout.LIST) -> Style:
        """The style of a later moment: the folder is looked at again."""
        self._now += timedelta(seconds=1)
        return replace(PLAIN, layout=layout, templates=self.templates.at(self._now))

    def render(self, *items: Item, layout: Layout = Layout.LIST) -> tuple[Message, ...]:
        return digests.render(items or ITEMS, style=self.style(layout))

    def problems(self) -> list[Problem]:
        return list(self.templates.problems())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "looks").mkdir()
    return Folder(tmp_path / "looks")


@pytest.fixture
def usual() -> str:
    (message,) = digests.render(ITEMS, style=PLAIN)
    return message.text


def test_a_block_of_the_operator_replaces_ours_and_shows_the_words_of_others_as_text(
    folder: Folder,
) -> None:
    folder.write("line", "{{ number }}) <u>{{ title }}</u>")
    (message,) = folder.render(an_item(1), an_item(2, title="README.md {{ x }} <b>"))
    judge(message)
    assert message.text.endswith("\n\n2) README.md {{ x }} <b>")
    assert "Story number 1\nWhat story 1 is about" in message.text
    assert folder.problems() == []


def test_a_block_may_be_for_one_layout_alone_and_a_part_is_used_by_every_block(
    folder: Folder,
) -> None:
    folder.write("line", "everywhere {{ title }}")
    folder.write("cover/line", "cover {{ title }}")
    folder.write("_source", "<s>{{ source }}</s>")
    looks = {f"https://cdn.example/{n}.jpg": Seen(width=640, height=360) for n in (1, 2)}
    items = [an_item(n, pictures=(Picture(url=url),)) for n, url in enumerate(looks, start=1)]
    style = replace(folder.style(Layout.COVER), looks=looks)
    (cover,) = digests.render(items, style=style)
    assert "cover Story number 1\n\ncover Story number 2" in cover.text
    (album,) = digests.render(items, style=replace(style, layout=Layout.ALBUM))
    assert "everywhere Story number 1\n\neverywhere Story number 2" in album.text
    (listed,) = digests.render(items, style=replace(style, layout=Layout.LIST))
    judge(listed)
    assert "Paper 1" in listed.text
    assert "·" not in listed.text.split("\n\n")[1]  # the facts are gone with our own part
    assert folder.problems() == []


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("count", [1, 3, 24])
def test_a_footer_stands_once_below_the_last_story_of_every_layout(
    folder: Folder, layout: Layout, count: int
) -> None:
    folder.write("footer", '{{ count }} of <a href="https://example.com/all">all</a>')
    looks = {f"https://cdn.example/{n}.jpg": Seen(width=640, height=360) for n in range(count)}
    items = [an_item(n, pictures=(Picture(url=url),)) for n, url in enumerate(looks)]
    style = replace(folder.style(layout), looks=looks)
    messages = digests.render(items, style=style)
    for message in messages:
        judge(message)
    words = [message.text for message in messages]
    assert sum(text.count(f"{count} of all") for text in words) == 1
    assert words[-1].endswith(f"\n\n{count} of all")
    assert folder.problems() == []
    # What stands in for a refused rich message has it, too, and a recall leaves it.
    if layout is Layout.RICH:
        part: Message | None = as_list(messages[0])
        while part is not None:
            judge(part)
            last, part = part, part.rest
        assert last.text.endswith(f"\n\n{count} of all")


def test_a_footer_leaves_a_story_its_room(folder: Folder) -> None:
    folder.write("footer", "below")
    folder.write("lead", "{{ title }} " + "x" * 3680)
    long = an_item(1)
    (message,) = folder.render(long)
    judge(message)
    assert "below" not in message.text
    assert folder.render(long, an_item(2))[-1].text.endswith("\n\nbelow")
    (card,) = folder.render(an_item(1, title="word " * 700), layout=Layout.CARDS)
    judge(card)
    assert card.text.endswith("\n\nbelow")


VALUES = {
    "date": "yesterday",
    "kind": "video",
    "length": "47 min",
    "price": "$9.99",
    "heat": "60",
    "quality": "49",
    "url": "https://example.org/stories/2",
}


def test_every_documented_variable_is_there_in_every_block(folder: Folder) -> None:
    for name, variables in BLOCKS.items():
        told = "".join(f"{{% if {one} %}}{one} {{% endif %}}" for one in sorted(variables))
        folder.write(name, f"{name} {told}")
    folder.write("line", "".join(f"<br>{name}={{{{ {name} }}}}" for name in VALUES))
    item = an_item(
        2,
        kind="video",
        duration=timedelta(minutes=47),
        quality=49,
        extra={"price": "$9.99"},
    )
    (message,) = folder.render(an_item(1), item)
    assert folder.problems() == []
    assert "header day language title" in message.text
    lead = "lead date excerpt facts hashtags heat language source title topics url"
    assert lead in message.text
    for name, value in VALUES.items():
        assert f"{name}={value}" in message.text


UNFIT: dict[str, tuple[str, int | None, str]] = {
    "<b>{{ tittle }}</b>": ("line", 1, "no variable 'tittle'"),
    "a\n{% if title %}\nb": ("line", 3, "Unexpected end of template"),
    "{{ title|uper }}": ("line", 1, "no filter 'uper'"),
    "{{ title|safe }}": ("line", 1, "no filter 'safe'"),
    "a\n<p>{{ title }}</p>": ("line", 2, "no tag <p>"),
    "a\n<script>x</script>": ("line", 2, "no tag <script>"),
    "a\n<b>{{ title }}": ("line", 2, "<b> is not closed"),
    "a\n{{ title }}\n</b>": ("line", 3, "</b> ends nothing here"),
    "<b><i>\n{{ title }}</b></i>": ("line", 2, "</b> ends nothing here"),
    '<a href="javascript:x">{{ title }}</a>': ("line", 1, "does not take this address"),
    '<a\nhref="{{ url }}" target="x">{{ title }}</a>': ("line", 1, "has no target"),
    "<!-- x -->{{ title }}": ("line", 1, "no comments"),
    "a\n\n{{ also.0.name }}": ("line", 3, "has no element 0"),
    "{{ also }}": ("line", 1, "cannot be shown"),
    " <br> ": ("line", None, "shows nothing"),
    "x" * 3701: ("line", None, "3,701 characters"),
    "<b>x</b> y " * 81 + "{{ title }}": ("line", None, "81 formats"),
    "{{ title }} #a1 @abcd" + " t.me/x" * 79: ("line", None, "81 formats"),
    "{% for i in range(10) %}x{% endfor %}": ("line", 1, "nothing can be called"),
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": ("line", 1, "macros"),
    '{% include "line.html" %}': ("line", 1, "cannot be included"),
    '{% include "../../secret.html" %}': ("line", 1, "cannot be included"),
    '{% extends "line.html" %}': ("line", 1, "cannot be inherited"),
    "{{ 9**9**9**9 }}": ("line", 1, "powers"),
    "{{ 'x' * 999999999 }}": ("line", 1, "needs two numbers"),
    "{{ '%999999999d' % 1 }}": ("line", 1, "needs two numbers"),
    "{{ title.__class__.__mro__ }}": ("line", 1, "not a template's business"),
    "{{ title.format }}": ("line", 1, "cannot be shown"),
    "{{ 1 / 0 }}": ("line", 1, "ZeroDivisionError"),
    "\u0000{{ title": ("line", 1, "unexpected end"),
    "x" * 16_001: ("line", None, "larger than 16,000 bytes"),
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}": ("line", None, "cannot be read"),
    "{% if 1 %}" * 150 + "{% endif %}" * 150: ("line", None, ""),
    "{% set a = title ~ title %}" * 1 + "".join("{% set a = a ~ a %}\n" for _ in range(60)): (
        "line",
        10,
        "too long",
    ),
    "{% set a = title %}" + "{% set a = a|replace('r', a) %}" * 9: ("line", 1, "too long"),
    "{% for a in hashtags %}{{ a }}": ("line", 1, "Unexpected end of template"),
}


@pytest.mark.parametrize("text", UNFIT, ids=range(len(UNFIT)))
def test_an_unfit_template_never_reaches_a_chat_and_is_told_with_its_line(
    folder: Folder, usual: str, text: str
) -> None:
    name, line, words = UNFIT[text]
    folder.write(name, text)
    (message,) = folder.render()
    assert message.text == usual
    problems = folder.problems()
    assert problems, text
    problem = problems[0]
    assert problem.path == "looks/line.html"
    assert words in problem.problem
    assert problem.line == line
    assert problem.mend
    folder.render()
    assert folder.problems(), "it is told again to whoever asks again"


def nested(depth: int, body: str) -> str:
    loops = "".join(f"{{% for a{n} in topics %}}" for n in range(depth))
    return loops + body + "{% endfor %}" * depth


HEAVY = [
    nested(9, "x"),
    nested(5, "{{ title }}"),
    nested(4, "y" * 10_000),
    nested(9, "{% set a = title ~ title %}"),
    nested(9, '{% include "_title.html" %}'),
    nested(7, "{% if title in excerpt %}x{% endif %}"),
    "{% set b %}" + nested(4, "z" * 5_000) + "{% endset %}{{ b }}",
]


@pytest.mark.parametrize("text", HEAVY, ids=range(len(HEAVY)))
def test_no_template_takes_long_or_much(folder: Folder, usual: str, text: str) -> None:
    topics = tuple(f"Topic {n}" for n in range(10))
    items = [an_item(n, topics=topics, title="t" * 2000) for n in (1, 2)]
    folder.write("line", text)
    begun = time.thread_time()
    messages = folder.render(*items)
    assert time.thread_time() - begun < 1
    assert messages == digests.render(items, style=PLAIN)
    assert "too" in folder.problems()[0].problem


def test_what_is_no_template_is_told(folder: Folder, usual: str) -> None:
    folder.write("lines", "{{ title }}")
    os.mkfifo(folder.folder / "lead.html")
    (folder.folder / "card.html").write_bytes(b"\xff\xfe")
    folder.write("covers/line", "{{ title }}")
    folder.write("panels/help", "Help yourself")
    folder.write(".old/line", "{{ x }}")
    (folder.folder / ".hidden.html").write_text("{{ x }}")
    (folder.folder / "notes.txt").write_text("{{ x }}")
    (message,) = folder.render()
    assert message.text == usual
    told = {one.path: one for one in folder.problems()}
    assert sorted(told) == [
        *("looks/card.html", "looks/covers/line.html", "looks/lead.html", "looks/lines.html"),
        "looks/panels/help.html",
    ]
    assert told["looks/covers/line.html"].mend == "rename the folder: perhaps cover"
    assert told["looks/panels/help.html"].problem == "there is no layout 'panels'"
    assert told["looks/lines.html"].mend == "rename it: perhaps line"
    missing = Folder(folder.folder / "nowhere")
    assert missing.render()[0].text == usual
    assert "cannot be read" in missing.problems()[0].problem


def test_a_changed_template_is_taken_up_and_what_was_rendered_stays(folder: Folder) -> None:
    folder.write("line", "one {{ title }}")
    before = folder.render()
    style = folder.style()
    folder.write("line", "two {{ title }}")
    assert digests.render(ITEMS, style=style) == before, "a moment has one answer"
    assert "two Story" in folder.render()[0].text
    (folder.folder / "line.html").unlink()
    assert folder.render()[0] == digests.render(ITEMS, style=PLAIN)[0]


def test_a_line_that_fits_a_list_but_not_an_answer_gives_way_there(folder: Folder) -> None:
    def answer(style: Style) -> Message:
        return results_page(
            [Shown(article=item.article) for item in ITEMS],
            heading="tea",
            total=4,
            page=1,
            page_size=10,
            pager=lambda number: pytest.fail("there is one page"),
            style=style,
        )

    folder.write("line", "{{ title }}" + " word" * 300)
    assert len(folder.render()) > 1
    assert answer(folder.style()) == answer(PLAIN)
    assert ["too long" in one.problem for one in folder.problems()] == [True]
    folder.write("card", "{{ title }}" + " word" * 300)
    assert folder.render(layout=Layout.CARDS) == digests.render(
        ITEMS, style=replace(PLAIN, layout=Layout.CARDS)
    )
    assert "card is too long" in folder.problems()[0].problem


DOCUMENT = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def test_the_documents_examples_work_as_printed(folder: Folder) -> None:
    """Each example is a file's name, the file, and what becomes of it."""
    found = re.findall(
        r"`([\w/]+)\.html`:\n\n```html\n(.*?)```\n\n((?:    [^\n]*\n)+)", DOCUMENT, re.S
    )
    assert [name for name, _, _ in found] == ["line", "cards/card"]
    for name, text, _ in found:
        folder.write(name, text)
    shown = [textwrap.dedent(told).strip() for _, _, told in found]
    topics = ("AI", "Computer Vision")
    (listed,) = folder.render(an_item(1), an_item(2))
    (card,) = folder.render(an_item(1, topics=topics), layout=Layout.CARDS)
    assert folder.problems() == []
    assert listed.text.endswith("\n\n" + shown[0])
    assert card.text == shown[1]
    judge(listed)
    judge(card, live=frozenset(("#AI", "#ComputerVision")))


def test_everything_there_is_stands_in_the_document() -> None:
    names = {*BLOCKS, *FILTERS, *TAGS, *(one for known in BLOCKS.values() for one in known)} - {
        "br"
    }
    missing = {name for name in names if not re.search(rf"`[^`\n]*{re.escape(name)}\b", DOCUMENT)}
    assert missing == set()


WORDS = st.sampled_from(
    (
        *(
            "{{ title }}",
            "{{ excerpt|shorten(40) }}",
            "{{ source or 'x' }}",
            "{{ hashtags|join(' ') }} ",
        ),
        *("<b>", "</b>", "<i>", "</i>", "<a href='{{ url }}'>", "</a>", "<code>", "</code>"),
        *("<blockquote>", "</blockquote>", "<pre>", "</pre>", "<br>", " ", "\n", "x", " #tag "),
        *("{% for a in also %}", "{% endfor %}", "{% if url %}", "{% endif %}", "{{ a.name }}"),
        *("<u>", "</u>", "{{ heat * 2 }}", "{{ title ~ '!' }}", "{{ number }}", "<tg-spoiler>"),
        *("</tg-spoiler>", "&amp;", "&", "<", " @name ", " t.me/x ", "{{ topics|first }}", "\x00"),
    )
)


@given(st.lists(WORDS, max_size=25).map("".join))
def test_whatever_is_written_into_a_template_a_fit_message_leaves(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = Folder(tmp_path_factory.mktemp("t"))
    folder.write("line", text)
    folder.write("lead", text)
    for message in folder.render():
        judge(message, live=frozenset(("#tag", "@name", "t.me/x", "#AI", "#ComputerVision")))
        assert message.stories
