"""The clean-up of text and entities, compared with Telegram's own parser."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import tdjson
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.sandbox.entities import Entity, check_links, format_text, with_autolinks
from bot.sandbox.errors import ApiError
from bot.sandbox.links import BadLink, check_link, person_of
from bot.sandbox.text import is_visible, utf16_length
from tests.support.examples import examples

NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "blockquote": "BlockQuote",
    "expandable_blockquote": "ExpandableBlockQuote",
    "text_link": "TextUrl",
    "url": "Url",
    "email": "EmailAddress",
    "mention": "Mention",
    "bot_command": "BotCommand",
    "hashtag": "Hashtag",
    "cashtag": "Cashtag",
}
KINDS = {name: kind for kind, name in NAMES.items()}
REMOVED = {0x0D: None, 0x2028: None, 0x202E: None, 0x030A: None}


def ask(request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(tdjson.td_execute(orjson.dumps(request)) or b"{}")
    return answer


ask({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def kind_of(entity: dict[str, Any]) -> str:
    name = str(entity["type"]["@type"]).removeprefix("textEntityType")
    return KINDS.get(name, name)


def telegrams(text: str, entities: list[Entity]) -> object:
    """Clean a text as Telegram does, with Markdown out of the way."""
    given_entities = [
        {
            "@type": "textEntity",
            "offset": one.offset,
            "length": one.length,
            "type": {"@type": f"textEntityType{NAMES[one.kind]}", **one.details},
        }
        for one in entities
    ]
    formatted = {"@type": "formattedText", "text": text, "entities": given_entities}
    answer = ask({"@type": "parseMarkdown", "text": formatted})
    if answer["@type"] == "error":
        return answer["message"].lower()
    found = [
        (kind_of(one), one["offset"], one["length"], one["type"].get("url"))
        for one in answer.get("entities", [])
    ]
    return answer["text"], found


def ours(text: str, entities: list[Entity]) -> object:
    try:
        cleaned, settled = format_text(text, check_links(entities), trim=False)
    except ApiError as error:
        return error.description.removeprefix("Bad Request: ").lower()
    return cleaned, [(one.kind, one.offset, one.length, one.details.get("url")) for one in settled]


# No characters of Markdown: the parser that serves as the judge would act on them.
letters = st.sampled_from(
    [*"abé 😀𝐀中x\n\r\t\x00", "\u2028", "\u202e", "\u030a", "\u200e", "\u200f", "\u00a0", "\u200b"]
)
plain = st.lists(letters, min_size=1, max_size=16).map("".join)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[Entity]]:
    text = draw(plain)
    assume(text.translate(REMOVED).strip(" \n\t\x00"))
    end = utf16_length(text)
    entities = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from([*NAMES][:10]))
        start, stop = sorted((draw(st.integers(0, end + 1)), draw(st.integers(0, end + 1))))
        details = {"url": f"https://e.com/{number}"} if kind == "text_link" else {}
        entities.append(Entity(kind, start, stop - start, details))
    return text, entities


@settings(max_examples=examples(600), deadline=None)
@given(marked())
@example(("x😀y", [Entity("bold", 0, 2)]))
@example(("😀xy", [Entity("bold", 1, 2)]))
@example(("xy", [Entity("bold", -1, 1)]))
@example(("xy", [Entity("bold", 0, -1)]))
@example(("xy", [Entity("bold", 5, 1)]))
@example(("xy", [Entity("bold", 0, 3)]))
@example(("xy", [Entity("text_link", 0, 2, {"url": "http://localhost/"})]))
def test_entities_are_settled_as_telegram_settles_them(case: tuple[str, list[Entity]]) -> None:
    assert ours(*case) == telegrams(*case)


@settings(max_examples=examples(300), deadline=None)
@given(plain)
def test_text_is_cleaned_as_telegram_cleans_it(text: str) -> None:
    assume(text.translate(REMOVED).strip(" \n\t\x00"))
    assert ours(text, []) == telegrams(text, [])


WORDS = """
    example com e README md node js NET Net рф пример http https ftp sftp tg start tag gif abcd
    INCH USD e.com a@b.com 1.2.3.4 mailto: xn--p1ai xn-- :// .. 80 8080 99999
