"""The chat page as a door: what people do is clicked and typed, what they see is read off it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page

from bot.sandbox.chats import GENERAL_TOPIC, Person
from bot.sandbox.state import Sandbox
from tests.stories.doors import Kind, Room, Shown

# Counts changes of the page, wakes who waits for the next one, keeps what notices said.
WATCH = """
window.watched = { version: 0, told: [], waiting: [] };
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.classList?.contains("toast")) watched.told.push(node.textContent);
    }
    if (target.matches?.("#alert[open]")) watched.told.push(target.querySelector("p").textContent);
  }
  watched.version += 1;
  for (const wake of watched.waiting.splice(0)) wake();
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""

CHANGE = """(seen) => new Promise((done) => {
  const wake = () => done(watched.version);
  if (watched.version !== seen) return wake();
  watched.waiting.push(wake);
  setTimeout(wake, 500);
})"""

# A message that goes on where the one above it ended shows no sender of its own.
READ = """() => {
  let sender = "";
  const messages = [];
  for (const one of document.querySelectorAll("#conversation .message")) {
    const text = (part) => one.querySelector(part)?.textContent ?? "";
    if (one.matches(".first")) sender = text(".bubble > .sender");
    if (one.matches(".own") || one.querySelector(".signature")) continue;
    messages.push({
      sender,
      number: Number(one.dataset.message),
      text: text(".text"),
      buttons: [...one.querySelectorAll(".key .label")].map((label) => label.textContent),
      time: text(".meta time"),
      file: text(".document .name"),
      reactions: [...one.querySelectorAll(".reaction")].map((all) => all.firstChild.data).join(""),
    });
  }
  const shown = [...document.querySelectorAll("#conversation [data-message]")];
  return {
    messages,
    version: watched.version,
    place: document.getElementById("conversation").dataset.shown,
    numbers: shown.map((one) => Number(one.dataset.message)),
  };
}"""


