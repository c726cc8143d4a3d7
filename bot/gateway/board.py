"""The board: a draft as an operator's private chat shows it, renewed with every change.

The previews stand above one panel. They are changed in place where that shows them exactly;
else new ones come with a new panel below them, and the old ones go.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.message import SEND_ALBUM, SEND_RICH, Message
from bot.domain.pacing import Priority
from bot.domain.subscription import ChatId, UserId
from bot.gateway.context import Office
from bot.publishing.desk_answers import Proof
from bot.store.drafts import StoredDraft


class Board:
    """Shows proofs to one operator."""

    def __init__(self, office: Office, operator: UserId) -> None:
        self._speech = office.speech
        self._desk = office.use_cases.desk
        self._chat_id = ChatId(operator)

    async def show(self, proof: Proof, *, panel_id: int | None = None) -> bool:
        """Show a proof where the draft stands; `panel_id`: the panel that was tapped.

        False when not all of it can be seen: what cannot be seen must not be approved.
        """
        draft = proof.draft
        if draft is None:
            return await self._said(proof.panel)
        panel_id = panel_id or draft.panel_id
        if panel_id is None or not await self._renewed(proof, draft):
            return await self.show_anew(proof)
        if not await self._speech.change(
            proof.panel, chat_id=self._chat_id, message_id=panel_id, priority=Priority.OPERATOR
        ):
            return await self.show_anew(proof)
        await self._desk.shown(
            draft, panel_id=panel_id, preview_ids=draft.preview_ids, is_whole=True
        )
        return True

    async def show_anew(self, proof: Proof) -> bool:
        """Show a proof in new messages, and take the old ones away; False when it did not work."""
        preview_ids: list[int] = []
        for message in proof.messages:
            ids = await self._speech.tell(
                message, chat_id=self._chat_id, priority=Priority.OPERATOR
            )
            preview_ids.extend(ids)
            if not ids:
                await self.remove(preview_ids)
                return False
        draft = proof.draft
        if draft is None:
            return await self._said(proof.panel)
        panel_id = await self._speech.say(
            proof.panel, chat_id=self._chat_id, priority=Priority.OPERATOR
        )
        if panel_id is None:
            await self.remove(preview_ids)
            return False
        await self._desk.shown(
            draft, panel_id=panel_id, preview_ids=tuple(preview_ids), is_whole=True
        )
        old = draft.panel_id
        await self.remove([*draft.preview_ids, *([old] if old is not None else [])])
        return True

    async def remove(self, message_ids: Iterable[int]) -> None:
        """Take messages away; those that cannot be stay."""
        for message_id in message_ids:
            await self._speech.remove(chat_id=self._chat_id, message_id=message_id)

    async def _renewed(self, proof: Proof, draft: StoredDraft) -> bool:
        """Make the previews show a proof; False where they cannot be changed so that they do."""
        if proof.is_shown:
            return True
        before = proof.before
        if before is None or not _fit(before, proof.messages, draft.preview_ids):
            return False
        pairs = zip(before, proof.messages, draft.preview_ids, strict=True)
        await self._desk.shown(
            draft, panel_id=draft.panel_id, preview_ids=draft.preview_ids, is_whole=False
        )
        for old, new, message_id in pairs:
            if old != new and not await self._speech.change(
                new, chat_id=self._chat_id, message_id=message_id, priority=Priority.OPERATOR
            ):
                return False
        return True

    async def _said(self, panel: Message) -> bool:
        told = await self._speech.say(panel, chat_id=self._chat_id, priority=Priority.OPERATOR)
        return told is not None


def _fit(
    before: tuple[Message, ...], after: tuple[Message, ...], preview_ids: tuple[int, ...]
) -> bool:
    """Whether each message can be changed into the one that takes its place."""
    if not len(before) == len(after) == len(preview_ids):
        return False
    methods = [one.method for one in before]
    # What became of the pictures of an album or a rich message cannot be undone by an edit.
    return not {SEND_ALBUM, SEND_RICH} & set(methods) and methods == [one.method for one in after]
