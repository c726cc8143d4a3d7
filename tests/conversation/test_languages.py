"""Everybody is spoken to in their language: in private theirs, in a group the group's."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.parts import Options
from bot.rendering.phrases import ISOLATE
from bot.sandbox.chats import Person
from tests.support.world import UNHURRIED, Json, Place, World, labels, stories, text_of, world

LATIN = re.compile(r"(?<![/\w@])[A-Za-z]{4,}")


async def test_an_arabic_reader_from_the_first_minute_to_the_digest(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3, topic="شاي", age=timedelta(days=1))) as w:
        amal = w.sandbox.add_person("Amal", language_code="ar")
        greeting = await w.ask(amal, "/start")
        assert "الأخبار التي تهمّ" in text_of(greeting)
        assert "اشترك" in labels(greeting)
        known = {message["message_id"] for message in w.ours(amal)}
        toast = await w.tap(amal, greeting, "اشترك")
        assert toast.text.startswith("تم الاشتراك.")
        await w.next_message(amal, known)
        digest = await _digest(w, amal)
        head, *lines = text_of(digest).split("\n")
        assert head.startswith("\u200fGazette · ")  # the name would turn the line round
        assert any("أمس" in line for line in lines)
        followed = await w.ask(amal, "/follow شاي")
        assert "أنت تتابع" in text_of(followed)
        told = await w.ask(amal, "/topic nothing")
        assert f"{ISOLATE}nothing" in text_of(told)
        helped = await w.ask(amal, "/help")
        assert not LATIN.search(re.sub(r"from:source|type:video", "", text_of(helped)))
        found = await w.inline(amal, "شاي")
        assert found.options["button"] == {"text": "افتح \u2068Gazette\u2069", **_start(found)}


@pytest.mark.parametrize("language", ["ar", "fa"])
async def test_who_reads_from_the_right_turns_pages_to_the_left(
    tmp_path: Path, language: str
) -> None:
    async with world(tmp_path, articles=stories(12)) as w:
        amal = w.sandbox.add_person("Amal", language_code=language)
        page = await w.ask(amal, "/topic tea")
        assert _arrows(page) == ["◀", "1 / 3"]
        await w.tap(amal, page, "◀")
        await w.until(lambda: _arrows(w.shown(page)) == ["◀", "2 / 3", "▶"])
        await w.tap(amal, w.shown(page), "◀")
        await w.until(lambda: _arrows(w.shown(page)) == ["3 / 3", "▶"])
        await w.tap(amal, w.shown(page), "12")
        await w.until(lambda: "12 / 12" in labels(w.shown(page)))
        opened = w.shown(page)  # a story in place
        assert _arrows(opened) == ["12 / 12", "▶"]
        assert not [one for one in labels(opened) if one.startswith("↩")]
        panel = await w.ask(amal, "/settings")
        await w.tap(amal, panel, "1:o::h")
        await w.until(lambda: any(one.startswith("▶ ") for one in labels(w.shown(panel))))
        assert not [one for one in labels(w.shown(panel)) if one.startswith("◀")]


def _arrows(message: Json) -> list[str]:
    return [one for one in labels(message) if one in ("◀", "▶") or " / " in one]


def _start(answer: object) -> dict[str, str]:
    options = answer.options  # type: ignore[attr-defined]
    return {"start_parameter": options["button"]["start_parameter"]}


async def test_a_group_speaks_its_language_and_each_tapper_theirs(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(7), settings={"DIGEST_LANGUAGE": "de"}) as w:
        olga = w.sandbox.add_person("Olga", language_code="uk")
        nino = w.sandbox.add_person("Nino", language_code="ka")
        group = w.sandbox.add_group("Teerunde", members=(w.reader, nino), administrators=(olga,))
        await w.until(lambda: w.ours(group))
        hello = w.last(group)
        assert "Mit /subscribe kann ein Administrator die Ausgabe hierher holen." in text_of(hello)
        assert "Für diesen Chat abonnieren" in labels(hello)
        assert (await w.tap(w.reader, hello, "Für diesen Chat abonnieren")).text == (
            "Only administrators of this chat can do that."
        )
        assert (await w.tap(nino, hello, "Für diesen Chat abonnieren")).text == (
            "Das können nur die Administratoren dieses Chats."
        )
        done = await w.tap(olga, hello, "Für diesen Chat abonnieren")
        assert done.text.startswith("Підписку оформлено.")
        digest = await _digest(w, group)
        assert re.search("heute|gestern", text_of(digest))  # as the hour is
        found = await w.ask(nino, "/topic tea", group)
        assert labels(found)[0] == "Mehr im privaten Chat ↗"
        # What it speaks unless its administrators choose is the publication's, not Telegram's.
        panel = await w.ask(olga, "/settings", group)
        await w.tap(olga, panel, "1:o::g")
        shown = await w.until_shown(panel, "Sprache: Deutsch")
        assert "✓ Wie die Publikation" in labels(shown)
        # A person whose language the bot does not speak is spoken to as the publication is.
        assert "Abonniere" in text_of(await w.ask(nino, "/start"))


async def test_a_language_that_was_chosen_counts_more_than_telegrams(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        await w.ask(w.reader, "/start")
        await _choose(w, w.reader, "Language", "Türkçe")
        assert "Okuma" in text_of(await w.ask(w.reader, "/help"))


async def _digest(w: World, place: Place) -> Json:
    found = await w.until(lambda: [m for m in w.ours(place) if "\n2. " in text_of(m)])
    return found[0]


async def _choose(w: World, person: Person, page: str, choice: str) -> None:
    panel = await w.ask(person, "/settings")
    await w.tap(person, panel, page)
    shown = await w.until(lambda: [one for one in labels(w.shown(panel)) if choice in one])
    await w.tap(person, panel, shown[0])


@pytest.mark.long
async def test_menus_and_descriptions_speak_every_language(tmp_path: Path) -> None:
    options = Options(limits=UNHURRIED, rescan_every=timedelta(hours=1))
    settings = {"OPERATORS": "501"}
    async with world(tmp_path, articles=stories(1), options=options, settings=settings) as w:
        hans = w.sandbox.add_person("Hans", language_code="de", user_id=501)
        amal = w.sandbox.add_person("Amal", language_code="ar")

        async def is_set() -> bool:
            return await w.gazette.ledger.meta.get("introduction") is not None

        await w.stored(is_set)
        assert {"command": "latest", "description": "أحدث الأخبار"} in w.sandbox.commands(
            amal, amal
        )
        assert w.sandbox.commands(w.reader, w.reader)[0]["description"] == "The newest stories"
        texts = w.sandbox.world.menus
        assert texts.text("description", "de").startswith("Gazette: was zählt")
        assert texts.text("short_description", "nl").startswith("The stories that matter")
        await w.ask(hans, "/start")
        await w.until(lambda: w.sandbox.commands(hans, hans)[0]["command"] == "post")
        assert "hinausginge" in w.sandbox.commands(hans, hans)[0]["description"]
        await w.gazette.notices.tell("test", lambda _: _("Topics"))
        assert text_of(w.last(hans)) == "Themen"
        calls = len([one for one in w.sandbox.calls if one.method.startswith("set")])
    async with world(tmp_path, sandbox=w.sandbox, options=options, settings=settings) as again:
        await again.ask(again.reader, "/start")
        later = [one.method for one in again.sandbox.calls if one.method.startswith("set")][calls:]
        assert later in ([], ["setMyCommands"])  # the operator's own menu alone


async def test_a_description_of_the_operators_own_stays(tmp_path: Path) -> None:
    async with world(tmp_path) as first:
        sandbox = first.sandbox
        sandbox.world.menus.set_text("description", "", "Our village paper.")
    (tmp_path / "gazette.db").unlink()
    async with world(tmp_path, sandbox=sandbox) as w:

        async def is_set() -> bool:
            return await w.gazette.ledger.meta.get("introduction") is not None

        await w.stored(is_set)
        assert sandbox.world.menus.text("description", "") == "Our village paper."
