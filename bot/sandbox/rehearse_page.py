"""The requests of the chat page's dialog for rehearsing trouble."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.rehearsal import Rehearsal, name_of, told
from bot.sandbox.requests import Refusal, body_of, json_response
from bot.sandbox.requests import whole as whole_in
from bot.sandbox.troubles import (
    MAX_HOURS,
    MAX_SECONDS,
    MAX_TIMES,
    TROUBLES,
    USUAL_HOURS,
    USUAL_RETRY,
    Jump,
    State,
    Trouble,
    Wish,
    read_wish,
    whole,
)


class RehearsePage:
    """What can go wrong, what does now, and how to begin and end it."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal

    async def troubles(self, request: Request) -> Response:
        """All troubles with the chats that they fit, and those that were started."""
        return json_response(
            {
                "troubles": [self._shown(one) for one in TROUBLES.values()],
                "started": told(self._rehearsal.started),
            }
        )

    async def clock(self, request: Request) -> Response:
        """What the bot's machine takes for the present moment, and what it is."""
        clock = self._rehearsal.machine_clock
        shown, ahead = clock.now(), clock.ahead
        return json_response({"now": shown.isoformat(), "right": (shown - ahead).isoformat()})

    async def start(self, request: Request) -> Response:
        """Let trouble begin."""
        body = await body_of(request)
        try:
            self._rehearsal.start(_wish(body))
        except ValueError as error:
            raise Refusal(400, _sentence(str(error))) from error
        return json_response({"ok": True})

    async def end(self, request: Request) -> Response:
        """End one trouble; without an id all of them."""
        body = await body_of(request)
        if body.get("id") is None:
            self._rehearsal.end_all()
        else:
            self._rehearsal.end(whole_in(body, "id"))
        return json_response({"ok": True})

    def _shown(self, trouble: Trouble) -> dict[str, object]:
        chats = self._rehearsal.fitting(trouble)
        return {
            "name": trouble.name,
            "group": trouble.group,
            "title": trouble.title,
            "says": trouble.says,
            "isState": isinstance(trouble.does, State),
            "asks": {
                "retry": USUAL_RETRY if "retry" in trouble.asks else None,
                "seconds": trouble.seconds if "seconds" in trouble.asks else None,
                "hours": USUAL_HOURS if "hours" in trouble.asks else None,
            },
            "isOfChats": not isinstance(trouble.does, Jump),
            "chats": [{"id": chat.id, "title": name_of(chat)} for chat in chats],
        }


def _wish(body: dict[str, object]) -> Wish:
    """Read what was chosen in the dialog; raises ValueError as the command line does."""
    base = read_wish(str(body.get("effect", "")))
    chat = None if body.get("chat") is None else str(body["chat"])
    times = None if body.get("times") is None else whole(body, "times", 1, MAX_TIMES)
    seconds = base.seconds
    if base.seconds is not None and body.get("seconds") is not None:
        seconds = float(whole(body, "seconds", 1, MAX_SECONDS))
    retry = base.retry
    if body.get("retry") is not None:
        retry = whole(body, "retry", USUAL_RETRY, MAX_SECONDS)
    hours = base.hours
    if body.get("hours") is not None:
        hours = whole(body, "hours", USUAL_HOURS, MAX_HOURS)
    return Wish(
        trouble=base.trouble,
        chat=chat,
        times=times,
        retry=retry,
        seconds=seconds,
        hours=hours,
        methods=base.methods,
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
