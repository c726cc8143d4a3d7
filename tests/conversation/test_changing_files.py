"""What people are told while files are written, renamed, removed and broken under the bot.

Only the watch takes the changes up: no rescan comes to its help.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.world import (
    World,
    a_story,
    labels,
    stories,
    text_of,
    world,
)

pytestmark = pytest.mark.long


async def taken_up(w: World, *titles: str) -> None:
    """Wait until the program knows these stories and no others."""

    async def is_so() -> bool:
        known = [one.article async for one in w.gazette.ledger.articles.all()]
        return sorted(a.title for a in known if not a.is_removed) == sorted(titles)

    await w.stored(is_so)


async def known_topics(w: World, *names: str) -> None:
    """Wait until the program knows these topics and no others."""

    async def is_so() -> bool:
        return {topic.name for topic in w.gazette.catalogue.topics.topics} == {*names}

    await w.stored(is_so)


def describe(folder: Path, *topics: dict[str, object]) -> None:
    (folder / "topics.yaml").write_text(yaml.safe_dump(list(topics)), encoding="utf-8")


async def test_edits_renames_and_deletes_change_the_answers(tmp_path: Path) -> None:
    folder = tmp_path / "articles/_news"
    async with world(tmp_path, articles=[a_story("A kettle that sings"), *stories(1)]) as w:
        assert "A kettle that sings" in text_of(await w.ask(w.reader, "kettle"))
        file = folder / "a-kettle-that-sings.md"

        file.write_text(a_story("A kettle that hums", heat=100).text)  # edited and heated
        await taken_up(w, "A kettle that hums", "Tea story number 1")
        assert "A kettle that hums" in text_of(await w.ask(w.reader, "kettle"))
        assert "Nothing on sings" in text_of(await w.ask(w.reader, "sings"))
        assert "1. A kettle that hums" in text_of(await w.ask(w.reader, "/hot"))

        file.write_text("---\ntitle: A kettle: half writ")  # broken: the last good version stays
        (folder / "b.md").write_text(a_story("A teapot of glass").text)
        await taken_up(w, "A kettle that hums", "A teapot of glass", "Tea story number 1")
        assert "A kettle that hums" in text_of(await w.ask(w.reader, "kettle"))

        file.write_text(a_story("A kettle that whistles", heat=10).text)  # mended and cooled
        await taken_up(w, "A kettle that whistles", "A teapot of glass", "Tea story number 1")
        hot = text_of(await w.ask(w.reader, "/hot"))
        assert hot.index("A teapot of glass") < hot.index("A kettle that whistles")

        card = await w.ask(w.reader, "teapot")
        (folder / "b.md").rename(folder / "moved.md")  # renamed: the same story, also by its button
        await taken_up(w, "A kettle that whistles", "A teapot of glass", "Tea story number 1")
        await w.tap(w.reader, card, "1")
        await w.until_shown(card, "What is known about: A teapot of glass")

        file.unlink()  # deleted
        await taken_up(w, "A teapot of glass", "Tea story number 1")
        assert "Nothing on whistles" in text_of(await w.ask(w.reader, "whistles"))

        withdrawn = a_story("A teapot of glass", removed=True)
        (folder / "moved.md").write_text(withdrawn.text)
        await taken_up(w, "Tea story number 1")
        answer = await w.ask(w.reader, "teapot")
        assert "Nothing on teapot" in text_of(answer)
        assert labels(answer) == ["Tea", "All topics"]


async def test_a_changed_topics_file_is_taken_up_and_renames_what_is_offered(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "articles"
    articles = [*stories(2), *stories(1, topic="Coffee")]
    async with world(tmp_path, articles=articles, topics=[{"name": "Tea"}]) as w:
        assert "There is no topic chai" in text_of(await w.ask(w.reader, "/follow chai"))
        describe(
            folder,
            {"name": "Drinks", "hashtags": ["#beverages"]},
            {"name": "Tea", "parent": "Drinks", "keywords": ["chai"]},
            {"name": "Coffee", "parent": "Drinks"},
        )
        await known_topics(w, "Drinks", "Tea", "Coffee")
        assert "Following Tea" in text_of(await w.ask(w.reader, "/follow chai"))
        assert text_of(await w.ask(w.reader, "#beverages")).startswith("Drinks\n3 stories")
        offered = labels(await w.ask(w.reader, "/topics"))
        assert offered == ["Drinks · 3", "↳ ✓ Tea · 2", "↳ Coffee · 1"]

        # A circle of parents is cut at its beginning.
        describe(folder, {"name": "Tea", "parent": "Coffee"}, {"name": "Coffee", "parent": "Tea"})
        await known_topics(w, "Tea", "Coffee")
        assert labels(await w.ask(w.reader, "/topics")) == ["✓ Tea · 3", "↳ Coffee · 1"]

        (folder / "topics.yaml").unlink()
        (folder / "_topics").mkdir()
        (folder / "_topics/tea.yaml").write_text("name: Tea\nkeywords: [mate]\n")
        (folder / "_topics/cocoa.yaml").write_text("name: Cocoa\n")
        await known_topics(w, "Tea", "Cocoa", "Coffee")
        assert text_of(await w.ask(w.reader, "/topic mate")).startswith("Tea\n2 stories")
