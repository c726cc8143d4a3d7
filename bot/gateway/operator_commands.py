"""Operators: how the first one gets there, and their menu."""

from __future__ import annotations

import logging

from bot.domain.subscription import ChatId, UserId
from bot.errors import SendError
from bot.gateway.command_list import OPERATORS
from bot.gateway.context import Office, Said
from bot.publishing.preferences import Place
from bot.rendering import desk

logger = logging.getLogger(__name__)


async def claim(said: Said) -> None:
    """/start claim-…: make the first operator."""
    if await said.office.use_cases.operators.claim(said.words, said.person):
        await said.reply(desk.claimed(said.style))
        if said.person is not None:
            await offer_menu(said.office, said.person)
    else:
        await said.reply(desk.claim_failed(said.style))


async def offer_menu(office: Office, operator: UserId) -> None:
    """Give an operator the longer menu; one who never pressed Start gets it later."""
    place = await office.at_home(Place(chat_id=ChatId(operator)), None)
    try:
        language = office.style(place).language
        await office.menus.set_for_operator(operator, OPERATORS, language=language)
    except SendError as error:
        fields = {"operator": operator, "reason": f"{type(error).__name__}: {error}"}
        logger.warning("operator's menu not set", extra=fields)
