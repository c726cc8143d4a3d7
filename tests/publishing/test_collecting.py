"""Python's collector is asked less often during long work, and as before behind it."""

import gc

from bot.publishing.collecting import NEVER, fewer_collections


async def test_the_collector_is_as_before_behind_the_last_of_several() -> None:
    before = gc.get_threshold()
    first, second = fewer_collections(), fewer_collections(is_whole=False)
    await first.__aenter__()
    assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold()[2] == before[2]
    await second.__aenter__()
    assert gc.get_threshold()[2] == NEVER
    await first.__aexit__(None, None, None)
    assert gc.get_threshold()[2] == NEVER
    await second.__aexit__(None, None, None)
    assert gc.get_threshold() == before
