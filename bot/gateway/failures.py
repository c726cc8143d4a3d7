"""What the Bot API's refusals and silences mean for us: one table, one reaction per row.

The descriptions are the server's own words; python-telegram-bot changes their case and other
servers their endings, so they are compared in lower case and by their telling part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from telegram.error import TelegramError

from bot.domain.message import SEND_RICH
from bot.errors import (
    Aspect,
    BotDisabled,
    ChatGone,
    ChatMoved,
    ChatPaused,
    NothingToDo,
    OutcomeUnknown,
    PartlySent,
    PollingConflict,
    Refused,
    SendError,
    SlowDown,
    ThreadShut,
    Unfit,
    Unreachable,
)


class Stage(Enum):
    """How far a call had come when it failed."""

    BEFORE = "before"
    """No byte of it had left us: it surely had no effect."""
    AFTER = "after"
    """Something was sent, so it may have had its effect."""


class CallFailed(TelegramError):
    """A call without a usable result: what was heard, or how far it came.

    `status` is None when no answer came, `url` has the token masked. It is a TelegramError so
    that python-telegram-bot lets it pass, and none of its subclasses: those make the library
    replace it by an error that knows less.
    """

    def __init__(
        self,
        description: str,
        *,
        url: str = "",
        status: int | None = None,
        parameters: Mapping[str, Any] | None = None,
        stage: Stage = Stage.AFTER,
    ) -> None:
        super().__init__(description)
        self.description = description
        self.url = url
        self.status = status
        self.parameters = parameters or {}
        self.stage = stage

    def __str__(self) -> str:
        """Name method, status and words."""
        method = self.url.rpartition("/")[2]
        known = (method, None if self.status is None else str(self.status), self.description)
        return " ".join(part for part in known if part)


STALE_FILE = (
    "wrong remote file identifier",
    "wrong file identifier",
    "invalid file_id",
    "file reference",
)
"""A file_id that is damaged or another bot's: drop it and give the picture itself."""

WORTH_UPLOADING = (
    "failed to get http url content",
    "wrong type of the web page content",
    "webpage_curl_failed",
    "webpage_media_empty",
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "image_process_failed",
    "too big for a photo",
    "file is too big",
    "unsupported extension",
)
"""A picture that Telegram could not fetch or read by its address; we convert what we upload."""

ALBUM_FAILED = ("group send failed",)
"""No message of an album was sent, and the reason is not told."""

_PICTURE = (
    *ALBUM_FAILED,
    *STALE_FILE,
    *WORTH_UPLOADING,
    "there is no photo in the request",
    "file must be non-empty",
    "wrong http url specified",
    "invalid file http url",
    "can't use file of type",
    "media_empty",
    "can't parse inputmedia",
)


def names_any(error: SendError, phrases: tuple[str, ...]) -> bool:
    """Whether Telegram's words in this error hold one of the phrases (in lower case)."""
    text = str(error).lower()
    return any(phrase in text for phrase in phrases)


Maker = Callable[[str], SendError]


def _unfit(aspect: Aspect) -> Maker:
    return lambda reason: Unfit(aspect, reason)


def _gone_for_good(reason: str) -> SendError:
    return ChatGone(reason, for_good=True)


