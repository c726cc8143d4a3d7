"""The room that speaks to Telegram: nobody else imports python-telegram-bot.

It turns calls into HTTP and answers into our own errors, takes updates in and hands them to the
command handlers. It does not know what a digest is or when one is due.
"""

import os

# python-telegram-bot reads this when a flood limit is reported: with it `retry_after` is a
# timedelta, without it every report also raises a deprecation warning. It has no other switch.
os.environ.setdefault("PTB_TIMEDELTA", "1")
