"""Quick makers of frozen values, for places that make a hundred thousand of them.

A frozen dataclass sets each field by a call of its own, which takes as long as ten plain ones. A
quick maker fills a twin of the class that is not frozen, and the twin then becomes the class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar, cast

T = TypeVar("T")


def quick(kind: type[T]) -> type[T]:
    """Give what is called as the frozen class with slots is called, and gives the same.

    `__post_init__` is left out: the caller has made sure of what it would check.
    """
    known, taken, values = _known(kind), [], {}
    for one in fields(kind):  # type: ignore[arg-type]  # dataclasses only
        name = values[one.name] = one.name
        if one.default_factory is not MISSING:
            known[f"_make_{name}"] = one.default_factory
            taken.append(f"{name}=_no")
            values[name] = f"_make_{name}() if {name} is _no else {name}"
        elif one.default is not MISSING:
            known[f"_usual_{name}"] = one.default
            taken.append(f"{name}=_usual_{name}")
        else:
            taken.append(name)
    return cast(type[T], _written_out(f"*, {', '.join(taken)}", values, known))


def quick_replace(kind: type[T]) -> Callable[..., T]:
    """Give what is called as `dataclasses.replace` is, for one frozen class with slots."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # dataclasses only
    taken = ", ".join(f"{name}=_no" for name in names)
    values = {name: f"_of.{name} if {name} is _no else {name}" for name in names}
    return cast(Callable[..., T], _written_out(f"_of, /, *, {taken}", values, _known(kind)))


def _known(kind: type[Any]) -> dict[str, Any]:
    """Give the names that the makers of a class use; no field begins with an underscore."""
    slots = {"__slots__": [one.name for one in fields(kind)]}
    twin = type(f"Quick{kind.__name__}", (), slots)
    return {"_kind": kind, "_twin": twin, "_new": object.__new__, "_no": MISSING}


def _written_out(taken: str, values: dict[str, str], known: dict[str, Any]) -> Any:
    """Write a maker out as dataclasses write their own methods: to call a class costs more."""
    body = [f"_one.{name} = {value}" for name, value in values.items()]
    lines = ["_one = _new(_twin)", *body, "_one.__class__ = _kind", "return _one"]
    source = f"def _make({taken}):\n " + "\n ".join(lines)
    exec(source, known)  # noqa: S102
    return known["_make"]
