"""`gazette sends`: what is on its way and what became of it; pause, resume, cancel, decide."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer

from bot import logs
from bot.cli.run import DONE
from bot.clock import SystemClock
from bot.domain.article import StoryId
from bot.domain.recall import Recall, RecallState
from bot.domain.sends import Doubt, Send, SendId, SendState
from bot.errors import SettingsError, StoreError
from bot.ledger import Ledger, opened_ledger
from bot.publishing.sends import Sends
from bot.rendering.recalls import title_of
from bot.rendering.sends import SendView, view
from bot.settings import Loaded, load
from bot.wiring import publication

ENDED_SHOWN = 10
DOUBTS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with which send; without an id everything is listed."""

    send: int | None = None
    pause: bool = False
    resume: bool = False
    cancel: bool = False
    uncertain: str | None = None
    recall: str | None = None

    @property
    def changes(self) -> int:
        """Count what is to be changed."""
        return sum((self.pause, self.resume, self.cancel, self.uncertain is not None))


def sends(order: Order, *, as_json: bool) -> int:
    """List sends, or show and change one; gives the exit code."""
    if order.recall is not None and (order.changes or order.send is not None):
        raise SettingsError(["--recall names a story, not a send, and stands alone"])
    if order.changes > 1:
        raise SettingsError(["--pause, --resume, --cancel and --uncertain exclude each other"])
    if order.changes and order.send is None:
        raise SettingsError(["which send? `gazette sends` lists them with their numbers"])
    if order.uncertain not in (None, "resend", "skip"):
        raise SettingsError([f"--uncertain: {order.uncertain!r} is neither resend nor skip"])
    loaded = load()
    logs.set_up(level="WARNING", form=loaded.settings.log_format)
    try:
        return asyncio.run(_sends(loaded, order, as_json=as_json))
    except StoreError as error:
        raise SettingsError([str(error)]) from error


async def _sends(loaded: Loaded, order: Order, *, as_json: bool) -> int:
    async with opened_ledger(loaded) as ledger:
        desk = Sends(
            rows=ledger.sends,
            digests=ledger.digests,
            publication=publication(loaded.settings),
            clock=SystemClock(),
            wake_courier=lambda: None,  # the bot looks at the database every second
        )
        page = _Page(desk, zone=loaded.settings.timezone)
        if order.recall is not None:
            typer.echo(await _recall(ledger, order.recall), err=as_json)
        if order.send is None:
            listed = await desk.listed(ended=ENDED_SHOWN)
            page.print_list(listed, await ledger.recalls.open(), as_json=as_json)
            return DONE
        send = await _existing(desk, order.send)
        said = await _change(desk, send, order)
        if said and not as_json:
            typer.echo(said)
        send = await _existing(desk, order.send)
        doubts = await desk.doubts(send.id, limit=DOUBTS_SHOWN)
        page.print_one(send, doubts, as_json=as_json)
    return DONE


async def _existing(desk: Sends, number: int) -> Send:
    send = await desk.get(SendId(number))
    if send is None:
        raise SettingsError([f"there is no send {number}; `gazette sends` lists them"])
    return send


async def _change(desk: Sends, send: Send, order: Order) -> str:
    """Do what is asked for; gives what to say. Raises SettingsError where it cannot be done."""
    if order.uncertain is not None:
        again = order.uncertain == "resend"
        count = await desk.decide(send.id, again=again)
        messages = "1 message" if count == 1 else f"{count:,} messages"
        done = "will be sent again" if again else "stay as they are"
        return f"{messages} {done}." if count else "There is nothing to decide here."
    steps: Sequence[tuple[bool, SendState, Callable[[SendId], Awaitable[bool]], str]] = (
        (order.pause, SendState.PAUSED, desk.pause, "Paused"),
        (order.resume, SendState.RUNNING, desk.resume, "It goes on while `gazette run` delivers"),
        (order.cancel, SendState.CANCELLED, desk.cancel, "Cancelled"),
    )
    for is_asked, goal, step, said in steps:
        if not is_asked:
            continue
        if await step(send.id):
            return f"{said}."
        now = await desk.get(send.id)
        if now is not None and now.state is goal:
            return f"It is {goal.value} already."
        raise SettingsError([f"send {send.id} is {now.state.value if now else 'gone'}"])
    return ""


