"""Troubles that were started, what they hit, and how they end; for people, not for the bot."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.sandbox import membership
from bot.sandbox.chats import Chat, Membership, Person
from bot.sandbox.clock import MachineClock
from bot.sandbox.faults import Fault
from bot.sandbox.troubles import Jump, State, Trouble, Wish
from bot.sandbox.world import Call, World

MOST_REMEMBERED = 30
"""Troubles that are over are shown for a while, so that their hits can be read."""
FOUNDER = Person(id=100, first_name="Founder")


@dataclass(slots=True, kw_only=True, eq=False)
class Started:
    """A trouble that was started; `chat` None: everywhere, `times` None: until it is ended."""

    id: int
    trouble: Trouble
    chat: Chat | None = None
    times: int | None = None
    fault: Fault | None = None
    refused: int = 0
    is_ended: bool = False
    note: str | None = None
    """What there is to say of it, where it is not a count of calls."""
    undo: Callable[[], None] | None = None
    lasts: Callable[[], bool] = lambda: True

    @property
    def hits(self) -> int:
        """How many calls it has hit."""
        return self.refused if self.fault is None else self.fault.hits

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        if self.is_ended or not self.lasts():
            return True
        return self.times is not None and self.hits >= self.times


class Rehearsal:
    """Starts and ends troubles in one sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = itertools.count(1)
        self._started: deque[Started] = deque()
        world.on_call = self._saw

    @property
    def machine_clock(self) -> MachineClock:
        """The clock that the sandbox hands to the bot."""
        return self._world.machine_clock

    @property
    def started(self) -> tuple[Started, ...]:
        """The troubles that go on, and the last ones that are over; oldest first."""
        return tuple(self._started)

    @property
    def active_count(self) -> int:
        """How many troubles go on."""
        return sum(not one.is_over for one in self._started)

    def find_chat(self, words: str) -> Chat:
        """Find a chat by id, @name, or the beginning of its title; ValueError when there is none.

        A private chat has the name of its person.
        """
        chat = self._world.chats.find(words)
        if chat is not None:
            return chat
        there = [one for one in self._world.chats if one.migrated_to is None]
        wanted = words.removeprefix("@").casefold()
        for one in there:
            names = (name_of(one), one.username or "")
            if any(name.casefold().startswith(wanted) for name in names):
                return one
        known = ", ".join(f"{name_of(one)} ({one.id})" for one in there)
        raise ValueError(f"there is no chat {words!r}; there are {known}")

    def fitting(self, trouble: Trouble) -> tuple[Chat, ...]:
        """Give the chats that a trouble can happen to now."""
        if isinstance(trouble.does, Jump):
            return ()
        there = (chat for chat in self._world.chats if chat.migrated_to is None)
        return tuple(chat for chat in there if _fits(trouble, chat))

    def start(self, wish: Wish) -> tuple[Started, ...]:
        """Let trouble begin; gives one entry, or one per chat for a state of all chats.

        Raises ValueError in words when it fits no chat.
        """
        trouble = wish.trouble
        chat = self.find_chat(wish.chat) if wish.chat is not None else None
        if isinstance(trouble.does, Jump):
            begun = [self._jump(trouble.does, wish)]
        elif isinstance(trouble.does, str):
            begun = [self._break(trouble.does, wish, chat)]
        else:
            chats = self.fitting(trouble) if chat is None else (chat,)
            if not chats or not all(_fits(trouble, one) for one in chats):
                where = "any chat" if chat is None else name_of(chat)
                raise ValueError(f"{trouble.name} does not fit {where} as it is now")
            begun = [self._change(trouble.does, trouble, one) for one in chats]
        self._started.extend(begun)
        while len(self._started) > MOST_REMEMBERED and self._started[0].is_over:
            self._started.popleft()
        self._world.tell("fault")
        return tuple(begun)

    def end(self, number: int) -> bool:
        """End a trouble and take it from the list; False when it is not there."""
        for one in tuple(self._started):
            if one.id == number:
                self._end(one)
                self._world.tell("fault")
                return True
        return False

    def end_all(self) -> None:
        """End every trouble and empty the list."""
        for one in reversed(tuple(self._started)):  # states of one chat come undone in order
            self._end(one)
        self._world.tell("fault")

    def _end(self, one: Started) -> None:
        was_over, one.is_ended = one.is_over, True
        if one.fault is not None:
            self._world.faults.remove(one.fault)
        if one.undo is not None and not was_over:
            one.undo()
        self._started.remove(one)

    def _break(self, effect: str, wish: Wish, chat: Chat | None) -> Started:
        fault = self._world.faults.add(
            effect,
            methods=wish.methods,
            chat_id=chat.id if chat is not None else None,
            times=wish.times,
            retry_after=wish.retry,
            seconds=wish.seconds,
        )
        number = next(self._numbers)
        return Started(id=number, trouble=wish.trouble, chat=chat, times=wish.times, fault=fault)

    def _jump(self, jump: Jump, wish: Wish) -> Started:
        clock, by = self._world.machine_clock, timedelta(hours=wish.hours * jump.value)
        clock.jump(by)

        def set_right() -> None:
            clock.jump(-by)

        return Started(id=next(self._numbers), trouble=wish.trouble, note=_way(by), undo=set_right)

    def _change(self, state: State, trouble: Trouble, chat: Chat) -> Started:
        one = Started(id=next(self._numbers), trouble=trouble, chat=chat)
        match state:
            case State.BLOCKED | State.KICKED:
                self._throw_out(chat, one)
            case State.MIGRATED:
                membership.migrate(self._world, chat, self._somebody(chat), None)
                one.lasts = lambda: False  # done at once, and for good
            case State.CLOSED:
                self._close(chat, one)
        return one

    def _throw_out(self, chat: Chat, one: Started) -> None:
        world, by, before = self._world, self._somebody(chat), chat.bot

        def back() -> None:
            membership.set_bot(world, chat, by, before)

        if chat.kind == "private":
            membership.set_bot(world, chat, by, Membership(status="kicked"))
        else:
            membership.remove_bot(world, chat, by)
        one.undo, one.lasts = back, lambda: chat.bot.status == "kicked"

    def _close(self, chat: Chat, one: Started) -> None:
        world, by = self._world, self._somebody(chat)
        closed = [topic.id for topic in chat.topics.values() if not topic.is_closed]
        for thread in closed:
            membership.close_topic(world, chat, by, thread)

        def open_again() -> None:
            for thread in closed:
                if chat.topics[thread].is_closed:
                    membership.reopen_topic(world, chat, by, thread)

        one.undo = open_again
        one.lasts = lambda: any(chat.topics[thread].is_closed for thread in closed)

    def _somebody(self, chat: Chat) -> Person:
        """Give whoever does such things in a chat: its person, an administrator, a member."""
        if chat.person is not None:
            return chat.person
        people = (self._world.chats.person(user_id) for user_id in chat.members)
        return next((one for one in people if one is not None), FOUNDER)

    def _saw(self, call: Call) -> None:
        """Count what the states of chats refuse."""
        if call.status not in (400, 403):
            return
        for one in self._started:
            is_there = one.chat is not None and str(call.chat_id) == str(one.chat.id)
            if one.fault is None and is_there and not one.is_ended:
                one.refused += 1
                self._world.tell("fault")


