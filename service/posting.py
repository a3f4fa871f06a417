"""One POST to a stranger: signed (Standard Webhooks, standardwebhooks.com), at an address that was
looked at first, with a time limit on the whole, and without following a redirect.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic_core import to_json

TIMEOUT_SECONDS = 5.0
SECRET_PREFIX = "whsec_"
SECRET_BYTES = (24, 64)  # of a secret that somebody brings, after base64 (Standard Webhooks)
OWN_SECRET_BYTES = 32

# Where clouds tell a machine's own passwords: never a receiver. Link-local ones are refused anyway.
METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address is its last 32 bits

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotDelivered(Exception):
    """It did not arrive, or was not taken; the message says why."""

    def __init__(self, said: str, *, gone: bool = False) -> None:
        self.gone = gone
        super().__init__(said)


@dataclass(frozen=True)
class Letter:
    """What is posted; `id` stays the same when it is tried again, so that receivers can tell."""

    id: str
    body: dict[str, Any]


def new_secret() -> str:
    """A secret of our own."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(OWN_SECRET_BYTES)).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in `whsec_<base64>`. Raises ValueError where it is none."""
    low, high = SECRET_BYTES
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not low <= len(key) <= high:
        raise ValueError(f"is `whsec_` and then {low} to {high} random bytes in base64")
    return key


def checked_url(url: str) -> str:
    """The URL. Raises ValueError where it is none that can be posted to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("begins with https:// or http:// and a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("holds no user, password or #fragment; receivers check the signature")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("holds letters that a URL has to encode")
    _ = parts.port  # raises ValueError where it is no port
    _refuse_no_name(url, parts.hostname)
    try:
        refuse(ipaddress.ip_address(parts.hostname))
    except NotDelivered as error:
        raise ValueError(str(error)) from error
    except ValueError:
        pass  # a name, which is looked up when something is sent
    return url


def _refuse_no_name(url: str, host: str) -> None:
    """Raises ValueError where the host could never be looked up, nor the URL be asked."""
    try:
        host.encode("idna")
        httpx.URL(url)
    except (UnicodeError, httpx.InvalidURL) as error:
        raise ValueError(
            "holds a host that is no name: its parts between dots have 1 to 63 characters"
        ) from error


def refuse(address: Address) -> None:
    """Raises NotDelivered for addresses at which a machine's own secrets lie, or nobody."""
    plain = _inner(address)
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in METADATA:
        raise NotDelivered(f"{plain} is not posted to: link-local, metadata or no receiver at all")


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, NAT64), else itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def signature(secret: str, letter_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>` of HMAC-SHA256 over id, timestamp and body."""
    signed = f"{letter_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


async def post(client: httpx.AsyncClient, url: str, secret: str, letter: Letter) -> str:
    """How it was taken, in words. Raises NotDelivered."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            status = await _status(client, url, secret, letter)
    except TimeoutError as error:
        raise NotDelivered(f"no answer within {TIMEOUT_SECONDS:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NotDelivered(f"not reached: {error or type(error).__name__}") from error
    if 300 <= status < 400:
        raise NotDelivered(f"answered {status}; redirects are not followed")
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}", gone=status == httpx.codes.GONE)
    return f"answered {status} in {1000 * (time.perf_counter() - began):.0f} ms"


async def _status(client: httpx.AsyncClient, url: str, secret: str, letter: Letter) -> int:
    """Status of the answer. Tries the addresses of the host in their order until one connects."""
    parts = urlsplit(url)
    addresses = await _addresses(str(parts.hostname), parts.port or 0)
    for address in addresses[:-1]:
        try:
            return await _answer(client, _request(client, url, address, secret, letter))
        except httpx.ConnectError:
            continue
    return await _answer(client, _request(client, url, addresses[-1], secret, letter))


async def _answer(client: httpx.AsyncClient, request: httpx.Request) -> int:
    reply = await client.send(request, stream=True, follow_redirects=False)
    await reply.aclose()  # what else it says is not read
    return reply.status_code


def _request(
    client: httpx.AsyncClient, url: str, address: Address, secret: str, letter: Letter
) -> httpx.Request:
    """To the address that was looked at, since a name may mean another a moment later."""
    parts, timestamp, body = urlsplit(url), int(time.time()), to_json(letter.body)
    return client.build_request(
        "POST",
        httpx.URL(url).copy_with(host=str(address)),
        content=body,
        headers={
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "Sitter",
            "webhook-id": letter.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, letter.id, timestamp, body),
        },
        extensions={"sni_hostname": parts.hostname},
    )


async def _addresses(host: str, port: int) -> list[Address]:
    """Of a host, at least one. Raises NotDelivered where one of them is refused."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    for address in addresses:
        refuse(address)
    return addresses
