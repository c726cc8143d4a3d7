"""Templates of the operator while the bot runs: taken up, told of when unfit, never in the way."""

from __future__ import annotations

from pathlib import Path

from bot.clock import SystemClock
from bot.sandbox.state import Sandbox
from tests.support.world import TOKEN, stories, text_of, world


async def test_templates_are_taken_up_told_of_and_change_nothing_that_was_approved(
    tmp_path: Path,
) -> None:
    looks = tmp_path / "looks"
    looks.mkdir()
    line = looks / "line.html"
    line.write_text("first {{ title }}")
    (looks / "lead.html").write_text("first {{ title }}")
    sandbox = Sandbox(TOKEN, clock=SystemClock())
    ann = sandbox.add_person("Ann")
    omar = sandbox.add_person("Omar", user_id=501)
    channel = sandbox.add_channel("Tea", username="tea_news", administrators=(omar,))
    settings = {"OPERATORS": "501", "CHANNELS": "@tea_news", "TEMPLATES_DIR": looks}
    async with world(tmp_path, articles=stories(3), settings=settings, sandbox=sandbox) as w:
        await w.ask(omar, "/start")
        known = {one["message_id"] for one in w.ours(omar)}
        preview = await w.ask(omar, "/post")
        panel = await w.next_message(omar, known | {preview["message_id"]})
        assert text_of(preview).count("first Tea story") == 3

        # Later words are of the new template; what was shown and approved goes out as it was.
        line.write_text("second {{ title }}")
        assert "second Tea story number 2" in text_of(await w.ask(ann, "/latest"))
        await w.tap(omar, panel, "Post now")
        (posted,) = await w.until(lambda: w.ours(channel))
        assert text_of(posted) == text_of(preview)

        # An unfit one is told of once, with its place and mend; readers see ours.
        line.write_text("{{ number }}\n{{ tittle }}")
        known = {one["message_id"] for one in w.ours(omar)}
        answer = await w.ask(ann, "/latest")
        assert "\ntea-story-number-1.example · today" in text_of(answer)
        told = await w.next_message(omar, known)
        assert "Your template looks/line.html, line 2: there is no variable 'tittle'" in text_of(
            told
        ).replace("\u2060", "")
        assert "perhaps 'title' is meant" in text_of(told)
        await w.ask(ann, "/latest")
        await w.ask(omar, "/latest")
        assert sum("Your template" in text_of(one) for one in w.ours(omar)) == 1
