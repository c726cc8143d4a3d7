"""`gazette preview`: what a digest would be, with its account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.cli import inputs
from bot.cli.choosing import changed
from bot.cli.looks import Lookout
from bot.domain.digest import Digest, Item
from bot.domain.message import ATTACHED, SEND_RICH, Message, hash_of
from bot.domain.picture import Looks, is_collage, parts_of
from bot.domain.rich import blocks_of, photos_of
from bot.domain.richtext import plain_text
from bot.domain.selection import Choice, Known, Left, choose
from bot.domain.subscription import Layout
from bot.domain.topic import TopicTree
from bot.errors import SettingsError
from bot.publishing.publication import Publication
from bot.rendering import accounts
from bot.rendering import digests as rendering
from bot.settings import load
from bot.wiring import publication

if TYPE_CHECKING:
    from bot.cli.page import Pictures

NAMED = 3
"""Articles that are named for each reason unless all are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The flags of the command; None: as the settings say."""

    articles: Path | None = None
    now: str | None = None
    size: int | None = None
    topics: str | None = None
    layout: str | None = None
    changes: Sequence[str] = ()


def preview(wish: Wish, *, html: Path | None, as_json: bool, ledger: bool = False) -> None:
    """Choose and render as for a channel that has received nothing yet, and print it."""
    loaded = load(changes=changed(wish.changes))
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    now = inputs.moment(wish.now, flag="--now")
    layout = _layout(wish.layout)
    chosen = inputs.folders(wish.articles, loaded.settings)
    files = inputs.read_library(chosen)
    articles = [one for file in files if (one := file.article) is not None]
    topics, topic_problems = inputs.topic_tree(loaded.settings, chosen, articles)
    inputs.warn([*(problem for file in files for problem in file.problems), *topic_problems])

    plan = publication(loaded.settings)
    rules = replace(plan.rules, size=wish.size or plan.rules.size, only=_only(wish.topics, topics))
    library = [Known(article=article) for article in articles]
    choice = choose(library, rules, topics=topics, now=now)
    used = layout or plan.layout
    # The page shows every layout, the one that would be used first.
    shown = [used] if html is None or layout is not None else [used, *_others(used)]
    with Lookout(chosen, site_url=plan.site_url) as lookout:
        looks = lookout.look(choice.items, shown)
        digests = {one: _digest(choice, plan, layout=one, now=now, looks=looks) for one in shown}
        if html is not None:
            from bot.cli.page import previews_of, uploads_of  # only who asks for a page waits

            addresses = previews_of(digests.values(), looks=looks, site_url=plan.site_url)
            pictures = lookout.embed([*uploads_of(digests.values()), *addresses.values()])
            pictures |= {
                address: pictures[key] for address, key in addresses.items() if key in pictures
            }
            _write_page(html, digests, pictures, now=now)
    if plan.templates is not None:
        inputs.warn(plan.templates.problems())
    digest = digests[used]
    if as_json:
        typer.echo(json.dumps(as_values(digest, choice, now=now), ensure_ascii=False, indent=2))
    else:
        _print(digest, choice, count=len(articles), most=None if ledger else NAMED)


def _others(used: Layout) -> Iterable[Layout]:
    return (layout for layout in Layout if layout is not used)


def as_values(digest: Digest, choice: Choice, *, now: datetime) -> dict[str, Any]:
    """Give the JSON of `preview --json`: what is sent, and the whole ledger of the choice."""
    return {
        "digest": hash_of(digest.messages),
        "now": now.isoformat().replace("+00:00", "Z"),
        "items": [_item(item) for item in digest.items],
        "messages": [message.as_json() for message in digest.messages],
        "left": [_left(one) for one in choice.left],
    }


def _left(left: Left) -> dict[str, Any]:
    article = left.article
    return {
        "path": article.path,
        "title": article.title,
        "url": article.link,
        "reason": left.reason,
        "score": left.score,
        "reasons": dict(left.reasons),
    }


def _item(item: Item) -> dict[str, Any]:
    article = item.article
    reasons = {name: value for name, value in item.reasons.items() if name != "event"}
    return {
        "path": article.path,
        "title": article.title,
        "url": article.link,
        "score": item.score,
        "reasons": reasons,
        "event": [other.path for other in item.also],
    }


def _layout(name: str | None) -> Layout | None:
    if name is None:
        return None
    try:
        return Layout(name.lower())
    except ValueError:
        known = ", ".join(layout.value for layout in Layout)
        raise SettingsError([f"--layout: {name!r} is none of {known}"]) from None


def _only(names: str | None, topics: TopicTree) -> frozenset[str]:
    if names is None:
        return frozenset()
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if topics.find(name) is None:
            near = ", ".join(topic.name for topic in topics.nearest(name))
            hint = f"; the nearest are {near}" if near else ""
            typer.echo(f"warning: --topics: no article has the topic {name!r}{hint}", err=True)
    return topics.families(wanted)


def _digest(
    choice: Choice, plan: Publication, *, layout: Layout, now: datetime, looks: Looks
) -> Digest:
    if not choice.items:
        return Digest(items=(), messages=())
    style = plan.style(is_shared=True, now=now, layout=layout, looks=looks)
    return Digest(items=choice.items, messages=rendering.render(choice.items, style=style))


def _print(digest: Digest, choice: Choice, *, count: int, most: int | None) -> None:
    if not digest.items:
        if count:
            said = "1 article is" if count == 1 else f"{count} articles is"
            typer.echo(f"Nothing to say: none of {said} fresh and unpublished or hot.")
        else:
            typer.echo("Nothing to say: there is no article that can be read in this folder.")
        for line in _why(choice, most):
            typer.echo(line)
        return
    for number, message in enumerate(digest.messages, start=1):
        rule = f"── message {number} of {len(digest.messages)} · {message.method} "
        typer.echo(rule.ljust(72, "─"))
        typer.echo(message.text)
        for line in _shown_beside(message):
            typer.echo(line)
    typer.echo("── why ".ljust(72, "─"))
    for number, item in enumerate(digest.items, start=1):
        typer.echo(f"{number:>2}. {item.score:8.2f}  {item.article.path}")
        typer.echo(f"      {' · '.join(accounts.factors(item.reasons))}")
        for line in accounts.circumstances(item.reasons):
            typer.echo(f"      {line}")
    for line in _why(choice, most):
        typer.echo(line)
    typer.echo(f"digest {digest.hash}")


def _shown_beside(message: Message) -> Iterable[str]:
    """Tell what a terminal cannot show: the picture or preview, and where the words lead."""
    parameters = message.parameters
    preview = parameters.get("link_preview_options", {}).get("url")
    shown = [parameters, *parameters.get("media", ())]
    if message.method == SEND_RICH:
        texts = [plain_text(block["text"]) for block in blocks_of(message) if "text" in block]
        shown = [{"photo": photo} for photo in photos_of(message)]
        shown += [{"entities": [one.as_json() for one in text.entities]} for text in texts]
    for photo in [one.get("photo") or one.get("media") for one in shown]:
        if isinstance(photo, str):
            key = photo.removeprefix(ATTACHED)
            parts = [name for _, name in parts_of(key)] if is_collage(key) else [key]
            yield from (f"[picture: {part}]" for part in parts)
    if preview:
        yield f"[preview: {preview}]"
    entities = [
        entity
        for one in shown
        for entity in one.get("entities") or one.get("caption_entities") or ()
    ]
    for url in dict.fromkeys(entity["url"] for entity in entities if "url" in entity):
        yield f"[link: {url}]"


def _why(choice: Choice, most: int | None) -> Iterable[str]:
    """Tell of what was left out, by reason; at most so many of each are named."""
    for reason, group in accounts.by_reason(choice.left):
        yield f"left out: {len(group)} × {reason}"
        for one in group[:most]:
            yield f"    {'' if one.score is None else f'{one.score:.2f}':>8}  {one.article.path}"
            if most is None and one.reasons:
                yield f"{'':14}{' · '.join(accounts.factors(one.reasons))}"
        if most is not None and len(group) > most:
            yield f"{'':14}and {len(group) - most} more (--ledger tells of all)"


def _write_page(
    path: Path, digests: Mapping[Layout, Digest], pictures: Pictures, *, now: datetime
) -> None:
    from bot.cli.page import page_of

    named = {layout.value: digest for layout, digest in digests.items()}
    try:
        path.write_text(page_of(named, now=now, pictures=pictures), encoding="utf-8")
    except OSError as error:
        raise SettingsError([f"--html: {path} cannot be written: {error.strerror}"]) from error
