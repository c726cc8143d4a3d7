"""Addresses as nearly all are take a short way, which leads where the long one does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import urls
from bot.domain.urls import _carefully_canonical, canonical_url, host_of, usable_link

NEVER = re.compile(r"(?!)")
hosts = st.lists(
    st.sampled_from(["www", "m", "amp", "mobile", "google", "cdn", "ampproject", "example", "a-b"]),
    max_size=4,
).map(".".join)
parts = st.sampled_from(
    [
        "a",
        "amp",
        "x.amp",
        "x.amp.html",
        "amp.html",
        "s",
        "c",
        "",
        ".",
        "..",
        "~",
        "été",
        "日本’",
        "é amp",
        "\u3000",
    ]
)
addresses = st.builds(
    "{}://{}.{}{}{}{}".format,
    st.sampled_from(["https", "http", "ftp", "HTTPS"]),
    hosts,
    st.sampled_from(["com", "org", "net", "c", "x1"]),
    st.lists(parts, max_size=4).map(lambda names: "".join(f"/{name}" for name in names)),
    st.sampled_from(["", "/", "?a=b", "#c", " ", ":443", "?amp", "/?amp", "?AMP", "?a?amp"]),
    st.sampled_from(["", "", "é", "?amp", "\xa0"]),
)


@given(
    addresses
    | st.from_regex(r"https?://([a-z0-9-]+\.)+[a-z]+(/[A-Za-z0-9_~.-]+)*/?", fullmatch=True)
)
def test_the_short_way_leads_where_the_long_one_does(url: str) -> None:
    short = canonical_url(url), usable_link(url), host_of(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_SIMPLE", NEVER)
        assert short == (_carefully_canonical(url), usable_link(url), host_of(url))
