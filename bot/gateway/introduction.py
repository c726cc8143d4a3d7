"""Introduction: the command menus and the bot's descriptions, in every language it speaks.

Sixty calls: they are made when something in them has changed, and remembered by a hash.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence

from bot.domain.languages import DEFAULT_LANGUAGE, N_
from bot.errors import SendError
from bot.gateway.command_list import GROUPS, READERS
from bot.gateway.menus import Menus
from bot.rendering.dates import warm_up
from bot.rendering.phrases import Phrases, phrases_in
from bot.store.meta import Meta

logger = logging.getLogger(__name__)

# Note: in an empty chat, above the button Start; at most 512 characters, %(title)s is a name
DESCRIPTION = N_(
    "%(title)s: the stories that matter, each event once, with its source, in one calm message at "
    "your hour.\n\nWrite a word or two, and you get the best stories about it."
)
# Note: in the bot's profile and beside its link; at most 120 characters
SHORT_DESCRIPTION = N_("The stories that matter, each event once. Ask me about anything.")
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120

_MENUS, _DESCRIBED = "introduction", "introduction_described"


class Introduction:
    """Sets menus and descriptions; `languages` are those that get their own beside English."""

    def __init__(
        self, menus: Menus, *, meta: Meta, title: str, bot_id: int, languages: Sequence[str]
    ) -> None:
        self._menus = menus
        self._meta = meta
        self._title = title
        self._bot_id = bot_id
        self._languages = [one for one in languages if one != DEFAULT_LANGUAGE]

    async def renew(self) -> None:
        """Set what has changed since the last time; raises SendError and StoreError.

        What was set half-way is set again as a whole.
        """
        wanted = await asyncio.to_thread(self._hash)
        if await self._meta.get(_MENUS) == wanted:
            return
        for language in (None, *self._languages):
            await self._menus.set_for_readers(private=READERS, groups=GROUPS, language=language)
        if await self._may_describe():
            for language in (None, *self._languages):
                described = self._described(phrases_in(language))
                await self._menus.describe(*described, language=language)
            await self._meta.set(_DESCRIBED, json.dumps(self._described(phrases_in(None))))
        await self._meta.set(_MENUS, wanted)
        logger.info("menus set", extra={"languages": len(self._languages) + 1})

    async def _may_describe(self) -> bool:
        """Whether the descriptions are ours: who wrote one at @BotFather has better words."""
        stored = await self._meta.get(_DESCRIBED)
        ours = tuple(json.loads(stored)) if stored else ("", "")
        try:
            found = await self._menus.described()
        except SendError:
            return False
        return all(text in ("", our) for text, our in zip(found, ours, strict=True))

    def _described(self, _: Phrases) -> tuple[str, str]:
        return (
            _(DESCRIPTION, title=self._title)[:MAX_DESCRIPTION],
            _(SHORT_DESCRIPTION)[:MAX_SHORT_DESCRIPTION],
        )

    def _hash(self) -> str:
        if self._languages:
            warm_up()  # here nobody waits for it
        said = [
            [
                language,
                [one.as_json(phrases_in(language)) for one in (*READERS, *GROUPS)],
                self._described(phrases_in(language)),
            ]
            for language in (None, *self._languages)
        ]
        whole = json.dumps([self._bot_id, said], sort_keys=True)
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()
