"""`gazette export` and `gazette import`: nothing is lost, nobody is brought back, all is told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import stat
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli.main import main
from bot.cli.roster_file import csv_header, csv_line, json_object, rows_in
from bot.domain.languages import INTERFACE_LANGUAGES
from bot.domain.roster import RosterRow
from bot.domain.roster_columns import COLUMNS
from bot.domain.rules import Weights
from bot.domain.sections import Section
from bot.domain.subscription import (
    NO_QUIET,
    Chat,
    ChatId,
    ChatKind,
    ChatState,
    Hours,
    Layout,
    Subscription,
)
from bot.errors import SettingsError
from bot.ledger import Ledger
from bot.settings import Settings
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.roster import Roster
from tests.support.examples import examples

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOSTILE = st.sampled_from(
    [
        "=1+1",
        "'=1",
        "'",
        "; a",
        "[1]",
        "a;b",
        " x ",
        "-1",
        "\t",
        "@x",
        '"',
        "\u2028",
        "\x85",
        "\r\n",
    ]
)
ANY_TEXT = st.text(max_size=12) | HOSTILE
STORED_TEXT = ANY_TEXT.map(lambda text: text.encode("utf-8", "replace").decode().replace("\0", "?"))
NAMES = st.lists(ANY_TEXT, max_size=3).map(tuple)
MOMENTS = st.none() | st.datetimes(NOW.replace(tzinfo=None), timezones=st.just(UTC))
CLOCK = st.builds(time, st.integers(0, 23), st.integers(0, 59))
YES_NO = st.none() | st.booleans()
CAPS = st.none() | st.integers(1, 1000)
HOURS = st.builds(
    Hours,
    times=st.none() | st.sets(CLOCK, min_size=1, max_size=3).map(lambda all_: tuple(sorted(all_))),
    days=st.none() | st.frozensets(st.integers(1, 7), min_size=1),
    zone=st.sampled_from([None, "UTC", "Europe/Lisbon", "Asia/Kolkata"]),
    quiet=st.just(None) | st.just(NO_QUIET) | st.just((time(22), time(7, 30))),
)
SECTIONS = st.none() | st.lists(
    st.builds(
        Section,
        kinds=st.lists(ANY_TEXT, min_size=1, max_size=2).map(tuple),
        budget=st.integers(0, 30),
        heading=ANY_TEXT,
    ),
    max_size=2,
).map(tuple)
WEIGHTS = st.none() | st.builds(
    Weights, heat=st.floats(0, 3), freshness=st.floats(0, 3), quality=st.sampled_from([0.0, 1.5])
)


@st.composite
def rows(draw: st.DrawFn) -> RosterRow:
    """Any subscription that can be stored."""
    kind = draw(st.sampled_from(ChatKind))
    number = draw(st.integers(1, 2**52 - 1))
    chat_id = ChatId(number if kind is ChatKind.PRIVATE else -number)
    is_active = draw(st.booleans())
    spoken = draw(st.sampled_from([None, "en", "pt-br"]))
    return RosterRow(
        chat=Chat(
            id=chat_id,
            kind=kind,
            title=draw(STORED_TEXT),
            username=draw(st.none() | st.text(string.ascii_letters, min_size=1)),
            state=draw(st.sampled_from(ChatState)),
            language=spoken,
        ),
        subscription=Subscription(
            chat_id=chat_id,
            thread_id=draw(st.integers(0, 9)) if kind is ChatKind.SUPERGROUP else 0,
            chat_kind=kind,
            is_active=is_active,
            followed=draw(NAMES),
            muted=draw(NAMES),
            muted_providers=draw(NAMES),
            words_in=draw(NAMES),
            words_out=draw(NAMES),
            size=draw(st.none() | st.integers(1, 30)),
            layout=draw(st.none() | st.sampled_from(Layout)),
            sections=draw(SECTIONS),
            provider_cap=draw(CAPS),
            topic_cap=draw(CAPS),
            weights=draw(WEIGHTS),
            has_pictures=draw(YES_NO),
            is_silent=draw(YES_NO),
            has_flash=draw(YES_NO),
            is_learning=draw(YES_NO),
            language=draw(st.none() | st.sampled_from(sorted(INTERFACE_LANGUAGES))),
            hours=draw(HOURS),
            hours_since=draw(MOMENTS),
            paused_until=draw(MOMENTS),
            created_at=draw(MOMENTS),
            spoken=spoken,
        ),
        ended_at=None if is_active else draw(MOMENTS),
    )


def read(text: str) -> list[Any]:
    """Read a file from its bytes, as the command does."""
    stream = io.TextIOWrapper(
        io.BytesIO(text.encode("utf-8")), encoding="utf-8", errors="surrogateescape", newline=""
    )
    return list(rows_in(stream))


@pytest.mark.long
@settings(max_examples=examples(1000), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows(), min_size=1, max_size=4))
def test_what_is_written_is_read_again_exactly(given_rows: list[RosterRow]) -> None:
    table = csv_header() + "".join(map(csv_line, given_rows))
    listed = "[\n" + ",\n".join(map(json_object, given_rows)) + "\n]\n"
    for text in (table, listed):
        found = read(text)
        assert [one.faults for one in found] == [()] * len(given_rows)
        assert [one.row for one in found] == given_rows


def test_every_wish_of_a_subscription_has_its_column() -> None:
    hours = {field.name for field in fields(Hours)}
    wishes = {field.name for field in fields(Subscription)} - {"hours", "chat_kind", "is_active"}
    learned = {"leanings"}  # what votes sum up to, which are no order and in no list
    assert (wishes - learned) | hours <= set(COLUMNS)


@settings(max_examples=examples(400), deadline=None)
@given(st.text() | st.text("[]{},:\"'\n 1=;abchtid_", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(SettingsError):  # no list at all
        found = read(text.encode("utf-8", "replace").decode())
        assert all(one.row is not None or one.faults for one in found)


# The commands


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended, and what it printed."""

    code: Any
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands in an empty folder; `database` names another file there."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def command(*words: str, database: str = "gazette.db") -> Done:
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        printed = capsys.readouterr()
        return Done(code=ended.value.code, out=printed.out, err=printed.err)

    return command


