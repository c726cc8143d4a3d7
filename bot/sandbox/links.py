"""Addresses as Telegram checks and rewrites them in links and buttons."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from bot.sandbox.text import clean

_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_AUTHORITY = re.compile(r"[^/?#]*")
_ALLOWED = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]|%[0-9A-Fa-f]{2})*")
_ALLOWED_WITH_COLON = re.compile(
    r"(?:[A-Za-z0-9.\-_!$,~*'();&+=:\x80-\U0010ffff]|%[0-9A-Fa-f]{2})*"
)
_OWN_SCHEME = re.compile(r"(tg|ton|tonsite):(?://)?", re.IGNORECASE)
_PERSON = re.compile(r"tg://user/?\?(?:.*&)?id=(\d{1,16})(?:&.*)?(?:#.*)?")


class BadLink(ValueError):
    """An address that Telegram refuses; the text says why in Telegram's words."""


@lru_cache(maxsize=4096)
def check_link(link: str) -> str:
    """Give `link` as Telegram stores it, or raise `BadLink`."""
    link = clean(link)
    own = _OWN_SCHEME.match(link)
    if own is not None:
        return _own_link(own[1].lower(), link[own.end() :])
    scheme, userinfo, host, port, rest = _parse(link)
    if "." not in host and not host.startswith("["):
        raise BadLink("Wrong HTTP URL")
    user = f"{userinfo}@" if userinfo else ""
    return f"{scheme}://{user}{host}{f':{port}' if port else ''}{rest}"


def person_of(link: str) -> int | None:
    """Give the user id that a `tg://user?id=` link mentions."""
    found = _PERSON.fullmatch(link)
    return int(found[1]) if found is not None and int(found[1]) > 0 else None


def _own_link(scheme: str, link: str) -> str:
    protocol, userinfo, host, port, rest = _parse(link)
    has_protocol = protocol == "https" or link[:7].lower() == "http://"
    if has_protocol or userinfo or port or host.startswith("["):
        raise BadLink("Wrong tg URL" if scheme == "tg" else "Wrong ton URL")
    rest = rest[1:] if rest[1:2] == "?" else rest
    if not re.fullmatch(r"[A-Za-z0-9_.-]+" if scheme == "tonsite" else r"[A-Za-z0-9_-]+", host):
        raise BadLink("Unallowed characters in URL host")
    return f"{scheme}://{host}{rest}"


def _parse(link: str) -> tuple[str, str, str, int, str]:
    scheme = "http"
    found = _SCHEME.match(link)
    if found is not None:
        scheme = found[1].lower()
        if scheme not in {"http", "https"}:
            raise BadLink("Unsupported URL protocol")
        link = link[found.end() :]
    authority = _AUTHORITY.match(link)
    place = authority[0] if authority is not None else ""
    where, port = _split_port(place)
    userinfo, _, host = where.rpartition("@")
    host = host.translate(_LOWER)
    if not host:
        raise BadLink("URL host is empty")
    if host == ".":
        raise BadLink("Host is invalid")
    _check_host(host, userinfo)
    return scheme, userinfo, host, port, _path(link[len(place) :])


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _split_port(place: str) -> tuple[str, int]:
    colon = max(place.rfind(mark) for mark in ":]@")
    if colon <= 0 or place[colon] != ":":
        return place, 0
    digits = place[colon + 1 :].lstrip("0") or "0"
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    if not 0 < port <= 65535:
        raise BadLink("Wrong port number specified in the URL")
    return place[:colon], port


def _check_host(host: str, userinfo: str) -> None:
    if host.startswith("[") and host.endswith("]"):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError as error:
            raise BadLink("Wrong IPv6 address specified in the URL") from error
        return
    for part, name, allowed in (
        (host, "host", _ALLOWED),
        (userinfo, "userinfo", _ALLOWED_WITH_COLON),
    ):
        good = allowed.match(part)
        end = good.end() if good is not None else 0
        if end < len(part):
            wrong = "Wrong percent-encoded symbol" if part[end] == "%" else "Disallowed character"
            raise BadLink(f"{wrong} in URL {name}")


def _path(rest: str) -> str:
    rest = rest.rstrip(" \t\r\n\0\v")
    if not rest.startswith("/"):
        rest = f"/{rest}"
    return re.sub(r"[\x00-\x20]", lambda char: f"%{ord(char[0]):02X}", rest)
