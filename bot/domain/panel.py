"""What the buttons of the settings panel say: for which chat, which page, which change.

A button names what shall be so, never "the other of two": a second tap changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

from bot.domain.callback import Action, Callback
from bot.domain.subscription import NO_THREAD, ChatId

_TARGET = re.compile(r"(-?[0-9a-z]{1,12})(?:\.([0-9a-z]{1,12}))?", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SEPARATOR = "/"


class View(Enum):
    """A page of the panel; the value is what stands in the data."""

    MAIN = "m"
    TIMES = "h"
    DAYS = "d"
    ZONE = "z"
    """Time zones: none for the regions, then a region, then its page."""
    QUIET = "q"
    FOLLOW = "t"
    """Topics to follow: a page number."""
    MUTE = "x"
    """Topics to mute: a page number."""
    WORDS = "w"
    SOURCES = "p"
    """Providers to mute: a page number."""
    LOOK = "l"
    SECTIONS = "s"
    """Sections: none for the kinds, then a kind."""
    ORDER = "o"
    MANNER = "n"
    LANGUAGE = "g"
    PAUSE = "u"
    START = "1"
    """The greeting, with topics to follow: a page number."""
    FIRST_HOUR = "2"
    """The hour and the zone of somebody who has just subscribed."""
    PLACES = "c"
    """The groups and channels whose settings the person may change."""


class Deed(Enum):
    """A change; the value is what stands in the data, in front of what it is about."""

    WITH_TIME = "t+"
    WITHOUT_TIME = "t-"
    ONLY_TIME = "t"
    DAYS = "d"
    ZONE = "z"
    QUIET = "q"
    FOLLOW = "f+"
    UNFOLLOW = "f-"
    MUTE = "m+"
    UNMUTE = "m-"
    FORGET_WORD = "w-"
    MUTE_SOURCE = "p+"
    UNMUTE_SOURCE = "p-"
    SIZE = "s"
    LAYOUT = "l"
    PICTURES = "b"
    SECTION = "c"
    NO_SECTIONS = "c-"
    WEIGHT = "g"
    PROVIDER_CAP = "pc"
    TOPIC_CAP = "tc"
    SILENT = "n"
    FLASH = "x"
    LEARNING = "e"
    LANGUAGE = "a"
    PAUSE = "u"
    USUAL = "r"
    """As the publication has it: everything that the page shows."""
    SUBSCRIBE = "in"
    UNSUBSCRIBE = "out"
    TYPE = "?"
    """Nothing yet: the value will be written by hand. `in` or `out` for words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The chat or thread that a panel is about, where that is not the one it stands in."""

    chat_id: ChatId
    thread_id: int = NO_THREAD

    def encoded(self) -> str:
        """Write it in few bytes."""
        chat = _written(self.chat_id)
        return chat if self.thread_id == NO_THREAD else f"{chat}.{_written(self.thread_id)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a button asks for: a page, and a change before it is shown.

    `target` None: the settings of the chat (and thread) that the panel stands in. `where` is the
    part of the view, such as a page number.
    """

    view: View = View.MAIN
    where: str = ""
    deed: Deed | None = None
    value: str = ""
    target: Target | None = None

    @property
    def callback(self) -> Callback:
        """Write it as a callback; it may turn out too long for one."""
        target = self.target.encoded() if self.target is not None else ""
        said = self.view.value + self.where
        if self.deed is not None:
            said = _SEPARATOR.join((said, self.deed.value, self.value))
        return Callback(Action.SETTINGS, (target, said))


def asked(callback: Callback) -> Ask | None:
    """Read what a button asks for; None for anything that we never wrote."""
    if callback.action is not Action.SETTINGS or len(callback.arguments) != 2:
        return None
    target_text, said = callback.arguments
    target = target_of(target_text) if target_text else None
    if target_text and target is None:
        return None
    page, *rest = said.split(_SEPARATOR, 2)
    try:
        view = View(page[:1])
        deed = Deed(rest[0]) if rest else None
    except ValueError:
        return None
    value = rest[1] if len(rest) > 1 else ""
    return Ask(view=view, where=page[1:], deed=deed, value=value, target=target)


def target_of(text: str) -> Target | None:
    """Read a target; None for anything else."""
    found = _TARGET.fullmatch(text)
    if found is None:
        return None
    return Target(chat_id=ChatId(int(found[1], 36)), thread_id=int(found[2] or "0", 36))


def short(name: str) -> str:
    """Name something long, such as a topic or a word, by ten letters of its hash."""
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=5).hexdigest()


def _written(number: int) -> str:
    """Write a number with 36 digits."""
    rest, digits = abs(number), ""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return ("-" if number < 0 else "") + (digits or "0")
