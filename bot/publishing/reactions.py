"""What follows the end of a call beside its row: pace, log, and what operators must know."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from bot.domain.delivery import Delivery, Reaction, Settlement, State, UncertainPolicy
from bot.domain.languages import N_
from bot.publishing.notices import Notices
from bot.publishing.ports import Permits
from bot.rendering.phrases import Phrases

logger = logging.getLogger(__name__)

_ENDINGS = {
    UncertainPolicy.RESEND: N_("they are sent again"),
    UncertainPolicy.SKIP: N_("they are not sent again"),
    UncertainPolicy.ASK: N_("/sends lets you decide whether they are sent again"),
}


class Reactions:
    """Reacts to settlements once they are committed, each in one way."""

    def __init__(
        self,
        *,
        permits: Permits,
        notices: Notices,
        on_disabled: Callable[[str], None],
        on_settled: Callable[[Delivery], None],
    ) -> None:
        self._permits = permits
        self._notices = notices
        self._on_disabled = on_disabled
        self._on_settled = on_settled

    async def to(self, settlement: Settlement) -> None:
        """React to one: slow down, write it down, tell operators."""
        delivery = settlement.delivery
        self._on_settled(delivery)
        if delivery.state is State.SENT and settlement.slow_down is None:
            return  # nothing else follows from nearly every end
        fields = {"delivery": delivery.id, "chat": delivery.chat_id, "why": delivery.reason}
        if settlement.slow_down is not None:
            self._permits.slow_down(delivery.chat_id, settlement.slow_down)
            logger.info("Telegram asks to slow down", extra=fields)
        await self._to_state(delivery, fields)
        match settlement.reaction:
            case Reaction.STOP:
                self._on_disabled(delivery.reason or "the token is not valid")
            case Reaction.MOVE_CHAT:
                logger.info("chat moved", extra={**fields, "to": settlement.new_chat_id})
            case Reaction.PAUSE_CHAT:
                await self._notices.tell(f"paused:{delivery.chat_id}", partial(_paused, delivery))
            case Reaction.SHUT_THREAD | Reaction.END_THREAD:
                await self._notices.tell(
                    f"thread:{delivery.chat_id}:{delivery.thread_id}",
                    lambda _: _thread_shut(settlement, _),
                )
            case Reaction.KEEP_TO_LIST:
                logger.warning("a rich message was refused, lists from now on", extra=fields)
            case Reaction.SLEEP_CHAT:
                logger.info("chat asleep", extra=fields)

    async def _to_state(self, delivery: Delivery, fields: Mapping[str, object]) -> None:
        match delivery.state:
            case State.UNCERTAIN:
                logger.warning("delivery uncertain", extra=fields)
            case State.REFUSED:
                logger.warning("delivery refused", extra=fields)
            case State.EXPIRED:
                logger.warning("delivery expired", extra=fields)
                await self._notices.tell("expired", partial(_given_up, delivery))


def cut_off_words(count: int, policy: UncertainPolicy, _: Phrases) -> str:
    """Tell how many calls an end of the program has cut off, and what becomes of them."""
    # Note: %(ending)s is one of "they are sent again" and the like
    return _.ngettext(
        "%(number)s message was cut off between sending and hearing back when the program last "
        "ended; %(ending)s.",
        "%(number)s messages were cut off between sending and hearing back when the program last "
        "ended; %(ending)s.",
        count,
        ending=_(_ENDINGS[policy]),
    )


def _paused(delivery: Delivery, _: Phrases) -> str:
    return _(
        "I can't post in chat %(chat)s: %(reason)s. It is paused until that is "
        "mended and the program is started again.",
        chat=str(delivery.chat_id),
        reason=delivery.reason or "",
    )


def _given_up(delivery: Delivery, _: Phrases) -> str:
    return _(
        "Messages that could not be sent for a day are given up (%(reason)s): /sends shows how "
        "many.",
        reason=delivery.reason or "",
    )


def _thread_shut(settlement: Settlement, _: Phrases) -> str:
    delivery = settlement.delivery
    place = {"chat": str(delivery.chat_id), "thread": str(delivery.thread_id)}
    if settlement.reaction is Reaction.SHUT_THREAD:
        return _(
            "Topic %(thread)s of chat %(chat)s is closed. Its digest waits until it is opened "
            "again, or until one of its administrators sends /subscribe there.",
            **place,
        )
    return _(
        "Topic %(thread)s of chat %(chat)s is deleted. Its digest has ended; nothing was posted "
        "elsewhere instead.",
        **place,
    )
