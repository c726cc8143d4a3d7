"""Which picture stands for a story."""

from __future__ import annotations

import pytest

from bot.domain.article import Article, Picture, Provider, RelatedStory
from bot.domain.picture import Looks, Seen
from bot.rendering.illustration import Illustration, keys_to_look_at, lead_picture
from tests.rendering.builders import an_article, the_seed_article

WEB = "https://cdn.example/a.png"


def chosen(*pictures: Picture, site_url: str | None = None) -> Illustration | None:
    return lead_picture(an_article(pictures=pictures), site_url=site_url)


def test_the_largest_of_its_own_pictures_is_chosen() -> None:
    small = Picture(url="https://cdn.example/s.png", width=300, height=300)
    large = Picture(url=WEB, width=1200, height=800)
    assert chosen(small, large) == Illustration(WEB, WEB)


def test_the_seed_article_is_shown_with_its_own_picture() -> None:
    found = lead_picture(the_seed_article())
    assert found is not None
    assert found.photo.endswith("cd_tall_logo_bw_tparent.png")


def test_coverage_lends_its_picture_to_a_story_without() -> None:
    related = RelatedStory(title="x", pictures=(Picture(url=WEB, width=640, height=480),))
    logo = Picture(url="https://cdn.example/logo.png", width=50, height=50)
    article = an_article(pictures=(logo,), related=(related,))
    assert lead_picture(article) == Illustration(WEB, WEB)


@pytest.mark.parametrize(
    "picture",
    [
        Picture(url="https://cdn.example/logo.svg"),
        Picture(url="https://cdn.example/moving.GIF?x=1"),
        Picture(url=WEB, width=1, height=1),
        Picture(url=WEB, width=1200, height=150),
        Picture(url=WEB, width=9000, height=3001),
        Picture(url=WEB, width=300, height=1200),
        Picture(url=WEB, width=0, height=0),
        Picture(url="http://localhost/a.png"),
        Picture(url="ftp://cdn.example/a.png"),
        Picture(url="data:image/png;base64,AAAA"),
        Picture(url="/assets/../../secret.png"),
        Picture(url="/assets/%2e%2e/secret.png"),
        Picture(url="/assets/..\\secret.png"),
        Picture(url="https://[bad"),
        Picture(url=""),
    ],
)
def test_a_picture_that_cannot_be_shown_is_passed_over(picture: Picture) -> None:
    assert chosen(picture, site_url="https://site.example") is None


@pytest.mark.parametrize("url", ["/assets/a b.png", "//assets//a%20b.png", "assets/a%20b.png?v=2"])
def test_a_site_relative_picture_is_uploaded_from_the_library(url: str) -> None:
    found = chosen(Picture(url=url))
    assert found == Illustration(None, "attach://assets/a b.png")


def test_a_site_relative_picture_has_an_address_where_the_site_is_known() -> None:
    picture = Picture(url="//assets//a.png")
    for site in ("https://site.example", "https://site.example/"):
        found = chosen(picture, site_url=site)
        assert found == Illustration("https://site.example/assets/a.png", "attach://assets/a.png")


def test_an_address_without_a_scheme_names_its_host() -> None:
    found = chosen(Picture(url="//cdn.example/a.png"))
    assert found == Illustration(WEB, WEB)


PHOTO = Seen(width=1200, height=800)
LOGO = Seen(width=600, height=600, is_drawn=True)


def seen(article: Article, looks: Looks) -> str | None:
    found = lead_picture(article, site_url="https://site.example", looks=looks)
    return found.photo if found else None


def test_what_was_seen_wins_over_what_is_declared() -> None:
    tiny = Picture(url="https://cdn.example/tiny", width=50, height=50)
    vast = Picture(url="https://cdn.example/vast", width=2560, height=1440)
    article = an_article(pictures=(tiny, vast))
    assert keys_to_look_at(article) == (vast.url, tiny.url)
    assert seen(article, {tiny.url: PHOTO, vast.url: Seen(width=120, height=120)}) == tiny.url
    assert seen(article, {tiny.url: None, vast.url: None}) is None
    assert seen(article, {}) == vast.url


def test_a_photo_of_the_coverage_is_better_than_the_storys_logo() -> None:
    article = the_seed_article()
    own, elsewhere = article.pictures[0].url, article.related[0].pictures[0].url
    photo = Seen(width=2560, height=1483)
    logo = Seen(width=288, height=342)
    assert seen(article, {own: logo, elsewhere: photo}) == elsewhere  # its name tells
    assert seen(article, {own: logo, elsewhere: None}) == own
    plain = an_article(pictures=(Picture(url=WEB),), related=article.related)
    assert seen(plain, {WEB: LOGO, elsewhere: photo}) == elsewhere  # its colours tell
    assert seen(plain, {WEB: Seen(width=400, height=300), elsewhere: photo}) == WEB


def test_a_providers_logo_never_stands_for_a_story() -> None:
    logo = Picture(url=WEB, width=800, height=800)
    own = Provider(name="Paper", pictures=(logo,))
    related = RelatedStory(title="x", pictures=(logo,), provider=own)
    for article in (
        an_article(pictures=(logo,), provider=own),
        an_article(related=(related,)),
    ):
        assert lead_picture(article) is None
        assert keys_to_look_at(article) == ()


def test_a_well_shaped_picture_is_better_than_a_larger_ribbon() -> None:
    ribbon = Picture(url="https://cdn.example/ribbon")
    fine = Picture(url="https://cdn.example/fine")
    article = an_article(pictures=(ribbon, fine))
    looks = {ribbon.url: Seen(width=2800, height=1000), fine.url: Seen(width=1200, height=700)}
    assert seen(article, looks) == fine.url


def test_what_telegram_would_not_take_from_its_address_is_uploaded() -> None:
    article = an_article(pictures=(Picture(url=WEB),))
    converted = Seen(width=900, height=600, is_plain=False)
    assert seen(article, {WEB: converted}) == f"attach://{WEB}"
    assert seen(article, {WEB: PHOTO}) == WEB


def test_a_site_relative_picture_is_looked_for_below_the_library_first() -> None:
    article = an_article(pictures=(Picture(url="/assets/a.png"),))
    web = "https://site.example/assets/a.png"
    assert keys_to_look_at(article, site_url="https://site.example") == ("assets/a.png", web)
    assert seen(article, {"assets/a.png": PHOTO, web: PHOTO}) == "attach://assets/a.png"
    assert seen(article, {"assets/a.png": None, web: PHOTO}) == web


def test_at_most_four_pictures_of_a_story_and_four_of_its_coverage_are_looked_at() -> None:
    def some(name: str) -> tuple[Picture, ...]:
        return tuple(
            Picture(url=f"https://{name}.example/{n}", width=300 + n, height=300) for n in range(20)
        )

    related = RelatedStory(title="x", pictures=some("other"))
    keys = keys_to_look_at(an_article(pictures=some("own"), related=(related,)))
    assert keys == tuple(
        f"https://{name}.example/{n}" for name in ("own", "other") for n in (19, 18, 17, 16)
    )


def test_a_picture_below_the_library_is_not_exchanged_for_the_same_one_on_the_site() -> None:
    article = an_article(pictures=(Picture(url="/assets/a.png"),))
    assert seen(article, {"assets/a.png": LOGO}) == "attach://assets/a.png"
