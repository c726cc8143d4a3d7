"""Pictures: fetched or found, judged by their bytes, made fit for Telegram.

The room knows addresses and paths, nothing of articles, chats or messages.
"""

from bot.pictures.fetch import Fetcher
from bot.pictures.guard import may_connect
from bot.pictures.judge import PictureFile
from bot.pictures.source import PictureSource

__all__ = ["Fetcher", "PictureFile", "PictureSource", "may_connect"]
