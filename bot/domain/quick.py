"""Quick makers of frozen values, for places that make a hundred thousand of them.

A frozen dataclass sets each field by a call of its own, which takes as long as ten plain ones. A
quick maker fills a twin of the class that is not frozen, and the twin then becomes the class.
"""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass
from typing import Any, TypeVar, cast

T = TypeVar("T")


def quick(kind: type[T]) -> type[T]:
    """Give what is called as the frozen class with slots is called, and gives the same.

    `__post_init__` is left out: the caller has made sure of what it would check.
    """

    def become(self: Any) -> None:
        self.__class__ = kind

    own = [
        (
            one.name,
            one.type,
            field(default=one.default, default_factory=one.default_factory, kw_only=True),
        )
        for one in fields(kind)  # type: ignore[arg-type]  # dataclasses only
    ]
    twin = make_dataclass(
        f"Quick{kind.__name__}", own, slots=True, eq=False, namespace={"__post_init__": become}
    )
    return cast(type[T], twin)
