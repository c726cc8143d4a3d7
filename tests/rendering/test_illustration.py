"""Which picture stands for a story."""

from __future__ import annotations

import pytest

from bot.domain.article import Picture, RelatedStory
from bot.rendering.illustration import Illustration, lead_picture
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
