"""The demo's little town: a reader, an operator, groups, channels, and the web they know."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.content.library import read_all
from bot.domain.article import Article
from bot.domain.clock import Clock
from bot.sandbox.chats import Chat, Person
from bot.sandbox.previews import WebPage
from bot.sandbox.state import Sandbox

TOKEN = "999000:the-demo-needs-no-secret"  # noqa: S105 - the sandbox lets anybody in
READER_ID = 111
OPERATOR_ID = 112
CHANNEL_NAME = "gazette_demo"
ALBUM_NAME = "gazette_album"
COVER_NAME = "gazette_cover"
RICH_NAME = "gazette_rich"


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Who and what there is."""

    sandbox: Sandbox
    reader: Person
    operator: Person
    channel: Chat
    album: Chat
    cover: Chat
    rich: Chat
    group: Chat
    club: Chat
    """A small group of the old kind, which can become a supergroup."""
    forum: Chat
    thread: int
    """The topic of the forum that gets the digest."""
    pages: dict[str, WebPage]
    """The web that they know, by address; grows as stories appear."""


def build(folder: Path, *, clock: Clock, pages: dict[str, WebPage]) -> Town:
    """Build the town; `folder` holds the articles and the pictures of their site."""
    sandbox = Sandbox(TOKEN, clock=clock, flood=True, web=pages, site=folder)
    reader = sandbox.add_person("Reader", user_id=READER_ID, username="demo_reader")
    operator = sandbox.add_person("Operator", user_id=OPERATOR_ID, username="demo_operator")
    channel = sandbox.add_channel(
        "Gazette Daily", username=CHANNEL_NAME, administrators=(operator,)
    )
    album = sandbox.add_channel(
        "Gazette in pictures", username=ALBUM_NAME, administrators=(operator,)
    )
    cover = sandbox.add_channel(
        "Gazette front page", username=COVER_NAME, administrators=(operator,)
    )
    rich = sandbox.add_channel("Gazette long read", username=RICH_NAME, administrators=(operator,))
    group = sandbox.add_group("Reading circle", members=(reader,), administrators=(operator,))
    club = sandbox.add_group(
        "Allotment club", kind="group", members=(reader,), administrators=(operator,)
    )
    forum = sandbox.add_group(
        "Harbour forum", forum=True, members=(reader,), administrators=(operator,)
    )
    thread = sandbox.add_topic(operator, forum, "News")
    return Town(
        sandbox=sandbox,
        reader=reader,
        operator=operator,
        channel=channel,
        album=album,
        cover=cover,
        rich=rich,
        group=group,
        club=club,
        forum=forum,
        thread=thread,
        pages=pages,
    )


def pages_of(articles: Iterable[Article]) -> dict[str, WebPage]:
    """Give the offline pages behind the articles' links, as the little web knows them."""
    pages = {}
    for article in articles:
        picture = article.pictures[0].url if article.pictures else None
        page = WebPage(
            title=article.title,
            description=article.excerpt,
            site_name=article.source or "",
            image=re.sub(r"/{2,}", "/", picture) if picture else None,
            html=_as_html(article),
        )
        for url in (article.link, article.web_url, article.original_url):
            if url:
                pages[url] = page
        for related in article.related:
            if related.url and related.url not in pages:
                pages[related.url] = WebPage(
                    title=related.title,
                    description=related.excerpt,
                    site_name=(related.provider.name if related.provider else None) or "",
                    image=None,
                    html=f"<p>{html.escape(related.excerpt)}</p>",
                )
    return pages


def read_pages(folder: Path) -> dict[str, WebPage]:
    """Read the folder and give its pages."""
    files = read_all((folder,))
    return pages_of(one for file in files if (one := file.article) is not None)


def _as_html(article: Article) -> str:
    """Show the body plainly: paragraphs as paragraphs, nothing of its markup as markup."""
    parts = re.split(r"\n\s*\n", article.body.strip()) if article.body.strip() else []
    return "\n".join(f"<p>{html.escape(part.strip())}</p>" for part in parts or [article.excerpt])
