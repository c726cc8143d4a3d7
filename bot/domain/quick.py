"""Quick makers of frozen values, for places that make a hundred thousand of them.

A frozen dataclass sets each field by a call of its own, which takes as long as ten plain ones. A
quick maker fills a twin of the class that is not frozen, and the twin then becomes the class.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar, cast

T = TypeVar("T")


def quick(kind: type[T]) -> type[T]:
    """Give what is called as the frozen class with slots is called, and gives the same.

    `__post_init__` is left out: the caller has made sure of what it would check.
    """
    own = fields(kind)  # type: ignore[arg-type]  # dataclasses only
    twin = type(f"Quick{kind.__name__}", (), {"__slots__": [one.name for one in own]})
    # No field begins with an underscore.
    known: dict[str, Any] = {"_kind": kind, "_twin": twin, "_new": object.__new__, "_no": MISSING}
    taken, body = [], []
    for one in own:
        name = value = one.name
        if one.default_factory is not MISSING:
            known[f"_make_{name}"] = one.default_factory
            taken.append(f"{name}=_no")
            value = f"_make_{name}() if {name} is _no else {name}"
        elif one.default is not MISSING:
            known[f"_usual_{name}"] = one.default
            taken.append(f"{name}=_usual_{name}")
        else:
            taken.append(name)
        body.append(f"_one.{name} = {value}")
    lines = ["_one = _new(_twin)", *body, "_one.__class__ = _kind", "return _one"]
    source = f"def _make(*, {', '.join(taken)}):\n " + "\n ".join(lines)
    # Written out as dataclasses write their own methods: to call a class costs three times as much.
    exec(source, known)  # noqa: S102
    return cast(type[T], known["_make"])
