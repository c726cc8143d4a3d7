"""The reply_markup parameter: what stands under a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.links import BadLink, check_link

MAX_BUTTONS = 100
MAX_MARKUP_BYTES = 10_240
MAX_CALLBACK_BYTES = 64
MAX_COPY_TEXT = 256
STYLES = frozenset({"danger", "success", "primary"})
# The first of these that a button has is what it does.
ACTIONS = (
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)

Button = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A well-formed reply_markup; `rows` is empty for the kinds that are not inline."""

    is_inline: bool
    rows: tuple[tuple[Button, ...], ...] = ()
    body: Mapping[str, object] | None = None

    def buttons(self) -> Iterator[Button]:
        """Walk over all inline buttons in reading order."""
        for row in self.rows:
            yield from row


def parse_keyboard(value: object) -> Keyboard | None:
    """Read a reply_markup; None when there is none."""
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return Keyboard(is_inline=True, rows=_rows(value["inline_keyboard"], "inline keyboard"))
    if "keyboard" in value:
        if not isinstance(value["keyboard"], list):
            raise bad_request('can\'t parse keyboard: Field "keyboard" must be of type Array')
        return Keyboard(is_inline=False, body=value)
    if value.get("remove_keyboard") or value.get("force_reply"):
        return Keyboard(is_inline=False, body=value)
    return None


def _rows(value: object, where: str) -> tuple[tuple[Button, ...], ...]:
    if not isinstance(value, list):
        raise bad_request(f'can\'t parse {where}: Field "inline_keyboard" must be of type Array')
    rows: list[tuple[Button, ...]] = []
    for row in value:
        if not isinstance(row, list):
            raise bad_request(f"can't parse {where} button rows: expected an Array of Array")
        rows.append(tuple(_button(button) for button in row))
    return tuple(row for row in rows if row)


def _button(value: object) -> Button:
    reason = "can't parse inline keyboard button: "
    if not isinstance(value, dict):
        raise bad_request(f"{reason}expected an Object")
    text = value.get("text")
    if not isinstance(text, str):
        raise bad_request(f'{reason}Field "text" must be of type String')
    action = next((name for name in ACTIONS if name in value), None)
    if action is None:
        raise bad_request(f"{reason}text buttons are unallowed in the inline keyboard")
    style = value.get("style")
    if style is not None and style not in STYLES:
        raise bad_request(f"{reason}Button style is invalid")
    kept: dict[str, object] = {"text": text, action: value[action]}
    for name in ("style", "icon_custom_emoji_id"):
        if name in value:
            kept[name] = value[name]
    return kept


def check_keyboard(keyboard: Keyboard | None, *, chat_kind: str) -> Keyboard | None:
    """Check what is allowed in a chat of this kind, and rewrite the buttons' addresses."""
    if keyboard is None:
        return None
    if not keyboard.is_inline:
        if chat_kind == "channel":
            raise bad_request("inline keyboard expected")
        return keyboard
    rows = tuple(tuple(_checked(one, chat_kind) for one in row) for row in keyboard.rows)
    return Keyboard(is_inline=True, rows=rows)


def _checked(button: Button, chat_kind: str) -> Button:
    if not str(button["text"]).strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if chat_kind == "channel" and "switch_inline_query" in button:
        raise bad_request(
            "can't use switch_inline_query button in a channel chat, because users will not be "
            "able to use the button without knowing bot's username"
        )
    if "url" not in button:
        return button
    link = str(button["url"])
    try:
        return {**button, "url": check_link(link)}
    except BadLink as error:
        raise bad_request(f"inline keyboard button URL '{link}' is invalid: {error}") from error


def judge_keyboard(keyboard: Keyboard | None, *, chat_kind: str) -> None:
    """Refuse what only Telegram's own servers refuse: sizes and data of buttons."""
    if keyboard is None or not keyboard.is_inline:
        return
    buttons = tuple(keyboard.buttons())
    if len(buttons) > MAX_BUTTONS or len(orjson.dumps(buttons)) > MAX_MARKUP_BYTES:
        raise bad_request("reply markup is too long")
    for button in buttons:
        _judge_button(button, chat_kind)


def _judge_button(button: Button, chat_kind: str) -> None:
    if "callback_data" in button:
        data = button["callback_data"]
        size = len(data.encode("utf-8", "surrogatepass")) if isinstance(data, str) else 0
        if not 1 <= size <= MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button:
        copied = button["copy_text"]
        text = copied.get("text") if isinstance(copied, dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= MAX_COPY_TEXT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "web_app" in button and chat_kind != "private":
        raise bad_request("BUTTON_TYPE_INVALID")
    if "url" in button and not re.match(r"(https?|tg|ton|tonsite)://", str(button["url"])):
        raise bad_request("BUTTON_URL_INVALID")


def inline_json(keyboard: Keyboard | None) -> dict[str, object] | None:
    """Build the reply_markup of a Message; None when no inline buttons are left."""
    if keyboard is None or not keyboard.rows:
        return None
    return {"inline_keyboard": [[dict(button) for button in row] for row in keyboard.rows]}
