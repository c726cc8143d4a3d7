"""Pictures and files: where they come from, what is taken, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import orjson
import pytest
from PIL import Image

from bot.sandbox.chats import Person
from bot.sandbox.state import Sandbox


def png(width: int, height: int, color: str = "teal") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


async def test_a_picture_comes_by_url_upload_or_file_id(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    by_url = (await api("sendPhoto", chat_id=ann.id, photo=f"{api.address}/assets/tea.png")).result
    assert [(one["width"], one["height"]) for one in by_url["photo"]] == [(60, 40)]
    file = {"photo": ("x.png", png(60, 40, "red"))}
    direct = (await api.form("sendPhoto", files=file, chat_id=ann.id, caption="A")).result
    assert direct["caption"] == "A"
    attached = {"pic": ("x.png", png(60, 40, "blue"))}
    await api.form("sendPhoto", files=attached, chat_id=ann.id, photo="attach://pic")
    file_id = direct["photo"][-1]["file_id"]
    again = (await api("sendPhoto", chat_id=ann.id, photo=file_id)).result
    assert again["photo"] == direct["photo"]
    assert len(sandbox.messages(ann)) == 5


async def test_a_large_picture_is_kept_in_telegrams_sizes(api: Any, ann: Person) -> None:
    url = f"{api.address}/assets/wide.jpg"
    sizes = (await api("sendPhoto", chat_id=ann.id, photo=url)).result["photo"]
    assert [(one["width"], one["height"]) for one in sizes] == [
        (90, 51),
        (320, 180),
        (800, 450),
        (1280, 720),
    ]
    found = (await api("getFile", file_id=sizes[1]["file_id"])).result
    reply = await api.http.get(f"/file/bot999:sandbox-token/{found['file_path']}")
    assert reply.status_code == 200
    assert Image.open(BytesIO(reply.content)).size == (320, 180)
    assert len(reply.content) == found["file_size"]


async def test_a_download_needs_the_token_and_a_known_path(api: Any) -> None:
    for path in ("/file/bot999:other/photos/x.jpg", "/file/bot999:sandbox-token/photos/x.jpg"):
        assert (await api.http.get(path)).status_code == 404
    assert (await api("getFile", file_id="nonsense")).error == "invalid file_id"


@pytest.mark.parametrize(
    ("photo", "error"),
    [
        ("", "there is no photo in the request"),
        ("attach://nothing", "there is no photo in the request"),
        ("https://elsewhere.example/a.png", "failed to get HTTP URL content"),
        ("{site}/assets/none.png", "failed to get HTTP URL content"),
        ("{site}/..%2fsecret.png", "failed to get HTTP URL content"),
        ("{site}/assets/lie.png", "wrong type of the web page content"),
        ("https://example.com/tea", "wrong type of the web page content"),
        ("{site}/assets/ribbon.png", "PHOTO_INVALID_DIMENSIONS"),
        ("ftp://e.com/a.png", "invalid file HTTP URL specified: Unsupported URL protocol"),
        ("nonsense", "wrong file identifier/HTTP URL specified"),
        (
            "AgACnonsense",
            "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
        ),
    ],
)
async def test_what_is_no_picture_is_refused(
    api: Any, sandbox: Sandbox, ann: Person, photo: str, error: str
) -> None:
    reply = await api("sendPhoto", chat_id=ann.id, photo=photo.replace("{site}", api.address))
    assert reply.error == error
    assert len(sandbox.messages(ann)) == 1


@pytest.mark.parametrize(
    ("name", "made", "error"),
    [
        ("x.png", bytes, "file must be non-empty"),
        ("x.png", lambda: b"rubbish", "IMAGE_PROCESS_FAILED"),
        ("x.png", lambda: png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (
            "x.svg",
            lambda: png(5, 5),
            "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
        ),
        (
            "x.png",
            lambda: b"x" * 10_485_761,
            "file of size 10485761 bytes is too big for a photo; "
            "the maximum size is 10485760 bytes",
        ),
    ],
    ids=["empty", "broken", "wide", "extension", "big"],
)
async def test_a_bad_upload_is_refused(
    api: Any, ann: Person, name: str, made: Callable[[], bytes], error: str
) -> None:
    files = {"photo": (name, made())}
    assert (await api.form("sendPhoto", files=files, chat_id=ann.id)).error == error


async def test_a_caption_has_its_own_limit_and_entities(api: Any, ann: Person) -> None:
    url = f"{api.address}/assets/tea.png"
    reply = await api(
        "sendPhoto",
        chat_id=ann.id,
        photo=url,
        caption="Tea e.com",
        caption_entities=[{"type": "italic", "offset": 0, "length": 3}],
    )
    assert [one["type"] for one in reply.result["caption_entities"]] == ["italic", "url"]
    good = await api("sendPhoto", chat_id=ann.id, photo=url, caption="😀" * 1024)
    assert good.status == 200
    bad = await api("sendPhoto", chat_id=ann.id, photo=url, caption="x" * 1025)
    assert bad.error == "message caption is too long"


async def test_a_group_can_forbid_photos_alone(api: Any, sandbox: Sandbox, ann: Person) -> None:
    group = sandbox.add_group("Plain", members=[ann])
    group.forbidden_kinds = frozenset({"photos"})
    url = f"{api.address}/assets/tea.png"
    reply = await api("sendPhoto", chat_id=group.id, photo=url)
    assert reply.error == "not enough rights to send photos to the chat"
    assert (await api("sendMessage", chat_id=group.id, text="x")).status == 200


async def test_an_album_is_one_call_and_several_messages(
    api: Any, sandbox: Sandbox, ann: Person
) -> None:
    media = [
        {"type": "photo", "media": "attach://a", "caption": "First"},
        {"type": "photo", "media": f"{api.address}/assets/tea.png"},
    ]
    files = {"a": ("a.png", png(9, 9))}
    reply = await api.form(
        "sendMediaGroup", files=files, chat_id=ann.id, media=orjson.dumps(media).decode()
    )
    first, second = reply.result
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], "caption" in second) == ("First", False)
    assert second["message_id"] == first["message_id"] + 1


async def test_a_part_of_an_album_can_fail(api: Any, sandbox: Sandbox, ann: Person) -> None:
    good = {"type": "photo", "media": f"{api.address}/assets/tea.png"}
    bad = {"type": "photo", "media": "https://example.com/tea"}
    reply = await api("sendMediaGroup", chat_id=ann.id, media=[good, bad])
    assert reply.error == (
        'failed to send message #2 with the error message "Wrong type of the web page content"'
    )
    assert len(sandbox.messages(ann)) == 2
    reply = await api("sendMediaGroup", chat_id=ann.id, media=[bad, bad])
    assert reply.error == "group send failed"


@pytest.mark.parametrize(
    ("media", "error"),
    [
        ([], "there are no messages to send"),
        ([{"type": "photo", "media": "x"}] * 11, "too many messages to send as an album"),
        ([{"type": "photo"}], "can't parse InputMedia: media not found"),
        (
            [{"type": "photo", "media": "attach://x"}],
            "can't parse InputMedia: media not found",
        ),
        (
            [{"type": "photo", "media": "x"}, {"type": "document", "media": "x"}],
            "document can't be mixed with other media types",
        ),
    ],
)
async def test_a_bad_album_is_refused(api: Any, ann: Person, media: Any, error: str) -> None:
    assert (await api("sendMediaGroup", chat_id=ann.id, media=media)).error == error


async def test_a_document_keeps_its_kind(api: Any, ann: Person) -> None:
    files = {"document": ("report.csv", b"a,b\n")}
    sent = (await api.form("sendDocument", files=files, chat_id=ann.id)).result["document"]
    assert (sent["file_name"], sent["mime_type"]) == ("report.csv", "text/csv")
    reply = await api("sendPhoto", chat_id=ann.id, photo=sent["file_id"])
    assert reply.error == "can't use file of type Document as Photo"
    found = (await api("getFile", file_id=sent["file_id"])).result
    got = await api.http.get(f"/file/bot999:sandbox-token/{found['file_path']}")
    assert got.content == b"a,b\n"
