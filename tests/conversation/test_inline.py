"""Inline mode: `@bot words` in any chat, from the keystroke to the message "via" the bot."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.publishing.inline import MAX_PAGE, NOTHING_FOUND, TOO_FAST, page_of
from bot.sandbox.world import InlineAnswer
from bot.search.ranking import Found
from tests.conversation.test_questions import HOSTILE
from tests.support.world import World, a_story, buttons, stories, text_of, world

SITE = "https://site.example"


def titles(answer: InlineAnswer) -> list[str]:
    return [choice.title for choice in answer.choices.values()]


def button(answer: InlineAnswer) -> dict[str, Any]:
    found = answer.options["button"]
    assert isinstance(found, dict)
    return found


async def test_words_find_stories_that_can_be_chosen_from(tmp_path: Path) -> None:
    tea = a_story(
        "Tea is back",
        provider="tea.example",
        images=[{"url": "/assets/tea.png", "width": 800, "height": 450}],
    )
    articles = [tea, a_story("Coffee too", topics=["Coffee"])]
    async with world(tmp_path, articles=articles, settings={"SITE_URL": SITE}) as w:
        answer = await w.inline(w.reader, "tea", where="supergroup")
        assert titles(answer) == ["Tea is back"]
        (choice,) = answer.choices.values()
        assert choice.description.startswith("tea.example · today · What is known about: Tea is")
        assert choice.thumbnail == f"{SITE}/assets/tea.png"
        assert answer.options["cache_time"] == 60
        assert answer.options["is_personal"] is True
        assert answer.options["next_offset"] == ""
        assert button(answer)["text"] == "Open Gazette"


async def test_a_chosen_story_stands_in_the_chat_with_a_way_into_the_bot(tmp_path: Path) -> None:
    picture = {"url": "https://pictures.example/tea.jpg", "width": 800, "height": 450}
    async with world(tmp_path, articles=[a_story("Tea is back", images=[picture])]) as w:
        friends = w.sandbox.add_group("Friends", members=[w.reader], with_bot=False)
        answer = await w.inline(w.reader, "tea")
        (story_id,) = answer.choices
        w.sandbox.choose(w.reader, friends, answer.query_id, story_id)
        posted: dict[str, Any] = w.sandbox.messages(friends)[-1]
        assert text_of(posted).startswith("Tea is back\n")
        assert "What is known about: Tea is back" in text_of(posted)
        assert posted["via_bot"]["username"] == "gazette_demo_bot"
        assert posted["from"]["id"] == w.reader.id
        assert posted["link_preview_options"]["url"] == picture["url"]
        read, more = buttons(posted)
        assert read["url"] == "https://tea-is-back.example/tea-is-back"
        assert more["url"] == f"https://t.me/gazette_demo_bot?start=story-{story_id}"
        opened = await w.ask(w.reader, f"/start story-{story_id}")
        assert text_of(opened).startswith("Tea is back")


async def test_the_bot_does_not_answer_what_was_sent_through_it(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(2)) as w:
        answer = await w.inline(w.reader, "tea", where="sender")
        w.sandbox.choose(w.reader, w.reader, answer.query_id, next(iter(answer.choices)))
        shown = await w.ask(w.reader, "/id")
        assert w.ours(w.reader) == (shown,)


async def test_an_empty_query_gives_what_is_hot(tmp_path: Path) -> None:
    articles = [
        a_story("New and cool", heat=30, age=timedelta(hours=1)),
        a_story("Old and hot", heat=90, age=timedelta(hours=30)),
    ]
    async with world(tmp_path, articles=articles) as w:
        for words in ("", "   "):
            answer = await w.inline(w.reader, words)
            assert titles(answer) == ["Old and hot", "New and cool"]
            assert answer.options["cache_time"] == 30
            assert button(answer) == {"text": "Open Gazette", "start_parameter": "hot"}


async def test_where_nothing_has_any_heat_the_newest_stand_in(tmp_path: Path) -> None:
    articles = [
        a_story("Older", heat=0, age=timedelta(hours=9)),
        a_story("Newer", heat=0, age=timedelta(hours=1)),
    ]
    async with world(tmp_path, articles=articles) as w:
        answer = await w.inline(w.reader, "")
        assert titles(answer) == ["Newer", "Older"]


async def test_pages_hold_every_story_once(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(45)) as w:
        seen: list[str] = []
        offset = ""
        for count in (20, 20, 5):
            answer = await w.inline(w.reader, "tea", offset=offset)
            assert len(answer.choices) == count
            seen += titles(answer)
            offset = str(answer.options["next_offset"])
        assert offset == ""
        assert sorted(seen) == sorted(f"Tea story number {n}" for n in range(1, 46))


@pytest.mark.parametrize("offset", ["0", "-1", "one", "²", "51", "9" * 60, "1e1", " 2", "\x00"])
def test_an_offset_that_we_never_gave_asks_for_the_first_page(offset: str) -> None:
    assert page_of(offset) == 1
    assert page_of(str(MAX_PAGE)) == MAX_PAGE


async def test_a_page_after_the_last_is_empty_and_the_end(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        answer = await w.inline(w.reader, "tea", offset="7")
        assert answer.results == ()
        assert answer.options["next_offset"] == ""
        assert button(answer)["text"] == "Open Gazette"


async def test_the_button_asks_the_bot_the_same_question(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        answer = await w.inline(w.reader, "tea story")
        start = button(answer)["start_parameter"]
        said = await w.ask(w.reader, f"/start {start}")
        assert text_of(said).startswith("tea story\n3 stories")
        missed = await w.inline(w.reader, "zeppelin")
        assert missed.results == ()
        assert button(missed)["text"] == NOTHING_FOUND
        said = await w.ask(w.reader, f"/start {button(missed)['start_parameter']}")
        assert "Nothing on zeppelin yet" in text_of(said)
        long = await w.inline(w.reader, "zeppelins that nobody would ever think of " * 6)
        said = await w.ask(w.reader, f"/start {button(long)['start_parameter']}")
        assert "Something went wrong" not in text_of(said)


@pytest.mark.long
async def test_hostile_words_are_answered_like_any_others(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(8)) as w:
        for words in (*HOSTILE, "🫖" * 256, "\ud83e", "-tea", '"'):
            eve = w.sandbox.add_person("Eve")
            answer = await w.inline(eve, words.encode(errors="replace").decode())
            assert button(answer)["text"] in ("Open Gazette", NOTHING_FOUND), words


async def test_hostile_articles_can_be_chosen_as_they_are_written(tmp_path: Path) -> None:
    names = [
        "<b>Bold</b> & <script>alert(1)</script>",
        "README.md by @nobody #tag /start $USD",
        "{{ 7*7 }} {% raw %}",
        "العربية عن الشاي",
        "w" * 3000,
    ]
    articles = [a_story(title, provider=f"p{n}.example") for n, title in enumerate(names)]
    async with world(tmp_path, articles=articles) as w:
        answer = await w.inline(w.reader, "")
        assert sorted(title[:200] for title in titles(answer)) == sorted(n[:200] for n in names)
        for story_id in answer.choices:
            w.sandbox.choose(w.reader, w.reader, answer.query_id, story_id)
        posted = "\n".join(text_of(one) for one in w.sandbox.messages(w.reader))
        for title in names:
            assert title[:900] in posted.replace("\u2060", "")


class HeldIndex:
    """Holds back the first answer of the real index until it is let go."""

    def __init__(self, w: World) -> None:
        self._search = w.gazette.catalogue.index.search
        self._let_go = threading.Event()
        self._loop = asyncio.get_running_loop()
        self.entered = asyncio.Event()
        self.asked: list[str] = []

    def search(self, query: Any, **how: Any) -> Found:
        self.asked.append(query.text)
        if len(self.asked) == 1:
            self._loop.call_soon_threadsafe(self.entered.set)
            assert self._let_go.wait(10)
        return self._search(query, **how)

    def let_go(self) -> None:
        self._let_go.set()


async def test_of_one_persons_queries_the_newest_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        held = HeldIndex(w)
        monkeypatch.setattr(w.gazette.catalogue.index, "search", held.search)
        first = w.sandbox.ask_inline(w.reader, "t")
        async with asyncio.timeout(10):
            await held.entered.wait()
        typed = [w.sandbox.ask_inline(w.reader, word) for word in ("te", "tea", "tea s")]
        # Somebody else is not held up; and when that is answered, all those have come in.
        bob = await w.inline(w.sandbox.add_person("Bob"), "")
        assert len(bob.choices) == 3
        held.let_go()
        answers = w.sandbox.inline_answers
        await w.until(lambda: not answers[typed[-1]].is_pending)
        assert len(answers[typed[-1]].choices) == 3
        assert held.asked == ["t", "tea s"]
        assert all(answers[query].is_pending for query in (first, *typed[:-1]))


@pytest.mark.long
async def test_typing_is_not_limited_like_talking_but_a_flood_is_bounded(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        for number in range(90):
            answer = await w.inline(w.reader, f"tea {number}")
            assert button(answer)["text"] != TOO_FAST
        told = await w.inline(w.reader, "tea again")
        assert button(told)["text"] == TOO_FAST
        assert told.results == ()
        assert (told.options["cache_time"], told.options["is_personal"]) == (0, True)
        silent = w.sandbox.ask_inline(w.reader, "tea once more")
        bob = await w.inline(w.sandbox.add_person("Bob"), "tea")
        assert len(bob.choices) == 3
        assert w.sandbox.inline_answers[silent].is_pending
        # Who has typed a lot may still talk.
        assert "Tea story" in text_of(await w.ask(w.reader, "/latest"))


async def test_an_error_is_logged_told_and_answered_with_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> Found:
        raise RuntimeError("a bug in the search")

    boss = {"OPERATORS": "1001"}
    async with world(tmp_path, articles=stories(3), settings=boss) as w:
        w.say(w.reader, "/start")
        await w.until(lambda: w.ours(w.reader))
        with monkeypatch.context() as patched:
            patched.setattr(w.gazette.catalogue.index, "search", broken)
            answer = await w.inline(w.reader, "tea")
        assert answer.results == ()
        assert (answer.options["cache_time"], answer.options["is_personal"]) == (0, True)
        assert "update not handled" in caplog.text
        assert "tea" not in [record.getMessage() for record in caplog.records]
        await w.until(lambda: "RuntimeError" in text_of(w.last(w.reader)))
        assert len((await w.inline(w.reader, "tea")).choices) == 3


async def test_results_that_are_refused_come_without_pictures_and_then_not_at_all(
    tmp_path: Path,
) -> None:
    picture = {"url": "https://pictures.example/tea.jpg", "width": 800, "height": 450}
    async with world(tmp_path, articles=[a_story("Tea is back", images=[picture])]) as w:
        w.sandbox.faults.add("413", method="answerInlineQuery")
        answer = await w.inline(w.reader, "tea")
        (choice,) = answer.choices.values()
        assert (choice.title, choice.thumbnail) == ("Tea is back", "")
        assert choice.content["link_preview_options"] == {"is_disabled": True}
        w.sandbox.faults.add("413", method="answerInlineQuery", times=2)
        answer = await w.inline(w.reader, "tea")
        assert answer.results == ()
        assert answer.options["cache_time"] == 0


async def test_an_answer_cut_off_is_not_repeated_and_the_next_one_works(tmp_path: Path) -> None:
    async with world(tmp_path, articles=stories(3)) as w:
        w.sandbox.faults.add("cut-before", method="answerInlineQuery")
        lost = w.sandbox.ask_inline(w.reader, "tea")
        await w.until(lambda: not tuple(w.sandbox.faults))
        assert len((await w.inline(w.reader, "tea story")).choices) == 3
        assert w.sandbox.inline_answers[lost].is_pending
