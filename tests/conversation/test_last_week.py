"""A database restored from last week: buttons and chats are ahead of it, and nobody is harmed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.world import a_story, buttons, labels, stories, text_of, world

SETTINGS = {"OPERATORS": "1001"}
FOLDER = ("gazette.db", "gazette.db-wal", "gazette.db-shm")


def copied(folder: Path, target: Path) -> None:
    """Copy the database and nothing else."""
    target.mkdir(exist_ok=True)
    for name in FOLDER:
        (target / name).unlink(missing_ok=True)
        if (folder / name).exists():
            shutil.copyfile(folder / name, target / name)


@pytest.mark.long
async def test_buttons_of_the_lost_week_help_or_say_why_not(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2), settings=SETTINGS) as w:
        sandbox, ann, owner = w.sandbox, w.reader, w.sandbox.add_person("Olga")
        channel = sandbox.add_channel("Tea news", administrators=(owner,))
        await w.ask(ann, "/start")
    channels = {**SETTINGS, "CHANNELS": (channel.id,)}
    copied(tmp_path, tmp_path / "old")
    async with world(tmp_path, settings=channels, sandbox=sandbox) as w:
        ben = sandbox.add_person("Ben")
        await w.ask(ben, "/subscribe")
        await w.until(lambda: len(w.ours(ben)) == 2)
        await w.settled()
        digest = w.last(ben)
        forget = await w.ask(ben, "/forget")
        long_question = await w.ask(ben, "/search " + "tea or coffee " * 9)
        count = len(w.ours(ann))
        w.say(ann, "/post")
        await w.until(lambda: any("Post now" in labels(one) for one in w.ours(ann)[count:]))
        lost_panel = next(one for one in w.ours(ann)[count:] if "Post now" in labels(one))
    copied(tmp_path / "old", tmp_path)
    newer = a_story("Milk is cheaper", topics=["Milk"], heat=99)
    async with world(tmp_path, articles=[newer], settings=channels, sandbox=sandbox) as w:
        # A draft of today has the number of the lost one; its button must not send it.
        count = len(w.ours(ann))
        w.say(ann, "/post milk")
        await w.until(lambda: any("Post now" in labels(one) for one in w.ours(ann)[count:]))
        stale = await w.tap(ann, lost_panel, "Post now")
        assert stale.text
        await w.settled()
        assert w.ours(channel) == ()

        # A digest that this database never sent: its numbers say so, arrows and topics work on.
        number = next(one["text"] for one in buttons(digest) if one["text"] == "1")
        gone = await w.tap(ben, digest, number)
        assert "no longer here" in gone.text
        for label in labels(long_question):
            assert (await w.tap(ben, long_question, label)).is_pending is False
        # Whoever subscribed in that week is not subscribed any more, and can do so again.
        assert "Subscribe" in str(labels(await w.ask(ben, "/start")))
        await w.tap(ben, forget, "Erase everything")
        await w.until(lambda: "Erased." in text_of(w.shown(forget)))
        await w.ask(ben, "/subscribe")
        await w.until(lambda: "Tea story number 1" in text_of(w.last(ben)))
        assert w.nothing_spins()
