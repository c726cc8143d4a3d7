from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.guard import is_public, may_connect


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
        "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.1.2.3", "2002:7f00:1::1",
        "2002:a9fe:a9fe::", "2002:0a00:0001::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1", "2001:0:7f00:1::", "2001:0:808:808:0:0:80ff:fffe",
        "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:8.8.8.8",
    ],
)  # fmt: skip
def test_addresses_that_the_public_internet_does_not_reach_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not may_connect(ip_address(address), 443)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "100.128.0.1",
        "2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    ],
)  # fmt: skip
def test_public_addresses_are_allowed_at_the_ports_of_the_web_alone(address: str) -> None:
    one = ip_address(address)
    assert is_public(one)
    assert may_connect(one, 80)
    assert may_connect(one, 443)
    assert not may_connect(one, 22)
    assert not may_connect(one, 8080)


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_is_judged_as_the_one_inside(inner: IPv4Address) -> None:
    number = int(inner)
    mapped = IPv6Address((0xFFFF << 32) | number)
    nat64 = IPv6Address((0x64FF9B << 96) | number)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80))
    for wrapped in (mapped, nat64, six_to_four):
        assert is_public(wrapped) == is_public(inner)


@given(st.ip_addresses())
def test_what_python_knows_as_not_global_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        wrapped = isinstance(address, IPv6Address) and (address.sixtofour or address.ipv4_mapped)
        assert wrapped or not is_public(address)
