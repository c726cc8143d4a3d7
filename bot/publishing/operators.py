"""Operators: who may post, and how the first one comes to it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.domain.clock import Clock
from bot.domain.subscription import Role, UserId
from bot.store.operators import Operators as OperatorRows

audit = logging.getLogger("bot.audit")
"""Who asked for what, and whether it was allowed; people by number, never by name."""

CLAIM = "claim-"
"""What the start parameter of a claim link begins with."""

NOBODY = frozenset({UserId(1087968824), UserId(136817688), UserId(777000)})
"""Accounts that Telegram writes under for others (Bot API): an anonymous administrator of a
group, a channel, the forwards of a linked channel. They are never a person."""


class Operators:
    """The people of the settings, and those who claimed the bot."""

    def __init__(
        self, named_user_ids: Iterable[UserId], *, rows: OperatorRows, clock: Clock
    ) -> None:
        self._named = tuple(user_id for user_id in named_user_ids if user_id not in NOBODY)
        self._rows = rows
        self._clock = clock

    async def all(self) -> tuple[UserId, ...]:
        """Give every operator, those of the settings first."""
        stored = (operator.user_id for operator in await self._rows.all())
        return tuple(dict.fromkeys((*self._named, *stored)))

    async def is_operator(self, user_id: UserId | None) -> bool:
        """Whether this is a person who may operate the bot."""
        return user_id is not None and user_id not in NOBODY and user_id in await self.all()

    async def may_send(self, user_id: UserId | None) -> bool:
        """Whether an operator may change what readers get: owners and editors may."""
        if not await self.is_operator(user_id) or user_id is None:
            return False
        stored = None if user_id in self._named else await self._rows.get(user_id)
        return stored is None or stored.role is not Role.VIEWER

    async def may(self, user_id: UserId | None, deed: str, *, only_looks: bool = False) -> bool:
        """Whether somebody may do an operator's deed; either way it goes to the audit log.

        `only_looks`: it changes nothing, viewers may do it, too.
        """
        is_allowed = await (self.is_operator if only_looks else self.may_send)(user_id)
        audit.info("operator's deed", extra={"who": user_id, "deed": deed, "allowed": is_allowed})
        return is_allowed

    async def open_claim(self) -> str | None:
        """Make a start parameter that makes its first user the operator, once.

        None when somebody operates the bot already. An earlier parameter stops working.
        """
        if await self.all():
            return None
        return CLAIM + await self._rows.offer_claim(now=self._clock.now())

    async def claim(self, parameter: str, user_id: UserId | None) -> bool:
        """Make a person the first operator; False for a wrong, used or needless link."""
        is_done = False
        if user_id is not None and user_id not in NOBODY and not await self.all():
            token = parameter.removeprefix(CLAIM)
            is_done = await self._rows.claim(token, user_id, now=self._clock.now())
        audit.info("operator's deed", extra={"who": user_id, "deed": "claim", "allowed": is_done})
        return is_done
