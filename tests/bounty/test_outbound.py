"""Requests to addresses that others name lead nowhere that the public Internet does not."""

import asyncio
import datetime as dt
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bounty import outbound
from bounty.outbound import NotSent, is_public, parse, post
from tests.receiver import Receiver, receiving

PRIVATE = {
    "this machine": "127.0.0.1",
    "this machine, elsewhere in its block": "127.8.9.1",
    "no machine": "0.0.0.0",
    "private, ten": "10.0.0.1",
    "private, a hundred and seventy-two": "172.16.0.1",
    "private, a hundred and ninety-two": "192.168.1.1",
    "link-local, where clouds keep their secrets": "169.254.169.254",
    "shared by a provider's customers": "100.64.0.1",
    "another cloud's secrets": "100.100.100.200",
    "a cloud's own services under a public number": "168.63.129.16",
    "for protocols": "192.0.0.1",
    "for documents": "203.0.113.7",
    "for benchmarks": "198.18.0.1",
    "many at once": "224.0.0.1",
    "everybody": "255.255.255.255",
    "for the future": "240.0.0.1",
    "this machine, six": "::1",
    "no machine, six": "::",
    "link-local, six": "fe80::1",
    "private, six": "fd00:ec2::254",
    "site-local, six": "fec0::1",
    "many at once, six": "ff02::1",
    "four in six": "::ffff:127.0.0.1",
    "private four in six": "::ffff:10.0.0.1",
    "translated": "64:ff9b::7f00:1",
    "six to four": "2002:7f00:1::",
    "tunnelled": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "for documents, six": "2001:db8::1",
}
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8")


@pytest.fixture
def local(settings: Any) -> None:
    settings.WEBHOOKS_LOCAL = True


@pytest.fixture
def receiver(local: None) -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


class Resolver:
    """Names as they are said to be: each look-up takes the next answer, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        family = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(family, found, strict=True)]


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Any:
    def with_answers(*answers: list[str]) -> Resolver:
        resolver = Resolver(*answers)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    return with_answers


def send(url: str) -> int:
    return asyncio.run(post(url, content=b"{}", headers={"webhook-id": "1"}))


def refusal(url: str) -> str:
    with pytest.raises(NotSent) as refused:
        send(url)
    return refused.value.code


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE.keys())
def test_asks_no_machine_that_is_not_public(address: str, resolves: Any) -> None:
    assert not is_public(ipaddress.ip_address(address))
    resolves([address])
    assert refusal("https://hooks.example.org/") == "ADDRESS_NOT_PUBLIC"


@pytest.mark.parametrize("address", PUBLIC)
def test_takes_public_ones_for_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_asks_none_of_a_names_machines_if_one_is_not_public(resolves: Any) -> None:
    resolves(["93.184.216.34", "10.0.0.1"])
    assert refusal("https://hooks.example.org/") == "ADDRESS_NOT_PUBLIC"


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"])
def test_is_not_deceived_by_other_ways_to_write_an_address(host: str) -> None:
    assert refusal(f"https://{host}/") == "ADDRESS_NOT_PUBLIC"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.org/", "ADDRESS_NOT_HTTPS"),
        ("ftp://hooks.example.org/", "ADDRESS_NOT_HTTPS"),
        ("file:///etc/passwd", "ADDRESS_NOT_HTTPS"),
        ("https://hooks.example.org:22/", "ADDRESS_PORT"),
        ("https://hooks.example.org:99999/", "ADDRESS_INVALID"),
        ("https://name:word@hooks.example.org/", "ADDRESS_INVALID"),
        ("https://hooks.example.org/#part", "ADDRESS_INVALID"),
        ("https:///", "ADDRESS_INVALID"),
        ("https://[half/", "ADDRESS_INVALID"),
    ],
)
def test_asks_only_addresses_that_may_be_asked(url: str, code: str) -> None:
    assert refusal(url) == code
    assert parse("https://hooks.example.org:8443/a?b=c").port == 8443


def test_looks_a_name_up_once_and_connects_to_what_it_checked(receiver: Receiver, resolves: Any) -> None:
    resolver = resolves(["127.0.0.1"], ["10.0.0.1"])
    assert send(receiver.url("hooks.example.org")) == 204
    assert resolver.asked == 1
    headers, body = receiver.got[0]
    assert (headers["host"], headers["webhook-id"], body) == (f"hooks.example.org:{receiver.port}", "1", b"{}")


def test_a_name_that_changes_after_the_check_leads_nowhere_else(
    receiver: Receiver, resolves: Any, settings: Any
) -> None:
    settings.WEBHOOKS_LOCAL = False
    resolves(["10.0.0.1"], ["127.0.0.1"])
    assert refusal("https://hooks.example.org/") == "ADDRESS_NOT_PUBLIC"
    assert receiver.got == []


def test_follows_no_redirect(receiver: Receiver) -> None:
    with receiving() as inside:
        receiver.status, receiver.headers = 307, {"Location": inside.url()}
        assert send(receiver.url()) == 307
        assert (len(receiver.got), inside.got) == (1, [])


def test_uses_no_proxy_of_the_environment(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as elsewhere:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
        assert send(receiver.url()) == 204
        assert elsewhere.got == []


def test_waits_no_longer_than_it_says(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIME_S", 0.3)
    receiver.slow = threading.Event()
    assert refusal(receiver.url()) == "NO_ANSWER_IN_TIME"


def test_does_not_wait_for_a_resolver_that_is_silent(local: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, begun = threading.Event(), time.monotonic()
    monkeypatch.setattr(outbound, "TIME_S", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.wait(5) or [])
    assert refusal("https://hooks.example.org/") == "NO_ANSWER_IN_TIME"
    assert time.monotonic() - begun < 3
    answers.set()


def test_does_not_read_what_it_is_answered(receiver: Receiver) -> None:
    receiver.status, receiver.answer = 200, b"x" * 50_000_000
    assert send(receiver.url()) == 200


def test_says_where_nobody_listens(local: None) -> None:
    with receiving() as gone:
        pass
    assert refusal(gone.url()) == "NO_CONNECTION"


def test_holds_the_certificate_to_the_name(
    local: None, tmp_path: Path, resolves: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate_for("hooks.example.org", tmp_path / "certificate.pem")
    monkeypatch.setattr(certifi, "where", lambda: str(made))
    resolves(["127.0.0.1"])
    with receiving(made) as receiver:
        assert send(receiver.url("hooks.example.org", "https")) == 204
        assert refusal(receiver.url("other.example.org", "https")) == "NO_CONNECTION"


def certificate_for(name: str, path: Path) -> Path:
    """One that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = built.sign(key, hashes.SHA256())
    private = serialization.PrivateFormat.PKCS8
    plain = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + plain)
    return path
