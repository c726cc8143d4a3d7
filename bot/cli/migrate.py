"""`gazette migrate`: bring the tables up to this version."""

from __future__ import annotations

import asyncio

import typer

from bot.settings import load


def migrate() -> None:
    """Migrate the database of the settings and say what happened."""
    from bot.store.database import Database
    from bot.store.migrate import migrate as migrate_database

    loaded = load()

    async def work() -> None:
        database = Database.open(
            loaded.settings.database_url.get_secret_value(), folder=loaded.folder
        )
        try:
            result = await migrate_database(database)
        finally:
            await database.close()
        if result.before == result.after:
            typer.echo(f"The database is up to date (version {result.after}).")
            return
        if result.backup is not None:
            typer.echo(f"A copy of the old database is at {result.backup}.")
        typer.echo(f"Migrated from {result.before or 'nothing'} to {result.after}.")

    asyncio.run(work())
