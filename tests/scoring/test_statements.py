"""Signed statements: the canonical form, and every way in which one may not be what it seems."""

import base64
import hashlib
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import statements
from scoring.statements import MAX_BYTES, StatementError, StatementFault, canonical, sign, verify

SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))
KEY: Final = statements.public_key_of(SEED)
KEYS: Final = {statements.key_id(KEY): KEY}
PREDICATE: Final = "sex == 'Female' and age < 25"
CERTIFICATE: Final = {
    "kind": "certificate",
    "group": {"kind": "predicate", "sha256": hashlib.sha256(PREDICATE.encode()).hexdigest()},
    "patch": {"kind": "python", "sha256": hashlib.sha256(b"def predict(X): ...\n").hexdigest()},
    "test": {"level": 0.30000000000000004, "q": 0.98, "t": 3},
    "note": "é, \u001f, \U0001f600",
}
DOCUMENT, STATEMENT = sign(CERTIFICATE, SEED)
CLOSING, CLOSED = sign({"kind": "closing", "certificate": STATEMENT.digest, "sealed": {"value": 1e-7}}, SEED)
LEAVES: Final = (
    st.none()
    | st.booleans()
    | st.text()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: Final = st.recursive(
    LEAVES, lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4)
)
# Of RFC 8785, appendix B: the bits of a double, and what is written for it.
NUMBERS: Final = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (-5e-324, "-5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"),
    (-9007199254740992.0, "-9007199254740992"),
    (295147905179352825856.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e23, "1e+23"),
    (1.0000000000000001e23, "1.0000000000000001e+23"),
    (999999999999999700000.0, "999999999999999700000"),
    (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"),
    (333333333.3333332, "333333333.3333332"),
    (-0.0000033333333333333333, "-0.0000033333333333333333"),
    (1424953923781206.2, "1424953923781206.2"),
]


def refused(code: StatementFault, data: bytes, keys: Mapping[str, bytes] = KEYS) -> str:
    with pytest.raises(StatementError) as found:
        verify(data, keys)
    assert found.value.code == code, found.value
    return found.value.sentence


@pytest.mark.parametrize(("number", "written"), NUMBERS)
def test_numbers_are_written_as_rfc_8785_says(number: float, written: str) -> None:
    assert canonical(number).decode() == written


def test_keys_are_ordered_by_their_utf_16_units_and_texts_escaped_as_rfc_8785_says() -> None:
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(value))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert (
        canonical("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/\u007f").decode()
        == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f"'
    )


@settings(max_examples=60)
@given(VALUES)
def test_what_is_written_reads_back_as_the_same(value: object) -> None:
    written = canonical({"value": value})
    assert statements.read(written) == {"value": value}
    assert canonical(statements.read(written)) == written


@settings(max_examples=40)
@given(
    st.dictionaries(st.text(), VALUES, max_size=5), st.randoms(use_true_random=False), st.sampled_from([None, 1, "\t"])
)
def test_order_and_white_space_change_nothing(value: dict[str, Any], random: Any, indent: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)
    document, statement = sign({"kind": "closing", "value": value}, SEED)
    laid_out = json.dumps(
        {"statement": json.loads(document)["statement"], **json.loads(document)}, indent=indent, ensure_ascii=False
    )
    if not any(isinstance(each, float) for each in _leaves(value)):  # Python writes some numbers otherwise
        assert verify(laid_out.encode(), KEYS) == [statement]


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict | list):
        return [leaf for each in (value.values() if isinstance(value, dict) else value) for leaf in _leaves(each)]
    return [value]


def test_a_document_is_verified_and_its_digest_is_of_the_statement() -> None:
    (found,) = verify(DOCUMENT, KEYS)
    assert found == STATEMENT
    assert found.digest == hashlib.sha256(canonical(json.loads(DOCUMENT)["statement"])).hexdigest()
    Ed25519PrivateKey.from_private_bytes(SEED).public_key().verify(
        bytes.fromhex(json.loads(DOCUMENT)["signature"]), canonical(json.loads(DOCUMENT)["statement"])
    )


def test_no_bit_of_a_document_can_be_changed() -> None:
    for position, flip in itertools.product(range(len(DOCUMENT)), (1, 8, 32, 128)):
        changed = DOCUMENT[:position] + bytes([DOCUMENT[position] ^ flip]) + DOCUMENT[position + 1 :]
        with pytest.raises(StatementError):
            verify(changed, KEYS)


@settings(max_examples=300)
@given(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 255))
def test_no_byte_can_be_replaced_by_any_other(position: int, byte: int) -> None:
    changed = DOCUMENT[:position] + bytes([byte]) + DOCUMENT[position + 1 :]
    if byte == DOCUMENT[position]:
        assert verify(changed, KEYS) == [STATEMENT]
    else:
        with pytest.raises(StatementError):
            verify(changed, KEYS)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_sent_is_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(StatementError):
        verify(data, KEYS)


def test_a_document_that_is_cut_off_is_refused() -> None:
    for end in range(len(DOCUMENT)):
        refused(StatementFault.NOT_JSON, DOCUMENT[:end])


def test_a_changed_statement_does_not_fit_its_signature() -> None:
    changed = DOCUMENT.replace(b'"t":3', b'"t":4')
    assert "was changed" in refused(StatementFault.SIGNATURE, changed)


