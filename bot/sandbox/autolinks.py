"""What Telegram finds in a text by itself: addresses, mentions, tags and commands.

The rules were worked out by asking TDLib, and the tests ask it again. Not imitated: phone
numbers, bank cards and timestamps, which bots never see, and the odd ends of `tonsite://`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

# Spaces and general punctuation end an address, but joiners and dashes do not.
_STOPS = " \u00a0\u1680\u2000-\u200b\u200e\u200f\u2016-\u206f\u3000"
_DOMAIN_CHAR = rf"(?:[A-Za-z0-9._~-]|(?![{_STOPS}])[\u00c0-\U0010ffff])"
_DOMAIN = re.compile(rf"(?:{_DOMAIN_CHAR}|@)*")
_DOMAIN_CHARS = re.compile(rf"{_DOMAIN_CHAR}*")
_USER_CHARS = re.compile(rf"[^\n/\[\](){{}}'`<>\"@\u00ab\u00bb{_STOPS}]*")
_PORT = re.compile(r":0*([1-9][0-9]{0,4})(?![0-9])")
_PATH = re.compile(rf"[/?#][^\n<>\"\u00ab\u00bb{_STOPS}]*")
_PATH_END = ".:;,('?!`"
_SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SCHEME_CHARS = re.compile(rf"(?:[A-Za-z0-9+-]|(?![{_SPACES}])[\u0080-\U0010ffff])*")
_OWN = re.compile(
    rf"(?:tonsite|ton|tg)://[A-Za-z0-9_-]{{1,253}}(?:[/?#][^\n<>\"\u00ab\u00bb{_STOPS}]*)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?:[A-Za-z0-9_-]{0,26}[.+]){0,10}[A-Za-z0-9_-]{1,35}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9_-]{0,28}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,8}"
)
_MENTION = re.compile(r"@([A-Za-z0-9_]{3,32})(?!\w)")
_SHORT_NAMES = frozenset({"gif", "nft", "pic", "ufc", "vid"})
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32}|(?!@))(?![/<>])")
_CASHTAG = re.compile(r"\$(?:1INCH|[A-Z]{1,8})")
_AT_NAME = re.compile(r"@[A-Za-z0-9_]{3,32}")
_BYTE = r"(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_BALANCE = {")": "(", "]": "[", "}": "{"}
_MAX_LABEL = 63


@dataclass(frozen=True, slots=True)
class Span:
    """A found stretch, in UTF-16 units."""

    kind: str
    offset: int
    length: int


Found = tuple[str, int, int]


@lru_cache(maxsize=1024)
def find_spans(text: str) -> tuple[Span, ...]:
    """Find everything that becomes clickable, in order and without overlaps."""
    found = sorted(_all(text), key=lambda one: (one[1], -one[2]))
    kept: list[Found] = []
    for one in found:
        if not kept or one[1] >= kept[-1][2]:
            kept.append(one)
    if not kept:
        return ()
    units = [0, *accumulate(2 if char > "\uffff" else 1 for char in text)]
    return tuple(Span(kind, units[start], units[end] - units[start]) for kind, start, end in kept)


def _all(text: str) -> Iterator[Found]:
    if "." in text:
        yield from _urls(text)
    if "://" in text:
        for own in _OWN.finditer(text):
            yield "url", own.start(), own.start() + len(own[0].rstrip(_PATH_END))
    if "@" in text:
        yield from _mentions(text)
    if "/" in text:
        yield from _commands(text)
    if "#" in text:
        yield from _hashtags(text)
    if "$" in text:
        yield from _cashtags(text)


def _is_word(text: str, index: int) -> bool:
    """Tell whether the character at `index` belongs to a word; outside of the text is none."""
    if not 0 <= index < len(text):
        return False
    return text[index] == "_" or unicodedata.category(text[index])[0] in "LN"


def _is_tag_char(text: str, index: int) -> bool:
    if not 0 <= index < len(text):
        return False
    char = text[index]
    category = unicodedata.category(char)
    return char in "_\u00b7\u200c" or category[0] == "L" or category == "Nd"


def _mentions(text: str) -> Iterator[Found]:
    for found in _MENTION.finditer(text):
        if len(found[1]) < 4 and found[1].lower() not in _SHORT_NAMES:
            continue
        if not _is_word(text, found.start() - 1) and not _is_word(text, found.end()):
            yield "mention", found.start(), found.end()


def _commands(text: str) -> Iterator[Found]:
    for found in _COMMAND.finditer(text):
        before = text[max(found.start() - 1, 0) : found.start()]
        beside = any(_is_word(text, one) for one in (found.start() - 1, found.end()))
        if not beside and before not in {"/", "<", ">"}:
            yield "bot_command", found.start(), found.end()


def _hashtags(text: str) -> Iterator[Found]:
    for found in re.finditer("#", text):
        start = found.start()
        end = start + 1
        while _is_tag_char(text, end):
            end += 1
        if _is_tag_char(text, start - 1) or text[end : end + 1] == "#":
            continue
        end = min(end, start + 257)
        if any(unicodedata.category(char)[0] == "L" for char in text[start + 1 : end]):
            yield "hashtag", start, _with_name(text, end)


def _cashtags(text: str) -> Iterator[Found]:
    for found in _CASHTAG.finditer(text):
        before, after = found.start() - 1, found.end()
        beside = text[before : before + 1] if before >= 0 else ""
        if _is_tag_char(text, before) or beside == "$":
            continue
        end = _with_name(text, after)
        if not any(_is_tag_char(text, one) or text[one : one + 1] == "$" for one in (after, end)):
            yield "cashtag", found.start(), end


def _with_name(text: str, end: int) -> int:
    name = _AT_NAME.match(text, end)
    return name.end() if name is not None else end


def _urls(text: str) -> Iterator[Found]:
    # After each find the search forgets what stood before: Telegram's does so, too.
    begin = 0
    while (dot := text.find(".", begin)) >= 0:
        start, end, is_good = _around(text, begin, dot)
        if is_good:
            if end > dot + 1:
                yield from _judged(text, start, end)
            while text[end : end + 1] == ".":
                end += 1
        else:
            end = text.rfind(".", dot, end) + 1
        begin = max(end, dot + 1)


def _around(text: str, begin: int, dot: int) -> tuple[int, int, bool]:
    """Widen a dot to what may be an address; the last is False when it cannot be one."""
    domain = _DOMAIN.match(text, dot)
    end = domain.end() if domain is not None else dot
    has_user = "@" in text[dot:end]
    start = _back(_USER_CHARS if has_user else _DOMAIN_CHARS, text, begin, dot)
    end = _tail(text, dot, end)
    if not has_user and text[begin:start].endswith("@"):
        user_start = _back(_USER_CHARS, text, begin, start - 1)
        if user_start == start - 1:
            return start, end, False
        start = user_start
    return _head(text, begin, start, end)


def _back(chars: re.Pattern[str], text: str, begin: int, end: int) -> int:
    """Walk back from `end` as long as the characters fit, at most to `begin`."""
    found = chars.match(text[begin:end][::-1])
    return end - (found.end() if found is not None else 0)


def _tail(text: str, dot: int, end: int) -> int:
    port = _PORT.match(text, end)
    if port is not None and int(port[1]) <= 65535:
        end = port.end()
    path = _PATH.match(text, end)
    if path is not None:
        path_end = end + max(1, len(path[0].rstrip(_PATH_END)))
        if text[end] == "/" or path_end > end + 1:
            end = path_end
    while end > dot + 1 and text[end - 1] == ".":
        end -= 1
    return end


def _head(text: str, begin: int, start: int, end: int) -> tuple[int, int, bool]:
    prefix = text[begin:start]
    if not prefix:
        return start, end, True
    if len(prefix) >= 6 and prefix.endswith("://"):
        colon = start - 3
        name = text[_back(_SCHEME_CHARS, text, begin, colon) : colon].lower()
        for known, others in (("http", ("shttp",)), ("https", ()), ("ftp", ("tftp", "sftp"))):
            if name.endswith(known) and name not in others:
                return start - len(known) - 3, end, True
        return start, end, False
    return start, end, not (_is_word(prefix, len(prefix) - 1) or prefix[-1] in "/#@")


def _judged(text: str, start: int, end: int) -> Iterator[Found]:
    found = text[start:end]
    if found[:7].lower() == "mailto:" and _EMAIL.fullmatch(found[7:]):
        yield "email", start + 7, end
    elif _EMAIL.fullmatch(found):
        yield "email", start, end
    else:
        length = _url_length(found)
        if length:
            yield "url", start, start + length


def _url_length(url: str) -> int:
    """Give how much of `url` is an address, 0 for none of it."""
    scheme = re.match(r"(?:https?|ftp)://", url, re.IGNORECASE)
    rest = url[scheme.end() :] if scheme is not None else url
    place = re.match(r"[^/?#]*", rest)
    authority = place[0] if place is not None else ""
    path = rest[len(authority) :]
    host = (authority.partition("@")[2] or authority).partition(":")[0]
    if host.lower() == "teiegram.org" or not _is_host(host, has_scheme=scheme is not None):
        return 0
    return len(url) - len(path) + len(_balanced(path).rstrip(_PATH_END))


def _balanced(path: str) -> str:
    depth = dict.fromkeys(_BALANCE.values(), 0)
    for index, char in enumerate(path):
        if char in depth:
            depth[char] += 1
        elif char in _BALANCE:
            depth[_BALANCE[char]] -= 1
            if depth[_BALANCE[char]] < 0:
                return path[:index]
    return path


def _is_host(host: str, *, has_scheme: bool) -> bool:
    labels = host.split(".")
    if len(labels) < 2 or any(not 0 < len(one.encode()) <= _MAX_LABEL for one in labels):
        return False
    if any(label.endswith("-") for label in labels):
        return False
    if _IPV4.fullmatch(host):
        return True
    if all(re.fullmatch(r"[0-9]+", label) for label in labels):
        return False
    return "_" not in labels[-2] and _is_top(labels[-1], has_scheme=has_scheme)


def _is_top(label: str, *, has_scheme: bool) -> bool:
    if label.startswith("xn--"):
        return re.fullmatch(r"[A-Za-z0-9]{2,}", label[4:]) is not None
    if len(label) < 2 or "_" in label or "-" in label:
        return False
    lowered = label.lower()
    if has_scheme:
        return True
    # "The" after a full stop is the start of a sentence.
    if lowered != label and lowered[1:] == label[1:]:
        return False
    return lowered in _top_level_domains()


@cache
def _top_level_domains() -> frozenset[str]:
    source = Path(__file__).with_name("top_level_domains.txt")
    return frozenset(source.read_text(encoding="utf-8").split())
