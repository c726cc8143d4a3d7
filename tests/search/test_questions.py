"""The language of questions, and what an answer tells besides its hits."""

from __future__ import annotations

import pytest

from bot.domain.article import Provider, RelatedStory
from bot.search import Index, Query
from bot.search.highlights import highlights
from bot.search.languages import Stems, detected
from tests.support.questions import NOW, TREE, WEEK, article, ask, filled, paths


@pytest.fixture(scope="module")
def index() -> Index:
    return filled(
        article("video.md", "Lanterns at sea", kind="video", provider=_provider("Harbour Times")),
        article("news.md", "Lanterns and oil", category="news", provider=_provider("Tide & Co")),
        article("course.md", "Oil painting", kind="course", provider=Provider(domain="b.example")),
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("type:video", ["video.md"]),
        ("type:videos lanterns", ["video.md"]),
        ("Type:Video", ["video.md"]),
        ("type:news", ["news.md"]),
        ("type:article", ["news.md"]),
        ("lanterns -type:video", ["news.md"]),
        ("from:harbour", ["video.md"]),
        ('from:"harbour times"', ["video.md"]),
        ("from:harbour-times lanterns", ["video.md"]),
        ("from:tide", ["news.md"]),
        ("from:b.example", ["course.md"]),
        ("lanterns -from:tide", ["video.md"]),
        ("from:nobody", []),
        ("type:video from:tide", []),
        ("type: video", []),
        ("from:", []),
        ("-type:video", []),
    ],
)
def test_filters_keep_a_kind_or_a_provider(index: Index, words: str, found: list[str]) -> None:
    assert paths(ask(index, words)) == found


def test_a_filter_alone_lists_by_freshness_and_heat() -> None:
    index = filled(
        article("old.md", "A", kind="video", days=60, heat=100),
        article("cool.md", "B", kind="video", days=1, heat=10),
        article("hot.md", "C", kind="video", days=1, heat=90),
        article("other.md", "D"),
    )
    assert paths(ask(index, "type:video")) == ["hot.md", "cool.md", "old.md"]
    assert paths(ask(index, "type:video last 7 days")) == ["hot.md", "cool.md"]


def test_an_answer_tells_what_was_understood(index: Index) -> None:
    found = ask(index, "lanterns type:video yesterday")
    assert found.filters == ("type:video",)
    assert found.dated_by == ("yesterday",)
    assert (found.total, found.total_is_exact) == (1, True)


def test_when_nothing_is_found_the_answer_says_why(index: Index) -> None:
    assert ask(index, "volcanoes").why == ("volcanoes",)
    found = ask(index, "lanterns from:nobody")
    assert (found.total, found.why, found.is_narrow) == (0, (), True)
    assert ask(index, "from:nobody").is_narrow is False


def test_a_correction_is_told_and_fits_the_other_words() -> None:
    index = filled(
        article("a.md", "Keeps calm"),
        article("b.md", "Keeps on"),
        article("c.md", "The lighthouse keeper"),
    )
    found = ask(index, "lighthouse keepr")
    assert (paths(found), found.corrected) == (["c.md"], (("keepr", "keeper"),))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lanternz", "lanterns"), ("lntern", "lantern"), ("lanetrn", "lantern"),
        ("photografer", "photographer"), ("anouncemnt", "announcement"), ("teh", ""),
        ("2027", ""), ("цвтки", "цветки"), ("münchenn", "munchen"),
    ],
)  # fmt: skip
def test_slips_of_the_pen(typed: str, meant: str) -> None:
    words = ("lantern", "lanterns", "photographer", "announcement", "the", "2026", "цветки")
    index = filled(
        *(article(f"{n}.md", f"{word} xx") for n, word in enumerate(words)),
        article("m.md", "München"),
    )
    assert [used for _, used in ask(index, typed).corrected] == ([meant] if meant else [])


def test_stories_of_one_event_are_one_hit_that_names_the_others() -> None:
    index = filled(
        article("lead.md", "Comet brightens", heat=90, related=_related("follow.md", "far.md")),
        article("follow.md", "Comet seen by a town"),
        article("far.md", "A bright night"),
        article("own.md", "Comet of 1910"),
    )
    found = ask(index, "comet")
    assert paths(found) == ["lead.md", "own.md"]
    assert set(found.hits[0].also) == {"follow.md", "far.md"}
    assert found.total == 2
    assert paths(ask(index, "town comet")) == ["follow.md"]


def test_a_page_that_everything_names_joins_nothing() -> None:
    articles = [article(f"{n}.md", f"Rain {n}", related=_related("front-page")) for n in range(60)]
    assert ask(filled(*articles), "rain", limit=100).total == 60


def test_a_changed_list_of_related_stories_counts_at_once() -> None:
    index = filled(article("a.md", "Rain", heat=90), article("b.md", "Rain too"))
    assert ask(index, "rain").total == 2
    index.replace([article("a.md", "Rain", heat=90, related=_related("b.md"))])
    assert [(hit.path, hit.also) for hit in ask(index, "rain").hits] == [("a.md", ("b.md",))]
    index.replace([article("a.md", "Rain", heat=90)])
    assert ask(index, "rain").total == 2