@dataclass(kw_only=True)
class PageDoor:
    """One page at which people take turns; on a phone it shows the list or a chat, never both."""

    sandbox: Sandbox
    page: Page
    version: int = 0

    # Where one is

    async def _go(self, who: Person, room: Room) -> None:
        """Be somebody, in a room."""
        if await self._place() == _place(who, room):
            return
        await self._be(who)
        entry = self.page.locator(f'#chats [data-chat="{room.chat}"] button')
        if not (await self._place()).startswith(f"{who.id}/{room.chat}"):
            await entry.click()
        if self.sandbox.chat(room.chat).is_forum:
            names = {0: "All", GENERAL_TOPIC: "General"}
            topics = self.sandbox.chat(room.chat).topics
            name = names.get(room.topic) or topics[room.topic].name
            tabs = self.page.get_by_role("navigation", name="Topics")
            await tabs.get_by_role("button", name=name).click()  # "News closed" for a closed one
        await self.page.wait_for_selector(f'#conversation[data-shown="{_place(who, room)}"]')

    async def _place(self) -> str:
        return str(await self.page.evaluate("location.hash.slice(1)"))

    async def _be(self, who: Person) -> None:
        """Be somebody, with the list of chats in sight."""
        back = self.page.get_by_role("button", name="Back to the chats")
        if await back.is_visible():
            await back.click()
        if (await self._place()).partition("/")[0] != str(who.id):
            await self.page.get_by_role("radio", name=who.first_name, exact=True).click()
            await self.page.wait_for_selector(f'[data-person="{who.id}"][aria-checked="true"]')

    # What is done

    async def say(
        self, who: Person, room: Room, words: str, *, answering: Shown | None = None
    ) -> None:
        await self._go(who, room)
        start = self._button("Start")
        if words == "/start" and await start.is_visible():
            await start.click()
            return
        if answering is not None:
            await self._message_menu(answering, "Reply")
        box = self.page.get_by_role("textbox", name="Message", exact=True)
        await box.fill(words)
        await box.press("Enter")

    async def tap(self, who: Person, message: Shown, label: str) -> None:
        await self._go(who, message.room)
        await self._button(label, within=self._message(message)).click()

    async def follow(self, who: Person, message: Shown, label: str, *, into: str) -> None:
        await self._go(who, message.room)
        await self._message(message).get_by_role("link", name=label, exact=True).click()
        await self._button(into, within=self.page.locator("#picker")).click()

    async def open_link(self, who: Person, start: str) -> None:
        await self._be(who)
        await self._choose("New", "Open a link")
        name = self.sandbox.world.bot["username"]
        await self.page.get_by_role("textbox", name="Address").fill(f"t.me/{name}?start={start}")
        await self._button("Open").click()

    async def share_place(self, who: Person, room: Room, place: str) -> None:
        await self._go(who, room)
        await self._choose("Attach", "Location")
        await self.page.get_by_role("combobox", name="Place").select_option(place)
        await self._button("Send", within=self.page.locator("#place")).click()

    async def share_picture(self, who: Person, room: Room, picture: bytes, words: str) -> None:
        await self._go(who, room)
        await self.page.get_by_role("textbox", name="Message", exact=True).fill(words)
        async with self.page.expect_file_chooser() as chooser:
            await self._choose("Attach", "Picture")
        file: Any = {"name": "picture.png", "mimeType": "image/png", "buffer": picture}
        await (await chooser.value).set_files(file)

    async def react(self, who: Person, message: Shown, emoji: str) -> None:
        await self._go(who, message.room)
        await self._message_menu(message, f"React with {emoji}")

    async def block(self, who: Person) -> None:
        await self._go(who, Room(chat=who.id))
        await self._choose("Chat menu", "Block the bot")
        await self._button("Unblock the bot").wait_for()

    async def unblock(self, who: Person) -> None:
        await self._go(who, Room(chat=who.id))
        await self._button("Unblock the bot").click()
        await self.page.get_by_role("textbox", name="Message", exact=True).wait_for()

    async def arrive(self, name: str, language: str) -> Person:
        await self._be(self.sandbox.people[0])
        await self._choose("New", "New person")
        dialog = self.page.get_by_role("dialog", name="New person")
        await dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
        await dialog.get_by_role("combobox", name="Language").select_option(language)
        await self._button("Create", within=dialog).click()
        await self.sandbox.wait_for(lambda: self.sandbox.people[-1].first_name == name)
        person = self.sandbox.people[-1]
        await self.page.wait_for_selector(f'#conversation[data-shown="{person.id}/{person.id}"]')
        return person

    async def found(
        self, who: Person, kind: Kind, title: str, *, members: Sequence[Person] = (), name: str = ""
    ) -> Room:
        await self._be(who)
        await self._choose("New", "New channel" if kind == "channel" else "New group")
        dialog = self.page.locator("#founding")
        await dialog.get_by_role("textbox", name="Name", exact=True).fill(title)
        if kind == "channel":
            await dialog.get_by_role("textbox", name="Public name").fill(name)
        else:
            await dialog.get_by_role("combobox", name="Kind").select_option(
                "forum" if kind == "forum" else "supergroup"
            )
        for one in members:
            await dialog.get_by_role("checkbox", name=one.first_name).check()
        await dialog.get_by_role("checkbox", name="Bring the bot along").uncheck()
        await self._button("Create", within=dialog).click()
        (chat, *_) = await self.sandbox.wait_for(
            lambda: [one for one in self.sandbox.chats if one.title == title]
        )
        await self.page.wait_for_selector(f'#conversation[data-shown="{who.id}/{chat.id}"]')
        return Room(chat=chat.id)

    async def bring_bot(self, who: Person, room: Room) -> None:
        await self._go(who, room)
        await self._choose("Chat menu", "Add the bot")

    async def hide(self, who: Person, room: Room) -> None:
        await self._go(who, room)
        await self._choose("Chat menu", "Write as the group")
        chat = self.sandbox.chat(room.chat)
        await self.sandbox.wait_for(lambda: chat.status_of(who.id).is_anonymous)

    async def open_topic(self, who: Person, forum: Room, name: str) -> Room:
        await self._go(who, forum)
        await self._choose("Chat menu", "New topic")
        dialog = self.page.get_by_role("dialog", name="New topic")
        await dialog.get_by_role("textbox", name="Name").fill(name)
        await self._button("Create", within=dialog).click()
        topics = self.sandbox.chat(forum.chat).topics
        (topic,) = await self.sandbox.wait_for(
            lambda: [one for one in topics.values() if one.name == name]
        )
        room = Room(chat=forum.chat, topic=topic.id)
        await self.page.wait_for_selector(f'#conversation[data-shown="{_place(who, room)}"]')
        return room

    async def turn_topic(self, who: Person, topic: Room, *, closed: bool) -> None:
        await self._go(who, topic)
        await self._choose("Chat menu", f"{'Close' if closed else 'Reopen'} this topic")
        there = self.sandbox.chat(topic.chat).topics[topic.topic]
        await self.sandbox.wait_for(lambda: there.is_closed is closed)

    # What is seen

    async def read(self, who: Person, room: Room) -> tuple[Shown, ...]:
        async with asyncio.timeout(15):
            while True:
                seen = await self.page.evaluate(READ)
                self.version = seen["version"]
                if seen["place"] != _place(who, room):
                    await self._go(who, room)
                elif seen["numbers"] == self._numbers(room):
                    break
                else:
                    await self.change()
        bot = ("", self.sandbox.world.bot["first_name"])
        return tuple(
            Shown(room=room, **{**one, "buttons": tuple(one["buttons"])})
            for one in seen["messages"]
            if one.pop("sender") in bot
        )

    def _numbers(self, room: Room) -> list[int]:
        """What stands in a room: a page that has not caught up yet is not believed."""
        return [
            int(str(one["message_id"]))
            for one in self.sandbox.messages(room.chat)
            if not room.topic or one.get("message_thread_id", GENERAL_TOPIC) == room.topic
        ]

    async def notices(self) -> Sequence[str]:
        told: list[str] = await self.page.evaluate("watched.told")
        alert = self._button("OK", within=self.page.locator("#alert"))
        if await alert.is_visible():
            await alert.click()
        return told

    async def file(self, who: Person, message: Shown) -> bytes:
        await self._go(who, message.room)
        async with self.page.expect_download() as download:
            await self._message(message).get_by_role("link", name=message.file).click()
        return (await (await download.value).path()).read_bytes()

    async def change(self) -> None:
        self.version = int(await self.page.evaluate(CHANGE, self.version))

    async def spinning(self) -> bool:
        if any(answer.is_pending for answer in self.sandbox.answers.values()):
            return True
        return await self.page.locator(".key.waiting").count() > 0

    # Parts of the page

    def _message(self, message: Shown) -> Locator:
        return self.page.locator(f'#conversation [data-message="{message.number}"]')

    def _button(self, label: str, *, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=label, exact=True)

    async def _choose(self, menu: str, item: str) -> None:
        await self._button(menu).click()
        await self.page.get_by_role("menuitem", name=item, exact=True).click()

    async def _message_menu(self, message: Shown, item: str) -> None:
        await self._message(message).locator(".meta time").click(button="right")
        await self.page.get_by_role("menuitem", name=item, exact=True).click()


def _place(who: Person, room: Room) -> str:
    topic = f"/{room.topic}" if room.topic else ""
    return f"{who.id}/{room.chat}{topic}"
