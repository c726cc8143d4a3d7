"""Statements compiled once for a process, whatever database and connection they are said on.

SQLAlchemy keeps what it has compiled with each engine. Ours are many that say the same: a reader
and a writer of one file, and the databases that follow each other in one process.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Dialect

MOST = 2_000
"""Statements kept; they differ where the number of rows of an INSERT does."""


class CompiledStatements(dict[Any, Any]):
    """What SQLAlchemy takes as `compiled_cache`; its keys begin with the dialect of an engine.

    Dialects of the same kind and of servers of the same version compile alike: they are created by
    `Database` alone, always with the same settings.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Give what was compiled for this statement by any engine of the kind."""
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        """Keep a compiled statement; when there are too many, begin anew."""
        if len(self) >= MOST:
            self.clear()
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: Any) -> Any:
    if isinstance(key, tuple) and key and isinstance(key[0], Dialect):
        dialect = key[0]
        return (type(dialect), getattr(dialect, "server_version_info", None), *key[1:])
    return key  # of a form that we do not know: then each engine has its own
