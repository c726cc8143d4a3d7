"""The use cases: each module is one verb. They know no Telegram library; they are handed a door."""