def test_changed_heat_counts_at_once() -> None:
    index = filled(article("a.md", "Rain", heat=90), article("b.md", "Rain", heat=10))
    index.replace([article("a.md", "Rain", heat=10), article("b.md", "Rain", heat=90)])
    assert paths(ask(index, "rain")) == ["b.md", "a.md"]
    assert paths(index.hot(now=NOW, half_life=WEEK, limit=1)) == ["b.md"]


def test_a_keyword_of_a_topic_means_the_word_first() -> None:
    index = filled(
        article("filed.md", "Forms for all", topics=("Power Apps",), heat=90),
        article("word.md", "Hall", excerpt="Low code apps", topics=("Power Apps",), heat=20),
    )
    found = ask(index, "low code apps")
    assert (paths(found), found.topics) == (["word.md", "filed.md"], ("Power Apps",))


def test_many_matches_are_counted_by_guess() -> None:
    index = filled(*(article(f"{n}.md", "Rain", days=n / 10) for n in range(2000)))
    found = ask(index, "rain", limit=5)
    assert not found.total_is_exact
    assert 1000 <= found.total <= 4000
    last = ask(index, "rain", limit=5, offset=1998)
    assert (len(last.hits), last.total, last.total_is_exact) == (2, 2000, True)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("The harbour lights are out", "en"), ("Die Bibliothek ist überfüllt und klein", "de"),
        ("La ciudad de los puentes", "es"), ("Les passagers de la nuit sont dans le tram", "fr"),
        ("Uma noite no porto com a banda", "pt"), ("Маяк в порту", "ru"), ("Маяк у порту її", "uk"),
        ("Bir gece ve bir şehir için", "tr"), ("حديقة فوق الأسطح", "ar"),
        ("باغی که روی پشت بام", "fa"),
        ("आज का समाचार", "hi"), ("Sebuah kota yang terang dan tidak tidur", "id"),
        ("彗星の尾", "ja"), ("人工智能的春天", "zh"), ("", "en"), ("Azure 2.0", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_text_is_told(words: str, language: str) -> None:
    assert detected(words.lower().split()) == language


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Bibliothek", "Die Bibliotheken sind in der Stadt und im Dorf"),
        ("ciudades", "La ciudad de los puentes en el sur"),
        ("passager", "Les passagers de la nuit dans le tram"),
        ("маяки", "Старый маяк в порту и его смотритель"),
        ("evler", "Bir ev ve bir bahçe için çok para"),
        ("الحديقة", "حديقة فوق الأسطح"),
        ("telefono", "Los teléfonos de la ciudad en el sur"),
        ("universities", "The university of the sea"),
    ],
)
def test_other_forms_of_a_word_are_found_in_many_languages(typed: str, title: str) -> None:
    index = filled(article("a.md", title), article("b.md", "The rain is here and on the sea"))
    assert paths(ask(index, typed)) == ["a.md"]


def test_a_language_that_is_told_is_not_guessed() -> None:
    index = Index(language="de")
    index.replace([article("a.md", "Bibliotheken")])
    assert paths(ask(index, "bibliothek")) == ["a.md"]
    stems = Stems()
    assert list(stems.of(["bibliotheken", "häuser"], "de")) == ["bibliothek", "haus"]


@pytest.mark.parametrize(
    ("words", "title", "marked"),
    [
        ("lantern", "Two lanterns and a Lantern", ["lanterns", "Lantern"]),
        ("zurich", "Zürich in ZÜRICH", ["Zürich", "ZÜRICH"]),
        ("彗星", "二つの尾をもつ彗星、潮峰", ["彗星"]),
        ("open letter", "🍞 An open letter", ["open letter"]),
        ("us", "The us of A", ["us"]),
    ],
)
def test_the_words_that_matched_are_found_in_the_title(
    words: str, title: str, marked: list[str]
) -> None:
    (hit,) = ask(filled(article("a.md", title)), words).hits
    found = [title[start:end] for start, end in highlights(title, hit.matched)]
    assert " ".join(found) == " ".join(marked)


def test_a_question_may_be_asked_of_a_parsed_query_only_once() -> None:
    query = Query.parse('rain "open letter" -oil from:"harbour times" -type:video')
    assert query.words == ("rain",)
    assert [str(one) for one in query.filters] == ['from:"harbour times"', "-type:video"]
    assert TREE.find("tea") is not None


def _provider(name: str) -> Provider:
    return Provider(name=name)


def _related(*names: str) -> tuple[RelatedStory, ...]:
    return tuple(RelatedStory(title="x", url=f"https://news.example/{name}") for name in names)


def test_words_of_a_time_without_stories_are_looked_for_in_a_row_or_not_at_all() -> None:
    index = filled(
        article("a.md", "The last whale of a long week", days=400),
        article("b.md", "Whales ashore", days=1),
        article("c.md", "A whale in the summer of 2019", days=300),
    )
    found = ask(index, "whale last year")
    assert found.not_then == ()
    assert sorted(paths(found)) == ["a.md", "c.md"]
    found = ask(index, "whale january 2020")
    assert found.not_then == ("january 2020",)
    assert found.total == 3
    assert paths(ask(index, "whale 2019")) == ["c.md"]
    found = ask(index, "whale last week")
    assert (found.not_then, found.total) == (("last week",), 3)