def test_a_number_or_text_spelled_otherwise_is_refused_though_it_says_the_same() -> None:
    for same in (b"0.98", b"0.980", b"98e-2"):
        data = DOCUMENT.replace(b"0.98", same)
        assert json.loads(data) == json.loads(DOCUMENT)
        if same != b"0.98":
            refused(StatementFault.SPELLING, data)
    refused(StatementFault.SPELLING, DOCUMENT.replace(b"0.30000000000000004", b"0.30000000000000003"))
    refused(StatementFault.SPELLING, DOCUMENT.replace(b"\\u001f", b"\\u001F"))
    refused(StatementFault.SPELLING, DOCUMENT.replace(b'"kind"', b'"\\u006bind"'))


def test_a_key_that_is_not_given_is_unknown_and_another_in_its_place_does_not_fit() -> None:
    other = statements.public_key_of(OTHER_SEED)
    refused(StatementFault.KEY, DOCUMENT, {statements.key_id(other): other})
    refused(StatementFault.SIGNATURE, DOCUMENT, {statements.key_id(KEY): other})
    refused(StatementFault.KEY, DOCUMENT, {})


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (StatementFault.NOT_JSON, b""),
        (StatementFault.NOT_JSON, b"\xff\xfe"),
        (StatementFault.NOT_JSON, b"[" * 100_000),
        (StatementFault.DUPLICATE_KEY, b'{"statement":{},"signature":"","statement":{}}'),
        (StatementFault.DUPLICATE_KEY, DOCUMENT.replace(b'"q":0.98', b'"q":0.98,"q":0.98')),
        (StatementFault.NUMBER, DOCUMENT.replace(b"0.98", b"NaN")),
        (StatementFault.NUMBER, DOCUMENT.replace(b"0.98", b"-Infinity")),
        (StatementFault.NUMBER, DOCUMENT.replace(b"0.98", b"1e999")),
        (StatementFault.NUMBER, DOCUMENT.replace(b"0.98", b"1" * 5000)),
        (StatementFault.TEXT, DOCUMENT.replace(b"\\u001f", b"\\ud800")),
        (StatementFault.SHAPE, b"[]"),
        (StatementFault.SHAPE, b"{}"),
        (StatementFault.SHAPE, b'{"statement":%b%b}' % (b"[" * 800, b"]" * 800)),
        (StatementFault.SHAPE, b'{"certificate":1,"closing":2}'),
        (StatementFault.SHAPE, DOCUMENT.replace(b'{"signature"', b'{"more":1,"signature"')),
        (StatementFault.SHAPE, b'{"signature":"00","statement":{}}'),
        (StatementFault.FORMAT, DOCUMENT.replace(b"bounty-statement/1", b"bounty-statement/2")),
        (StatementFault.TOO_LARGE, DOCUMENT + b" " * MAX_BYTES),
        (StatementFault.KIND, sign({"kind": "invoice"}, SEED)[0]),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_a_document(code: StatementFault, data: bytes) -> None:
    assert refused(code, data).endswith(".")


def test_a_document_of_the_largest_size_is_read() -> None:
    assert verify(DOCUMENT + b" " * (MAX_BYTES - len(DOCUMENT)), KEYS) == [STATEMENT]


def test_a_certificate_and_what_closes_it_are_a_pair_and_others_are_not() -> None:
    other, _ = sign(CERTIFICATE | {"note": "another"}, SEED)

    def pair(first: bytes, second: bytes) -> bytes:
        return b'{"certificate":%b,"closing":%b}' % (first, second)

    assert verify(pair(DOCUMENT, CLOSING), KEYS) == [STATEMENT, CLOSED]
    for first, second in ((other, CLOSING), (CLOSING, DOCUMENT), (DOCUMENT, DOCUMENT)):
        refused(StatementFault.PAIR, pair(first, second))


def test_the_group_and_the_patch_that_are_at_hand_are_compared() -> None:
    statements.check_group(STATEMENT, PREDICATE.encode())
    statements.check_group(STATEMENT, f"{PREDICATE}\r\n".encode())
    statements.check_patch(STATEMENT, b"def predict(X): ...\n")
    for check, code in ((statements.check_group, "STATEMENT_GROUP"), (statements.check_patch, "STATEMENT_PATCH")):
        for statement in (STATEMENT, CLOSED):
            with pytest.raises(StatementError) as found:
                check(statement, b"something else")
            assert found.value.code == code


def test_keys_are_read_from_a_key_set_and_from_pem() -> None:
    pem = (
        Ed25519PrivateKey.from_private_bytes(SEED)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    other = statements.public_key_of(OTHER_SEED)
    jwks = json.dumps({"keys": [statements.as_jwk(KEY), statements.as_jwk(other)]}).encode()
    assert statements.read_keys(pem) == KEYS
    assert statements.read_keys(jwks) == KEYS | {statements.key_id(other): other}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"keys": []}',
        b'{"keys": [1]}',
        b'{"keys": [{"kty": "RSA"}]}',
        json.dumps({"keys": [statements.as_jwk(KEY) | {"x": "AAAA"}]}).encode(),
        json.dumps({"keys": [statements.as_jwk(KEY) | {"crv": "X25519"}]}).encode(),
        b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(b"nothing") + b"\n-----END PUBLIC KEY-----",
        X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)  # fmt: skip
def test_what_holds_no_key_of_the_kind_is_refused(data: bytes) -> None:
    with pytest.raises(StatementError) as found:
        statements.read_keys(data)
    assert found.value.code == StatementFault.KEYS


def test_the_module_imports_nothing_of_the_project() -> None:
    source = Path(statements.__file__).read_text()
    assert not [line for line in source.splitlines() if "import" in line and ("scoring" in line or "bounty." in line)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {1: 2}, b"bytes", object()])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(StatementError):
        canonical({"value": value})
