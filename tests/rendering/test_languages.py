"""Every text is there in every language, whole, with its values, and short enough."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.languages import INTERFACE_LANGUAGES, interface_language
from bot.rendering import desk
from bot.rendering.catalogues import BEHIND_CONTEXT, catalogue
from bot.rendering.keyboards import MAX_LABEL
from bot.rendering.phrases import ENGLISH, phrases_in
from bot.search.ahead import moment_ahead
from tests.support.examples import examples

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "publishing", "rendering", "gateway")
TRANSLATED = [language for language in INTERFACE_LANGUAGES if language != "en"]
MAX_TOAST = 200
MAX_COMMAND = 256
MARKED = re.compile(r"\b(?:_|N_|say|n?gettext|n?pgettext)\(|{% *trans")
HIDDEN = re.compile(r"""\bf["'][^\n]*\{(?:_|[\w.]*say)(?:\.n?p?gettext)?\(["']""")
PLACE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?\w+>|<br>|https?://\S+|(?<![\w/])/[a-z]+")
SAYING = ("_", "say", "ngettext", "pgettext")
BUTTONS = ("tap", "callback_button", "link", "label", "_tap", "_button")


@dataclass(frozen=True)
class Source:
    """A text as it stands in the code."""

    forms: tuple[str, ...]
    context: str | None
    files: frozenset[str]

    @property
    def key(self) -> str:
        return self.forms[0] if self.context is None else f"{self.context}\x04{self.forms[0]}"


@cache
def sources() -> dict[str, Source]:
    """Collect every text that is marked; `make texts` collects the same (babel.cfg)."""
    found: dict[str, Source] = {}
    for room in ROOMS:
        for path in sorted((ROOT / "bot" / room).rglob("*.*")):
            if path.suffix not in (".py", ".html") or not MARKED.search(path.read_text("utf-8")):
                continue
            method, options = ("python", {})
            if path.suffix == ".html":
                method, options = "jinja2", {"trimmed": "true", "newstyle_gettext": "true"}
            name = str(path.relative_to(ROOT))
            for _, message, _, context in extract_from_file(
                method, path, keywords={**DEFAULT_KEYWORDS, "say": None}, options=options
            ):
                forms = (message,) if isinstance(message, str) else tuple(map(str, message or ()))
                text = Source(forms, context, frozenset({name}))
                before = found.get(text.key)
                found[text.key] = Source(
                    max((before or text).forms, forms, key=len),
                    context,
                    text.files | (before.files if before else frozenset()),
                )
    return found


def test_no_text_hides_in_an_f_string() -> None:
    hidden = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*.py")
        if HIDDEN.search(path.read_text("utf-8"))
    ]
    assert not hidden, "nobody collects texts from within an f-string"


@cache
def read(language: str) -> Catalog:
    path = ROOT / "bot/rendering/locale" / language / "LC_MESSAGES/gazette.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> Iterator[tuple[str, Message]]:
    for message in read(language):
        if message.id:
            first = message.id if isinstance(message.id, str) else message.id[0]
            yield (f"{message.context}\x04{first}" if message.context else first), message


def forms_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    known = dict(messages(language))
    assert not sorted(set(sources()) - set(known)), "new texts: run `make texts`, then translate"
    assert not sorted(set(known) - set(sources())), "unused texts: run `make texts`"
    missing = [text for text, message in known.items() if not all(forms_of(message))]
    assert not missing, "untranslated"
    assert not [text for text, message in known.items() if message.fuzzy], "guesses"


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_values_tags_and_commands(language: str) -> None:
    wrong: list[str] = []
    for key, message in messages(language):
        source = sources().get(key)
        if source is None:
            continue
        if isinstance(message.id, tuple) and len(forms_of(message)) != read(language).num_plurals:
            wrong.append(f"{key}: not as many forms as the language has")
        for form in filter(None, forms_of(message)):
            wanted, got = set(PLACE.findall(source.forms[-1])), set(PLACE.findall(form))
            # One and two are words of their own in some languages.
            wanted -= {"count", "number"} if isinstance(message.id, tuple) else set()
            if not wanted <= got or got - set(PLACE.findall("".join(source.forms))):
                wrong.append(f"{form!r}: other values than {source.forms[-1]!r}")
            if sorted(TAG.findall(form)) != sorted(TAG.findall(source.forms[-1])):
                wrong.append(f"{form!r}: other tags or commands than {source.forms[-1]!r}")
            if "%" in re.sub(r"%%|%\(\w+\)s", "", form):
                wrong.append(f"{form!r}: a percent sign that is not doubled")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_no_text_is_longer_than_its_place(language: str) -> None:
    texts = {key: source.forms for key, source in sources().items()}
    if language != "en":
        texts = {key: forms_of(message) for key, message in messages(language)}
    buttons = buttons_in_code()
    wrong: list[str] = []
    for key, source in sources().items():
        for form in texts.get(key, ()):
            bare = PLACE.sub("", form)
            is_code = any(name.endswith(".py") for name in source.files)
            if key in buttons and len(bare) > MAX_LABEL:
                wrong.append(f"{form!r} is too long for a button")
            if is_code and len(source.forms[0]) <= MAX_TOAST < len(form):
                wrong.append(f"{form!r} is too long for the answer to a tap")
            if "bot/gateway/command_list.py" in source.files and len(form) > MAX_COMMAND:
                wrong.append(f"{form!r} is too long for a menu")
    assert not wrong, "\n".join(wrong)


