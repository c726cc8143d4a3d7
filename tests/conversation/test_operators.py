"""Who may operate the bot, and the link by which the first one comes to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import stories, text_of, world


async def test_a_claim_link_makes_one_operator_once(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        link = await w.gazette.operators.open_claim()
        assert link is not None
        eve = w.sandbox.add_person("Eve")
        welcome = await w.ask(w.reader, f"/start {link}")
        assert "Welcome" in text_of(welcome)
        assert "no longer works" in text_of(await w.ask(eve, f"/start {link}"))
        assert "no longer works" in text_of(await w.ask(w.reader, f"/start {link}"))
        assert await w.gazette.operators.all() == (w.reader.id,)
        assert await w.gazette.operators.open_claim() is None
        assert next(c["command"] for c in w.sandbox.commands(w.reader, w.reader)) == "post"
        assert "CHANNELS" in text_of(await w.ask(w.reader, "/post"))
        assert "operators of this publication" in text_of(await w.ask(eve, "/post"))


async def test_two_people_with_one_link_make_one_operator(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        link = await w.gazette.operators.open_claim()
        people = [w.sandbox.add_person(f"Person {number}") for number in range(5)]
        for person in people:
            w.say(person, f"/start {link}")
        await w.until(lambda: all(w.ours(person) for person in people))
        welcomed = [person for person in people if "Welcome" in text_of(w.last(person))]
        assert len(welcomed) == 1
        assert await w.gazette.operators.all() == (welcomed[0].id,)


async def test_a_guessed_link_and_one_after_a_restart_do_not_work(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        first = await w.gazette.operators.open_claim()
        await w.gazette.operators.open_claim()
        for link in (first, "claim-", "claim-guess", "claim-" + "x" * 50):
            assert "no longer works" in text_of(await w.ask(w.reader, f"/start {link}"))
        assert await w.gazette.operators.all() == ()


async def test_with_operators_in_the_settings_nobody_can_claim(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        link = await w.gazette.operators.open_claim()
        sandbox = w.sandbox
    async with world(tmp_path, sandbox=sandbox, settings={"OPERATORS": "501"}) as w:
        assert await w.gazette.operators.open_claim() is None
        assert "no longer works" in text_of(await w.ask(w.reader, f"/start {link}"))
        assert await w.gazette.operators.all() == (501,)


async def test_accounts_that_are_nobody_never_operate(tmp_path: Path) -> None:
    settings = {"OPERATORS": "1087968824,136817688,777000"}
    async with world(tmp_path, settings=settings) as w:
        assert await w.gazette.operators.all() == ()
        for number in (1087968824, 136817688, 777000):
            assert not await w.gazette.operators.is_operator(number)  # type: ignore[arg-type]


async def test_operators_are_told_in_private_and_the_absent_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, settings={"OPERATORS": "501,502"}) as w:
        omar = w.sandbox.add_person("Omar", user_id=501)
        w.sandbox.add_person("Olga", user_id=502)
        await w.ask(omar, "/start")
        await w.gazette.notices.tell("test", lambda _: "The kettle & the <tea> are gone.")
        assert text_of(w.last(omar)) == "The kettle & the <tea> are gone."
        told = [r for r in caplog.records if r.getMessage().startswith("operator not told")]
        assert [vars(record)["operator"] for record in told] == [502]
