"""What all audiences of a moment share changes nothing of what any of them gets."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article, DateSource, Provider, StoryKey
from bot.domain.digest import Digest
from bot.domain.rules import Leaning, Weights
from bot.domain.schedule import EVERY_DAY, Times
from bot.domain.selection import Known, Pool
from bot.domain.subscription import ChatId, ChatKind, Hours, Layout, Subscription
from bot.domain.topic import TopicTree
from bot.publishing.moment import Audience, Moment
from bot.publishing.publication import Publication
from bot.rendering import digests as rendering
from tests.support.examples import examples

NOW = datetime(2026, 5, 13, 22, 30, tzinfo=UTC)
TREE = TopicTree()
PLAN = Publication(schedule=Times(times=(), zone="UTC", days=EVERY_DAY))
WORDS = ("ferry", "fog", "harbour", "bakery", "bread", "vote", "storm", "coast", "school", "bridge")


def library(chance: random.Random) -> list[Known]:
    """Up to thirty stories, some of one event, some withdrawn, some long ago."""
    return [
        Known(
            article=Article(
                path=f"{number}.md",
                title=" ".join(chance.sample(WORDS, 6)) if chance.random() > 0.2 else FERRY,
                excerpt=" ".join(chance.sample(WORDS, 8)),
                web_url=f"https://p{number % 5}.example/{number}",
                dated_at=NOW - timedelta(hours=chance.random() * 180),
                date_source=DateSource.FIELD,
                heat=chance.choice((None, 20, 60, 60, 90)),
                kind=chance.choice(("article", "video")),
                topics=tuple(chance.sample(("Tea", "Rain", "Sea"), chance.randint(0, 2))),
                provider=Provider(domain=f"p{number % 5}.example"),
                is_removed=chance.random() < 0.1,
            )
        )
        for number in range(chance.randint(0, 30))
    ]


FERRY = "Ferry runs aground near the harbour in fog"

subscriptions = st.builds(
    Subscription,
    chat_id=st.integers(1, 5).map(ChatId),
    chat_kind=st.sampled_from((ChatKind.PRIVATE, ChatKind.GROUP)),
    followed=st.sampled_from(((), ("Tea",), ("Rain", "Sea"))),
    muted=st.sampled_from(((), ("Sea",))),
    words_in=st.sampled_from(((), ("fog",))),
    words_out=st.sampled_from(((), ("bread",))),
    size=st.sampled_from((None, 1, 3, 12)),
    layout=st.sampled_from((None, Layout.CARDS, Layout.RICH)),
    weights=st.sampled_from((None, Weights(heat=2, follows=0.5))),
    is_silent=st.sampled_from((None, True)),
    has_pictures=st.sampled_from((None, False)),
    language=st.sampled_from((None, "de", "ar")),
    hours=st.sampled_from((Hours(), Hours(zone="Asia/Tokyo"))),
    leanings=st.sampled_from(
        (frozenset[Leaning](), frozenset({Leaning(name="p1.example", steps=-2, is_provider=True)}))
    ),
)


def plain(audience: Audience, known: list[Known]) -> Digest:
    """Choose and write for one audience as if there were no other."""
    wish = audience.subscription
    pool = Pool(known, topics=TREE, now=NOW)
    choosing = pool.choose if audience.received else pool.choose_first
    items = choosing(PLAN.rules_for(wish, TREE), received=audience.received).items
    style = PLAN.style(
        is_shared=wish.chat_kind.is_shared,
        now=NOW,
        layout=wish.layout,
        looks={},
        hours=wish.hours,
        language=wish.reading_language,
    )
    style = replace(
        style, is_silent=bool(wish.is_silent), has_pictures=wish.has_pictures is not False
    )
    return Digest(items=items, messages=rendering.render(items, style=style))


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(subscriptions, min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_digests_of_a_moment_are_those_of_each_audience_alone(
    wishes: list[Subscription], chance: random.Random
) -> None:
    known = library(chance)
    keys = [one.article.story_key for one in known]
    histories: list[frozenset[StoryKey]] = [
        frozenset(chance.sample(keys, min(count, len(keys)))) for count in (0, 1, 2, 4, 4, 8)
    ]
    everybody = [
        Audience(subscription=wish, received=received, addresses=())
        for wish in wishes
        for received in histories
    ]
    moment = Moment(known, publication=PLAN, topics=TREE, now=NOW)
    chosen = [(one, moment.choose(one)) for one in everybody]
    for audience, items in chosen:
        digest = moment.write(items, audience.subscription)
        alone = plain(audience, known)
        assert (digest.items, digest.messages) == (alone.items, alone.messages)
        assert digest.hash == alone.hash
        assert moment.write(items, audience.subscription) is digest
