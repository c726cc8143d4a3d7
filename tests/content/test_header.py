"""Article files as they are: every field, every oddity of bytes, every slip."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.content.fences import MAX_FILE_SIZE
from bot.content.header import Parsed, read
from bot.domain.article import Article, DateSource, Picture, Provider, RelatedStory
from bot.domain.problem import Problem

GOOD = Path(__file__).parents[1] / "articles"
BROKEN = Path(__file__).parents[1] / "articles-broken"
SEED = "_news/2020-09-17-more-than-1000-parents-sign-open-letter.md"
SITE = "https://www.commondreams.org"
STORY = (
    "/newswire/2020/09/16/more-1000-parents-sign-open-letter-calling-ban-facial-recognition-schools"
)
SECRET = "c2VjcmV0"


def parsed(path: str) -> Parsed:
    return read(path, (GOOD / path).read_bytes())


def good(path: str) -> Article:
    result = parsed(path)
    assert result.problems == ()
    assert result.article is not None
    return result.article


def of_fields(fields: str, *, path: str = "a.md") -> tuple[Article, tuple[Problem, ...]]:
    result = read(path, f"---\ntitle: T\n{fields}\n---\n".encode())
    assert result.article is not None, result.problems
    return result.article, result.problems


def clean(fields: str) -> Article:
    article, problems = of_fields(fields)
    assert problems == ()
    return article


def the_problem(fields: str) -> Problem:
    _, problems = of_fields(fields)
    assert len(problems) == 1, problems
    assert not problems[0].is_fatal
    return problems[0]


def test_the_seed_article_is_the_real_one() -> None:
    digest = hashlib.sha256((GOOD / SEED).read_bytes()).hexdigest()
    assert digest == "e14ffe5254d03c3c223ac5920f5bfd0b523bc764732852bf5c78310e50be7439"


def test_the_seed_article_gives_all_its_facts() -> None:
    title = (
        "More than 1,000 Parents Sign Open Letter Calling for a Ban on Facial Recognition "
        "in Schools"
    )
    logo = "/sites/default/files/users/user18439/cd_tall_logo_bw_tparent.png"
    related_site = "https://www.campussafetymagazine.com"
    assert good(SEED) == Article(
        path=SEED,
        title=title,
        kind="article",
        category="news",
        excerpt=(
            "As kids head back to school, parents raise the alarm about invasive surveillance "
            "tech being used both in person and for remote learning, and call for lawmakers and "
            "school administrators to ban facial recognition."
        ),
        dated_at=datetime(2020, 9, 17, 1, 49, tzinfo=UTC),
        date_source=DateSource.FIELD,
        web_url=SITE + STORY,
        original_url=SITE + STORY,
        amp_urls=(
            f"{SITE}{STORY}?amp",
            f"https://www-commondreams-org.cdn.ampproject.org/c/s/www.commondreams.org{STORY}?amp",
        ),
        quality=49,
        heat=49,
        marked_published=False,
        provider=Provider(name="Common Dreams", domain="commondreams.org"),
        topics=("Computer Vision", "AI"),
        pictures=(Picture(url=SITE + logo, width=288, height=342, is_cached=True),),
        related=(
            RelatedStory(
                title=title,
                url=(
                    f"{related_site}/press-release/more-than-1000-parents-sign-open-letter"
                    "-calling-for-a-ban-on-facial-recognition-in-schools/"
                ),
                excerpt=(
                    "The letter is a part of a new effort by Fight for the Future, the digital "
                    "rights group behind BanFacialRecognition.com that will specifically focus "
                    "on K-12 schools."
                ),
                dated_at=datetime(2020, 9, 18, 9, 41, tzinfo=UTC),
                kind="article",
                provider=Provider(name="Campus Safety Magazine", domain="campussafetymagazine.com"),
                quality=29,
                pictures=(
                    Picture(
                        url=(
                            f"{related_site}/wp-content/uploads/2020/09/"
                            "AdobeStock_343780326-scaled.jpeg"
                        ),
                        width=2560,
                        height=1483,
                        is_cached=True,
                    ),
                ),
            ),
        ),
    )


def test_the_lines_of_the_outermost_keys_are_known_but_for_the_secret_one() -> None:
    lines = parsed(SEED).lines
    assert (lines["category"], lines["heat"], lines["related"]) == (2, 12, 29)
    assert "secured" not in lines


@pytest.mark.parametrize("name", sorted(path.name for path in (GOOD / "bytes").iterdir()))
def test_oddities_of_bytes_change_no_fact(name: str) -> None:
    article = good(f"bytes/{name}")
    assert article.title == "Tea prices fall"
    assert article.dated_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert (article.heat, article.topics) == (49, ("Tea",))


def test_line_ends_of_the_body_are_plain() -> None:
    assert good("bytes/2024-03-01-crlf.md").body == "Body line one.\nBody line two."


def test_dashes_in_body_and_values_are_no_fences() -> None:
    body = "First part.\n\n---\n\nSecond part --- with dashes."
    assert good("bytes/2024-03-01-dashes-in-the-body.md").body == body
    assert good("bytes/2024-03-01-dashes-in-a-value.md").excerpt == "one --- two"


def test_every_good_sample_can_be_read() -> None:
    for file in GOOD.rglob("*.m*"):
        result = read(file.relative_to(GOOD).as_posix(), file.read_bytes())
        assert result.article is not None, (file, result.problems)


def test_a_video_keeps_length_pictures_and_unknown_fields() -> None:
    video = good("_learning/videos/2021-05-04-video.md")
    assert video.title == "It's a video: really"
    assert video.kind == "video"
    assert video.duration == timedelta(minutes=46, seconds=46)
    assert video.dated_at == datetime(2021, 5, 4, tzinfo=UTC)
    assert video.marked_published is None
    assert video.provider == Provider(name="Video House")
    assert video.topics == ("Tea", "Coffee & more")
    assert video.pictures == (
        Picture(url="/assets/video.png"),
        Picture(
            url="//cdn.example.com//double//slash.webp",
            width=50,
            height=50,
            title="A cup",
            attribution="Photo by A. Person",
        ),
    )
    assert video.link == "https://video.example.com/watch?v=abc"
    assert set(video.extra) == {"featuredContent", "levels", "ratings", "price"}


def test_a_profile_is_called_by_its_name() -> None:
    profile = good("_people/2022-01-01-profile.md")
    assert (profile.title, profile.kind, profile.body) == ("Ada Example", "profile", "Ada writes.")
    assert profile.topics == ()
    assert "name" not in profile.extra


def test_without_a_date_field_the_name_of_the_file_dates_the_story() -> None:
    article = good("_news/2023-07-08-no-date.md")
    assert article.dated_at == datetime(2023, 7, 8, tzinfo=UTC)
    assert article.date_source is DateSource.FILE_NAME


@pytest.mark.parametrize("path", ["a.md", "2024-13-45-a.md", "2024-03-011.md", "2024-03-01/a.md"])
def test_a_name_without_a_real_date_dates_nothing(path: str) -> None:
    article, _ = of_fields("heat: 1", path=path)
    assert (article.dated_at, article.date_source) == (None, None)


def test_a_withdrawn_story_is_known_as_such() -> None:
    assert good("_news/2023-07-09-withdrawn.md").is_removed


@pytest.mark.parametrize("value", ["'true'", "2024-03-01", "[legal]", "by request"])
def test_whatever_else_stands_at_removed_withdraws_the_story_and_is_noted(value: str) -> None:
    article, problems = of_fields(f"deleted: {value}")
    assert article.is_removed
    assert [problem.key for problem in problems] == ["deleted"]


@pytest.mark.parametrize("value", ["false", "'false'", "~", "no", "0"])
def test_a_removed_that_says_no_withdraws_nothing(value: str) -> None:
    assert not of_fields(f"removed: {value}")[0].is_removed


def test_an_excerpt_is_one_line_with_its_bullets() -> None:
    excerpt = good("_news/2023-07-10-messy-excerpt.md").excerpt
    assert excerpt == "One two three • four https://example.com/x"


def test_emoji_in_halves_are_joined_and_lone_halves_dropped() -> None:
    assert good("_news/2023-07-11-json-emoji.md").title == "Tea 🍵 falls twice"


def test_scripts_and_markup_characters_stay_as_written() -> None:
    title = good("_news/2023-07-12-scripts.md").title
    assert title == 'شاي 茶 चाय <b>&amp; "quoted" 🍵'


def test_unknown_fields_are_kept_in_a_form_that_json_holds() -> None:
    extra = good("_news/2023-07-13-unknown-fields.md").extra
    assert json.loads(json.dumps(extra, allow_nan=False)) == {
        "colour": "green",
        "seenAt": "2024-03-01T08:00:00+02:00",
        "day": "2024-03-01",
        "numbers": [1, 2.5, "inf", hex(123456789012345678901234567890)],
        "deep": {"a": {"b": [True, None]}},
        "tagged": "value",
    }


def test_anchors_aliases_and_merges_are_read() -> None:
    article = good("_news/2023-07-14-anchors.md")
    assert article.excerpt == article.title == "Anchored"
    picture = Picture(url="https://example.com/a.png", width=30, height=20)
    assert article.pictures == (picture,)


def test_a_file_without_a_title_is_an_article_that_nobody_chooses() -> None:
    result = parsed("_news/2023-07-15-secured-only.md")
    assert result.article is not None
    assert result.article.title == ""
    assert [(found.key, found.is_fatal) for found in result.problems] == [("title", False)]


@pytest.mark.parametrize(
    ("name", "place", "key", "mend"),
    [
        ("alias-bomb", (3, 29), None, "without aliases"),
        ("merge-bomb", (3, 4), None, "without aliases"),
        ("recursive", (3, 4), None, "plainly"),
        ("deep", (3, 103), None, "plainly"),
        ("deep-block", (4, 201), None, "plainly"),
        ("colon-in-title", (3, 16), "title", "in double quotes"),
        ("colon-in-related-title", (4, 18), "related", "in double quotes"),
        ("unclosed-quote", (3, 8), "title", "close it"),
        ("quotes-in-quotes", (2, 17), "title", 'as \\"'),
        ("tab-indent", (4, 1), "provider", "replace the tab"),
        ("backslash", (2, 11), "title", "double the backslash"),
        ("at-sign", (2, 8), "title", "in double quotes"),
        ("star", (2, 12), "title", "in double quotes"),
        ("ampersand", (2, 9), "title", "in double quotes"),
        ("no-space-after-colon", (2, None), None, "name: value"),
        ("bad-indent", (3, 7), "title", "indent"),
        ("open-bracket", (3, 9), "topics", "close it"),
        ("bracket-title", (2, 17), "title", "in double quotes"),
        ("list", (2, 1), None, "name: value"),
        ("plain-text", (2, 1), None, "name: value"),
        ("empty-metadata", (2, 1), None, "at least a title"),
        ("empty-mapping", (2, 1), None, "at least a title"),
        ("empty", (1, 1), None, "write it again"),
        ("only-spaces", (1, 1), None, "write it again"),
        ("no-front-matter", (1, 1), None, "three dashes"),
        ("toml", (1, 1), None, "as YAML"),
        ("missing-closing-fence", (1, 1), None, "half written"),
        ("half-written", (1, 1), None, "half written"),
        ("latin-1", (3, 13), None, "UTF-8"),
        ("utf-16", (1, 1), None, "UTF-8"),
        ("binary", (3, 1), None, "restore it"),
        ("two-documents", (4, 1), "heat", "remove that line"),
        ("secured-is-broken", (3, 20), "secured", 'as \\"'),
        ("secured-is-an-alias", (3, 10), "secured", "in double quotes"),
    ],
)
def test_a_broken_file_is_one_fatal_problem_with_place_and_mend(
    name: str, place: tuple[int, int | None], key: str | None, mend: str
) -> None:
    result = read(f"{name}.md", (BROKEN / f"{name}.md").read_bytes())
    assert result.article is None
    [problem] = result.problems
    assert problem.is_fatal
    assert (problem.path, problem.line, problem.column) == (f"{name}.md", *place)
    assert problem.key == key
    assert mend in problem.mend


def test_every_broken_sample_is_told_apart() -> None:
    for file in BROKEN.glob("*.md"):
        assert read(file.name, file.read_bytes()).article is None, file


def test_a_file_over_the_limit_is_not_read() -> None:
    data = b"---\ntitle: T\n---\n"
    data += b"x" * (MAX_FILE_SIZE - len(data))
    assert read("a.md", data).article is not None
    [problem] = read("a.md", data + b"x").problems
    assert "larger than 1024 KiB" in problem.problem


def test_ten_thousand_open_brackets_do_not_end_the_process() -> None:
    for opening in ("[", "{a: ", "- ", "? ", "\n "):
        data = f"---\ntitle: T\nx:\n  {opening * 100_000}\n---\n".encode()
        assert all(found.is_fatal for found in read("a.md", data).problems)


@pytest.mark.parametrize(
    "fields",
    [
        f"secured: '{SECRET};aXY='",
        f"Secured: '{SECRET};aXY='",
        f"secured: &s '{SECRET}'\nother: *s\nheat: *s\nexcerpt: *s",
        f"secured: {{a: &s '{SECRET}'}}\nother: [*s]",
        f"secured: &s '{SECRET}'\n? *s\n: x",
        f"related:\n  - webUrl: https://e.com/\n    secured: '{SECRET}'",
        f"unknown: {{deep: {{secured: '{SECRET}'}}}}",
        f"secured: '{SECRET}\nheat: 1",
        f"secured: {SECRET}: {SECRET}",
        f"heat: 1\nsecured: *{SECRET}",
        f"heat: 1\nsecured: !{SECRET}!x y",
        f"secured: '{SECRET}'\nsecured: '{SECRET}'",
    ],
)
def test_the_secured_field_is_nowhere_in_what_was_read(fields: str) -> None:
    assert SECRET not in repr(read("a.md", f"---\ntitle: T\n{fields}\n---\n".encode()))


@pytest.mark.parametrize("written", ["49", "'49'", "49.0", "' 49 '", "+49", "0x31"])
def test_numbers_are_read_however_they_are_written(written: str) -> None:
    article = clean(f"heat: {written}\nquality: {written}")
    assert (article.heat, article.quality) == (49, 49)


@pytest.mark.parametrize(
    "written",
    [
        "true",
        ".nan",
        ".inf",
        "-.inf",
        "49.5",
        "9" * 5000,
        "hot",
        "''",
        "[1]",
        "{a: 1}",
        "2020-01-01",
    ],
)
def test_what_is_no_number_is_left_out_and_noted(written: str) -> None:
    article, [problem] = of_fields(f"heat: {written}\nquality: 7")
    assert (article.heat, article.quality) == (None, 7)
    assert (problem.key, problem.line, problem.column) == ("heat", 3, 7)


def test_a_heat_below_nothing_is_nothing() -> None:
    article, [problem] = of_fields("heat: -3")
    assert article.heat == 0
    assert problem.key == "heat"


@pytest.mark.parametrize(
    "written",
    [
        "2020-09-17T01:49:00Z",
        "2020-09-17T01:49:00",
        "2020-09-17 01:49:00",
        "'2020-09-17T01:49:00Z'",
        "'2020-09-17T01:49'",
        "'2020-09-17T03:49:00+02:00'",
        "2020-09-17T03:49:00+02:00",
        "2020-09-17T01:49Z",
    ],
)
def test_dates_become_utc(written: str) -> None:
    article = clean(f"publishedDateTime: {written}\nupdatedDateTime: {written}")
    assert article.dated_at == article.updated_at == datetime(2020, 9, 17, 1, 49, tzinfo=UTC)
    assert article.date_source is DateSource.FIELD


@pytest.mark.parametrize(
    "written",
    [
        "2020-13-45",
        "2020-02-30T01:00:00Z",
        "yesterday",
        "20200917",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "'9999-12-31T23:59:59-14:00'",
        "2020-09-17T01:49:00+99:99",
        "99999-01-01",
        "true",
        "[2020-01-01]",
        "!!timestamp x",
    ],
)
def test_an_impossible_date_gives_way_to_the_name_of_the_file(written: str) -> None:
    article, [problem] = of_fields(f"publishedDateTime: {written}", path="n/2021-02-03-x.md")
    assert article.dated_at == datetime(2021, 2, 3, tzinfo=UTC)
    assert article.date_source is DateSource.FILE_NAME
    assert (problem.key, problem.line) == ("publishedDateTime", 3)


@pytest.mark.parametrize(
    ("written", "expected", "count"),
    [
        ("true", True, 0),
        ("no", False, 0),
        ("~", None, 0),
        ("'true'", True, 1),
        ("'Yes'", True, 1),
        ("'false'", False, 1),
        ("soon", None, 1),
        ("2020-01-01", None, 1),
        ("[true]", None, 1),
    ],
)
def test_the_published_flag(written: str, expected: bool | None, count: int) -> None:
    article, problems = of_fields(f"published: {written}")
    assert article.marked_published is expected
    assert [problem.key for problem in problems] == ["published"] * count


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("PT46M46S", timedelta(minutes=46, seconds=46)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("P2W", timedelta(weeks=2)),
        ("pt0.5s", timedelta(seconds=0.5)),
    ],
)
def test_lengths_of_time(written: str, expected: timedelta) -> None:
    assert clean(f"length: {written}").duration == expected


@pytest.mark.parametrize(
    "written", ["P", "PT", "46", "46:46", "P1Y", "P99999999W", "PT" + "9" * 30 + "S", "[]"]
)
def test_what_is_no_length_is_noted(written: str) -> None:
    assert the_problem(f"length: {written}").key == "length"


@pytest.mark.parametrize("written", ["1984", "2020-09-17", "true", "007", "1.50", "12:30"])
def test_a_bare_title_that_yaml_takes_for_something_else_is_read_as_written(written: str) -> None:
    result = read("a.md", f"---\ntitle: {written}\n---\n".encode())
    assert result.article is not None
    assert result.article.title == written
    assert [problem.key for problem in result.problems] == ["title"]


@pytest.mark.parametrize(
    ("fields", "key", "line"),
    [
        ("excerpt: [a]", "excerpt", 3),
        ("type: {a: b}", "type", 3),
        ("category: [news]", "category", 3),
        ("webUrl: 42", "webUrl", 3),
        ("originalUrl: [https://e.com/]", "originalUrl", 3),
        ("ampWebUrl: {}", "ampWebUrl", 3),
        ("provider: 5", "provider", 3),
        ("provider: [a, b]", "provider", 3),
        ("provider:\n  domain: [a]", "provider.domain", 4),
        ("provider:\n  authors:\n    - 5", "provider.authors[0]", 5),
        ("topics: 5", "topics", 3),
        ("topics: {a: b}", "topics", 3),
        ("topics:\n  - A\n  - [B]", "topics[1]", 5),
        ("topics:\n  - A\n  -", "topics[1]", 5),
        ("images:\n  - url: https://e.com/a.png\n    width: wide", "images[0].width", 5),
        ("images:\n  - url: https://e.com/a.png\n    height: 0", "images[0].height", 5),
        ("images:\n  - url: https://e.com/a.png\n    isCached: 'yes'", "images[0].isCached", 5),
        ("images:\n  - https://e.com/a.png\n  - width: 3", "images[1].url", 5),
        ("images:\n  - 5", "images[0]", 4),
        ("images: true", "images", 3),
        ("images:\n  url: https://e.com/a.png", "images", 4),
        ("related:\n  - title: A\n    quality: x", "related[0].quality", 5),
        ("related:\n  - excerpt: A", "related[0].title", 4),
        ("related:\n  - title: A\n    images:\n      - url: 5", "related[0].images[0].url", 6),
        ("heat: 1\nheat: 2", "heat", 4),
        ("Heat: 2", "Heat", 3),
        ("web_url: https://e.com/", "web_url", 3),
        ("? [a]\n: b", None, 3),
        ("excerpt: a\x01b", None, 3),
    ],
)
def test_a_wrong_value_costs_itself_alone_and_is_told_by_line_and_key(
    fields: str, key: str | None, line: int
) -> None:
    problem = the_problem(fields)
    assert (problem.key, problem.line) == (key, line)
    assert problem.problem
    assert problem.mend
    assert of_fields(fields)[0].title == "T"


def test_short_forms_are_understood() -> None:
    article = clean(
        "provider:\n  name: House\n  authors: [Ada, {name: Grace}]\n"
        "images: [https://e.com/a.png]\nrelated: [https://e.com/other]"
    )
    assert article.provider == Provider(name="House", authors=("Ada", "Grace"))
    assert article.pictures == (Picture(url="https://e.com/a.png"),)
    assert article.related == (RelatedStory(title="", url="https://e.com/other"),)


def test_topics_in_one_text_are_split_and_noted() -> None:
    article, [problem] = of_fields("topics: Computer Vision, AI")
    assert article.topics == ("Computer Vision", "AI")
    assert problem.key == "topics"


def test_a_topic_counts_once() -> None:
    assert clean("topics: [Tea, AI, Tea]").topics == ("Tea", "AI")


def test_lines_are_those_of_the_file_also_behind_blank_lines_and_crlf() -> None:
    data = b"\xef\xbb\xbf\r\n\r\n---\r\ntitle: T\r\nheat: hot\r\n---\r\n"
    [problem] = read("a.md", data).problems
    assert (problem.line, problem.column) == (5, 7)


def test_control_characters_disappear_from_titles() -> None:
    result = read("a.md", b'---\ntitle: "A \\x07 \\0B\\t\\u200bC"\n---\n')
    assert result.article is not None
    assert result.article.title == "A B \u200bC"
