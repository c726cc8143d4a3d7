"""What every test shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.support.examples import examples

# Machines are noisy: a slow example is no failure. CI draws the same examples each time, so that
# a red run can be repeated; elsewhere each run looks at new ones.
settings.register_profile(
    "gazette",
    max_examples=examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("ci", parent=settings.get_profile("gazette"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "gazette")