"""
MARKS = ". . / ? # @ : - _ ~ ( ) [ ] { } ' ` \" < > « » + = & , ; ! $ | * é 😀 ½ · 中国 。 — …"
SPACES = (" ", "\n", "\u00a0", "\u200b", "\u200c", "\u0301", "\u2060")
PIECES = (*WORDS.split(), *MARKS.split(), *SPACES)


@settings(max_examples=examples(1500), deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join))
@example("README.md main.py ASP.NET v22.8.0 1.2.3 file.txt e.g. this.That Inc.The")
@example("https://e.com). (https://e.com) https://e.com—dash 127.0.0.1:8080 localhost:80")
@example("@abcd @gif @abc email@durov #tag #тег #123 a#tag $USD /start /cmd@bot x/start")
@example("a@b.com mailto:a@b.com ftp://e.com tg://resolve?domain=x javascript:alert(1)")
def test_autolinks_are_those_that_telegram_finds(text: str) -> None:
    answer = ask({"@type": "getTextEntities", "text": text})
    found = [(kind_of(one), one["offset"], one["length"]) for one in answer.get("entities", [])]
    assume(all(kind in NAMES for kind, *_ in found))
    mine = [(one.kind, one.offset, one.length) for one in with_autolinks(text, ())]
    assert mine == found


LINK_WORDS = """
    http https HTTP ftp tg ton : :// // / ? # @ [ ] ::1 e.com E.COM localhost user :80 :0 :99999
    %20 %2 é 😀 рф . .. - _ & + = < > 1.2.3.4 tg://user?id= 123
"""
LINK_PIECES = (*LINK_WORDS.split(), " ", "\n", "\t", '"', "\\")


@settings(max_examples=examples(800), deadline=None)
@given(st.lists(st.sampled_from(LINK_PIECES), max_size=8).map("".join))
@example("mailto:a@b.com")
@example("https://e.com/?a=1&b=2")
@example("javascript:alert(1)")
def test_addresses_are_judged_as_telegram_judges_them(link: str) -> None:
    entity = Entity("text_link", 0, 2, {"url": link})
    answer = telegrams("xy", [entity])
    mine: object
    try:
        mine = "a person" if person_of(link) else check_link(link)
    except BadLink as error:
        mine = str(error).lower()
    if isinstance(answer, tuple):
        ((kind, _, _, url),) = answer[1]
        answer = "a person" if kind == "MentionName" else url
    else:
        answer = str(answer).rpartition("' is invalid: ")[2]
    assert mine == answer


def test_space_at_the_ends_is_trimmed_and_entities_move_along() -> None:
    text, entities = format_text("  a b  \n", [Entity("bold", 2, 6)])
    assert (text, entities) == ("a b", (Entity("bold", 0, 3),))
    # Leading space goes only as far as the first entity.
    text, entities = format_text("  a ", [Entity("code", 1, 2), Entity("bold", 3, 1)])
    assert (text, entities) == (" a", (Entity("code", 0, 2),))


def test_of_many_entities_the_firm_ones_are_kept_first() -> None:
    styles = [Entity("bold", place, 1) for place in range(0, 180, 2)]
    links = [
        Entity("text_link", place, 1, {"url": "https://e.com/"}) for place in range(200, 240, 2)
    ]
    kept = with_autolinks("x" * 300, [*styles, *links])
    assert [one.kind for one in kept].count("text_link") == 20
    assert [one.offset for one in kept if one.kind == "bold"] == list(range(0, 160, 2))


@pytest.mark.parametrize("text", [" ", "\u200b", "\u00a0\n", "\u2800\u3000", "\u200d\u200f\ufeff"])
def test_text_without_anything_to_see_is_empty(text: str) -> None:
    assert not is_visible(text)
    assert is_visible(text + "·")
