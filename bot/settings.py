"""The settings: read once, whole, from the environment and `.env`; every problem in one list.

A value in the environment wins over the same name in `.env`; an empty value counts as not set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.hours import WeekTimes, read_stretch, read_times
from bot.domain.languages import (
    CONTENT_LANGUAGES,
    DEFAULT_LANGUAGE,
    INTERFACE_LANGUAGES,
    content_language,
    interface_language,
)
from bot.domain.rules import Weights, read_weights
from bot.domain.sections import Section, read_sections
from bot.errors import SettingsError

ENV_FILE = ".env"
TELEGRAM = "https://api.telegram.org"

FREE_PER_SECOND = 30
"""Messages a second that Telegram carries for nothing (Bot API FAQ)."""
PAID_PER_SECOND = 1_000
"""Messages a second that it carries for Stars (Bot API FAQ, paid broadcasts)."""

NOT_YET = frozenset(["VETO_WINDOW", "LISTEN", "WEBHOOK_URL", "WEBHOOK_SECRET", "METRICS_LISTEN"])
"""Settings that are planned: whoever sets one is told that it has no effect yet."""

NO_TOKEN = (
    "BOT_TOKEN is not set: get one from @BotFather in Telegram and put it into .env "  # noqa: S105
    "(or try the whole thing without one: gazette demo)"
)

_LENGTH = re.compile(r"^(?P<number>\d{1,6}(?:\.\d+)?)\s*(?P<unit>[smhdw])$", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_TOKEN = re.compile(r"^[1-9]\d*:[A-Za-z0-9_-]+$")
_CHANNEL_NAME = re.compile(r"^@[A-Za-z][A-Za-z0-9_]{3,31}$")


def length(value: object) -> object:
    """Read a length of time such as `90s`, `30m`, `3h`, `7d` or `2w`."""
    if not isinstance(value, str):
        return value
    found = _LENGTH.match(value.strip())
    if found is None:
        raise ValueError("is not a length of time such as 30m, 3h or 7d")
    seconds = float(found["number"]) * _UNITS[found["unit"].lower()]
    if seconds <= 0:
        raise ValueError("must be longer than nothing")
    return timedelta(seconds=seconds)


class Settings(BaseSettings):
    """Everything that can be set; the names in capitals are the environment's."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    bot_token: SecretStr | None = None
    bot_name: str | None = None
    bot_api_url: str = TELEGRAM
    articles_dir: Annotated[tuple[Path, ...], NoDecode] = (Path("articles"),)
    topics_file: Path | None = None
    templates_dir: Path | None = None
    site_url: str | None = None
    content_language: str | None = None
    database_url: SecretStr = SecretStr("sqlite:///gazette.db")
    operators: Annotated[tuple[int, ...], NoDecode] = ()
    channels: Annotated[tuple[int | str, ...], NoDecode] = ()
    timezone: str = "UTC"
    digest_times: Annotated[WeekTimes, NoDecode] = WeekTimes((time(8), time(18)))
    digest_cron: str | None = None
    digest_size: int = Field(default=8, ge=1, le=30)
    digest_layout: Literal["list", "cards", "album", "cover", "rich"] = "list"
    digest_language: str = DEFAULT_LANGUAGE
    hot_heat: int = Field(default=70, ge=0, le=1_000_000)
    flash_heat: int | None = Field(default=None, ge=1, le=1_000_000)
    flash_per_day: int = Field(default=3, ge=1, le=100)
    follow_ups_per_day: int = Field(default=0, ge=0, le=100)
    max_age: timedelta = timedelta(days=7)
    half_life: timedelta = timedelta(days=7)
    min_quality: int = Field(default=0, ge=0, le=1_000_000)
    provider_cap: int = Field(default=3, ge=1, le=1_000)
    quiet_hours: Annotated[tuple[time, time] | None, NoDecode] = None
    topic_cap: int = Field(default=4, ge=1, le=1_000)
    digest_sections: Annotated[tuple[Section, ...], NoDecode] = ()
    order_weights: Annotated[Weights, NoDecode] = Weights()
    late_limit: timedelta = timedelta(hours=3)
    uncertain: Literal["resend", "skip", "ask"] = "resend"
    keep_deliveries: timedelta = timedelta(days=90)
    write_back: bool = False
    paid_broadcast: bool = False
    paid_stars_per_day: int = Field(default=0, ge=0, le=100_000_000)
    messages_per_second: int = Field(default=30, ge=1, le=1_000)
    max_in_flight: int = Field(default=100, ge=1, le=1_000)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("flash_heat", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        is_off = isinstance(value, str) and value.strip().lower() in ("off", "none", "")
        return None if is_off else value

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.match(value.get_secret_value().strip()):
            raise ValueError("does not look like a token of BotFather (digits, a colon, letters)")
        return SecretStr(value.get_secret_value().strip()) if value is not None else None

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        scheme = value.get_secret_value().partition(":")[0].partition("+")[0].strip().lower()
        if scheme not in ("sqlite", "postgresql", "postgres"):
            raise ValueError(
                "is no address such as sqlite:///gazette.db or postgresql://user:password@host/db"
            )
        return value

    @field_validator("bot_name")
    @classmethod
    def _name(cls, value: str | None) -> str | None:
        name = (value or "").strip().removeprefix("@")
        if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{3,31}", name):
            raise ValueError("is not a bot's user name such as my_news_bot")
        return name or None

    @field_validator("bot_api_url", "site_url")
    @classmethod
    def _root(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value.strip())
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("is not a web address such as http://127.0.0.1:8081")
        return value.strip().rstrip("/")

    @field_validator("articles_dir", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(Path(part).expanduser() for part in value.split(":") if part.strip())
        return value

    @field_validator("content_language")
    @classmethod
    def _language(cls, value: str | None) -> str | None:
        if value is None:
            return None
        known = content_language(value)
        if known is None:
            raise ValueError(
                f"{value!r} is none of {' '.join(sorted(CONTENT_LANGUAGES))}"
                " (a region may follow, as in pt-BR)"
            )
        return known

    @field_validator("digest_language")
    @classmethod
    def _spoken(cls, value: str) -> str:
        known = interface_language(value)
        if known is None:
            raise ValueError(
                f"{value!r} is none of {' '.join(INTERFACE_LANGUAGES)}"
                " (a region may follow, as in pt-BR)"
            )
        return known

    @field_validator("operators", mode="before")
    @classmethod
    def _user_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = _split(value)
        wrong = [part for part in parts if not part.isdecimal() or int(part) == 0]
        if wrong:
            raise ValueError(f"{_named(wrong)}: user ids are numbers; /id tells people theirs")
        return tuple(dict.fromkeys(int(part) for part in parts))

    @field_validator("channels", mode="before")
    @classmethod
    def _chats(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        chats: dict[int | str, None] = {}
        wrong = []
        for part in _split(value):
            if re.fullmatch(r"-?\d{1,16}", part):
                chats[int(part)] = None
            elif _CHANNEL_NAME.match(part):
                chats[part] = None
            else:
                wrong.append(part)
        if wrong:
            raise ValueError(f"{_named(wrong)}: channels are numbers (-100…) or @names")
        return tuple(chats)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone such as Europe/Lisbon") from error
        return value

    @field_validator("digest_times", mode="before")
    @classmethod
    def _times(cls, value: object) -> object:
        return read_times(value) if isinstance(value, str) else value

    @field_validator("quiet_hours", mode="before")
    @classmethod
    def _quiet(cls, value: object) -> object:
        return read_stretch(value) if isinstance(value, str) else value

    @field_validator("digest_sections", mode="before")
    @classmethod
    def _sections(cls, value: object) -> object:
        return read_sections(value) if isinstance(value, str) else value

    @field_validator("order_weights", mode="before")
    @classmethod
    def _weights(cls, value: object) -> object:
        return read_weights(value) if isinstance(value, str) else value

    @field_validator("digest_cron")
    @classmethod
    def _cron(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            next(CronSim(value, datetime(2026, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration) as error:
            raise ValueError(f"{value!r} is no cron expression such as 0 8 * * 1-5") from error
        return value.strip()

    @field_validator("max_age", "half_life", "late_limit", "keep_deliveries", mode="before")
    @classmethod
    def _lengths(cls, value: object) -> object:
        return length(value)

    @field_validator("digest_layout", "uncertain", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("write_back", "paid_broadcast", mode="before")
    @classmethod
    def _switch(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        word = value.strip().lower()
        if word not in _SWITCH:
            raise ValueError(f"{value!r} is neither on nor off")
        return _SWITCH[word]

    @field_validator("paid_stars_per_day")
    @classmethod
    def _stars(cls, value: int, info: ValidationInfo) -> int:
        if value == 0 and info.data.get("paid_broadcast"):
            raise ValueError("PAID_BROADCAST=on needs the number of Stars that a day may cost")
        return value

    @field_validator("messages_per_second")
    @classmethod
    def _pace(cls, value: int, info: ValidationInfo) -> int:
        is_free = not info.data.get("paid_broadcast")
        if value > FREE_PER_SECOND and is_free and info.data.get("bot_api_url") == TELEGRAM:
            raise ValueError(
                f"Telegram allows {FREE_PER_SECOND} a second; more needs PAID_BROADCAST or another "
                "BOT_API_URL"
            )
        return value

    @property
    def keep(self) -> timedelta:
        """How long ended sends are kept whole: KEEP_DELIVERIES, never below 2 × MAX_AGE.

        A story may come within MAX_AGE of its date, and its date may have changed once.
        """
        return max(self.keep_deliveries, 2 * self.max_age)

    @property
    def token(self) -> str:
        """The token in clear; raises SettingsError with the way to get one."""
        if self.bot_token is None:
            raise SettingsError([NO_TOKEN])
        return self.bot_token.get_secret_value()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings, the folder that relative database paths start from, and warnings."""

    settings: Settings
    folder: Path
    warnings: tuple[str, ...] = ()


def load(
    *,
    folder: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    needs_token: bool = False,
) -> Loaded:
    """Read the settings of `folder` (default: the current one).

    `changes` (names in capitals) win over everything: the demo's own, and flags. Raises
    SettingsError with every problem, a missing token among them when it is needed; no value of
    a secret is in it.
    """
    folder = (folder or Path.cwd()).resolve()
    file = folder / ENV_FILE
    given = {name.lower(): value for name, value in (changes or {}).items()}
    try:
        in_file = dotenv_values(file, encoding="utf-8") if file.is_file() else {}
        settings = Settings(_env_file=file, _env_file_encoding="utf-8", **given)
    except ValidationError as error:
        places = (in_file.get("BOT_TOKEN"), os.environ.get("BOT_TOKEN"), given.get("bot_token"))
        has_token = any(places)
        missing = [NO_TOKEN] if needs_token and not has_token else []
        raise SettingsError([*missing, *_sentences(error)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{ENV_FILE} cannot be read: {type(error).__name__}"]) from None
    if needs_token and settings.bot_token is None:
        raise SettingsError([NO_TOKEN])
    warnings = _warnings(tuple(in_file))
    if "keep_deliveries" in settings.model_fields_set and settings.keep > settings.keep_deliveries:
        warnings = (*warnings, f"KEEP_DELIVERIES is raised to {settings.keep.days}d: 2 x MAX_AGE")
    return Loaded(settings=settings, folder=folder, warnings=warnings)


def _warnings(names_in_file: Iterable[str]) -> tuple[str, ...]:
    """Tell of names without an effect; their values are never told."""
    known = {name.upper() for name in Settings.model_fields}
    warnings = [
        f"{name} in {ENV_FILE} is no setting of Gazette"
        for name in names_in_file
        if name.upper() not in known | NOT_YET
    ]
    planned = NOT_YET & {*(name.upper() for name in names_in_file), *os.environ}
    warnings += [f"{name} is planned and has no effect yet" for name in sorted(planned)]
    return tuple(warnings)


_PLAIN = {
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
}
"""pydantic's kinds of problems in our words."""


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]).upper() if problem["loc"] else ""
        message = problem["msg"].removeprefix("Value error, ")
        plain = _PLAIN.get(problem["type"])
        if plain is not None:
            message = plain.format_map(problem.get("ctx", {}))
        sentences.append(f"{name}: {message}" if name else message)
    return sentences


def _split(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", value.strip()) if part]


def _named(parts: list[str]) -> str:
    return ", ".join(repr(part) for part in parts)
