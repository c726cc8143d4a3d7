"""What the desk answers: what is to be shown, sent, said."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.delivery import DigestId
from bot.domain.message import Message
from bot.store.drafts import StoredDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an operator is to be shown: the messages as they will be sent, and the panel."""

    panel: Message
    draft: StoredDraft | None = None
    """None: the panel alone is shown, and there is nothing to approve."""
    messages: tuple[Message, ...] = ()
    before: tuple[Message, ...] | None = None
    """What the preview shows so far; None: nothing, or not known."""

    @property
    def is_shown(self) -> bool:
        """Whether the preview shows it already."""
        return self.messages == self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A post that is on its way, and the panel that says so."""

    digest: DigestId
    panel: Message
    chat_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What follows from a tap or a reply: a word for its maker, then what is to be shown."""

    said: str = ""
    is_alert: bool = False
    proof: Proof | None = None
    panel: Message | None = None
    """To be shown in place of the panel; the draft is closed."""
    sending: Sending | None = None
    gone: tuple[int, ...] = ()
    """Previews that are to be taken away."""
    test: tuple[Message, ...] = ()
    """To be sent to the operator as they are."""