def stored(folder: Path, *taken: RosterRow, database: str = "gazette.db") -> list[RosterRow]:
    """Put rows into a database, and give all that it holds."""

    async def work() -> list[RosterRow]:
        db = Database.open(f"sqlite:///{database}", folder=folder)
        await migrate(db)
        if taken:
            await Roster(db).take(taken, now=NOW)
        found = [row async for part in Roster(db).rows() for row in part]
        await db.close()
        return found

    return asyncio.run(work())


@contextmanager
def ledger_of(folder: Path) -> Iterator[Callable[[Callable[[Ledger], Any]], Any]]:
    """Let somebody work on the database as a running bot does."""

    def work(deed: Callable[[Ledger], Any]) -> Any:
        async def run() -> Any:
            db = Database.open("sqlite:///gazette.db", folder=folder)
            result = await deed(Ledger.on(db))
            await db.close()
            return result

        return asyncio.run(run())

    yield work


def person(number: int, **wishes: Any) -> RosterRow:
    """A person who is subscribed."""
    chat = Chat(id=ChatId(number), kind=ChatKind.PRIVATE, title=f"Reader {number}")
    return RosterRow(
        chat=chat, subscription=Subscription(chat_id=chat.id, created_at=NOW, **wishes)
    )


def counts(done: Done) -> dict[str, int]:
    """What `import --json` counted, without what is 0."""
    report = json.loads(done.out)
    names = ("added", "updated", "same", "kept", "unsubscribed", "forgotten", "bad")
    return {name: report[name] for name in names if report[name]}


def test_a_list_goes_to_another_database_and_back_without_a_difference(
    tmp_path: Path, run: Run
) -> None:
    gone = replace(person(3), ended_at=NOW)
    gone = replace(gone, subscription=replace(gone.subscription, is_active=False))
    everybody = stored(
        tmp_path, person(1, followed=("Tea", "=cmd"), size=5), person(2, is_silent=True), gone
    )
    assert run("export", "list.csv").code == 0
    assert run("export", "list.json").code == 0
    assert stat.S_IMODE((tmp_path / "list.csv").stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".list*"))
    for name in ("list.csv", "list.json"):
        other = f"{name}.db"
        stored(tmp_path, database=other)
        assert counts(run("import", name, "--json", "--dry-run", database=other)) == {"added": 3}
        assert stored(tmp_path, database=other) == []
        taken = run("import", name, "--json", database=other)
        assert (taken.code, counts(taken)) == (0, {"added": 3})
        assert stored(tmp_path, database=other) == everybody
        assert counts(run("import", name, "--json", database=other)) == {"same": 3}
        again = run("export", "-", "--format", name.rpartition(".")[2], database=other).out
        assert again.encode() == (tmp_path / name).read_bytes()