@cache
def buttons_in_code() -> frozenset[str]:
    """Find the texts that are handed to a button where they stand."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / "bot" / room).rglob("*.py"):
            source = path.read_text("utf-8")
            if not MARKED.search(source):
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and _name(node.func) in BUTTONS and node.args:
                    found.update(_said(node.args[0]))
    return frozenset(found)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _said(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and _name(inner.func) in SAYING:
            texts = [a.value for a in inner.args if isinstance(a, ast.Constant)]
            if _name(inner.func) == "pgettext":
                yield BEHIND_CONTEXT.join(map(str, texts[:2]))
            elif texts:
                yield str(texts[0])


@pytest.mark.parametrize("language", TRANSLATED)
def test_our_quick_reader_reads_what_babel_reads(language: str) -> None:
    ours = catalogue(language)
    babels = {key: forms_of(m) for key, m in messages(language) if all(forms_of(m)) and not m.fuzzy}
    assert ours.texts == babels
    counts = [*range(130), 1000, 1001, 1002, 1011, 1_000_000]
    assert max(map(ours.form, counts)) == read(language).num_plurals - 1


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("pt-br", "pt"),
        ("zh-hans", "zh"),
        ("in", "id"),
        ("DE_at", "de"),
        ("tlh", None),
        (None, None),
    ],
)
def test_telegrams_codes_are_read(code: str | None, language: str | None) -> None:
    assert interface_language(code) == language


def test_a_language_that_the_bot_does_not_speak_gets_english() -> None:
    assert phrases_in("tlh") is ENGLISH
    assert phrases_in(None)("Topics") == "Topics"


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_the_times_that_are_given_as_examples_are_understood(language: str) -> None:
    said = phrases_in(language)(desk.NO_TIME)
    examples_given = re.findall(r"[^\s,،、:]+ \d+:00", said)
    assert len(examples_given) == 2
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    for words in examples_given:
        assert moment_ahead(words, now=now, zone="UTC", language=language) is not None


def test_russian_counts_by_its_own_rules() -> None:
    said = [
        phrases_in("ru").ngettext("%(count)s topic", "%(count)s topics", n, count=n)
        for n in (1, 3, 5, 21)
    ]
    assert said == ["1 тема", "3 темы", "5 тем", "21 тема"]


def test_a_latin_name_in_a_right_to_left_text_stands_apart_and_turns_no_line_round() -> None:
    assert phrases_in("ar").value("Tea") == "\u2068Tea\u2069"
    assert phrases_in("ar").value("شاي") == "شاي"
    assert phrases_in("de").value("Tea") == "Tea"
    names = phrases_in("ar").listed(["Tea", "شاي"])
    assert names == "\u2068Tea\u2069، شاي"
    assert phrases_in("ar").value(names) == names


@given(st.text(max_size=40), st.integers(0, 10**9), st.sampled_from(INTERFACE_LANGUAGES))
@settings(max_examples=examples(200), deadline=None)
def test_any_value_can_stand_in_a_text(name: str, number: int, language: str) -> None:
    phrases = phrases_in(language)
    assert name in phrases("%(page)s", page=name)
    assert phrases.ngettext("%(count)s topic", "%(count)s topics", number, count=number)
