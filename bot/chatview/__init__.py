"""Bot API messages → HTML, looking as Telegram shows them.

This room knows nothing of the bot: its whole input is the JSON of messages, so that it serves a
preview file and the sandbox's chat page alike, and neither can flatter the bot.
"""

from bot.chatview.bubble import Place, bubble_html
from bot.chatview.conversation import CSS, Theme, Unit, conversation, page
from bot.chatview.text import safe_href, text_html
from bot.chatview.view import Message, View, initials, peer_colour, sender_of
from bot.chatview.words import service_text, summary

__all__ = [
    "CSS",
    "Message",
    "Place",
    "Theme",
    "Unit",
    "View",
    "bubble_html",
    "conversation",
    "initials",
    "page",
    "peer_colour",
    "safe_href",
    "sender_of",
    "service_text",
    "summary",
    "text_html",
]