def test_nobody_who_left_is_brought_back_and_nobody_who_is_here_is_changed(
    tmp_path: Path, run: Run
) -> None:
    stored(tmp_path, *(person(number, followed=("Tea",)) for number in (1, 2, 3, 4)))
    run("export", "old.csv")
    with ledger_of(tmp_path) as work:
        work(lambda ledger: ledger.subscriptions.unsubscribe(ChatId(1), 0, NOW))
        work(lambda ledger: ledger.own_data.erase(ChatId(2), NOW))
        wish = Subscription(chat_id=ChatId(3), followed=("Milk",))
        work(lambda ledger: ledger.subscriptions.wish(wish, NOW))
    before = stored(tmp_path)
    expected = {"unsubscribed": 1, "forgotten": 1, "kept": 1, "same": 1}
    assert counts(run("import", "old.csv", "--json")) == expected
    assert stored(tmp_path) == before
    assert "left out: they unsubscribed here" in run("import", "old.csv").out
    updated = counts(run("import", "old.csv", "--update", "--json"))
    assert updated == {"unsubscribed": 1, "forgotten": 1, "updated": 1, "same": 1}
    after = {row.chat.id: row.subscription for row in stored(tmp_path)}
    assert sorted(after) == [1, 3, 4]
    assert not after[ChatId(1)].is_active
    assert after[ChatId(3)].followed == ("Tea",)


def test_who_only_followed_something_begins_with_that(tmp_path: Path, run: Run) -> None:
    stored(tmp_path)
    with ledger_of(tmp_path) as work:
        wish = Subscription(chat_id=ChatId(7), followed=("Milk",), is_active=False)
        work(lambda ledger: ledger.subscriptions.wish(wish, NOW))
    (tmp_path / "list.csv").write_text("chat_id,followed\n7,Tea\n", encoding="utf-8")
    assert counts(run("import", "list.csv", "--json")) == {"added": 1}
    (row,) = stored(tmp_path)
    assert (row.subscription.is_active, row.subscription.followed) == (True, ("Milk",))
    assert counts(run("import", "list.csv", "--json")) == {"kept": 1}


def test_bad_rows_are_named_with_line_and_mend_and_the_good_ones_are_taken(
    tmp_path: Path, run: Run
) -> None:
    bad = (
        "\ufeffChat_ID,folowed,size,times,zone,subscribed,layout,quiet\r\n"
        "1,tea,5,08:00; 18:30,Europe/Lisbon,yes,cards,22:00-07:00\r\n"
        '2,"two\nlines",31,25:99,Mars/Base,perhaps,poster,late\r\n'
        "x,,,,,,,\r\n"
        "0,,,,,,,\r\n"
        "4,too,few\r\n"
        "\r\n"
        "5,,,,,,,\r\n"
    )
    (tmp_path / "list.csv").write_bytes(bad.encode())
    done = run("import", "list.csv", "--json")
    assert done.code == 2
    assert counts(done) == {"added": 2, "bad": 4}
    problems = json.loads(done.out)["problems"]
    named = [(one["line"], one["key"]) for one in problems]
    assert named == [
        (1, "folowed"),
        *((3, key) for key in ("subscribed", "size", "layout", "times", "zone", "quiet")),
        (5, "chat_id"),
        (6, "chat_id"),
        (7, None),
    ]
    assert problems[0]["mend"] == "did you mean followed?"
    assert all(one["problem"] and one["mend"] for one in problems)
    assert [row.chat.id for row in stored(tmp_path)] == [1, 5]
    assert "line 3: times: '25:99' is no time of day (as in 08:00)" in run("import", "list.csv").err

    listed = (
        '[{"chat_id": 8, "siz": 4},\n{"chat_id": "9"},\n7,\n{"chat_id": 10, "size": 4},\n{"chat'
    )
    (tmp_path / "list.json").write_text(listed, encoding="utf-8")
    done = run("import", "list.json", "--json")
    assert counts(done) == {"added": 2, "bad": 3}
    problems = json.loads(done.out)["problems"]
    assert [(one["line"], one["key"]) for one in problems] == [
        (1, "siz"),
        (2, "chat_id"),
        (3, None),
        (5, None),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"name,email\nAnn,a@b.example\n", "no column chat_id"),
        (b"chat_id,chat_id\n1,2\n", "twice"),
        (b"\x89PNG\r\n\x1a\n", "no column chat_id"),
    ],
)
def test_a_file_that_is_no_list_is_said_to_be_none(
    tmp_path: Path, run: Run, content: bytes, words: str
) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    done = run("import", "list.csv")
    assert done.code == 2
    assert words in done.err


def test_words_that_are_not_utf8_are_named_and_a_semicolon_may_divide(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "list.csv").write_bytes(b"chat_id;title\n1;Tea\n2;Caf\xe9\n")
    done = run("import", "list.csv", "--json")
    assert counts(done) == {"added": 1, "bad": 1}
    assert "UTF-8" in json.loads(done.out)["problems"][0]["problem"]


def test_wrong_use_is_said(run: Run) -> None:
    assert "no file" in run("import", "none.csv").err
    assert "neither csv nor json" in run("export", "x", "--format", "xml").err
    assert run("export", "no/such/folder.csv").code == 2
