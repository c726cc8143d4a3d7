"""The desk on the command line: flags and typed words shape a post before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.app import Gazette
from bot.domain.article import StoryKey
from bot.domain.hand import Deed, Sheet, Step, shaped
from bot.domain.moments import LATEST, spoken_moment
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, Layout
from bot.errors import SendError, SettingsError
from bot.publishing.candidates import Candidates
from bot.publishing.compose import Composed
from bot.publishing.shaping import Hand, Shaped, Shaper
from bot.rendering.lines import title_of

HELP = """\
  y posts it, n drops it. Before that:
  drop N · swap N [WORDS] · up N · down N · pin N · unpin N
  add WORDS (or a link, an id, a path) · more (what else there is)
  layout list|cards|album|cover · head TEXT (head alone: the usual one)
  test (to the operators alone) · at TIME (18:30, tomorrow 9:00)"""
MORE_SHOWN = 10
_STEPS = {
    "drop": Step.DROP,
    "up": Step.UP,
    "down": Step.DOWN,
    "pin": Step.PIN,
    "unpin": Step.UNPIN,
}


def layout_of(name: str | None) -> Layout | None:
    """Read the name of a layout. Raises SettingsError."""
    if name is None:
        return None
    found = next((layout for layout in Layout if layout.value == name.lower()), None)
    if found is None:
        known = ", ".join(layout.value for layout in Layout)
        raise SettingsError([f"--layout: {name!r} is none of {known}"])
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """What a typed line came to: words for whoever typed it, and whether the post has changed."""

    said: str = ""
    is_changed: bool = False


class Table:
    """The digests of a post on the table, and when they are to go."""

    def __init__(self, gazette: Gazette, composed: Sequence[Composed], *, now: datetime) -> None:
        self._gazette = gazette
        self._now = now
        self._shaper = Shaper(
            publication=gazette.plan,
            candidates=Candidates(
                publication=gazette.plan,
                articles=gazette.ledger.articles,
                catalogue=gazette.catalogue,
            ),
            viewer=gazette.pictures,
        )
        self._all = [Shaped(composed=one, sheet=Sheet(lines=one.digest.items)) for one in composed]
        self._let_go: frozenset[StoryKey] = frozenset()
        """Stories that were taken out: they do not come back unasked."""
        self.at: datetime | None = None

    @property
    def composed(self) -> list[Composed]:
        """Give the digests that say something."""
        return [one.composed for one in self._all if one.composed.digest.messages]

    async def apply(self, hand: Hand) -> None:
        """Shape every digest. Raises SettingsError for a story that none of them can have."""
        if hand.is_empty:
            return
        if hand.add or hand.pin:
            await self._fill_index()
        self._all = [
            await self._shaper.shape(one.composed, hand, now=self._now) for one in self._all
        ]
        missing = [frozenset(one.missing) for one in self._all]
        if missing and (everywhere := frozenset.intersection(*missing)):
            raise SettingsError(sorted(everywhere))

    async def take(self, line: str) -> Turn | None:
        """Do what was typed; None when it is nothing that is known here."""
        verb, _, rest = line.strip().partition(" ")
        verb, rest = verb.casefold(), rest.strip()
        if verb in ("?", "help"):
            return Turn(f"{HELP}\n{self._numbered()}".rstrip())
        if verb == "test":
            return Turn(await self.test())
        if verb == "at":
            return self._planned(rest)
        known = {*_STEPS, "swap", "add", "more", "layout", "head"}
        if verb not in known:
            return None
        if len(self._all) != 1:
            return Turn("There are several digests here; only flags shape them (--drop, --add, …).")
        return await self._edit(verb, rest)

    async def test(self) -> str:
        """Send every digest to the operators alone; says how that went."""
        operators = await self._gazette.operators.all()
        if not operators:
            return "There is nobody to test it on: OPERATORS is empty."
        for user_id in operators:
            chat_id = ChatId(user_id)
            for one in self.composed:
                for message in one.digest.messages:
                    await self._gazette.pace.permit(chat_id, Priority.OPERATOR, message.cost)
                    try:
                        await self._gazette.messenger.send(message, chat_id=chat_id, thread_id=0)
                    except SendError as error:
                        return f"The test did not reach {user_id}: {type(error).__name__}: {error}"
        people = "1 operator" if len(operators) == 1 else f"{len(operators)} operators"
        return f"Sent to {people} as readers would get it. It counts for nothing."

    def _numbered(self) -> str:
        """Number the stories, for layouts that do not."""
        lines = self._all[0].sheet.lines if len(self._all) == 1 else ()
        return "\n".join(
            f"  {number}. {title_of(line.article)}" for number, line in enumerate(lines, start=1)
        )

    def _planned(self, words: str) -> Turn:
        zone = self._gazette.plan.zone
        now = self._gazette.clock.now()
        moment = spoken_moment(words, now=now, zone=zone)
        if moment is None or not now < moment <= now + LATEST:
            return Turn("That is no time within the next seven days, such as 18:30.")
        self.at = moment
        return Turn(is_changed=True)

    async def _edit(self, verb: str, rest: str) -> Turn:
        (one,) = self._all
        sheet = one.sheet
        if verb == "more":
            others = await self._shaper.ranked(one.composed, sheet, self._now)
            titles = [f"  {title_of(item.article)}" for item in others[:MORE_SHOWN]]
            return Turn("\n".join(titles) or "There is nothing else.")
        changed = await self._changed(one, verb, rest)
        if changed is None:
            return Turn("No such story.")
        if changed == sheet:
            return Turn("Nothing has changed.")
        written = await self._shaper.rewritten(one.composed, changed, now=self._now)
        self._all = [Shaped(composed=written, sheet=changed)]
        self._let_go |= sheet.stories - changed.stories
        return Turn(is_changed=True)

    async def _changed(self, one: Shaped, verb: str, rest: str) -> Sheet | None:
        sheet = one.sheet
        match verb:
            case "layout":
                layout = next((kind for kind in Layout if kind.value == rest.lower()), None)
                return replace(sheet, layout=layout)
            case "head":
                return replace(sheet, head=rest or None)
            case "add":
                await self._fill_index()
                item = await self._shaper.found(one.composed, sheet, rest, self._now)
                return None if item is None else sheet.added(item)
            case "swap":
                return await self._swapped(one, rest)
        if sheet.line(_number(rest)) is None:
            return None
        return shaped(sheet, Deed(draft=0, version=0, step=_STEPS[verb], what=(rest,)))

    async def _swapped(self, one: Shaped, rest: str) -> Sheet | None:
        number, _, words = rest.partition(" ")
        if one.sheet.line(_number(number)) is None:
            return None
        if words.strip():
            await self._fill_index()
            item = await self._shaper.found(one.composed, one.sheet, words, self._now)
        else:
            others = await self._shaper.ranked(one.composed, one.sheet, self._now)
            item = next((one for one in others if self._let_go.isdisjoint(one.story_keys)), None)
        return None if item is None else one.sheet.swapped(_number(number), item)

    async def _fill_index(self) -> None:
        if not self._gazette.catalogue.is_whole:
            await self._gazette.sync.indexing.fill()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
