"""The commands that the menus offer, in the order in which people meet them."""

from __future__ import annotations

from bot.domain.languages import N_
from bot.gateway.menus import Command, Menu

_ASKING: Menu = (
    Command(name="latest", description=N_("The newest stories")),
    Command(name="hot", description=N_("What everybody talks about")),
    Command(name="topics", description=N_("All topics")),
    Command(name="topic", description=N_("The best stories on a topic")),
)
_ORDERING: Menu = (
    Command(name="settings", description=N_("When it comes and what it holds")),
    Command(name="digest", description=N_("The digest now, with what is new")),
    Command(name="subscribe", description=N_("Get the digest by itself")),
    Command(name="unsubscribe", description=N_("No more digests")),
    Command(name="follow", description=N_("Put a topic first")),
    Command(name="mute", description=N_("Keep a topic out")),
)
_LAST: Menu = (  # the first one is for people alone
    Command(name="saved", description=N_("What you have saved")),
    Command(name="why", description=N_("Why a story came, or did not")),
    Command(name="help", description=N_("What can be said here")),
    Command(name="id", description=N_("The number of this chat")),
    Command(name="privacy", description=N_("What is kept of you, /export and /forget")),
)

READERS: Menu = (*_ASKING, *_ORDERING, *_LAST)
GROUPS: Menu = (*_ASKING, *_ORDERING, *_LAST[1:])
OPERATORS: Menu = (
    Command(name="post", description=N_("See what would go out now, then send it")),
    Command(name="sends", description=N_("What is being sent: pause, resume, cancel")),
    *READERS,
)
