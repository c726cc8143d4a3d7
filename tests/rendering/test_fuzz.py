"""Ten thousand digests of hostile articles, in every layout, with every kind of template.

Telegram's own parser takes each message, and shows it exactly as it stands. `make test-all` draws
them all, `make test` a few; both print how many there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.domain.digest import Digest, Item
from bot.domain.message import Message
from bot.domain.picture import Seen
from bot.domain.subscription import Layout
from bot.rendering import digests
from bot.rendering.illustration import keys_to_look_at
from bot.rendering.overrides import Overrides, Templates
from bot.rendering.style import Style
from tests.rendering import hostile
from tests.rendering.builders import NOW
from tests.rendering.telegram import judge
from tests.support.examples import IS_THOROUGH

DIGESTS = 10_000
SHARDS = 10
FEW = 24
WAYS = 4
"""To draw stories takes longer than to write and judge a digest of them."""

SETS: dict[str, dict[str, str]] = {
    "ours": {},
    "documented": {
        "line": "{{ number }}. {% if date %}<i>{{ date }}</i>: {% endif %}"
        "{% include '_title.html' %}"
        "{% if source %} ({{ source }}){% endif %}",
        "cards/card": "<b>{{ title }}</b><br><blockquote>{{ excerpt|shorten(120) }}</blockquote>"
        "{% if url %}<a href='{{ url }}'>{{ source or 'Read' }}</a>{% endif %}"
        "{% if hashtags %}<br>{{ hashtags|join(' ') }}{% endif %}",
    },
    "crowded": dict.fromkeys(
        ("lead", "line", "card", "rich"),
        "<blockquote expandable><b>{{ title|upper }}</b> <u><i>{{ title }}</i></u></blockquote>"
        "<s>{{ source }}</s><tg-spoiler>{% for a in also %}<a href='{{ a.url or url or '' }}'>"
        "<b>{{ a.name }}</b></a>{% if not loop.last %}, {% endif %}{% endfor %}</tg-spoiler><br>"
        "<pre>{{ excerpt }}</pre><code>{{ facts|join(' / ') }}</code>"
        "{% for t in topics %}<br>• {{ t|lower|shorten(20) }}{% endfor %}",
    )
    | {
        "heading": "<u>{{ heading }}</u><br><i>{{ heading|upper }}</i>",
        "footer": "<b>{{ title }}</b> {{ day }} "
        "<a href='https://example.com/?a=1&b=2'>{{ count }}</a>",
    },
    "unfit": {
        "header": "<b>{{ day }}",
        "footer": "{{ title }}{{ title }}{{ title }} <i>{{ count }}",
        "line": "{{ title }}{% if topics|length > 1 %}</b>{% endif %}",
        "lead": "{{ excerpt[9] }}{{ also.2.name }}",
        "card": "{% if heat %}{{ title }}{% endif %}",
        "rich": "{% for a in also %}{% for b in also %}{{ excerpt }}{% endfor %}{% endfor %}"
        "{{ title }}",
    },
}


@pytest.fixture(scope="module")
def overrides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Overrides | None]:
    found: dict[str, Overrides | None] = {}
    for name, files in SETS.items():
        folder = tmp_path_factory.mktemp(name)
        for block, text in files.items():
            file: Path = folder / f"{block}.html"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        found[name] = Templates(folder).at(NOW)
        assert (found[name] is not None) == bool(files)
    return found


SEEN = st.none() | st.builds(
    Seen,
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    is_plain=st.booleans(),
    is_drawn=st.booleans(),
)
STYLES = st.builds(
    Style,
    now=st.just(NOW),
    layout=st.sampled_from(Layout),
    is_shared=st.booleans(),
    is_silent=st.booleans(),
    bot_username=st.sampled_from((None, "gazette_bot")),
    site_url=st.sampled_from((None, "https://news.example")),
    language=st.sampled_from(("en", "de", "ar", "hi", "zh")),
    title=st.sampled_from(("Gazette", None)) | hostile.texts(300),
)


def draw(
    data: st.DataObject, overrides: dict[str, Overrides | None]
) -> Iterator[tuple[str, Digest]]:
    """Draw stories and write them in several ways; gives of each what it is, for the counts."""
    items: tuple[Item, ...] = data.draw(hostile.items(6).filter(bool))
    articles = [article for item in items for article in (item.article, *item.also)]
    keys = sorted({key for article in articles for key in keys_to_look_at(article)})
    looks = {key: data.draw(SEEN) for key in keys if data.draw(st.booleans())}
    for _ in range(WAYS):
        style = data.draw(STYLES)
        name = data.draw(st.sampled_from(tuple(SETS)))
        style = replace(style, looks=looks, templates=overrides[name])
        messages = digests.render(items, style=style)
        yield f"{style.layout.value}, {name}", Digest(items=items, messages=messages)


def look(digest: Digest) -> Counter[str]:
    """Let Telegram's parser judge a digest, and count what it saw."""
    for message in digest.messages:
        judge(message)
    told = {key for message in digest.messages for key in message.stories}
    assert told >= {key for item in digest.items for key in item.story_keys}
    return Counter(
        digests=1, messages=len(digest.messages), characters=sum(map(_length, digest.messages))
    )


def _length(message: Message) -> int:
    return len(message.text)


def run(count: int, overrides: dict[str, Overrides | None]) -> Counter[str]:
    counts: Counter[str] = Counter()

    @settings(max_examples=count // WAYS, phases=(Phase.generate,), database=None)
    @given(st.data())
    def telegram_agrees(data: st.DataObject) -> None:
        for kind, digest in draw(data, overrides):
            counts.update(look(digest))
            counts[f"digests ({kind})"] += 1

    telegram_agrees()
    return counts


Counted = Callable[[str, object], None]


def test_telegram_agrees_with_a_few_digests(
    overrides: dict[str, Overrides | None], record_property: Counted
) -> None:
    record_property("fuzz", dict(run(FEW, overrides)))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_telegram_agrees_with_ten_thousand_digests(
    overrides: dict[str, Overrides | None], record_property: Counted, shard: int
) -> None:
    counts = run(DIGESTS // SHARDS if IS_THOROUGH else FEW, overrides)
    assert (
        len([name for name in counts if name.startswith("digests (")]) == len(Layout) * len(SETS)
        or not IS_THOROUGH
    ), counts
    record_property("fuzz", dict(counts))
