"""The README and its neighbours say what is there: settings, commands, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli.main import app
from bot.gateway.command_list import GROUPS, OPERATORS, READERS
from bot.gateway.conversation import COMMANDS
from bot.sandbox.troubles import GRAMMAR, TROUBLES
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_readme(name: str) -> None:
    assert f"`{name.upper()}`" in README


def test_every_command_stands_in_the_readme() -> None:
    names = [
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    ]
    assert names
    for name in names:
        assert f"`gazette {name}" in README, name


def test_every_command_of_the_bot_stands_in_the_readme_and_no_other() -> None:
    part = README.partition("## What people can say to the bot")[2].partition("\n## ")[0]
    named = set(re.findall(r"`/([a-z]+)", part))
    assert named - {"setinline"} == set(COMMANDS)  # that one is for @BotFather
    menus = {one.name for menu in (READERS, GROUPS, OPERATORS) for one in menu}
    assert menus <= named


def test_the_readme_names_every_command_and_option_of_the_command_line_and_no_other() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    part = README.partition("## The command line")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `gazette (\w+)([^`]*)`", part, re.MULTILINE)
    assert {name for name, _ in rows} == set(commands)
    for name, said in rows:
        options = {one for p in commands[name].params for one in p.opts if one.startswith("--")}
        assert set(re.findall(r"--[a-z-]+", said)) == options - {"--help"}, name


def test_every_trouble_stands_in_its_document() -> None:
    document = (ROOT / "docs" / "rehearsing.md").read_text(encoding="utf-8")
    rows = "".join(line.split("|")[1] for line in document.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([\w-]+)`", rows)) == set(TROUBLES)
    assert GRAMMAR in document


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "notes" / "dependencies.md").read_text(encoding="utf-8")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    for name in re.findall(r'^  "([a-z0-9-]+)', block, re.MULTILINE):
        assert re.search(rf"\b{re.escape(name)}\b", reasons), name
