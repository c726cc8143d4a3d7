"""What an address identifies, and which links Telegram keeps."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.urls import (
    MAX_URL_LENGTH,
    _carefully_canonical,
    canonical_url,
    host_of,
    usable_link,
)

calm = settings(deadline=None)  # machines pause; time is measured elsewhere
STORY = "https://example.com/news/story"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/news/story",
        "http://example.com/news/story",
        "HTTPS://WWW.Example.COM/news/story",
        " https://example.com/news/story ",
        "https://example.com:443/news/story",
        "http://example.com:80/news/story",
        "https://example.com/news/story/",
        "https://example.com//news//story",
        "https://example.com/news/story#part",
        "https://example.com./news/story",
        "https://m.example.com/news/story",
        "https://amp.example.com/news/story",
        "https://m.www.example.com/news/story",
        "https://example.com/news/story/amp/",
        "https://example.com/news/story.amp",
        "https://example.com/news/story?amp",
        "https://example.com/news/story?amp=1&utm_source=x&UTM_Campaign=y&fbclid=z",
        "https://example.com/news/story?outputType=amp",
        "https://example-com.cdn.ampproject.org/c/s/example.com/news/story",
        "https://www-example-com.cdn.ampproject.org/v/s/www.example.com/news/story?amp",
        "https://www.google.com/amp/s/www.example.com/news/story",
    ],
)
def test_all_forms_of_a_story_are_one(url: str) -> None:
    assert canonical_url(url) == STORY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?x=1&y=2", "https://example.com/a?y=2&x=1"),
        ("https://example.com/caf%c3%a9", "https://example.com/café"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
        ("https://example.com/a b", "https://example.com/a%20b"),
    ],
)
def test_two_spellings_are_one(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://example.com/b"),
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/A", "https://example.com/a"),
        ("https://example.com/a", "https://example.com:8443/a"),
        ("https://example.com/camp", "https://example.com/c"),
        ("https://amp.dev/", "https://dev/"),
        ("https://video.example.com/watch?v=a", "https://video.example.com/watch?v=b"),
    ],
)
def test_different_stories_stay_different(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "example.com", "//example.com/x", "/rel/path", "#frag", "https:example.com",
        "https:/example.com", "https://", "https://:80/", "ftp://example.com/", "file:///etc/passwd",
        "javascript:alert(1)", "data:text/html,x", "mailto:a@example.com", "a@example.com",
        "tg://user?id=1", "@durov", "https://exa\nmple.com/", "https://example.com\\x",
        "https://exa mple.com/", "https://example.com:99999/", "https://example.com:0/",
        "https://example.com:port/", "https://[::1/", "https://example.com/\ud800",
        "https://ex%61mple.com/", "https://example.com/\x00", "https://℀.com/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_neither_key_nor_link(url: str) -> None:
    assert canonical_url(url) is None
    assert usable_link(url) is None


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://e.com", "https://e.com/"),
        ("HTTPS://E.COM/Path", "https://e.com/Path"),
        ("https://e.com?x", "https://e.com/?x"),
        ("https://e.com#x", "https://e.com/#x"),
        ("https://e.com/?a=1&b=2", "https://e.com/?a=1&b=2"),
        ("https://e.com/a b", "https://e.com/a%20b"),
        ("https://e.com/<x>\"'", "https://e.com/%3Cx%3E%22'"),
        ("https://e.com/100%25", "https://e.com/100%25"),
        ("https://e.com/путь", "https://e.com/%D0%BF%D1%83%D1%82%D1%8C"),
        ("https://пример.рф/", "https://пример.рф/"),
        ("http://1.2.3.4:8080/x", "http://1.2.3.4:8080/x"),
        ("https://[::1]/", "https://[::1]/"),
        ("https://ex_ample.com/", "https://ex_ample.com/"),
    ],
)
def test_links_that_telegram_keeps(url: str, link: str) -> None:
    assert usable_link(url) == link


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://localhost/",
        "https://e",
        "https://user:password@e.com/",
        "https://e..com/",
        "https://[fe80::1%25eth0]/",
        "https://e.com/" + "x" * MAX_URL_LENGTH,
        "https://e.com/" + "я" * 400,
    ],
)
def test_links_that_telegram_drops_or_that_a_reader_should_not_get(url: str | None) -> None:
    assert usable_link(url) is None


def test_the_host_is_named_as_people_write_it() -> None:
    assert host_of("https://www.Example.com:8080/x") == "example.com"
    assert host_of("https://news.example.com/") == "news.example.com"
    assert host_of(None) is None
    assert host_of("nothing") is None


hosts = st.from_regex(r"(?:(?:www|m|amp|a)\.){0,3}[a-zа-я]{1,5}\.(?:com|рф)", fullmatch=True)
tails = st.text(max_size=20) | st.from_regex(
    r"(?:/|amp|\.amp|\.html|%[0-9a-f]{2}|\?a=b|&amp){0,8}", fullmatch=True
)


@calm
@given(st.text(max_size=60))
@example("https://[v1.x]/")
@example("https://\u2100.com")
def test_no_text_raises(text: str) -> None:
    for url in (text, f"https://{text}", f"https://e.com/{text}", f"https://e.com:{text}"):
        canonical_url(url)
        host_of(url)
        usable_link(url)


@calm
@given(hosts, tails)
@example("example.com", "camp/ground")
@example("www.com", "a")
@example("www.www.m.a.com", "a/")
@example("www.google.com", "amp/s/a.com/b")
@example("a.ampproject.net", "c/s/a.com/b")
@example("a.com", "a?amp")
@example("example", "")
def test_the_quick_way_gives_the_key_of_the_careful_way(host: str, tail: str) -> None:
    for url in (f"https://{host}/{tail}", f"http://{host}{tail}"):
        assert canonical_url(url) == _carefully_canonical(url)


@calm
@given(hosts, tails)
@example("a.com", "amp/.amp")
def test_the_key_of_a_key_is_itself(host: str, tail: str) -> None:
    key = canonical_url(f"https://{host}/{tail}")
    if key is not None:
        assert key.isascii()
        assert canonical_url(key) == key


@calm
@given(hosts, tails)
def test_a_link_stays_as_it_is_and_identifies_the_same(host: str, tail: str) -> None:
    url = f"https://{host}/{tail}"
    link = usable_link(url)
    if link is not None:
        assert usable_link(link) == link
        assert canonical_url(link) == canonical_url(url)
