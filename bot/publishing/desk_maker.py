"""Puts the parts of the desk together."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.clock import Clock
from bot.publishing.candidates import Candidates
from bot.publishing.catalogue import Catalogue
from bot.publishing.channels import Channels
from bot.publishing.desk import Desk
from bot.publishing.desk_panels import DeskPanels
from bot.publishing.ports import Viewer
from bot.publishing.post_targets import TargetsNow
from bot.publishing.proofs import Proofs
from bot.publishing.publication import Publication
from bot.publishing.sends import Sends
from bot.store.articles import Articles
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.drafts import Drafts


def desk_of(
    *,
    publication: Publication,
    drafts: Drafts,
    digests: Digests,
    deliveries: Deliveries,
    articles: Articles,
    channels: Channels,
    catalogue: Catalogue,
    clock: Clock,
    sends: Sends,
    wake_courier: Callable[[], None],
    viewer: Viewer,
    payable: Callable[[], int],
) -> Desk:
    """Make the desk at which posts to all channels are shaped."""
    return Desk(
        drafts=drafts,
        digests=digests,
        articles=articles,
        candidates=Candidates(publication=publication, articles=articles, catalogue=catalogue),
        targets=TargetsNow(channels=channels, deliveries=deliveries),
        proofs=Proofs(publication=publication, digests=digests, articles=articles, viewer=viewer),
        panels=DeskPanels(publication=publication, payable=payable),
        clock=clock,
        sends=sends,
        wake_courier=wake_courier,
    )