# The first row that fits wins. Rows about addresses stand first because Telegram quotes the
# address, and an address may hold the words of any other row.
_BAD_REQUESTS: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (r"inline keyboard button|button_\w+_invalid|reply markup is too|reply keyboard|"
         r"inline keyboard expected|switch_inline_query button", _unfit(Aspect.BUTTON)),
        (r"entity url", _unfit(Aspect.LINK)),
        (r"can't parse entities|entities_too_long|entity_bounds_invalid|"
         r"receive an entity with|entity begin", _unfit(Aspect.MARKUP)),
        (r"logged out", BotDisabled),
        (r"message is not modified|message to delete not found|query is too old|"
         r"query id is invalid", NothingToDo),
        (r"user is deactivated|input_user_deactivated", _gone_for_good),
        (r"chat not found", ChatGone),
        (r"allow_payment_required|user_bot_invalid|peer_id_invalid", ChatGone),
        (r"not enough rights to send text|chat_send_plain_forbidden", ChatPaused),
        (r"not enough rights to send|chat_send_\w+_forbidden", _unfit(Aspect.PICTURE)),
        (r"not enough rights|need administrator rights|have no write access|chat_restricted|"
         r"chat_write_forbidden|chat_admin_required", ChatPaused),
        (r"topic_closed|topic_deleted|message thread not found", ThreadShut),
        (r"message to be replied not found|message to reply not found", _unfit(Aspect.REPLY)),
        (r"message is too long|text is too long|caption is too long|message_too_long",
         _unfit(Aspect.LENGTH)),
        ("|".join(map(re.escape, _PICTURE)), _unfit(Aspect.PICTURE)),
    )
)  # fmt: skip

_FOR_GOOD = ("user is deactivated", "to the bot", "to bots", "chat was deleted")
_PARTLY = re.compile(r"failed to send message #(\d+) with the error message", re.IGNORECASE)
_RETRY_AFTER = re.compile(r"retry after (\d+)")
_PAUSE_WITHOUT_NUMBER = timedelta(seconds=5)
"""A query that the server dropped is answered with 5; so is a 429 that names no time."""
_MAYBE_DONE = frozenset({502, 504, 520, 524})
"""A proxy asked the Bot API server and lost its answer."""


def translate(error: TelegramError) -> SendError:
    """Tell what a failed call means; `parameters` win over the code, and both over the words."""
    if not isinstance(error, CallFailed):
        return OutcomeUnknown(f"{type(error).__name__}: {error.message}")
    if error.status is None:
        kind = Unreachable if error.stage is Stage.BEFORE else OutcomeUnknown
        return kind(error.description)
    moved = error.parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return ChatMoved(moved)
    pause = _pause_of(error)
    partly = _PARTLY.search(error.description) if error.status == 400 else None
    if partly is not None:  # before the pause: the other messages of the album may stand there
        return PartlySent(error.description, first_failed=int(partly[1]), retry_after=pause)
    if pause is not None:
        return SlowDown(pause)
    if error.status == 404 and _is_new(error):
        return Unfit(Aspect.KIND, error.description)
    return _by_status(error.status, error.description)


def _is_new(error: CallFailed) -> bool:
    """Whether the call is one that older servers do not know: no reason to doubt the token."""
    method = error.url.rpartition("/")[2].lower()
    return method == SEND_RICH.lower() and "method not found" in error.description.lower()


def _pause_of(error: CallFailed) -> timedelta | None:
    """Find how long to wait. A failed album hides the number in the words of a 400."""
    seconds = error.parameters.get("retry_after")
    if isinstance(seconds, int | float):
        return timedelta(seconds=seconds)
    if error.status in (400, 429) and (found := _RETRY_AFTER.search(error.description.lower())):
        return timedelta(seconds=int(found[1]))
    return _PAUSE_WITHOUT_NUMBER if error.status == 429 else None


_BY_STATUS: Mapping[int, Maker] = {
    401: BotDisabled,
    404: BotDisabled,
    408: Unreachable,
    409: PollingConflict,
    413: _unfit(Aspect.PICTURE),
}


def _by_status(status: int, reason: str) -> SendError:
    if status == 400:
        return _bad_request(reason)
    if status == 403:
        is_for_good = any(phrase in reason.lower() for phrase in _FOR_GOOD)
        return ChatGone(reason, for_good=is_for_good)
    if (maker := _BY_STATUS.get(status)) is not None:
        return maker(reason)
    if status < 300 or status in _MAYBE_DONE:
        return OutcomeUnknown(reason)
    if status >= 500 or status < 400:  # a redirect is not followed: nothing was done
        return Unreachable(reason)
    return Refused(reason)


def _bad_request(reason: str) -> SendError:
    text = reason.lower()
    for pattern, maker in _BAD_REQUESTS:
        if pattern.search(text):
            return maker(reason)
    return Refused(reason)
