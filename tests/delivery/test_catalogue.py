"""Every error that Telegram may answer with, and what the courier does about it, in the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.delivery import FIRST_PAUSE, State
from bot.domain.message import Button, Draft, Entity, Message, Preview, Text
from bot.domain.subscription import ChatId, ChatState
from tests.support.office import Office, office

WORDS = "Tea is back. Mate too."
LINKED = Entity(kind="text_link", offset=0, length=3, url="https://example.org/tea")
BOLD = Entity(kind="bold", offset=13, length=4)
FULL = Draft(
    text=Text(WORDS, (LINKED, BOLD)),
    keyboard=((Button(text="Read", url="https://example.org/tea"),),),
    preview=Preview(url="https://example.org/tea"),
).finished()
UPLOADED = Draft(text=Text(WORDS, (BOLD,)), photo="attach://assets/a.png").finished()
NEXT = Draft(text=Text("And now the weather.")).finished()

ASLEEP = [
    (403, f"Forbidden: {words}")
    for words in (
        "bot was blocked by the user",
        "user is deactivated",
        "bot can't initiate conversation with a user",
        "the bot can't send messages to the bot",
        "bot can't send messages to bots",
        "bot was kicked from the group chat",
        "bot was kicked from the supergroup chat",
        "bot was kicked from the channel chat",
        "bot is not a member of the group chat",
        "bot is not a member of the supergroup chat",
        "bot is not a member of the channel chat",
        "the group chat was deleted",
        "something that nobody has seen before",
    )
] + [
    (400, f"Bad Request: {words}")
    for words in (
        "chat not found",
        "private chat not found",
        "ALLOW_PAYMENT_REQUIRED_5",
        "USER_BOT_INVALID",
        "PEER_ID_INVALID",
    )
]

PAUSED = (
    "not enough rights to send text messages to the chat",
    "need administrator rights in the channel chat",
    "have no write access to the chat",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHAT_ADMIN_REQUIRED",
    "TOPIC_CLOSED",
    "TOPIC_DELETED",
    "message thread not found",
)

WITHOUT_PICTURE = (
    "not enough rights to send photos to the chat",
    "not enough rights to send documents to the chat",
    "CHAT_SEND_PHOTOS_FORBIDDEN",
    "CHAT_SEND_MEDIA_FORBIDDEN",
    "message caption is too long",
    "there is no photo in the request",
    "file must be non-empty",
    "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
    "PHOTO_INVALID_DIMENSIONS",
    "PHOTO_SAVE_FILE_INVALID",
    "IMAGE_PROCESS_FAILED",
    "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "wrong HTTP URL specified",
    "invalid file HTTP URL specified: Unsupported URL protocol",
    "wrong file identifier/HTTP URL specified",
    "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
    "can't use file of type Document as Photo",
    "file is too big",
    "invalid file_id",
    'failed to send message #1 with the error message "WEBPAGE_CURL_FAILED"',
)

WITHOUT_BUTTONS = (
    "BUTTON_URL_INVALID",
    "BUTTON_DATA_INVALID",
    "inline keyboard button URL 'x:y' is invalid: Wrong HTTP URL",
    "reply markup is too long",
)

WITHOUT_LINKS = (
    "entity URL 'http://x/' is invalid: Wrong HTTP URL",
    "entity URL 'http:///x' is invalid: URL host is empty",
)

PLAIN = (
    "can't parse entities: unexpected end tag at byte offset 3",
    "ENTITIES_TOO_LONG",
)

TOO_LONG = ("message is too long", "text is too long", "MESSAGE_TOO_LONG")

REFUSED = [
    (400, "Bad Request: text must be non-empty"),
    (400, "Bad Request: message text is empty"),
    (400, "Bad Request: message to edit not found"),
    (400, "Bad Request: message can't be edited"),
    (400, "Bad Request: there are no messages to send"),
    (400, "Bad Request: too many messages to send as an album"),
    (400, "Bad Request: group send failed"),
    (400, "Bad Request: something that nobody has seen before"),
    (418, "I'm a teapot"),
]

DONE = (
    "message is not modified: specified new message content is the same",
    "message to delete not found",
    "query is too old and response timeout expired or query ID is invalid",
)

LATER: list[tuple[int, str, dict[str, int], float]] = [
    (429, "Too Many Requests: retry after 17", {"retry_after": 17}, 17),
    (429, "Too Many Requests: retry after 17", {}, 17),
    (429, "Too Many Requests", {}, 5),
    (400, "Bad Request: group send failed: Too Many Requests: retry after 8", {}, 8),
    (500, "Internal Server Error: restart", {}, FIRST_PAUSE.total_seconds()),
    (503, "Service Unavailable", {}, FIRST_PAUSE.total_seconds()),
]

STOPPED = [
    (401, "Unauthorized"),
    (404, "Not Found"),
    (400, "Bad Request: Logged out"),
]


async def answered(
    desk: Office, status: int, words: str, message: Message = FULL, **more: Any
) -> None:
    """Post two messages to Ann and Ben; the first call to Ann is answered in these words."""
    desk.sandbox.faults.answer(status, words, chat_id=desk.ann.id, **more)
    await desk.post(message, NEXT, to=[desk.ann.id, desk.ben.id])


async def ben_has_everything(desk: Office) -> None:
    await desk.until_states(desk.ben.id, State.SENT, State.SENT)
    assert len(desk.shown(desk.ben.id)) == 2


async def state_of(desk: Office, chat: int) -> tuple[ChatState, str | None]:
    found = await desk.ledger.subscriptions.chat(ChatId(chat))
    assert found is not None
    return found.state, (await desk.reasons(chat))[0]


@pytest.mark.parametrize(("status", "words"), ASLEEP)
async def test_a_chat_that_is_gone_sleeps(tmp_path: Path, status: int, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, status, words)
        await desk.until_states(desk.ann.id, State.REFUSED, State.CANCELLED)
        assert await state_of(desk, desk.ann.id) == (ChatState.ASLEEP, words)
        assert desk.shown(desk.ann.id) == []
        assert desk.told == []
        await ben_has_everything(desk)


@pytest.mark.parametrize("words", PAUSED)
async def test_a_chat_without_rights_is_paused_and_the_operators_are_told(
    tmp_path: Path, words: str
) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.REFUSED, State.CANCELLED)
        await ben_has_everything(desk)
        assert await state_of(desk, desk.ann.id) == (ChatState.PAUSED, f"Bad Request: {words}")
        (told,) = desk.told
        assert str(desk.ann.id) in told
        assert words in told


@pytest.mark.parametrize(
    "words",
    [
        *WITHOUT_PICTURE[:4],
        *(pytest.param(one, marks=pytest.mark.long) for one in WITHOUT_PICTURE[4:]),
    ],
)
async def test_a_picture_that_is_not_taken_costs_the_picture_alone(
    tmp_path: Path, words: str
) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}", UPLOADED)
        await ben_has_everything(desk)
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        first, second = desk.shown(desk.ann.id)
        assert ("photo" in first, first["text"], second["text"]) == (False, WORDS, NEXT.text)
        assert [one["type"] for one in first["entities"]] == ["bold"]


async def test_a_body_that_is_too_large_costs_the_picture_alone(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        desk.sandbox.faults.add("413", method="sendPhoto", chat_id=desk.ann.id)
        await desk.post(UPLOADED, NEXT, to=[desk.ann.id])
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        assert [one["text"] for one in desk.shown(desk.ann.id)] == [WORDS, NEXT.text]


@pytest.mark.parametrize("words", WITHOUT_BUTTONS)
async def test_bad_buttons_are_dropped(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        first = desk.shown(desk.ann.id)[0]
        assert first["text"] == WORDS
        assert "reply_markup" not in first
        assert [one["type"] for one in first["entities"]] == ["text_link", "bold"]
        await ben_has_everything(desk)
        assert "reply_markup" in desk.shown(desk.ben.id)[0]


@pytest.mark.parametrize("words", WITHOUT_LINKS)
async def test_bad_links_are_dropped(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        first = desk.shown(desk.ann.id)[0]
        assert [one["type"] for one in first["entities"]] == ["bold"]
        assert "reply_markup" in first


@pytest.mark.parametrize("words", PLAIN)
async def test_entities_that_are_not_taken_leave_plain_words(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        first = desk.shown(desk.ann.id)[0]
        assert first["text"] == WORDS
        assert "entities" not in first


async def test_a_reply_to_nothing_is_sent_without_it(tmp_path: Path) -> None:
    reply = Message(
        method="sendMessage", parameters={"text": WORDS, "reply_parameters": {"message_id": 77}}
    )
    async with office(tmp_path) as desk:
        await desk.post(reply, to=[desk.ann.id])
        await desk.until_states(desk.ann.id, State.SENT)
        assert [one["text"] for one in desk.shown(desk.ann.id)] == [WORDS]


@pytest.mark.parametrize("words", TOO_LONG)
async def test_a_text_that_is_too_long_becomes_two_in_order(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        first, rest, last = desk.shown(desk.ann.id)
        assert f"{first['text']} {rest['text']}" == WORDS
        assert last["text"] == NEXT.text
        assert ("reply_markup" in first, "reply_markup" in rest) == (False, True)
        assert [one["type"] for one in first["entities"]] == ["text_link"]
        assert [one["type"] for one in rest["entities"]] == ["bold"]


@pytest.mark.parametrize(
    ("message", "words"),
    [(UPLOADED, "PHOTO_INVALID_DIMENSIONS"), (FULL, "BUTTON_URL_INVALID"), (FULL, PLAIN[0])],
)
async def test_a_message_is_reshaped_once(tmp_path: Path, message: Message, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}", message, times=2)
        await desk.until_states(desk.ann.id, State.REFUSED, State.SENT)
        assert [one["text"] for one in desk.shown(desk.ann.id)] == [NEXT.text]


@pytest.mark.parametrize(("status", "words"), REFUSED)
async def test_a_definite_no_ends_that_message_alone(
    tmp_path: Path, status: int, words: str
) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, status, words)
        await desk.until_states(desk.ann.id, State.REFUSED, State.SENT)
        assert (await state_of(desk, desk.ann.id)) == (ChatState.AWAKE, words)
        assert [one["text"] for one in desk.shown(desk.ann.id)] == [NEXT.text]


@pytest.mark.parametrize("words", DONE)
async def test_what_is_so_already_counts_as_done(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 400, f"Bad Request: {words}")
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)


@pytest.mark.parametrize(("status", "words", "parameters", "seconds"), LATER)
async def test_later_is_neither_sooner_nor_never(
    tmp_path: Path, status: int, words: str, parameters: dict[str, int], seconds: float
) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, status, words, parameters=parameters)
        await ben_has_everything(desk)
        await desk.until_states(desk.ann.id, State.PENDING, State.PENDING)
        due_at = await desk.ledger.deliveries.next_due_at()
        assert due_at is not None
        due = await desk.ledger.deliveries.due(now=desk.clock.now(), limit=9)
        assert due == ()
        desk.clock.move(seconds - 0.1)
        due = await desk.ledger.deliveries.due(now=desk.clock.now(), limit=9)
        assert due == ()
        desk.clock.move(1)
        desk.courier.wake()
        await desk.until_states(desk.ann.id, State.SENT, State.SENT)
        assert [one["text"] for one in desk.shown(desk.ann.id)] == [WORDS, NEXT.text]


@pytest.mark.parametrize(
    ("effect", "copies"), [("502", 1), ("cut-before", 1), ("cut-after", 2), ("malformed", 2)]
)
async def test_an_unknown_outcome_is_named_and_sent_once_more(
    tmp_path: Path, effect: str, copies: int
) -> None:
    async with office(tmp_path) as desk:
        desk.sandbox.faults.add(effect, chat_id=desk.ann.id, method="sendMessage")
        await desk.post(FULL, NEXT, to=[desk.ann.id, desk.ben.id])
        await desk.until_states(desk.ann.id, State.UNCERTAIN, State.SENT, State.SENT)
        texts = [one["text"] for one in desk.shown(desk.ann.id)]
        assert texts == [WORDS] * copies + [NEXT.text]
        await ben_has_everything(desk)


async def test_a_gateway_that_lost_the_answer_is_an_unknown_outcome(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await answered(desk, 504, "Gateway Timeout")
        await desk.until_states(desk.ann.id, State.UNCERTAIN, State.SENT, State.SENT)


@pytest.mark.parametrize(("status", "words"), STOPPED)
async def test_a_token_that_is_revoked_stops_everything(
    tmp_path: Path, status: int, words: str
) -> None:
    async with office(tmp_path) as desk:
        desk.sandbox.faults.answer(status, words, method="sendMessage", times=None)
        await desk.post(FULL, NEXT, to=[desk.ann.id])
        assert words in await desk.until_disabled()
        await desk.until_states(desk.ann.id, State.PENDING, State.PENDING)
        assert desk.shown(desk.ann.id) == []


async def test_a_group_that_moved_gets_everything_under_its_new_id(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        new = desk.sandbox.add_group("New", administrators=(desk.ann,))
        desk.sandbox.faults.answer(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            parameters={"migrate_to_chat_id": new.id},
            chat_id=desk.group.id,
        )
        await desk.post(FULL, NEXT, to=[desk.group.id])
        await desk.until_states(new.id, State.SENT, State.SENT)
        assert await desk.states(desk.group.id) == []
        assert await desk.ledger.subscriptions.chat(ChatId(desk.group.id)) is None
        texts = [one["text"] for one in desk.shown(new.id) if "text" in one]
        assert texts == [WORDS, NEXT.text]
