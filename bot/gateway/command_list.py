"""The commands that the menus offer, in the order in which people meet them."""

from __future__ import annotations

from bot.gateway.menus import Command, Menu

_ASKING: Menu = (
    Command(name="latest", description="The newest stories"),
    Command(name="hot", description="What everybody talks about"),
    Command(name="topics", description="All topics"),
    Command(name="topic", description="The best stories on a topic"),
)
_ORDERING: Menu = (
    Command(name="subscribe", description="Get the digest by itself"),
    Command(name="unsubscribe", description="No more digests"),
    Command(name="follow", description="Put a topic first"),
    Command(name="mute", description="Keep a topic out"),
)
_LAST: Menu = (
    Command(name="why", description="Why a story came, or did not"),
    Command(name="help", description="What can be said here"),
    Command(name="id", description="The number of this chat"),
    Command(name="privacy", description="What is kept of you, /export and /forget"),
)

READERS: Menu = (*_ASKING, *_ORDERING, *_LAST)
GROUPS: Menu = (*_ASKING, *_ORDERING, *_LAST)
OPERATORS: Menu = (
    Command(name="post", description="See what would go out now, then send it"),
    Command(name="sends", description="What is being sent: pause, resume, cancel"),
    *READERS,
)
