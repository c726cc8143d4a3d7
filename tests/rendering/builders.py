"""Articles for rendering tests; every builder defaults everything but the point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import Article, Picture, Provider, RelatedStory
from bot.domain.digest import Item

NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)

SEED_URL = (
    "https://www.commondreams.org/newswire/2020/09/16/"
    "more-1000-parents-sign-open-letter-calling-ban-facial-recognition-schools"
)
SEED_RELATED_URL = (
    "https://www.campussafetymagazine.com/press-release/more-than-1000-parents-sign-open-letter-"
    "calling-for-a-ban-on-facial-recognition-in-schools/"
)
SEED_TITLE = (
    "More than 1,000 Parents Sign Open Letter Calling for a Ban on Facial Recognition in Schools"
)


def an_article(number: int = 1, **facts: Any) -> Article:
    """Build an article of its own address and path."""
    defaults: dict[str, Any] = {
        "path": f"_news/2026-11-16-story-{number}.md",
        "title": f"Story number {number}",
        "excerpt": f"What story {number} is about, in a sentence.",
        "web_url": f"https://example.org/stories/{number}",
        "dated_at": NOW - timedelta(hours=20),
        "provider": Provider(name=f"Paper {number}", domain=f"paper{number}.example"),
        "topics": ("AI",),
        "heat": 60,
    }
    return Article(**(defaults | facts))


def an_item(number: int = 1, *, also: tuple[Article, ...] = (), **facts: Any) -> Item:
    """Build an item led by `an_article`."""
    return Item(article=an_article(number, **facts), score=50.0, also=also)


def the_seed_article() -> Article:
    """Build the article that the real publisher's reference file describes."""
    return Article(
        path="_news/2020-09-17-more-than-1000-parents-sign-open-letter.md",
        title=SEED_TITLE,
        category="news",
        excerpt=(
            "As kids head back to school, parents raise the alarm about invasive surveillance "
            "tech being used both in person and for remote learning, and call for lawmakers and "
            "school administrators to ban facial recognition."
        ),
        dated_at=datetime(2020, 9, 17, 1, 49, tzinfo=UTC),
        web_url=SEED_URL,
        original_url=SEED_URL,
        amp_urls=(f"{SEED_URL}?amp",),
        quality=49,
        heat=49,
        marked_published=False,
        provider=Provider(name="Common Dreams", domain="commondreams.org"),
        topics=("Computer Vision", "AI"),
        pictures=(
            Picture(
                url="https://www.commondreams.org/sites/default/files/users/user18439/"
                "cd_tall_logo_bw_tparent.png",
                width=288,
                height=342,
                is_cached=True,
            ),
        ),
        related=(
            RelatedStory(
                title=SEED_TITLE,
                excerpt="The letter is a part of a new effort by Fight for the Future.",
                dated_at=datetime(2020, 9, 18, 9, 41, tzinfo=UTC),
                url=SEED_RELATED_URL,
                provider=Provider(name="Campus Safety Magazine", domain="campussafetymagazine.com"),
                quality=29,
                pictures=(
                    Picture(
                        url="https://www.campussafetymagazine.com/wp-content/uploads/2020/09/"
                        "AdobeStock_343780326-scaled.jpeg",
                        width=2560,
                        height=1483,
                        is_cached=True,
                    ),
                ),
            ),
        ),
    )


def renamed(article: Article, title: str) -> Article:
    """Give the article another headline."""
    return replace(article, title=title)
