"""Recalls in words: the question to operators, the note in chats, the account."""

from __future__ import annotations

from bot.domain.callback import Action
from bot.domain.languages import N_
from bot.domain.message import Draft, Keyboard, Message, Text
from bot.domain.recall import Recall, RecallOutcome, RecallState
from bot.rendering import keyboards
from bot.rendering.cleaning import one_line
from bot.rendering.phrases import Phrases
from bot.rendering.shortening import shortened

MAX_TITLE = 80
MAX_REASON = 120
RECALL, LEAVE, SHOW = "r", "l", "o"
"""What a button asks for, before the story's id."""

BEGUN = N_("It is being recalled. You will hear how that went.")
LEFT = N_("It stays where it is.")
STALE = N_("That was decided already; your tap did nothing.")

_NOTE = N_("Withdrawn by its publisher.")
_STATES = {
    RecallState.ASKED: N_("waits for a decision"),
    RecallState.RUNNING: N_("is being recalled"),
    RecallState.DONE: N_("recalled"),
    RecallState.LEFT: N_("left where it is"),
}


def trouble(_: Phrases) -> str:
    """Tell operators that recalling fails for a reason of our own."""
    return _("I could not take a withdrawn story back: see the log. I keep trying.")


def note(_: Phrases) -> str:
    """Give what stands in a message in the place of a withdrawn story."""
    return _(_NOTE)


def question(recall: Recall, _: Phrases) -> str:
    """Ask operators whether a withdrawn story is to be recalled."""
    return _(
        "“%(title)s” was sent, and has been withdrawn by its publisher. Shall it be recalled? "
        "Messages that tell of it alone are deleted as far as Telegram allows it (48 hours, or the "
        "right to delete), others are changed: the other stories stay.",
        title=title_of(recall),
    )


def buttons(recall: Recall, _: Phrases) -> Keyboard:
    """Offer the two decisions."""
    return keyboards.rows(
        [
            keyboards.tap(_("Recall it"), Action.RECALL, RECALL, recall.story_id),
            keyboards.tap(_("Leave it"), Action.RECALL, LEAVE, recall.story_id),
        ]
    )


def panel(recall: Recall, _: Phrases) -> Message:
    """Show how a recall is, with what can still be decided."""
    state = _(_STATES[recall.state])
    text = f"{title_of(recall)}: {state}."
    if recall.counts:
        text += f"\n{counts(recall, _)}"
    keyboard = buttons(recall, _) if recall.state is RecallState.ASKED else ()
    if recall.state is RecallState.LEFT:
        keyboard = keyboards.rows([buttons(recall, _)[0][0]])
    return Draft(text=Text(text), keyboard=keyboard).finished()


def account(recall: Recall, _: Phrases) -> str:
    """Say what became of a recall."""
    said = _("“%(title)s” has been recalled.", title=title_of(recall))
    told = counts(recall, _) or _("No message was found.")
    reasons = "; ".join(shortened(one_line(reason), MAX_REASON) for reason in recall.reasons)
    if reasons:
        return f"{said} {told}. " + _("Not possible: %(reasons)s.", reasons=reasons)
    return f"{said} {told}."


def counts(recall: Recall, _: Phrases) -> str:
    """Say how many messages had which end: `12 deleted · 3 changed · 1 not possible`."""
    named = {
        RecallOutcome.DELETED: _("deleted"),
        RecallOutcome.EDITED: _("changed"),
        RecallOutcome.GONE: _("gone before"),
        RecallOutcome.IMPOSSIBLE: _("not possible"),
    }
    found = recall.counts
    return " · ".join(f"{found[one]:,} {name}" for one, name in named.items() if found.get(one))


def title_of(recall: Recall) -> str:
    """Give the story's title, short enough for a line."""
    return shortened(one_line(recall.title), MAX_TITLE)
