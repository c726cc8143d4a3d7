"""What people do on the chat page beyond writing and tapping, with the mouse and without."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.chats import Person
from tests.support.chat_page import PHONE, WIDE, Stage
from tests.support.eyes import nameless, pale_words
from tests.support.gallery import png

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

expect.set_options(timeout=15_000)

ROWS = [[{"text": "More", "callback_data": "more"}, {"text": "Site", "url": "https://e.com"}]]


async def choose(page: Page, menu: str, item: str) -> None:
    """Choose from a menu; what it offers is what the page knew when it was opened."""
    wanted = page.get_by_role("menuitem", name=item, exact=True)
    async with asyncio.timeout(15):
        while not await wanted.is_visible():
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name=menu, exact=True).click()
    await wanted.click()


def own(page: Page) -> Locator:
    return page.locator(".message.own .text")


async def test_a_message_is_answered_changed_and_deleted_without_a_mouse(started: Stage) -> None:
    await started.send("Which tea?")
    async with started.page() as page:
        box = page.get_by_role("textbox", name="Message", exact=True)
        asked = page.locator(".message.other", has_text="Which tea?")
        await asked.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="React with 👍")).to_be_focused()
        await page.keyboard.press("ArrowLeft")  # round to the last one, below which there is none
        await page.keyboard.press("Home")
        await page.keyboard.press("Escape")
        await expect(asked).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name="Reply").press("Enter")
        await expect(page.locator("#about")).to_contain_text("Which tea?")
        await expect(box).to_be_focused()
        await page.keyboard.type("Green")
        await page.keyboard.press("Enter")
        await expect(page.locator("#about")).to_be_hidden()
        answer = page.locator(".message.own", has_text="Green")
        await expect(answer.locator(".reply")).to_contain_text("Which tea?")
        # The arrows walk from message to message, and each has its own menu.
        await asked.focus()
        await page.keyboard.press("ArrowDown")
        await expect(answer).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name="Edit").press("Enter")
        await expect(box).to_have_value("Green")
        await page.keyboard.press("Escape")
        await expect(box).to_have_value("")
        await answer.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name="Edit").press("Enter")
        await box.fill("Black")
        await page.keyboard.press("Enter")
        black = page.locator(".message.own", has_text="Black")
        await expect(black.locator(".edited")).to_have_text("edited")
        await black.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("menuitem", name="Delete").press("Enter")
        await expect(black).to_have_count(0)


async def test_a_link_adds_the_bot_to_a_group_and_says_what_it_carries(started: Stage) -> None:
    sandbox = started.sandbox
    group = sandbox.add_group("Tea circle", administrators=(started.ann,), with_bot=False)
    sandbox.add_group("Of others", members=(started.ann,), with_bot=False)
    name = sandbox.world.bot["username"]
    rows = [[{"text": "Add", "url": f"https://t.me/{name}?startgroup=subscribe"}]]
    await started.send("Bring me along", reply_markup={"inline_keyboard": rows})
    async with started.page() as page:
        await page.get_by_role("link", name="Add").click()
        dialog = page.get_by_role("dialog", name="Add the bot to a group")
        await expect(dialog.get_by_role("button", name="Of others")).to_have_count(0)
        await dialog.get_by_role("button", name="Tea circle").click()
        await expect(page.locator("#pane-title")).to_have_text("Tea circle")
        await expect(own(page)).to_have_text(f"/start@{name} subscribe")
        assert group.bot.status == "member"
        await choose(page, "New", "Open a link")
        await page.get_by_role("textbox", name="Address").fill(f"t.me/{name}?startchannel&admin=x")
        await page.get_by_role("button", name="Open", exact=True).click()
        dialog = page.get_by_role("dialog", name="Add the bot to a channel")
        await expect(dialog).to_contain_text("You run no channel here yet")


async def test_people_come_into_a_group_rise_and_go(started: Stage) -> None:
    sandbox, ann = started.sandbox, started.ann
    group = sandbox.add_group("Tea circle", administrators=(ann,))
    (operator,) = [one for one in sandbox.people if one.first_name == "Operator"]

    async def is_now(person: Person, status: str) -> None:
        await sandbox.wait_for(lambda: group.status_of(person.id).status == status)

    async with started.page() as page:
        await page.locator(f'[data-chat="{group.id}"] button').click()
        for item, status in (
            ("Add somebody", "member"),
            ("Make somebody an administrator", "administrator"),
            ("Make somebody an ordinary member", "member"),
            ("Remove somebody", "left"),
        ):
            await choose(page, "Chat menu", item)
            dialog = page.get_by_role("dialog", name="Choose somebody")
            await dialog.get_by_role("button", name="Operator").click()
            await is_now(operator, status)
        await choose(page, "Chat menu", "Remove somebody")
        await expect(page.get_by_role("dialog")).to_contain_text("There is nobody else")
        await page.keyboard.press("Escape")
        for item, status in (
            ("Make the bot an administrator", "administrator"),
            ("Make the bot an ordinary member", "member"),
            ("Remove the bot", "kicked"),
            ("Add the bot", "member"),
        ):
            await choose(page, "Chat menu", item)
            await sandbox.wait_for(lambda status=status: group.bot.status == status)  # type: ignore[misc]


async def test_a_picture_takes_the_words_of_the_input_line_along(started: Stage) -> None:
    async with started.page() as page:
        await page.get_by_role("textbox", name="Message", exact=True).fill("My cup")
        async with page.expect_file_chooser() as chooser:
            await choose(page, "Attach", "Picture")
        file: Any = {"name": "cup.png", "mimeType": "image/png", "buffer": png()}
        await (await chooser.value).set_files(file)
        await expect(page.get_by_role("img", name="My cup")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Message", exact=True)).to_have_value("")
        file = {"name": "cup.png", "mimeType": "image/png", "buffer": b"no picture"}
        await page.locator("#picture").set_input_files(file)
        await expect(page.locator(".toast")).to_contain_text("not take this for a picture")


async def test_what_a_chat_said_last_is_cut_at_its_own_end(started: Stage) -> None:
    group = started.sandbox.add_group("Harbour", members=(started.ann,))
    words = "الإعدادات: تصل النشرة التالية غدًا في الثامنة صباحًا بتوقيت لشبونة ولا جديد لها بعد"
    await started.call("sendMessage", chat_id=group.id, text=words)
    async with started.page() as page:
        last = page.locator(f'[data-chat="{group.id}"] .last span')
        await expect(last).to_have_text(words)
        begins_in_sight = await last.evaluate(
            """(box) => {
              const range = document.createRange();
              range.setStart(box.firstChild, 0);
              range.setEnd(box.firstChild, 5);
              const word = range.getBoundingClientRect(), seen = box.getBoundingClientRect();
              return word.left >= seen.left - 1 && word.right <= seen.right + 1;
            }"""
        )
        assert begins_in_sight


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
async def test_words_stand_out_and_everything_has_a_name(
    started: Stage, scheme: Any, viewport: Any
) -> None:
    sandbox, ann = started.sandbox, started.ann
    forum = sandbox.add_group("Harbour", administrators=(ann,), forum=True)
    news = sandbox.add_topic(ann, forum, "News")
    sandbox.add_topic(ann, forum, "مرفأ")
    sandbox.close_topic(ann, forum, news)
    entities = [{"type": "blockquote", "offset": 0, "length": 5}]
    markup = {"inline_keyboard": ROWS}
    await started.send("Quote\n/hot and https://e.com", entities=entities, reply_markup=markup)
    sandbox.say(ann, ann, "See /hot or https://example.com/tea", reply_to=2)
    sent = await started.call("sendMessage", chat_id=forum.id, text="In general")
    sandbox.react(ann, forum, sent["message_id"], "🔥")
    places = [f"{ann.id}/{ann.id}", f"{ann.id}/{forum.id}", f"{ann.id}/{forum.id}/{news}"]
    async with started.page(viewport=viewport, color_scheme=scheme) as page:

        async def look() -> None:
            assert await pale_words(page) == []
            assert await nameless(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        for place in places:
            await page.evaluate("(place) => { location.hash = place; }", place)
            await page.wait_for_selector(f'#conversation[data-shown="{place}"]')
            await look()
        await page.get_by_role("button", name="Chat menu").click()
        await look()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Attach").click()
        await page.get_by_role("menuitem", name="Location").click()
        await look()
        await page.keyboard.press("Escape")
        if viewport is PHONE:
            await page.get_by_role("button", name="Back to the chats").click()
        for item in ("New person", "New group", "New channel", "Open a link"):
            await choose(page, "New", item)
            await look()
            await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Rehearse trouble").click()
        await page.get_by_role("dialog", name="Rehearse trouble").wait_for()
        await look()
