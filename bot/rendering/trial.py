"""Templates are tried before anybody reads them: on real articles, and on the worst there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.article import Article, Provider, RelatedStory
from bot.domain.callback import Action, Callback
from bot.domain.digest import Item
from bot.domain.problem import Problem
from bot.domain.subscription import Layout
from bot.rendering import inline
from bot.rendering.answers import MAX_HITS, Shown, results_page
from bot.rendering.digests import render
from bot.rendering.lines import lead_block, line_block
from bot.rendering.listing import foot, head
from bot.rendering.overrides import Templates
from bot.rendering.stories import story_view
from bot.rendering.style import Style

MOST_ALSO = 9


def try_out(
    templates: Templates, articles: Sequence[Article], *, styles: Sequence[Style]
) -> tuple[Problem, ...]:
    """Write every block with these articles and hostile ones; gives what is wrong, each once.

    `styles` hold the templates.
    """
    chosen = (*articles, *hostile_articles())
    for style in styles:
        if style.templates is not None:
            for layout in style.templates.layouts:
                _write(chosen, style=replace(style, layout=layout))
    found: dict[tuple[str, int | None, str], Problem] = {}
    for problem in templates.problems():
        told = "".join(sign for sign in problem.problem if not sign.isdigit())
        found.setdefault((problem.path, problem.line, told), problem)
    return tuple(found.values())


def _write(articles: Sequence[Article], *, style: Style) -> None:
    head(style)
    head(style, marker="1/2")
    foot(style, len(articles))
    for number, article in enumerate(articles, start=1):
        others = tuple(other for other in articles if other is not article)[:MOST_ALSO]
        for also in ((), others):
            item = Item(article=article, score=1.0, also=also)
            lead_block(item, style=style)
            line_block(number, article, also=also, style=style, is_update=bool(also))
            if style.layout in (Layout.CARDS, Layout.LIST):
                render((item,), style=replace(style, layout=Layout.CARDS))
            if style.layout is Layout.LIST:
                story_view(article, style=style, also=also)
    if style.layout is Layout.LIST:
        inline.results(articles, style=style)
        _answer(articles, style=style)


def _answer(articles: Sequence[Article], *, style: Style) -> None:
    """Show the articles that need most room together, as an answer does."""
    longest = sorted(articles, key=lambda one: len(one.title), reverse=True)[:MAX_HITS]
    results_page(
        [Shown(article=article) for article in longest],
        heading="x",
        total=len(longest),
        page=1,
        page_size=MAX_HITS,
        pager=lambda number: Callback(Action.NOTHING, (str(number),)),
        style=style,
    )


def hostile_articles() -> Iterator[Article]:
    """Give articles with everything that has broken somebody's template before."""
    titles = (
        "<b>5 < 7 & </a> {{ title }} {% if %}",
        "READ_ME.md, main.py, @name, #tag, $USD, /start and https://example.com/?a=1&lt=2",
        "مقال عن الشاي (2026) <i>مهم</i>",
        "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇺🇦👍🏽 e\u0301 क्षि \u202eevil\u202c",
        "名" * 400,
        "word " * 600,
        "",
    )
    for number, title in enumerate(titles):
        yield Article(
            path=f"hostile/{number}.md",
            title=title,
            excerpt=title * 3,
            web_url=None if number % 3 == 2 else f"https://example.com/{number}?a=1&lt=2",
            provider=Provider(name=title[:60] or None, domain="example.com"),
            topics=(title[:30], "C#", "Computer Vision") if number % 2 else (),
            duration=timedelta(minutes=47) if number % 2 else None,
            extra={"price": "$9.99"} if number % 2 else {},
            heat=None if number % 2 else 60,
            related=tuple(
                RelatedStory(title=title or "x", url=f"https://other.example/{number}/{other}")
                for other in range(4)
            ),
        )
