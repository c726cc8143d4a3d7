"""A Telegram in miniature: a Bot API server, the people who use it and what they see.

The room is the outside world. It knows Telegram's rules and nothing of the bot, so that a
mistake in the bot cannot hide behind the same mistake here. `bot.sandbox.state` holds the
`Sandbox`, `bot.sandbox.server` puts it on the loopback interface.
"""
