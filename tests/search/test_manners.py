from __future__ import annotations

import threading

from bot.search.manners import Manners


def test_who_works_waits_for_who_asks_but_not_for_ever() -> None:
    manners = Manners()
    seen: list[int] = []
    half, done = threading.Event(), threading.Event()

    def working() -> None:
        for number in manners.among(range(2_000)):
            seen.append(number)
            half.set()
        done.set()

    thread = threading.Thread(target=working)
    with manners.asking():
        thread.start()
        assert half.wait(10), "who asks without end stops nobody"
        assert not done.is_set()
    assert done.wait(10)
    thread.join()
    assert seen == list(range(2_000))


def test_nobody_waits_when_nobody_asks() -> None:
    manners = Manners()
    with manners.asking(), manners.asking():
        pass
    assert list(manners.among("abc")) == ["a", "b", "c"]
