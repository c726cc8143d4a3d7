"""What an address identifies, and whether Telegram keeps it as a link."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

MAX_URL_LENGTH = 2000
"""Longer addresses are refused by Telegram's servers in buttons and cut in texts."""

MAX_HOST_LENGTH = 253

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|mc_cid|mc_eid|igshid|_hsenc|_hsmi"
    r"|mkt_tok|vero_id|oly_enc_id|oly_anon_id|ref_src|ref_url|cmpid|ocid|ncid|sr_share|spm|amp)$",
    re.IGNORECASE,
)
_AMP_CACHE = re.compile(r"^[a-z0-9-]+\.(cdn\.ampproject\.org|ampproject\.net)$")
_AMP_CACHE_PATH = re.compile(r"^/[a-z]+/(?:s/)?(?P<rest>[^/]+\.[^/]+/?.*)$")
_GOOGLE_AMP_PATH = re.compile(r"^/amp/(?:s/)?(?P<rest>[^/]+\.[^/]+/?.*)$")
_HOST = re.compile(r"^[^\s\\/?#@:<>\"'`{}|^%\[\]]+$")
# Addresses as nearly all are: nothing in them is coded, doubled or to be left out.
_SIMPLE = re.compile(
    r"(https?)://((?:[a-z0-9-]++\.)++[a-z]{2,20}+)((?:/[A-Za-z0-9_~.-]++)*+)(/?)", re.ASCII
)
# What identifies a simple address. The rest of a name that has `www.` before it begins otherwise.
_IDENTIFIED = re.compile(
    r"https?://(?:www\.)?((?:[a-z0-9-]++\.)++[a-z]{2,20}+(?:/[A-Za-z0-9_~.-]++)*+)/?(?:\?amp)?",
    re.ASCII,
)
# The same with letters of any script in its path, which only want coding.
_WORDED = re.compile(
    r"https?://((?:[a-z0-9-]++\.)++[a-z]{2,20}+)"
    r"((?:/(?:[A-Za-z0-9_~.-]|[^\x00-\x7f\s\ud800-\udfff])++)++)/?"
)
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_FORMS = ("www.", "m.", "mobile.", "amp.")
_OTHER_FORMS = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.)")


@lru_cache(maxsize=8_192)  # the store and the index ask one after the other
def canonical_url(url: str) -> str | None:
    """Reduce an address to what it identifies; None when it is no web address.

    https, no `www.` or mobile prefix, no AMP or cache form, no tracking parameters, no fragment,
    parameters sorted, no trailing slash. Used as a key only, never shown or sent.
    """
    found = _IDENTIFIED.fullmatch(url)
    if found is not None:
        simple = found[1]
        if not (simple.startswith(_FORMS) or _is_perhaps_amp(simple)):
            return f"https://{simple}"
    plain = url.removesuffix("?amp")
    if not url.isascii() and not _is_perhaps_amp(plain):
        worded = _WORDED.fullmatch(plain)
        if worded is not None:
            return f"https://{_plain_name(worded[1])}{quote(worded[2], safe='/')}"
    return _carefully_canonical(url)


def _carefully_canonical(url: str) -> str | None:
    """Reduce any address, however it is written."""
    parts = _split(url)
    if parts is None:
        return None
    parts = _out_of_amp_cache(parts)
    host = _ascii_host(_plain_host(parts))
    port = _port(parts)
    path = re.sub(r"/{2,}", "/", parts.path)
    path = re.sub(r"(?:/amp|/?\.amp)+/?$", "", path).rstrip("/")
    path = re.sub(r"(?:\.amp)+(?=\.html?$)", "", path)
    path = quote(path, safe="/%:@!$&'()*+,;=~-._")
    path = re.sub(r"%[0-9a-f]{2}", lambda found: found[0].upper(), path, flags=re.IGNORECASE)
    pairs = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(name) and (name, value) != ("outputType", "amp")
    ]
    query = urlencode(sorted(pairs))
    return f"https://{host}{port}{path}{'?' + query if query else ''}"


def usable_link(url: str | None) -> str | None:
    """Give the address as Telegram will keep it in a link, or None when it would drop it.

    Only http and https with a host that has a dot (a bare name such as `localhost` is dropped
    silently in markup and refused in entities), no odd port, no credentials. What an address
    cannot hold is percent-encoded.
    """
    if not url or len(url) > MAX_URL_LENGTH:
        return None
    simple = _SIMPLE.fullmatch(url)
    if simple is not None and len(simple[2]) <= MAX_HOST_LENGTH:
        return url if simple[3] or simple[4] else f"{url}/"
    parts = _split(url)
    if parts is None or parts.username is not None:
        return None
    host = parts.hostname or ""
    if not _is_public_looking(host):
        return None
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]")
    fragment = quote(parts.fragment, safe="/?%:@!$&'()*+,;=~-._[]")
    shown_host = f"[{host}]" if ":" in host else host
    link = f"{parts.scheme}://{shown_host}{_port(parts)}{path}"
    link += f"?{query}" if query else ""
    link += f"#{fragment}" if fragment else ""
    return link if len(link) <= MAX_URL_LENGTH else None


def host_of(url: str | None) -> str | None:
    """Name the site of an address without `www.`, as people write it; None without one."""
    simple = _SIMPLE.fullmatch(url or "")
    if simple is not None:
        return _plain_name(simple[2])
    parts = _split(url or "")
    return _plain_host(parts) if parts else None


def _is_perhaps_amp(url: str) -> bool:
    # A pattern for this would take longer than all the rest: every `example` holds `amp`.
    if "amp" in url:
        end = url.removesuffix("/").rpartition("/")[2]
        return "amp" in end or "ampproject." in url or "google." in url
    return "google." in url


def _plain_name(host: str) -> str:
    if host.startswith(_FORMS):
        return _OTHER_FORMS.sub("", host)
    return host


def _split(url: str) -> SplitResult | None:
    url = url.strip()
    if not url or _CONTROL.search(url):
        return None
    try:
        url.encode()  # half a UTF-16 pair cannot be quoted
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or port == 0:
        return None
    if not _HOST.match(host) and not _is_address(host):
        return None
    return parts


def _is_address(host: str) -> bool:
    if "%" in host:  # the scope of a link-local address means nothing to a reader
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public_looking(host: str) -> bool:
    if _is_address(host):
        return True
    labels = host.rstrip(".").split(".")
    return len(labels) >= 2 and all(labels) and len(host) <= MAX_HOST_LENGTH


def _plain_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return _OTHER_FORMS.sub("", host)


def _ascii_host(host: str) -> str:
    """Write a host as its punycode, so that both spellings are one."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _port(parts: SplitResult) -> str:
    usual = {"http": 80, "https": 443}[parts.scheme.lower()]
    return f":{parts.port}" if parts.port not in (None, usual) else ""


def _out_of_amp_cache(parts: SplitResult) -> SplitResult:
    host = _plain_host(parts)
    inner = None
    if _AMP_CACHE.match(host):
        inner = _AMP_CACHE_PATH.match(parts.path)
    elif host.startswith("google."):
        inner = _GOOGLE_AMP_PATH.match(parts.path)
    if inner is None:
        return parts
    rest = inner["rest"] + (f"?{parts.query}" if parts.query else "")
    return _split(f"https://{rest}") or parts
