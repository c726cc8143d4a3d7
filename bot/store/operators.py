"""Operators, and the one-time link by which the first one claims the bot."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.subscription import Role, UserId
from bot.store.database import Database, Row
from bot.store.schema import claims, operators

CLAIM_VALID = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person with rights."""

    user_id: UserId
    role: Role
    name: str
    added_at: datetime


class Operators:
    """Who may do what."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, user_id: UserId, role: Role, *, now: datetime, name: str = "") -> None:
        """Give a person a role, instead of an earlier one."""
        async with self._db.writing() as connection:
            insert = self._db.insert(operators).values(
                user_id=user_id, role=role.value, name=name, added_at=now
            )
            newer = {field: insert.excluded[field] for field in ("role", "name")}
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["user_id"], set_=newer)
            )

    async def remove(self, user_id: UserId) -> bool:
        """Take a person's role away; False when there was none."""
        async with self._db.writing() as connection:
            delete = sa.delete(operators).where(operators.c.user_id == user_id)
            return (await connection.execute(delete)).rowcount > 0

    async def get(self, user_id: UserId) -> Operator | None:
        """Give an operator; None for anybody else."""
        found = [operator for operator in await self.all() if operator.user_id == user_id]
        return found[0] if found else None

    async def all(self) -> tuple[Operator, ...]:
        """Give all operators, the oldest first."""
        query = sa.select(
            operators.c.user_id, operators.c.role, operators.c.name, operators.c.added_at
        ).order_by(operators.c.added_at, operators.c.user_id)
        async with self._db.reading() as connection:
            return tuple(_from_row(row) for row in await connection.execute(query))

    async def offer_claim(self, *, now: datetime, valid: timedelta = CLAIM_VALID) -> str:
        """Make the token of a claim link, fit for a deep link; earlier unused ones die.

        Only a hash is stored: who reads the database cannot claim the bot.
        """
        token = secrets.token_urlsafe(24)
        async with self._db.writing() as connection:
            await connection.execute(sa.delete(claims).where(claims.c.used_at.is_(None)))
            await connection.execute(
                sa.insert(claims).values(
                    token_hash=_hash(token), created_at=now, expires_at=now + valid
                )
            )
        return token

    async def claim(self, token: str, user_id: UserId, *, now: datetime, name: str = "") -> bool:
        """Make a person the owner; False when the token is wrong, used or too old."""
        async with self._db.writing() as connection:
            used = await connection.execute(
                sa.update(claims)
                .where(
                    claims.c.token_hash == _hash(token),
                    claims.c.used_at.is_(None),
                    claims.c.expires_at > now,
                )
                .values(used_by=user_id, used_at=now)
            )
            if used.rowcount == 0:
                return False
            insert = self._db.insert(operators).values(
                user_id=user_id, role=Role.OWNER.value, name=name, added_at=now
            )
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["user_id"], set_={"role": Role.OWNER.value}
                )
            )
            return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _from_row(row: Row) -> Operator:
    return Operator(
        user_id=UserId(row.user_id), role=Role(row.role), name=row.name, added_at=row.added_at
    )
