"""Inline mode: what people ask from the input line of any chat, and the results they choose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.sandbox import deeds, drafts
from bot.sandbox.chats import Chat, Person
from bot.sandbox.errors import bad_request
from bot.sandbox.keyboards import check_keyboard, inline_json, judge_keyboard
from bot.sandbox.links import BadLink, check_link
from bot.sandbox.messages import Json, Message, text_content
from bot.sandbox.parameters import Parameters
from bot.sandbox.sending import read_preview_options
from bot.sandbox.watch import Change
from bot.sandbox.world import InlineAnswer, InlineChoice, World

MAX_QUERY = 256
MAX_RESULTS = 50
MAX_RESULT_ID = 64
MAX_NEXT_OFFSET = 64
MAX_START_PARAMETER = 64
DEFAULT_CACHE_TIME = 300
LASTS = timedelta(seconds=30)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def ask(world: World, person: Person, query: str, *, offset: str, where: str) -> str:
    """Type `@bot query` in some chat; gives the query id."""
    query_id = world.number()
    query = query[:MAX_QUERY]
    world.inline_answers[query_id] = InlineAnswer(
        query_id=query_id, person=person, query=query, asked_at=world.clock.now()
    )
    body: Json = {
        "id": query_id,
        "from": person.to_json(),
        "chat_type": where,
        "query": query,
        "offset": offset,
    }
    world.push("inline_query", body)
    return query_id


async def answer_inline_query(world: World, parameters: Parameters) -> object:
    results = parameters.json("results", "can't parse JSON encoded inline query results")
    choices = _read_results(world, results)
    button = parameters.json("button", "can't parse inline query results button JSON object")
    _check_button(button)
    if len(parameters.text("next_offset").encode("utf-8", "surrogatepass")) > MAX_NEXT_OFFSET:
        raise bad_request("next offset is too long")
    answer = world.inline_answers.get(parameters.text("inline_query_id"))
    if answer is None or world.clock.now() - answer.asked_at >= LASTS:
        raise bad_request(TOO_OLD)
    answer.is_pending = False
    answer.results = tuple(results) if isinstance(results, list) else ()
    answer.choices = choices
    answer.options = {
        "cache_time": parameters.integer("cache_time", DEFAULT_CACHE_TIME),
        "is_personal": parameters.boolean("is_personal"),
        "next_offset": parameters.text("next_offset"),
        "button": button,
    }
    world.watch.tell(Change(type="answer", query_id=answer.query_id, user_id=answer.person.id))
    return True


def _read_results(world: World, value: object) -> dict[str, InlineChoice]:
    if value is None:
        return {}
    if not isinstance(value, list):
        raise bad_request("expected an Array of inline query results")
    if len(value) > MAX_RESULTS:
        raise bad_request("too many inline query results specified")
    choices: dict[str, InlineChoice] = {}
    for item in value:
        choice = _read_result(world, item)
        if choice.id in choices:
            raise bad_request("RESULT_ID_DUPLICATE")
        choices[choice.id] = choice
    return choices


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one result."""

    values: Json

    def text(self, name: str, *, needed: bool = False) -> str:
        value = self.values.get(name)
        if isinstance(value, str) or (value is None and not needed):
            return value or ""
        reason = "must be of type String" if value is not None else "is missing"
        raise bad_request(f'can\'t parse inline query result: field "{name}" {reason}')


def _read_result(world: World, item: object) -> InlineChoice:
    if not isinstance(item, dict):
        raise bad_request("can't parse inline query result: expected an Object")
    fields = _Fields(item)
    kind = fields.text("type", needed=True)
    if kind != "article":
        raise bad_request(f'can\'t parse inline query result: this sandbox has no type "{kind}"')
    result_id = fields.text("id", needed=True)
    title = fields.text("title", needed=True)
    content = item.get("input_message_content")
    if not isinstance(content, dict):
        raise bad_request("can't parse inline query result: input message content is not specified")
    message, preview = _read_content(world, content)
    keyboard = check_keyboard(
        drafts.read_keyboard(Parameters(item)),
        chat_kind="private",  # nobody knows yet where the message will stand
    )
    if keyboard is not None and not keyboard.is_inline:
        raise bad_request("inline keyboard expected")
    # From here on, what only Telegram's own servers refuse.
    if not 1 <= len(result_id.encode("utf-8", "surrogatepass")) <= MAX_RESULT_ID:
        raise bad_request("RESULT_ID_INVALID")
    if not title.strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    judge_keyboard(keyboard, chat_kind="supergroup")
    return InlineChoice(
        id=result_id,
        title=title,
        description=fields.text("description"),
        thumbnail=_read_thumbnail(fields.text("thumbnail_url")),
        content=message,
        preview=preview,
        reply_markup=inline_json(keyboard),
    )


def _read_content(world: World, content: Json) -> tuple[Json, Json | None]:
    """Check the message of a result as one that is sent."""
    if "message_text" not in content:
        raise bad_request("this sandbox posts texts only, no other InputMessageContent")
    given = Parameters(content | {"text": content["message_text"]})
    words = drafts.read_text(world, given)
    options = read_preview_options(given)
    text, entities = drafts.settle_text(words)
    extra, preview = drafts.preview_of(world, text, entities, options)
    return text_content(text, entities) | extra, preview


def _read_thumbnail(url: str) -> str:
    if not url:
        return ""
    try:
        address = check_link(url)
    except BadLink as error:
        raise bad_request("WEBDOCUMENT_URL_INVALID") from error
    if not re.match(r"https?://", address):
        raise bad_request("WEBDOCUMENT_URL_INVALID")
    return address


def _check_button(value: object) -> None:
    if value is None:
        return
    if not isinstance(value, dict) or not value.get("text"):
        raise bad_request("can't parse inline query results button: expected an Object")
    if "start_parameter" not in value and "web_app" not in value:
        raise bad_request("can't parse inline query results button: it has no action")
    start = str(value.get("start_parameter") or "")
    if len(start) > MAX_START_PARAMETER:
        raise bad_request("too long start_parameter specified")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", start):
        raise bad_request("unallowed characters in start_parameter are used")


def choose(
    world: World,
    person: Person,
    chat: Chat,
    query_id: str,
    result_id: str,
    *,
    thread_id: int | None = None,
) -> Message:
    """Send a result into a chat; LookupError when the person was never shown it."""
    answer = world.inline_answers.get(query_id)
    if answer is None or answer.person.id != person.id or result_id not in answer.choices:
        raise LookupError(f"query {query_id} has no result {result_id!r} for {person.first_name}")
    choice = answer.choices[result_id]
    deeds.check_may_talk(person, chat)
    return deeds.hand_in(
        world,
        Message(
            id=world.messages.next_id(chat),
            chat=chat,
            sent_at=world.clock.now(),
            content={"via_bot": world.bot, **choice.content},
            sender=deeds.sender(chat, person),
            thread_id=thread_id,
            reply_markup=choice.reply_markup,
            is_editable=False,
            preview=choice.preview,
        ),
    )


def shown(answer: InlineAnswer) -> Json:
    """Build what the chat page shows above the input line."""
    button = answer.options.get("button")
    return {
        "query": answer.query_id,
        "results": [
            {
                "id": choice.id,
                "title": choice.title,
                "description": choice.description,
                "thumbnail": choice.thumbnail,
            }
            for choice in answer.choices.values()
        ],
        "next_offset": answer.options.get("next_offset", ""),
        "button": button if isinstance(button, dict) else None,
    }