def name_of(chat: Chat) -> str:
    """Give the name that people know a chat by."""
    return chat.person.first_name if chat.person is not None else chat.title


def told(started: Iterable[Started]) -> list[dict[str, object]]:
    """Build what the chat page shows of the troubles, newest first."""
    return [
        {
            "id": one.id,
            "title": one.trouble.title,
            "where": _where(one),
            "note": one.note,
            "hits": one.hits,
            "times": one.times,
            "isOver": one.is_over,
            "isState": isinstance(one.trouble.does, State),
            "isForGood": one.trouble.does is State.MIGRATED,
        }
        for one in reversed(tuple(started))
    ]


def _where(one: Started) -> str:
    if isinstance(one.trouble.does, Jump):
        return "the bot's machine"
    return "everywhere" if one.chat is None else name_of(one.chat)


def _way(by: timedelta) -> str:
    hours = abs(by) // timedelta(hours=1)
    length = "1 hour" if hours == 1 else f"{hours} hours"
    return f"{length} {'ahead' if by > timedelta(0) else 'back'}"


def _fits(trouble: Trouble, chat: Chat) -> bool:
    is_in = chat.bot.status not in ("left", "kicked")
    match trouble.does:
        case State.BLOCKED:
            return chat.kind == "private" and is_in
        case State.KICKED:
            return chat.kind != "private" and is_in
        case State.MIGRATED:
            return chat.kind == "group" and is_in and chat.migrated_to is None
        case State.CLOSED:
            return any(not topic.is_closed for topic in chat.topics.values())
    return True
