"""One signed POST: the signature, the addresses that are refused, and every way it can fail."""

import asyncio
import ipaddress
import threading
import time

import httpx
import pytest

from service import posting
from service.posting import Letter, NotDelivered, checked_url, new_secret, refuse, signature
from tests.service.receiving import receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of Standard Webhooks' own tests
LETTER = Letter("sitter-1-7", {"type": "study_complete"})


def post(url: str) -> str:
    async def once() -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await posting.post(client, url, SECRET, LETTER)

    return asyncio.run(once())


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The vector of its reference libraries."""
    body = b'{"test": 2432232314}'
    made = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(new_secret(), "m", 1, body) != signature(new_secret(), "m", 1, body)


def test_it_arrives_signed_with_its_own_host() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        assert post(url).startswith("answered 204 in ")
        ((headers, body),) = receiver.letters
    assert headers["host"].startswith("localhost:")
    assert headers["webhook-id"] == LETTER.id
    assert body == b'{"type":"study_complete"}'
    at = int(headers["webhook-timestamp"])
    assert abs(at - time.time()) < 60
    assert headers["webhook-signature"] == signature(SECRET, LETTER.id, at, body)


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "answered 500"), (410, "answered 410"), (302, "redirects are not followed")],
)
def test_another_answer_is_a_failure(status: int, said: str) -> None:
    with receiving() as receiver:
        receiver.answers = [status]
        with pytest.raises(NotDelivered, match=said) as caught:
            post(receiver.url)
        assert caught.value.gone == (status == 410)
        assert len(receiver.letters) == 1


def test_nobody_there_and_no_such_host() -> None:
    with pytest.raises(NotDelivered, match="not reached"):
        post("http://127.0.0.1:1/")
    with pytest.raises(NotDelivered, match="not reached"):
        post("http://no-such-host.invalid/")


def test_whoever_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.3)
    with receiving() as receiver:
        receiver.slow = threading.Event()
        began = time.monotonic()
        with pytest.raises(NotDelivered, match=r"no answer within 0\.3 s"):
            post(receiver.url)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254",
     "100.100.100.200", "192.0.0.192", "::ffff:192.0.0.192", "64:ff9b::169.254.169.254",
     "64:ff9b::a9fe:a9fe", "64:ff9b::192.0.0.192", "2002:a9fe:a9fe::1", "2002:6464:64c8::",
     "0.0.0.0", "::", "224.0.0.1", "ff02::1"],
)  # fmt: skip
def test_addresses_of_metadata_are_refused(address: str) -> None:
    with pytest.raises(NotDelivered, match="not posted to"):
        refuse(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "192.168.1.2", "::1", "93.184.216.34", "64:ff9b::5db8:d822"],
)
def test_private_addresses_are_an_admins_choice(address: str) -> None:
    refuse(ipaddress.ip_address(address))


def test_a_name_that_means_such_an_address_is_refused_when_it_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def metadata(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", metadata)
    with pytest.raises(NotDelivered, match=r"169\.254\.169\.254 is not posted to"):
        post("http://innocent.example/")


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x/", "file:///etc/passwd", "http://", "http:///x", "http://u:p@x/", "http://x/#a",
     "http://[::/", "http://x:99999/", "http://169.254.169.254/", "http://[fe80::1]/", "http://ü.de/",
     "http://x/a b", "http://x/\n", "http://a..b/", "http://.example/",
     f"http://{'x' * 70}.example/", "http://[64:ff9b::169.254.169.254]/", "http://192.0.0.192/"],
)  # fmt: skip
def test_what_is_no_place_to_post_to(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        checked_url(url)


@pytest.mark.parametrize("host", ["a..b", ".example", f"{'x' * 70}.example"])
def test_a_host_that_is_no_name_is_refused_and_kept_ones_are_not_reached(host: str) -> None:
    """Such a webhook may be kept from before: it fails like any other and is disabled."""
    with pytest.raises(ValueError, match="a host that is no name"):
        checked_url(f"https://{host}/hook")
    with pytest.raises(NotDelivered, match="not reached"):
        post(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    ["http://localhost:9000/", "https://a-b.example./x?y=z", "http://x_y.example/",
     "http://xn--bcher-kva.example/", "http://[::1]:80/", f"http://{'x' * 63}.example/"],
)  # fmt: skip
def test_what_is_a_place_to_post_to(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_????", SECRET[6:], "whsec_QUJD"])
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        posting.secret_bytes(secret)
