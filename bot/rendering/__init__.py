"""Domain values become Telegram messages: text, entities, buttons and pictures by address.

Knows Telegram's limits and its treatment of text, and no network, file of articles or database.
Every text is made of blocks (header, lead, line, footer); a block is rendered once and kept.
"""