async def _recall(ledger: Ledger, story: str) -> str:
    """Begin the recall of a withdrawn story. Raises SettingsError where it cannot be done."""
    await ledger.recalls.find(now=SystemClock().now())
    recall = await ledger.recalls.get(StoryId(story))
    if recall is None:
        raise SettingsError([f"--recall: {story!r} is no story that was sent and withdrawn"])
    now = SystemClock().now()
    if not await ledger.recalls.decide(StoryId(story), RecallState.RUNNING, by=None, now=now):
        return f"That was decided already: it is {recall.state.value}."
    return "It is recalled while `gazette run` delivers; operators get the account."


class _Page:
    """Prints sends for people, or as JSON."""

    def __init__(self, desk: Sends, *, zone: str) -> None:
        self._per_second = desk.per_second
        self._zone = zone
        self._now = SystemClock().now()

    def print_list(
        self, sends: Sequence[Send], recalls: Sequence[Recall], *, as_json: bool
    ) -> None:
        if as_json:
            value = {
                "sends": [self._json(send) for send in sends],
                "recalls": [_recall_json(recall) for recall in recalls],
            }
            typer.echo(json.dumps(value, indent=2))
            return
        if not sends:
            typer.echo("Nothing is being sent, and nothing was.")
        for send in sends:
            self._print(self._view(send))
        for recall in recalls:
            typer.echo(f"⚠ withdrawn after it was sent: {title_of(recall)} · {recall.state.value}")
            if recall.state is RecallState.ASKED:
                typer.echo(f"   gazette sends --recall {recall.story_id}")

    def print_one(self, send: Send, doubts: Sequence[Doubt], *, as_json: bool) -> None:
        if as_json:
            uncertain = [_doubt_json(doubt) for doubt in doubts]
            typer.echo(json.dumps({**self._json(send), "uncertain": uncertain}, indent=2))
            return
        self._print(self._view(send))
        if doubts:
            typer.echo("   uncertain (cut off between sending and hearing back):")
        for doubt in doubts:
            asks = "" if doubt.is_undecided else ", decided"
            typer.echo(
                f"     {doubt.chat} ({doubt.chat_id}), digest {doubt.digest_id}, since "
                f"{doubt.since:%Y-%m-%d %H:%M:%S} UTC{asks}"
            )
        if send.undecided:
            typer.echo(f"   decide: gazette sends {send.id} --uncertain resend (or skip)")

    def _print(self, seen: SendView) -> None:
        title = f" · {seen.title}" if seen.title else ""
        ended = f" at {seen.ended}" if seen.ended else ""
        typer.echo(f"{seen.mark} {seen.id} · {seen.what}{title} · {seen.state}{ended}")
        counts = seen.counts or "nobody to send to"
        typer.echo(f"   {seen.bar} {seen.percent} % · {seen.settled} of {seen.total} · {counts}")
        if seen.pace:
            typer.echo(f"   {seen.pace}")
        if seen.alarm:
            typer.echo(f"   paused by itself: {seen.alarm}")
        if seen.undecided:
            typer.echo(f"   {seen.undecided} uncertain, to be decided")

    def _view(self, send: Send) -> SendView:
        return view(send, now=self._now, zone=self._zone, per_second=self._per_second)

    def _json(self, send: Send) -> dict[str, Any]:
        left = send.time_left(self._now, per_second=self._per_second)
        return {
            "id": send.id,
            "kind": send.kind.value,
            "state": send.state.value,
            "title": send.title,
            "due_at": _iso(send.due_at),
            "started_at": _iso(send.started_at),
            "changed_at": _iso(send.changed_at),
            "done_at": _iso(send.done_at),
            "alarm": send.alarm,
            "counts": {state.value: count for state, count in send.counts.items()},
            "total": send.total,
            "open": send.open,
            "to_come": send.to_come,
            "undecided": send.undecided,
            "rate": send.rate(self._now) if not send.is_through else None,
            "seconds_left": None if left is None else round(left.total_seconds(), 1),
            "last_at": None if left is None else _iso(self._now + left),
        }


def _recall_json(recall: Recall) -> dict[str, Any]:
    return {
        "story": recall.story_id,
        "title": recall.title,
        "state": recall.state.value,
        "asked_at": _iso(recall.asked_at),
        "counts": {outcome.value: count for outcome, count in recall.counts.items()},
    }


def _doubt_json(doubt: Doubt) -> dict[str, Any]:
    return {
        "digest": doubt.digest_id,
        "chat_id": doubt.chat_id,
        "chat": doubt.chat,
        "since": _iso(doubt.since),
        "reason": doubt.reason,
        "is_undecided": doubt.is_undecided,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
