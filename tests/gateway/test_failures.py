"""Every row of the catalogue of Bot API errors, and what it means for us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram.error import NetworkError

from bot.errors import (
    Aspect,
    BotDisabled,
    ChatGone,
    ChatMoved,
    ChatPaused,
    NothingToDo,
    OutcomeUnknown,
    PollingConflict,
    Refused,
    SendError,
    SlowDown,
    ThreadShut,
    Unfit,
    Unreachable,
)
from bot.gateway.failures import CallFailed, Stage, translate

FORBIDDEN = [
    ("bot was blocked by the user", False),
    ("user is deactivated", True),
    ("bot can't initiate conversation with a user", False),
    ("the bot can't send messages to the bot", True),
    ("bot can't send messages to bots", True),
    ("bot was kicked from the group chat", False),
    ("bot was kicked from the supergroup chat", False),
    ("bot was kicked from the channel chat", False),
    ("bot is not a member of the group chat", False),
    ("bot is not a member of the supergroup chat", False),
    ("bot is not a member of the channel chat", False),
    ("the group chat was deleted", True),
    ("something that nobody has seen before", False),
]

BAD_REQUESTS: list[tuple[str, type[SendError], Aspect | None]] = [
    ("chat not found", ChatGone, None),
    ("private chat not found", ChatGone, None),
    ("ALLOW_PAYMENT_REQUIRED_5", ChatGone, None),
    ("USER_BOT_INVALID", ChatGone, None),
    ("PEER_ID_INVALID", ChatGone, None),
    ("not enough rights to send text messages to the chat", ChatPaused, None),
    ("not enough rights to send photos to the chat", Unfit, Aspect.PICTURE),
    ("not enough rights to send documents to the chat", Unfit, Aspect.PICTURE),
    ("not enough rights to manage pinned messages in the chat", ChatPaused, None),
    ("need administrator rights in the channel chat", ChatPaused, None),
    ("have no write access to the chat", ChatPaused, None),
    ("CHAT_WRITE_FORBIDDEN", ChatPaused, None),
    ("CHAT_RESTRICTED", ChatPaused, None),
    ("CHAT_ADMIN_REQUIRED", ChatPaused, None),
    ("CHAT_SEND_PLAIN_FORBIDDEN", ChatPaused, None),
    ("CHAT_SEND_PHOTOS_FORBIDDEN", Unfit, Aspect.PICTURE),
    ("CHAT_SEND_MEDIA_FORBIDDEN", Unfit, Aspect.PICTURE),
    ("TOPIC_CLOSED", ThreadShut, None),
    ("TOPIC_DELETED", ThreadShut, None),
    ("message thread not found", ThreadShut, None),
    ("message to be replied not found", Unfit, Aspect.REPLY),
    ("message to edit not found", Refused, None),
    ("message can't be edited", Refused, None),
    (
        "message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message",
        NothingToDo,
        None,
    ),
    ("message to delete not found", NothingToDo, None),
    (
        "query is too old and response timeout expired or query ID is invalid",
        NothingToDo,
        None,
    ),
    ("message is too long", Unfit, Aspect.LENGTH),
    ("text is too long", Unfit, Aspect.LENGTH),
    ("message caption is too long", Unfit, Aspect.LENGTH),
    ("text must be non-empty", Refused, None),
    ("message text is empty", Refused, None),
    ("can't parse entities: unexpected end tag at byte offset 3", Unfit, Aspect.MARKUP),
    ("entity begins after the end of the text at UTF-16 offset 5", Unfit, Aspect.MARKUP),
    ("entity begins in a middle of a UTF-16 symbol at byte offset 4", Unfit, Aspect.MARKUP),
    ("receive an entity with incorrect offset -1", Unfit, Aspect.MARKUP),
    ("ENTITIES_TOO_LONG", Unfit, Aspect.MARKUP),
    ("entity URL 'http://localhost/' is invalid: Wrong HTTP URL", Unfit, Aspect.LINK),
    ("entity URL 'http:///x' is invalid: URL host is empty", Unfit, Aspect.LINK),
    ("entity URL 'http://chat not found/' is invalid: Wrong HTTP URL", Unfit, Aspect.LINK),
    ("BUTTON_URL_INVALID", Unfit, Aspect.BUTTON),
    ("BUTTON_DATA_INVALID", Unfit, Aspect.BUTTON),
    ("BUTTON_TYPE_INVALID", Unfit, Aspect.BUTTON),
    ("inline keyboard button URL 'x:y' is invalid: Wrong HTTP URL", Unfit, Aspect.BUTTON),
    ("inline keyboard button text must be non-empty", Unfit, Aspect.BUTTON),
    ("reply markup is too long", Unfit, Aspect.BUTTON),
    ("there is no photo in the request", Unfit, Aspect.PICTURE),
    ("file must be non-empty", Unfit, Aspect.PICTURE),
    (
        "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        Unfit,
        Aspect.PICTURE,
    ),
    ("PHOTO_INVALID_DIMENSIONS", Unfit, Aspect.PICTURE),
    ("Photo_invalid_dimensions", Unfit, Aspect.PICTURE),
    ("PHOTO_SAVE_FILE_INVALID", Unfit, Aspect.PICTURE),
    ("IMAGE_PROCESS_FAILED", Unfit, Aspect.PICTURE),
    (
        "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
        Unfit,
        Aspect.PICTURE,
    ),
    ("failed to get HTTP URL content", Unfit, Aspect.PICTURE),
    ("wrong type of the web page content", Unfit, Aspect.PICTURE),
    ("wrong HTTP URL specified", Unfit, Aspect.PICTURE),
    ("invalid file HTTP URL specified: Unsupported URL protocol", Unfit, Aspect.PICTURE),
    ("wrong file identifier/HTTP URL specified", Unfit, Aspect.PICTURE),
    (
        "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
        Unfit,
        Aspect.PICTURE,
    ),
    ("can't use file of type Document as Photo", Unfit, Aspect.PICTURE),
    ("file is too big", Unfit, Aspect.PICTURE),
    ("invalid file_id", Unfit, Aspect.PICTURE),
    ("Logged out", BotDisabled, None),
    ("something that nobody has seen before", Refused, None),
]

OTHER: list[tuple[int, str, type[SendError]]] = [
    (401, "Unauthorized", BotDisabled),
    (401, "Unauthorized: invalid token specified", BotDisabled),
    (404, "Not Found", BotDisabled),
    (404, "Not Found: method not found", BotDisabled),
    (409, "Conflict: terminated by other getUpdates request", PollingConflict),
    (500, "Internal Server Error: restart", Unreachable),
    (503, "Service Unavailable", Unreachable),
    (502, "Bad Gateway", OutcomeUnknown),
    (504, "Gateway Timeout", OutcomeUnknown),
    (524, "unknown status", OutcomeUnknown),
    (521, "unknown status", Unreachable),
    (302, "Found", Unreachable),
    (408, "Request Timeout", Unreachable),
    (418, "I'm a Teapot", Refused),
    (200, "the answer is not the Bot API's", OutcomeUnknown),
]


@pytest.mark.parametrize(("text", "is_for_good"), FORBIDDEN)
def test_every_403_puts_the_chat_to_sleep(text: str, is_for_good: bool) -> None:
    error = translate(CallFailed(f"Forbidden: {text}", status=403))
    assert isinstance(error, ChatGone)
    assert error.for_good is is_for_good
    assert text in str(error)


@pytest.mark.parametrize(("text", "kind", "aspect"), BAD_REQUESTS)
def test_a_400_is_read_by_its_words(
    text: str, kind: type[SendError], aspect: Aspect | None
) -> None:
    error = translate(CallFailed(f"Bad Request: {text}", status=400))
    assert type(error) is kind
    assert getattr(error, "aspect", None) is aspect
    assert text in str(error)


@pytest.mark.parametrize(("text", "kind", "aspect"), BAD_REQUESTS)
@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_the_case_of_the_words_does_not_matter(
    text: str, kind: type[SendError], aspect: Aspect | None, change: object
) -> None:
    assert callable(change)
    error = translate(CallFailed(change(f"Bad Request: {text}"), status=400))
    assert type(error) is kind
    assert getattr(error, "aspect", None) is aspect


@pytest.mark.parametrize(("status", "text", "kind"), OTHER)
def test_other_codes(status: int, text: str, kind: type[SendError]) -> None:
    assert type(translate(CallFailed(text, status=status))) is kind


def test_a_body_that_is_too_large_is_a_matter_of_the_picture() -> None:
    error = translate(CallFailed("Request Entity Too Large", status=413))
    assert isinstance(error, Unfit)
    assert error.aspect is Aspect.PICTURE


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_parameters_win_over_code_and_words(status: int) -> None:
    slow = CallFailed("Forbidden: chat not found", status=status, parameters={"retry_after": 33})
    pause = translate(slow)
    assert isinstance(pause, SlowDown)
    assert pause.retry_after == timedelta(seconds=33)
    moved = translate(
        CallFailed("retry after 5", status=status, parameters={"migrate_to_chat_id": -1001})
    )
    assert isinstance(moved, ChatMoved)
    assert moved.new_chat_id == -1001


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (429, "Too Many Requests: retry after 17", 17),
        (400, "Bad Request: group send failed: Too Many Requests: Retry After 8", 8),
        (429, "Too Many Requests", 5),
    ],
)
def test_the_pause_is_found_in_the_words(status: int, text: str, seconds: int) -> None:
    error = translate(CallFailed(text, status=status))
    assert isinstance(error, SlowDown)
    assert error.retry_after == timedelta(seconds=seconds)


def test_without_an_answer_the_stage_decides() -> None:
    before = translate(CallFailed("refused", stage=Stage.BEFORE))
    after = translate(CallFailed("cut", stage=Stage.AFTER))
    assert isinstance(before, Unreachable)
    assert isinstance(after, OutcomeUnknown)


def test_an_error_of_the_library_itself_leaves_the_outcome_unknown() -> None:
    assert isinstance(
        translate(NetworkError("Unknown error in HTTP implementation")), OutcomeUnknown
    )
