"""The dialog for rehearsing trouble in a real browser; the test plays the bot."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.troubles import TROUBLES
from tests.support.chat_page import PHONE, WIDE, Stage

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

expect.set_options(timeout=15_000)


async def opened(page: Page) -> Locator:
    await page.get_by_role("button", name="Rehearse trouble").click()
    dialog = page.get_by_role("dialog", name="Rehearse trouble")
    await expect(dialog).to_be_visible()
    return dialog


async def refused(stage: Stage) -> int:
    """What the bot gets for a message to the reader."""
    reply = await stage.http.post(
        f"/bot{stage.sandbox.world.token}/sendMessage",
        json={"chat_id": stage.ann.id, "text": "Tea"},
    )
    return reply.status_code


async def test_trouble_begins_is_counted_live_and_ends(started: Stage) -> None:
    async with started.page() as page:
        dialog = await opened(page)
        await expect(dialog.get_by_text("Nothing goes wrong")).to_be_visible()
        await dialog.get_by_label("What goes wrong").select_option("Too many requests")
        await dialog.get_by_label("Where").select_option("Reader")
        await dialog.get_by_label("How often").select_option("3 times")
        await dialog.get_by_label("Retry after").fill("33")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        line = dialog.locator("li")
        await expect(line).to_contain_text("Reader · hit 0 of 3")
        await expect(page.locator("#trouble-count")).to_have_text("1")
        assert await refused(started) == 429
        await expect(line).to_contain_text("hit 1 of 3")
        for _ in range(2):
            assert await refused(started) == 429
        await expect(line).to_contain_text("over, hit 3 calls")
        assert await refused(started) == 200
        await expect(page.locator("#trouble-count")).to_be_hidden()
        await dialog.get_by_role("button", name="Remove").click()
        await expect(line).to_have_count(0)


async def test_it_lasts_until_it_is_ended_and_all_can_be_ended(started: Stage) -> None:
    async with started.page() as page:
        dialog = await opened(page)
        await dialog.get_by_label("What goes wrong").select_option("Server error")
        await dialog.get_by_label("How often").select_option("Until it is ended")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await expect(dialog.locator("li")).to_contain_text("everywhere · not hit yet")
        assert await refused(started) == 500
        await dialog.get_by_label("What goes wrong").select_option("Blocked by a person")
        await expect(dialog.get_by_label("How often")).to_be_hidden()
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await expect(dialog.locator("li")).to_have_count(2)
        await expect(page.locator("#trouble-count")).to_have_text("2")
        await dialog.get_by_role("button", name="End all").click()
        await expect(dialog.locator("li")).to_have_count(0)
        assert await refused(started) == 200


async def test_a_block_shows_in_the_chat_without_a_reload(started: Stage) -> None:
    async with started.page() as page:
        await page.get_by_label("Chat menu").click()
        await page.get_by_role("menuitem", name="Rehearse trouble here").click()
        dialog = page.get_by_role("dialog", name="Rehearse trouble")
        await dialog.get_by_label("What goes wrong").select_option("Blocked by a person")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await dialog.get_by_role("button", name="Close").click()
        await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
        await page.get_by_role("button", name="Unblock").click()
        await expect(page.locator("#trouble-count")).to_be_hidden()


async def test_a_group_that_moves_goes_on_under_its_new_id(started: Stage) -> None:
    group = started.sandbox.add_group("Tea club", kind="group", members=(started.ann,))
    async with started.page() as page:
        await expect(page.locator(f'[data-chat="{group.id}"]')).to_be_visible()
        dialog = await opened(page)
        await dialog.get_by_label("What goes wrong").select_option("Group becomes a supergroup")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await expect(dialog.locator("li")).to_contain_text("Tea club · for good")
        await expect(page.locator(f'[data-chat="{group.id}"]')).to_have_count(0)
        await expect(page.get_by_role("button", name="Group Tea club")).to_be_visible()
        await expect(dialog.get_by_role("button", name="Let it go wrong")).to_be_disabled()
        assert group.migrated_to is not None


async def test_the_clock_of_the_bots_machine_jumps_and_is_set_right(started: Stage) -> None:
    async with started.page() as page:
        dialog = await opened(page)
        await dialog.get_by_label("What goes wrong").select_option("Clock goes back")
        for other in ("Where", "How often"):
            await expect(dialog.get_by_label(other)).to_be_hidden()
        await dialog.get_by_label("By so many hours").fill("26")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await expect(dialog.locator("li")).to_contain_text("the bot's machine · 26 hours back")
        assert started.sandbox.machine_clock.ahead == timedelta(hours=-26)
        await dialog.get_by_role("button", name="End", exact=False).first.click()
        await expect(dialog.locator("li")).to_have_count(0)
        assert started.sandbox.machine_clock.ahead == timedelta(0)


async def test_the_menu_names_the_chat_it_was_opened_in(started: Stage) -> None:
    async with started.page() as page:
        await page.get_by_label("Chat menu").click()
        await page.get_by_role("menuitem", name="Rehearse trouble here").click()
        chosen = page.get_by_label("Where").locator("option:checked")
        await expect(chosen).to_have_text("Reader")


async def test_a_number_out_of_bounds_is_refused_in_words(started: Stage) -> None:
    async with started.page() as page:
        dialog = await opened(page)
        await dialog.get_by_label("Retry after").fill("9999")
        await page.evaluate("document.getElementById('rehearse-wish').noValidate = true")
        await dialog.get_by_role("button", name="Let it go wrong").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("from 1 to 3600")
        await expect(dialog.locator("li")).to_have_count(0)


@pytest.mark.parametrize("viewport", [WIDE, PHONE, {"width": 320, "height": 568}])
async def test_every_trouble_fits_the_screen(started: Stage, viewport: dict[str, int]) -> None:
    started.sandbox.add_group("A forum with quite a long name, as they have", forum=True)
    async with started.page(viewport=viewport) as page:
        if viewport is not WIDE:
            await page.get_by_role("button", name="Back").click()
        dialog = await opened(page)
        select = dialog.get_by_label("What goes wrong")
        for trouble in TROUBLES.values():
            await select.select_option(trouble.title)
            await expect(dialog.get_by_text(trouble.says)).to_be_visible()
            box = await dialog.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= viewport["width"]
            assert box["y"] + box["height"] <= viewport["height"]
            inner = "element => element.scrollWidth - element.clientWidth"
            assert await dialog.evaluate(inner) <= 0


async def test_every_trouble_begins_with_a_tap_hits_and_ends_with_one(started: Stage) -> None:
    sandbox, ann = started.sandbox, started.ann
    sandbox.add_group("Allotment club", kind="group", administrators=(ann,))
    forum = sandbox.add_group("Harbour", administrators=(ann,), forum=True)
    sandbox.add_topic(ann, forum, "News")
    async with started.page() as page:
        dialog = await opened(page)
        for trouble in TROUBLES.values():
            await dialog.get_by_label("What goes wrong").select_option(trouble.title)
            await dialog.get_by_role("button", name="Let it go wrong").click()
            lines = dialog.locator("li", has_text=trouble.title)
            await expect(lines.first).to_be_visible()
            begun = [one for one in sandbox.rehearsal.started if one.trouble is trouble]
            assert await lines.count() == len(begun) >= 1
            if isinstance(trouble.does, str):
                await hit(started, seconds=trouble.seconds)
                await expect(lines).to_contain_text("hit")
                await expect(lines).not_to_contain_text("hit 0")
            await dialog.get_by_role("button", name="End all").click()
            await expect(dialog.locator("li")).to_have_count(0)
            assert list(sandbox.rehearsal.started) == []
            assert await refused(started) == 200, trouble.name


async def hit(stage: Stage, *, seconds: float | None) -> None:
    """Send a message and a picture into what goes wrong; whatever comes of them."""
    for sending in (stage.send("Tea"), stage.send_photo()):
        with suppress(httpx.TransportError, AssertionError, TimeoutError, ValueError):
            await asyncio.wait_for(sending, 10 if seconds is None else 0.5)
