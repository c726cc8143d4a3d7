"""Inline mode of the sandbox: what the bot may answer, and what becomes of a chosen result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.chats import Person
from bot.sandbox.server import serve
from bot.sandbox.state import Sandbox
from bot.sandbox.web import routes
from tests.sandbox.conftest import Api, client

STORY = "https://example.com/tea"


def an_article(result_id: str = "a", **more: Any) -> dict[str, Any]:
    content = {"message_text": "Tea is back"}
    return {
        "type": "article",
        "id": result_id,
        "title": "Tea",
        "input_message_content": content,
    } | (more)


async def test_an_inline_query_is_answered_in_time(
    api: Any, sandbox: Sandbox, ann: Person, clock: Any
) -> None:
    query_id = sandbox.ask_inline(ann, "tea" * 100, offset="10", where="supergroup")
    (update,) = await api.updates()
    asked = update["inline_query"]
    assert asked["query"] == ("tea" * 100)[:256]
    assert (asked["offset"], asked["chat_type"]) == ("10", "supergroup")
    button = {"text": "Open", "start_parameter": "hot"}
    reply = await api(
        "answerInlineQuery",
        inline_query_id=query_id,
        results=[an_article()],
        next_offset="2",
        button=button,
    )
    assert reply.result is True
    answer = sandbox.inline_answers[query_id]
    assert answer.results == (an_article(),)
    assert answer.options == {
        "cache_time": 300,
        "is_personal": False,
        "next_offset": "2",
        "button": button,
    }
    late = sandbox.ask_inline(ann, "tea")
    clock.move(seconds=31)
    for number in (late, "nonsense"):
        reply = await api("answerInlineQuery", inline_query_id=number, results=[])
        assert reply.error.startswith("query is too old")
    assert sandbox.inline_answers[late].is_pending


async def test_results_may_come_as_text_of_a_form(api: Any, sandbox: Sandbox, ann: Person) -> None:
    query_id = sandbox.ask_inline(ann, "tea")
    results = (
        '[{"type":"article","id":"a","title":"T","input_message_content":{"message_text":"x"}}]'
    )
    await api.form("answerInlineQuery", inline_query_id=query_id, results=results)
    assert list(sandbox.inline_answers[query_id].choices) == ["a"]


def with_content(**content: Any) -> dict[str, Any]:
    return {"results": [an_article(input_message_content=content)]}


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        ({"results": "["}, "can't parse JSON encoded inline query results"),
        ({"results": {}}, "expected an Array of inline query results"),
        (
            {"results": [an_article(str(i)) for i in range(51)]},
            "too many inline query results specified",
        ),
        ({"results": [7]}, "can't parse inline query result: expected an Object"),
        (
            {"results": [an_article(type="gif")]},
            'can\'t parse inline query result: this sandbox has no type "gif"',
        ),
        (
            {"results": [{"type": "article", "id": "a"}]},
            'can\'t parse inline query result: field "title" is missing',
        ),
        (
            {"results": [an_article(title=5)]},
            'can\'t parse inline query result: field "title" must be of type String',
        ),
        (
            {"results": [an_article(input_message_content=None)]},
            "can't parse inline query result: input message content is not specified",
        ),
        ({"results": [an_article("x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [an_article("ü" * 33)]}, "RESULT_ID_INVALID"),
        ({"results": [an_article("")]}, "RESULT_ID_INVALID"),
        ({"results": [an_article("x"), an_article("x")]}, "RESULT_ID_DUPLICATE"),
        ({"results": [an_article(title=" ")]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [an_article(thumbnail_url="attach://a.png")]}, "WEBDOCUMENT_URL_INVALID"),
        ({"results": [an_article(thumbnail_url="http://localhost/")]}, "WEBDOCUMENT_URL_INVALID"),
        (with_content(message_text=""), "message text is empty"),
        (with_content(message_text="\u200b \u2800"), "text must be non-empty"),
        (with_content(message_text="x" * 4097), "message is too long"),
        (
            with_content(
                message_text="x",
                entities=[{"type": "text_link", "offset": 0, "length": 1, "url": "http://no"}],
            ),
            "entity URL 'http://no' is invalid: Wrong HTTP URL",
        ),
        (
            {
                "results": [
                    an_article(reply_markup={"inline_keyboard": [[{"text": "x", "url": "nope"}]]})
                ]
            },
            "inline keyboard button URL 'nope' is invalid: Wrong HTTP URL",
        ),
        (
            {"results": [an_article(reply_markup={"keyboard": [["x"]]})]},
            "inline keyboard expected",
        ),
        ({"results": [], "next_offset": "ü" * 33}, "next offset is too long"),
        (
            {"results": [], "button": {"text": "x"}},
            "can't parse inline query results button: it has no action",
        ),
        (
            {"results": [], "button": {"start_parameter": "x"}},
            "can't parse inline query results button: expected an Object",
        ),
        (
            {"results": [], "button": {"text": "x", "start_parameter": "x" * 65}},
            "too long start_parameter specified",
        ),
        (
            {"results": [], "button": {"text": "x", "start_parameter": "a b"}},
            "unallowed characters in start_parameter are used",
        ),
    ],
)
async def test_bad_inline_answers_are_refused(
    api: Any, sandbox: Sandbox, ann: Person, extra: Any, error: str
) -> None:
    query_id = sandbox.ask_inline(ann, "x")
    reply = await api("answerInlineQuery", inline_query_id=query_id, **extra)
    assert reply.error == error
    assert sandbox.inline_answers[query_id].is_pending


async def test_a_chosen_result_is_posted_as_the_person_via_the_bot(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    friends = sandbox.add_group("Friends", members=[ann])
    sandbox.world.updates.forget()
    query_id = sandbox.ask_inline(ann, "tea", where="supergroup")
    content = {
        "message_text": "Tea is back",
        "entities": [{"type": "bold", "offset": 0, "length": 3}],
        "link_preview_options": {"url": STORY},
    }
    markup = {"inline_keyboard": [[{"text": "Read", "url": STORY}]]}
    result = an_article(input_message_content=content, reply_markup=markup)
    await api("answerInlineQuery", inline_query_id=query_id, results=[result])
    number = sandbox.choose(ann, friends, query_id, "a")
    posted: dict[str, Any] = sandbox.messages(friends)[-1]
    assert posted["message_id"] == number
    assert posted["from"]["id"] == ann.id
    assert posted["via_bot"]["id"] == 999
    assert posted["text"] == "Tea is back"
    assert posted["entities"] == content["entities"]
    assert posted["reply_markup"] == markup
    assert posted["_preview"]["title"] == "Tea"
    # Privacy mode lets the bot see what was sent through it.
    told = [one["message"] for one in await api.updates() if "message" in one]
    assert [one["message_id"] for one in told] == [number]
    assert told[0]["via_bot"]["username"] == "gazette_demo_bot"


async def test_only_what_was_shown_to_a_person_can_be_chosen(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    query_id = sandbox.ask_inline(ann, "tea")
    await api("answerInlineQuery", inline_query_id=query_id, results=[an_article()])
    bob = sandbox.add_person("Bob")
    for person, query, result in ((ann, query_id, "b"), (ann, "77", "a"), (bob, query_id, "a")):
        with pytest.raises(LookupError):
            sandbox.choose(person, person, query, result)
    sandbox.block(ann)
    with pytest.raises(ValueError, match="has blocked the bot"):
        sandbox.choose(ann, ann, query_id, "a")
    assert all("via_bot" not in one for one in sandbox.messages(ann))


async def test_a_button_under_such_a_message_names_it_by_an_inline_id(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    markup = {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]}
    query_id = sandbox.ask_inline(ann, "tea")
    results = [an_article(reply_markup=markup)]
    await api("answerInlineQuery", inline_query_id=query_id, results=results)
    group = sandbox.add_group("Friends", members=[ann], with_bot=False)
    number = sandbox.choose(ann, group, query_id, "a")
    sandbox.press(ann, group, number, "more")
    (query,) = [one["callback_query"] for one in await api.updates() if "callback_query" in one]
    assert "message" not in query
    assert query["inline_message_id"]


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[Api]:
    """The Bot API with the chat page beside it."""
    async with (
        serve(sandbox, extra_routes=routes(sandbox)) as address,
        client(address) as http,
    ):
        yield Api(http, address)


async def post(page: Api, action: str, person: Person, **body: Any) -> httpx.Response:
    return await page.http.post(f"/sandbox/{action}", json={"me": person.id, **body})


async def test_the_page_asks_and_sends_what_was_chosen(
    page: Any, sandbox: Sandbox, ann: Person
) -> None:
    asking = asyncio.create_task(post(page, "inline", ann, chat=ann.id, query="tea", offset=""))
    (update,) = await page.updates(timeout=5)
    assert update["inline_query"]["chat_type"] == "sender"
    await page(
        "answerInlineQuery",
        inline_query_id=update["inline_query"]["id"],
        results=[an_article(description="Two cups", thumbnail_url=STORY)],
        next_offset="2",
        button={"text": "Open", "start_parameter": "hot"},
    )
    shown = (await asking).json()
    assert shown["results"] == [
        {"id": "a", "title": "Tea", "description": "Two cups", "thumbnail": STORY}
    ]
    assert shown["next_offset"] == "2"
    assert shown["button"]["text"] == "Open"
    for result, status in (("a", 200), ("b", 409)):
        reply = await post(page, "choose", ann, chat=ann.id, query=shown["query"], result=result)
        assert reply.status_code == status, reply.text
    last: dict[str, Any] = sandbox.messages(ann)[-1]
    assert last["via_bot"]["id"] == 999


async def test_odd_requests_of_the_page_are_refused(page: Any, ann: Person) -> None:
    bodies: list[dict[str, Any]] = [
        {"chat": ann.id, "query": 7},
        {"chat": ann.id, "query": "x" * 257},
        {"chat": ann.id, "query": "x", "offset": "x" * 65},
        {"chat": 4, "query": "x"},
    ]
    for body in bodies:
        reply = await post(page, "inline", ann, **body)
        assert reply.status_code == 400, body
    foreign = {"Origin": "https://evil.example"}
    body = {"me": ann.id, "chat": ann.id, "query": "x"}
    reply = await page.http.post("/sandbox/inline", json=body, headers=foreign)
    assert reply.status_code == 403


async def test_who_waits_for_an_answer_does_not_hold_up_the_end(
    sandbox: Sandbox, ann: Person
) -> None:
    async with serve(sandbox, extra_routes=routes(sandbox)) as address, client(address) as http:
        page = Api(http, address)
        asking = asyncio.create_task(post(page, "inline", ann, chat=ann.id, query="tea"))
        await sandbox.wait_for(lambda: sandbox.inline_answers)
        sandbox.closed(address)
        async with asyncio.timeout(5):
            reply = await asking
        assert reply.status_code == 504
