"""Pictures: fetched or found, judged by their bytes, made fit for Telegram, put together.

The room knows addresses and paths, nothing of articles, chats or messages. Nothing is imported
here: what reads local files shall not pay for what fetches from the web.
"""
