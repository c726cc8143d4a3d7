"""What people do in chats: write, tap, react, ask; each deed makes the bot's updates."""

from __future__ import annotations

from bot.sandbox.chats import Chat, Membership, Person
from bot.sandbox.entities import format_text, with_autolinks
from bot.sandbox.messages import Json, Message, inaccessible, sender_in, text_content
from bot.sandbox.parameters import Upload
from bot.sandbox.text import is_visible
from bot.sandbox.world import ANONYMOUS, CallbackAnswer, World

MAX_SAID = 4096

Button = str | tuple[int, int]


def say(
    world: World,
    person: Person,
    chat: Chat,
    text: str,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> Message:
    """Write `text` into a chat as `person`."""
    check_may_talk(person, chat)
    cleaned, _ = format_text(text)
    if not is_visible(cleaned) or len(cleaned) > MAX_SAID:
        raise ValueError(f"a message has 1 to {MAX_SAID} characters, this one {len(cleaned)}")
    entities = with_autolinks(cleaned, ())
    return hand_in(
        world,
        Message(
            id=world.messages.next_id(chat),
            chat=chat,
            sent_at=world.clock.now(),
            content=text_content(cleaned, entities),
            sender=sender(chat, person),
            thread_id=thread_id,
            reply_to=_replied(world, chat, thread_id, reply_to),
            is_editable=chat.kind == "channel",
        ),
    )


def share(
    world: World, person: Person, chat: Chat, content: Json, *, thread_id: int | None = None
) -> Message:
    """Send something without words into a chat as `person`, such as a place on the map."""
    check_may_talk(person, chat)
    return hand_in(
        world,
        Message(
            id=world.messages.next_id(chat),
            chat=chat,
            sent_at=world.clock.now(),
            content=content,
            sender=sender(chat, person),
            thread_id=thread_id,
            reply_to=_replied(world, chat, thread_id, None),
        ),
    )


def show_photo(
    world: World,
    person: Person,
    chat: Chat,
    data: bytes,
    *,
    name: str = "",
    caption: str = "",
    thread_id: int | None = None,
) -> Message:
    """Send a picture with words below it; ApiError for what Telegram takes for no picture."""
    sizes = world.files.give("photo", "", {"photo": Upload(name=name, data=data)})
    cleaned, _ = format_text(caption)
    words = text_content(cleaned, with_autolinks(cleaned, ()), name="caption")
    shown: Json = {"photo": [size.to_json() for size in sizes], **words}
    return share(world, person, chat, shown, thread_id=thread_id)


def check_may_talk(person: Person, chat: Chat) -> None:
    """Raise ValueError where Telegram's app offers no input line."""
    if chat.kind == "private" and chat.bot.status == "kicked":
        raise ValueError(f"{person.first_name} has blocked the bot and must unblock it first")


def hand_in(world: World, message: Message) -> Message:
    """Put a person's message into its chat; the bot is told if it may see it."""
    chat = message.chat
    world.post(message)
    if chat.kind == "private" and chat.bot.status == "left":
        chat.bot = Membership(status="member")
        world.tell("chat", chat)
    if _bot_sees(world, message):
        world.push("channel_post" if chat.kind == "channel" else "message", message.to_json())
    return message


def sender(chat: Chat, person: Person) -> Json:
    """Build who a person's message is from."""
    if chat.status_of(person.id).is_anonymous:
        return {"from": dict(ANONYMOUS), "sender_chat": chat.to_json()}
    fields = sender_in(chat, person.to_json())
    if chat.kind == "channel":
        fields["author_signature"] = person.first_name
    return fields


def _replied(
    world: World, chat: Chat, thread_id: int | None, reply_to: int | None
) -> Message | None:
    # A message in a topic hangs on the topic's first message unless it answers another one.
    wanted = reply_to if reply_to is not None else thread_id
    if wanted is None:
        return None
    found = world.messages.find(chat, wanted)
    if found is None:
        raise LookupError(f"there is no message {wanted} in chat {chat.id}")
    return found


def _bot_sees(world: World, message: Message) -> bool:
    """Tell whether the bot gets a message, its privacy mode being on as it is by default."""
    chat = message.chat
    if chat.bot.status in {"left", "kicked"}:
        return False
    if chat.kind in {"private", "channel"} or chat.bot.status == "administrator":
        return True
    if "via_bot" in message.content:
        return True
    if message.reply_to is not None and message.reply_to.is_ours:
        return True
    first = (message.text or "").split(maxsplit=1)[0]
    command, _, name = first.partition("@")
    is_command = command.startswith("/") and len(command) > 1
    return is_command and name.lower() in {"", str(world.bot["username"]).lower()}


def edit(world: World, chat: Chat, message: Message, text: str) -> None:
    """Change a person's own message."""
    cleaned, _ = format_text(text)
    content = text_content(cleaned, with_autolinks(cleaned, ()))
    if content == message.content:
        return
    message.content, message.edited_at = content, world.clock.now()
    world.changed(message)
    if _bot_sees(world, message):
        kind = "edited_channel_post" if chat.kind == "channel" else "edited_message"
        world.push(kind, message.to_json())


def find_button(message: Message, wanted: Button) -> Json:
    """Find an inline button by (row, column), by its callback data or by its text."""
    rows = _rows(message)
    if isinstance(wanted, tuple):
        row, column = wanted
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            return rows[row][column]
    buttons = [button for row in rows for button in row]
    for name in ("callback_data", "text"):
        for button in buttons:
            if button.get(name) == wanted:
                return button
    raise LookupError(f"message {message.id} has no button {wanted!r}")


def _rows(message: Message) -> list[list[Json]]:
    markup = message.reply_markup or {}
    rows = markup.get("inline_keyboard")
    return rows if isinstance(rows, list) else []


def press(world: World, person: Person, message: Message, wanted: Button) -> str:
    """Tap a callback button; gives the query id, whose answer is then pending."""
    button = find_button(message, wanted)
    if "callback_data" not in button:
        raise LookupError(f"the button {button['text']!r} asks the bot nothing")
    data, shown = str(button["callback_data"]), message.to_json()
    return ask_back(world, person, message.chat, message.id, data, shown)


def ask_back(
    world: World,
    person: Person,
    chat: Chat,
    message_id: int,
    data: str,
    shown: Json | None = None,
) -> str:
    """Send a callback query, with a message that the bot can no longer see if need be."""
    query_id = world.number()
    world.answers[query_id] = CallbackAnswer(
        query_id=query_id,
        person=person,
        chat_id=chat.id,
        message_id=message_id,
        data=data,
        asked_at=world.clock.now(),
    )
    # Of a message that a person sent through it, the bot learns no more than an id to edit it by.
    is_inline = shown is not None and "via_bot" in shown
    seen: Json = {"message": shown or inaccessible(chat, message_id)}
    body: Json = {
        "id": query_id,
        "from": person.to_json(),
        **({"inline_message_id": f"{chat.id}_{message_id}"} if is_inline else seen),
        "chat_instance": str(-(abs(chat.id) * 7919 + world.bot_id)),
        "data": data,
    }
    world.push("callback_query", body)
    return query_id


def react(world: World, person: Person, message: Message, emoji: str | None) -> None:
    """Put a reaction under a message, or take it away."""
    chat = message.chat
    before = message.reactions.pop(person.id, ())
    after: tuple[Json, ...] = ({"type": "emoji", "emoji": emoji},) if emoji else ()
    if after:
        message.reactions[person.id] = after
    world.tell("reaction", chat, message.id)
    if chat.kind != "private" and chat.bot.status != "administrator":
        return
    body: Json = {
        "chat": chat.to_json(),
        "message_id": message.id,
        "date": int(world.clock.now().timestamp()),
    }
    if chat.kind == "channel":  # nobody learns who reacted in a channel
        world.push("message_reaction_count", {**body, "reactions": _counts(message)})
        return
    body |= {"user": person.to_json(), "old_reaction": list(before), "new_reaction": list(after)}
    world.push("message_reaction", body)


def _counts(message: Message) -> list[Json]:
    counts: dict[str, int] = {}
    for given in message.reactions.values():
        for reaction in given:
            emoji = str(reaction["emoji"])
            counts[emoji] = counts.get(emoji, 0) + 1
    return [
        {"type": {"type": "emoji", "emoji": emoji}, "total_count": count}
        for emoji, count in counts.items()
    ]
