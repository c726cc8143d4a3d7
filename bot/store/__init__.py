"""What must be remembered: articles, chats, slots, digests and the ledger of deliveries.

SQL lives in this room and nowhere else. It takes and gives domain values, decides nothing about
digests or sending, and knows neither files nor Telegram.
"""
