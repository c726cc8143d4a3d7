"""Which addresses a picture may be fetched from: only such as the public internet reaches.

Articles name the addresses, so whoever writes an article, or answers for a host named in one,
must not make us ask the machine's own network.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Allow = Callable[[Address, int], bool]
"""Says of an address and a port whether a connection to it may be made."""

PORTS = frozenset({80, 443})

# IANA special-purpose registry, and what clouds serve to their own machines on public addresses.
_HIDDEN_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_HIDDEN_6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"))
)
_NAT64 = IPv6Network("64:ff9b::/96")


def may_connect(address: Address, port: int) -> bool:
    """Allow public addresses at the ports of the web; what a running bot uses."""
    return port in PORTS and is_public(address)


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, whatever IPv6 form wraps it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _HIDDEN_4)
    inner = _wrapped(address)
    if inner:
        return all(is_public(one) for one in inner)
    if address.scope_id is not None or address not in _GLOBAL_6 or _is_isatap(address):
        return False
    return not any(address in network for network in _HIDDEN_6)


def _wrapped(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Give the IPv4 addresses that packets to this address end up at; empty for a plain one."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFDFFFFFF == 0x00005EFE
