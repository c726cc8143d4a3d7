"""Methods by which the bot hears of people and answers their taps."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.photos import MAX_DOWNLOAD
from bot.sandbox.watch import Change
from bot.sandbox.world import World

MAX_ANSWER = 200
CALLBACK_LASTS = timedelta(seconds=150)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
POLLS_ONLY = "this sandbox delivers updates by getUpdates only, it has no webhooks"


async def get_updates(world: World, parameters: Parameters) -> object:
    allowed = parameters.json("allowed_updates", "can't parse allowed updates JSON object")
    world.updates.allow(allowed if isinstance(allowed, list) else None)
    found = await world.updates.get(
        offset=parameters.integer("offset"),
        limit=parameters.integer("limit", 100),
        timeout=0 if world.closed.is_set() else parameters.integer("timeout"),
    )
    return [update.to_json() for update in found]


async def set_webhook(world: World, parameters: Parameters) -> object:
    if not parameters.text("url"):
        return await delete_webhook(world, parameters)
    raise bad_request(f"bad webhook: {POLLS_ONLY}")


async def delete_webhook(world: World, parameters: Parameters) -> object:
    if parameters.boolean("drop_pending_updates"):
        world.updates.forget()
    return True


async def get_webhook_info(world: World, parameters: Parameters) -> object:
    return {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending()),
    }


async def refuse_log_out(world: World, parameters: Parameters) -> object:
    raise bad_request("this sandbox is the only server of its bots, they cannot leave it")


async def answer_callback_query(world: World, parameters: Parameters) -> object:
    answer = world.answers.get(parameters.text("callback_query_id"))
    if answer is None or world.clock.now() - answer.asked_at >= CALLBACK_LASTS:
        raise bad_request(TOO_OLD)
    text = parameters.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    url = parameters.text("url")
    if url and not _is_own_start_link(world, url):
        raise bad_request("URL_INVALID")
    if answer.is_pending:  # a second answer finds nobody waiting
        answer.is_pending = False
        answer.text, answer.url = text, url
        answer.show_alert = parameters.boolean("show_alert")
        world.watch.tell(
            Change(
                type="answer",
                chat_id=answer.chat_id,
                message_id=answer.message_id,
                query_id=answer.query_id,
                user_id=answer.person.id,
            )
        )
    return True


def _is_own_start_link(world: World, url: str) -> bool:
    name = re.escape(str(world.bot["username"]))
    pattern = rf"(https?://)?t\.me/{name}\?start=[A-Za-z0-9_-]{{1,64}}"
    return re.fullmatch(pattern, url, re.IGNORECASE) is not None


async def get_file(world: World, parameters: Parameters) -> object:
    file = world.files.find(parameters.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    data = await file.read()
    if len(data) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": len(data),
        "file_path": file.path,
    }


async def set_message_reaction(world: World, parameters: Parameters) -> object:
    value = parameters.json("reaction", "can't parse reactions JSON object")
    given = tuple(value) if isinstance(value, list) else ()
    chat = world.chats.reachable(parameters.values.get("chat_id"))
    message = world.messages.find(chat, parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    if len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(not isinstance(one, dict) or one.get("type") != "emoji" for one in given):
        raise ApiError(400, "Bad Request: REACTION_INVALID")
    if given:
        message.reactions[world.bot_id] = given
    else:
        message.reactions.pop(world.bot_id, None)
    world.tell("reaction", chat, message.id)
    return True
