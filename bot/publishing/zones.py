"""Time zones as people name them: a city, a country, an offset, a place on the map."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.timetable import is_zone
from bot.publishing.zonenames import NAMES, SEVERAL

REGIONS = (
    *("Europe", "Asia", "Africa", "America", "Atlantic"),
    *("Australia", "Indian", "Pacific", "Antarctica"),
)
MOST_OFFERED = 6
_OFFSET = re.compile(
    r"(?:utc|gmt|z)?\s*([+\-\u2212\u2013])\s*(\d{1,2})(?:(?::|\.|h)?([0-5]\d))?", re.IGNORECASE
)
_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The zone that was meant, or those that may have been."""

    zone: str | None = None
    offered: tuple[str, ...] = ()
    is_exact: bool = False
    """What was typed is a name of all of these, such as a country; nothing was guessed."""


def zone_meant(words: str, *, language: str = "en", now: datetime) -> Meant:
    """Read a zone as somebody typed it: `Lisbon`, `Portugal`, `Europe/Lisbon`, `UTC+3`, `+05:30`.

    Cities and countries are also known by their names in `language`.
    """
    words = words.strip()[:80]
    if words.upper() in ("UTC", "GMT", "Z"):
        return Meant(zone="UTC")
    offset = _OFFSET.fullmatch(words)
    if offset is not None:
        return _by_offset(offset, now)
    exact = {name.casefold(): name for name in available_timezones()}
    name = exact.get(words.casefold().replace(" ", "_"))
    if name is not None and "/" in name and is_zone(name):
        return Meant(zone=name)
    return _by_name(words, language, now)


def is_zone_name(words: str, *, language: str, now: datetime) -> bool:
    """Whether words are written as a difference, or are a name that is known letter by letter."""
    if _OFFSET.fullmatch(words):
        return True
    meant = zone_meant(words, language=language, now=now)
    return meant.zone is not None or meant.is_exact


def zone_at(latitude: float, longitude: float) -> str | None:
    """Give the zone of a place, looked up on this machine; None when it is not known."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    from tzfpy import get_tz  # 3 MB of borders: loaded by the first who shares a place

    name = get_tz(longitude, latitude)
    return name if name and is_zone(name) else None


@lru_cache(maxsize=1)
def places() -> Mapping[str, str]:
    """Give the zones that people live in, with the code of their country.

    Those of a country stand as in the table, by how they lie and not by their names.
    """
    found = {}
    for line in _table("zone.tab"):
        country, _, name, *_ = line.split("\t")
        if is_zone(name):
            found[name] = country
    return found


def in_region(region: str) -> tuple[str, ...]:
    """Give the zones of a region by name; none for what is no region."""
    if region not in REGIONS:
        return ()
    return tuple(sorted(name for name in places() if name.startswith(f"{region}/")))


def city(zone: str) -> str:
    """Name a zone by its place: `New York`, `UTC+3`."""
    if zone.startswith("Etc/GMT") and zone[7:8] in ("+", "-"):
        return f"UTC{'-' if zone[7] == '+' else '+'}{zone[8:]}"
    return zone.rpartition("/")[2].replace("_", " ")


def _by_offset(found: re.Match[str], now: datetime) -> Meant:
    sign = 1 if found[1] == "+" else -1
    hours, minutes = int(found[2]), int(found[3] or 0)
    if minutes == 0 and (sign, hours) <= (1, 14) and (hours <= 12 or sign > 0):
        if hours == 0:
            return Meant(zone="UTC")
        # The names of these zones have the sign of POSIX: west is plus.
        return Meant(zone=f"Etc/GMT{'-' if sign > 0 else '+'}{hours}")
    offset = sign * timedelta(hours=hours, minutes=minutes)
    alike = [name for name in places() if now.astimezone(ZoneInfo(name)).utcoffset() == offset]
    return Meant(zone=alike[0]) if len(alike) == 1 else Meant(offered=tuple(alike[:MOST_OFFERED]))


def _by_name(words: str, language: str, now: datetime) -> Meant:
    wanted = _folded(words)
    if not wanted:
        return Meant()
    names = dict(_names("en"))
    if language != "en":
        names |= _names(language)
    found = names.get(wanted) or names.get(_folded(words.partition(",")[0]))  # Paris, France
    if found is not None:
        if _are_alike(found, now):
            return Meant(zone=found[0])
        return Meant(offered=found[:MOST_OFFERED], is_exact=True)
    ours = _our_names()
    theirs = [name for name in names if name not in ours]
    near = [
        *difflib.get_close_matches(wanted, theirs, n=MOST_OFFERED, cutoff=0.72),
        # What is offered for one of these has another name: Atlantis is no slip of Atlanta.
        *difflib.get_close_matches(wanted, ours, n=MOST_OFFERED, cutoff=0.85),
    ]
    offered = dict.fromkeys(zone for one in near for zone in names[one][:2])
    return Meant(offered=tuple(offered)[:MOST_OFFERED])


def _are_alike(zones: tuple[str, ...], now: datetime) -> bool:
    """Whether clocks show the same all year in all of these, as in Berlin and Büsingen."""
    months = [now + timedelta(days=30 * number) for number in range(12)]
    offsets = {tuple(at.astimezone(ZoneInfo(one)).utcoffset() for at in months) for one in zones}
    return len(offsets) == 1


@lru_cache(maxsize=1)
def _our_names() -> Mapping[str, tuple[str, ...]]:
    one = {name: (zone,) for zone, text in NAMES.items() for name in text.split(";")}
    several = {name: tuple(of.split()) for text, of in SEVERAL.items() for name in text.split(";")}
    return {_folded(name): zones for name, zones in (one | several).items()}


@lru_cache(maxsize=16)
def _names(language: str) -> Mapping[str, tuple[str, ...]]:
    """Give cities, then countries, folded, with their zones."""
    from babel import Locale  # many megabytes of names: only for who types one

    locale = Locale.parse(language)
    found: dict[str, list[str]] = {}
    for zone, country in places().items():
        local = locale.time_zones.get(zone, {}).get("city")
        nation = locale.territories.get(country)
        for name in (city(zone), local, nation, *([zone.split("/")[1]] if "/" in zone else [])):
            zones = found.setdefault(_folded(name or ""), [])
            if zone not in zones:
                zones.append(zone)
    found |= {name: list(zones) for name, zones in _our_names().items()}
    found.pop("", None)
    for name in available_timezones():  # older names of cities, where no newer one is alike
        key = _folded(city(name))
        if "/" in name and name.split("/")[0] in REGIONS and key not in found:
            found[key] = [name]
    return {key: tuple(zones) for key, zones in found.items()}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return _WORDS.sub(" ", kept).strip()


def _table(name: str) -> Iterable[str]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
