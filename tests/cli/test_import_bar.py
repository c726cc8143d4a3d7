"""The bar of a long import: on a terminal, after a second, gone at the end."""

from __future__ import annotations

import io
import logging

from bot.cli.import_bar import import_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_there_is_no_bar() -> None:
    with import_bar(stream=io.StringIO()) as tell:
        assert tell is None


def test_a_quick_start_shows_nothing() -> None:
    terminal = Terminal()
    with import_bar(stream=terminal, seconds_now=lambda: 0.0) as tell:
        assert tell is not None
        tell(10, 10)
    assert "articles" not in terminal.getvalue()


def test_a_long_import_is_shown_and_erased() -> None:
    terminal = Terminal()
    now = 0.0
    with import_bar(stream=terminal, seconds_now=lambda: now) as tell:
        assert tell is not None
        now = 2.0
        tell(500, 20_000)
        tell(20_500, 20_000)
    shown = terminal.getvalue()
    assert "Taking up articles" in shown
    assert "20500/20500" in shown
    assert shown.endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


def test_what_is_logged_meanwhile_has_lines_of_its_own() -> None:
    terminal = Terminal()
    handler = logging.StreamHandler(terminal)
    root, now = logging.getLogger(), 0.0
    root.addHandler(handler)
    long = f"passed over (path={'a/' * 80}[red]x.md)"
    try:
        with import_bar(stream=terminal, seconds_now=lambda: now) as tell:
            assert tell is not None
            now = 2.0
            tell(500, 20_000)
            root.warning(long)
            tell(700, 20_000)
        root.warning("after the import")
    finally:
        root.removeHandler(handler)
    shown = terminal.getvalue()
    assert f"\x1b[2K{long}\n" in shown
    assert shown.endswith("\x1b[2Kafter the import\n")
