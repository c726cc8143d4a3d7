"""Every error that somebody reacts to, one class per reaction.

```
GazetteError
├── SettingsError      wrong settings or wrong use: all problems in one list, exit code 2
├── ContentError       the articles folder or a topics file cannot be used at all
├── StoreError         the database cannot do what was asked
│   ├── IndexLost          the search index begins anew, empty: to be filled again
│   ├── SchemaOutdated     run `gazette migrate`
│   └── AlreadyDelivering  another process delivers on this database
├── PictureError       a picture cannot be had; the message goes without it
│   └── PictureUnreachable its host did not give it to us; Telegram may still get it
└── SendError          what became of one Bot API call
    ├── SlowDown           wait exactly as told, then the same again
    ├── Unreachable        surely not sent: later, with growing pauses
    ├── OutcomeUnknown     cut off between sending and hearing back: never repeated blindly
    ├── PartlySent         some messages of an album stand in the chat: only what is missing follows
    ├── OurFault           our own code failed on the way: outcome unknown, never resent by itself
    ├── ChatMoved          the id was replaced: use the new one everywhere
    ├── ChatGone           this chat does not want or cannot get messages: it sleeps
    ├── ChatPaused         rights are missing in this chat: stop there and tell the operators
    │   └── ThreadShut     a topic of a forum is closed or deleted: only its digest stops
    ├── Unfit              this form of the message is not taken: reshape it once
    ├── NothingToDo        already as wished: counts as done
    ├── Refused            a definite no to this one message: never repeated
    ├── PollingConflict    another process polls with the same token
    └── BotDisabled        the token is not valid (any more): stop everything
```
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum


class GazetteError(Exception):
    """The root: whatever Gazette raises on purpose."""


class SettingsError(GazetteError):
    """Settings or arguments that cannot be used; `problems` holds one sentence for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class ContentError(GazetteError):
    """A folder of articles or a topics file that cannot be read at all."""


class StoreError(GazetteError):
    """The database cannot do what was asked."""


class IndexLost(StoreError):
    """The search index was lost and begins anew, empty: whoever keeps it fills it again."""


class SchemaOutdated(StoreError):
    """The tables are of another version than the program: `gazette migrate` mends it."""


class AlreadyDelivering(StoreError):
    """Another process holds the delivery lock of this database."""


class PictureError(GazetteError):
    """A picture that cannot be fetched, read or sent; says why in a few words."""


class PictureUnreachable(PictureError):
    """The host of a picture is unknown, silent, or keeps it from us: its bytes were never seen."""


class SendError(GazetteError):
    """What became of one Bot API call that did not succeed."""


class SlowDown(SendError):
    """Telegram asks to wait (`retry_after`) before anything else goes to this chat."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"retry after {retry_after.total_seconds():g} s")


class Unreachable(SendError):
    """The call surely had no effect: connection refused, no pool place, a server error before."""


class OutcomeUnknown(SendError):
    """The call may have had its effect: a read timeout, a cut after sending, a 502 or 504."""


class PartlySent(SendError):
    """An album of which some messages were sent; `first_failed` counts from 1.

    `retry_after` is told when the reason was that too much was sent.
    """

    def __init__(
        self, reason: str, *, first_failed: int, retry_after: timedelta | None = None
    ) -> None:
        self.first_failed = first_failed
        self.retry_after = retry_after
        super().__init__(reason)


class OurFault(SendError):
    """Our own code failed around the call; a resend would most likely fail and double again."""


class ChatMoved(SendError):
    """A group became a supergroup; `new_chat_id` is its id from now on."""

    def __init__(self, new_chat_id: int) -> None:
        self.new_chat_id = new_chat_id
        super().__init__(f"chat moved to {new_chat_id}")


class MembershipUnknown(GazetteError):
    """Telegram could not be asked whether somebody runs a chat: nothing is changed, and told so."""


class ChatGone(SendError):
    """Blocked, kicked, deleted or never started; `for_good` when it cannot come back."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        self.for_good = for_good
        super().__init__(reason)


class ChatPaused(SendError):
    """The bot lacks a right in this chat: an operator must act."""


class ThreadShut(ChatPaused):
    """A topic of a forum is closed or deleted; in the forum's General topic the chat is meant."""


class Aspect(Enum):
    """The part of a message that Telegram did not take."""

    PICTURE = "picture"
    LINK = "link"
    BUTTON = "button"
    LENGTH = "length"
    MARKUP = "markup"
    REPLY = "reply"
    KIND = "kind"
    """The server, or this chat, does not take messages of this kind at all."""


class Unfit(SendError):
    """This form of the message is not taken; `aspect` says which part to change."""

    def __init__(self, aspect: Aspect, reason: str) -> None:
        self.aspect = aspect
        super().__init__(reason)


class NothingToDo(SendError):
    """Not modified, already deleted, query too old: the wish is fulfilled or void."""


class Refused(SendError):
    """A definite no to this one message, for a reason we cannot mend."""


class PollingConflict(SendError):
    """Another process asks for the updates of the same bot."""


class BotDisabled(SendError):
    """Token revoked or unknown, or the address is no Bot API server: nothing can be sent."""
