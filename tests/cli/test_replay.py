"""`gazette preview --replay`: which past choices other settings would have changed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.test_preview import ROOT, Here, here
from tests.support.world import a_story, text_of, world

__all__ = ["here"]

SEEDS = ("preview", "--articles", str(ROOT / "seeds"), "--now", "2026-11-22T19:00:00Z")


def test_past_choices_are_simulated_from_the_dates_of_the_files(here: Here) -> None:
    words = (*SEEDS, "--replay", "2d", "--set", "digest_size=3")
    value = json.loads(here(*words, "--json").stdout)
    assert (value["from"], value["chat"], value["set"]) == ("files", None, {"DIGEST_SIZE": "3"})
    assert [one["at"] for one in value["digests"]] == [
        f"2026-11-{day}T{hour}:00:00Z" for day in (21, 22) for hour in ("08", "18")
    ]
    for digest in value["digests"]:
        assert len(digest["kept"]) + len(digest["added"]) <= 3
        assert len(digest["kept"]) + len(digest["dropped"]) <= 8
    totals = value["totals"]
    assert totals["digests"] == 4
    assert totals["kept"] == sum(len(one["kept"]) for one in value["digests"])
    assert totals["gone"] + totals["moved"] == sum(len(one["dropped"]) for one in value["digests"])
    assert totals["changed"] > 0
    text = here(*words).stdout
    assert f"{totals['changed']} of 4 digests would have been others" in text
    assert f"  - {value['digests'][-1]['dropped'][0]['title']}" in text
    same = json.loads(here(*words[:-1], "HALF_LIFE=7d", "--json").stdout)
    assert same["totals"]["changed"] == 0, "the settings as they are change nothing"


def test_a_preview_can_be_tried_with_another_setting(here: Here) -> None:
    done = here(*SEEDS, "--set", "DIGEST_SIZE=2", "--set", "digest_sections=video:1", "--json")
    items = json.loads(done.stdout)["items"]
    assert len(items) == 2
    assert items[1]["reasons"]["section"] == "video:1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--replay", "soon", "--set", "A"), ("is not a length of time", "is not NAME=VALUE")),
        (("--replay", "30d"), ("needs a --set",)),
        (("--replay", "9999d", "--set", "HOT_HEAT=1"), ("longer than 400 days",)),
        (("--replay", "1d", "--set", "BOT_TOKEN=1"), ("BOT_TOKEN does not decide",)),
        (("--replay", "1d", "--set", "HALF_LIFE=ages"), ("HALF_LIFE: is not a length",)),
        (("--set", "ORDER_WEIGHTS=luck:1"), ("ORDER_WEIGHTS: 'luck:1' is no weight",)),
        (("--set", "DIGEST_SECTIONS=video"), ("is no section such as",)),
        (("--replay", "1d", "--set", "HOT_HEAT=1", "--size", "3"), ("--replay goes with",)),
        (("--chat", "5"), ("--chat goes with --replay",)),
        (("--replay", "1d", "--set", "HOT_HEAT=1", "--chat", "5"), ("there is no chat",)),
    ],
)
def test_wrong_use_of_a_replay_is_told(
    here: Here, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    done = here(*SEEDS, *words)
    assert done.returncode == 2
    assert all(part in done.stderr for part in said), done.stderr
    assert done.stdout == ""


@pytest.mark.long
def test_what_was_sent_is_replayed_from_the_database(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = [
        a_story("Old and hot", heat=99, age=timedelta(hours=20)),
        a_story("New and mild", heat=60, age=timedelta(hours=1)),
    ]

    async def get_a_digest() -> int:
        async with world(tmp_path, articles=library, settings={"DIGEST_SIZE": "1"}) as w:
            await w.ask(w.reader, "/subscribe")
            await w.until(lambda: any("Old and hot" in text_of(one) for one in w.ours(w.reader)))
            await w.settled()
            return w.reader.id

    reader = asyncio.run(get_a_digest())
    monkeypatch.setenv("DIGEST_SIZE", "1")
    words = ("preview", "--replay", "1d", "--set", "HALF_LIFE=12h")
    value = json.loads(here(*words, "--json").stdout)
    assert (value["from"], value["chat"]) == ("database", reader)
    ((digest,),) = (value["digests"],)
    assert [line["title"] for line in digest["dropped"]] == ["Old and hot"]
    assert [line["title"] for line in digest["added"]] == ["New and mild"]
    assert value["totals"] == {
        "digests": 1, "changed": 1, "kept": 0, "moved": 0, "gone": 1, "new": 1,
    }  # fmt: skip
    text = here(*words, "--chat", str(reader)).stdout
    assert f"as they were sent to {reader}" in text
    assert "0 kept, 1 dropped, 1 added\n  - Old and hot" in text
    nobody = here(*words, "--chat", "404")
    assert nobody.returncode == 2
    assert "nothing was sent to 404" in nobody.stderr
