"""Signed statements: how they are written, and every check of them that needs neither a site nor a network.

A document is ``{"signature": HEX, "statement": {...}}``. The signature is Ed25519 (RFC 8032) over the canonical bytes
of ``statement``: JSON canonicalised by RFC 8785, integers no larger than 2**53 - 1. A statement names its ``format``,
its ``kind`` and the ``key`` that signed it. Digests are sha256, in hexadecimal digits; a statement's is that of its
canonical bytes. A document may be laid out with other white space or another order of keys, and is the same document;
a number or a text that is spelled in any but the canonical way is refused, so that no byte of either can be changed.

This module imports nothing of the project, so that whoever verifies can carry it along.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT: Final = "bounty-statement/1"
CERTIFICATE: Final = "certificate"
CLOSING: Final = "closing"
MAX_BYTES: Final = 256 * 1024
_SAFE: Final = 2**53 - 1  # beyond it not every integer is a double
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_HEX_64: Final = re.compile(r"[0-9a-f]{128}")
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)

Keys = Mapping[str, bytes]  # by their id, 32 raw bytes each
Content = dict[str, Any]


class StatementFault(StrEnum):
    """The stable codes of what does not hold."""

    TOO_LARGE = "STATEMENT_TOO_LARGE"
    NOT_JSON = "STATEMENT_NOT_JSON"
    DUPLICATE_KEY = "STATEMENT_DUPLICATE_KEY"
    NUMBER = "STATEMENT_NUMBER"
    TEXT = "STATEMENT_TEXT"
    SPELLING = "STATEMENT_SPELLING"
    SHAPE = "STATEMENT_SHAPE"
    FORMAT = "STATEMENT_FORMAT"
    KIND = "STATEMENT_KIND"
    KEY = "STATEMENT_KEY"
    SIGNATURE = "STATEMENT_SIGNATURE"
    PAIR = "STATEMENT_PAIR"
    GROUP = "STATEMENT_GROUP"
    PATCH = "STATEMENT_PATCH"
    KEYS = "STATEMENT_KEYS"


class StatementError(ValueError):
    """A check that failed: ``code`` is stable, the text is one plain sentence.

    Example:
        >>> StatementError(StatementFault.FORMAT, "The format is not known.").code
        <StatementFault.FORMAT: 'STATEMENT_FORMAT'>
    """

    def __init__(self, code: StatementFault, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Statement:
    """A statement that was verified: what it says, its digest, and the id of the key that signed it."""

    content: Content
    digest: str
    key: str

    @property
    def kind(self) -> str:
        return str(self.content["kind"])


# --- canonical JSON ---------------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """The canonical bytes of JSON, by RFC 8785: equal content is equal bytes.

    Raises:
        StatementError: NUMBER for NaN, infinities and integers past 2**53 - 1; TEXT for half of a surrogate pair; SHAPE
            for what JSON has no form for.

    Example:
        >>> canonical({"b": 1.0, "a": [1e-7, None, "é"]}).decode()
        '{"a":[1e-7,null,"é"],"b":1}'
    """
    try:
        return _written(value).encode()
    except UnicodeEncodeError as error:
        raise StatementError(StatementFault.TEXT, "A text holds half of a surrogate pair.") from error


def digest(value: object) -> str:
    """The sha256 of the canonical bytes.

    Example:
        >>> digest({"a": 1}) == digest({"a": 1.0})
        True
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)  # escapes just what RFC 8785 does, and as it does
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{','.join(map(_written, value))}]"
    raise StatementError(StatementFault.SHAPE, f"JSON has no form for a {type(value).__name__}.")


def _object(value: Mapping[Any, object]) -> str:
    if not all(isinstance(name, str) for name in value):
        raise StatementError(StatementFault.SHAPE, "The names of an object are texts.")
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return f"{{{','.join(f'{_written(name)}:{_written(value[name])}' for name in names)}}}"


def _number(value: float) -> str:
    """As ECMAScript writes a double: the shortest digits that read back as the same number."""
    if isinstance(value, int):
        if abs(value) > _SAFE:
            raise StatementError(StatementFault.NUMBER, f"An integer is larger than {_SAFE}.")
        return str(int(value))
    if not math.isfinite(value):
        raise StatementError(StatementFault.NUMBER, "A number is not finite.")
    if value == 0:
        return "0"
    sign, figures, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    digits, point = "".join(map(str, figures)), len(figures) + int(exponent)
    return ("-" if sign else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """``digits`` with the decimal point after the first ``point`` of them."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def read(data: bytes) -> Content:
    """One JSON object, read without trust.

    Raises:
        StatementError: TOO_LARGE, NOT_JSON (cut off, or not UTF-8), DUPLICATE_KEY, NUMBER, TEXT, SPELLING or SHAPE.

    Example:
        >>> read(b'{"level": 0.05}')
        {'level': 0.05}
    """
    if len(data) > MAX_BYTES:
        raise StatementError(StatementFault.TOO_LARGE, f"The document is larger than {MAX_BYTES // 1024} KiB.")
    try:
        text = data.decode()
        parsed: object = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_read_integer
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise StatementError(StatementFault.NOT_JSON, "The document is cut off, or is not JSON in UTF-8.") from error
    if not isinstance(parsed, dict):
        raise StatementError(StatementFault.SHAPE, "The document is not a JSON object.")
    try:
        written = canonical(parsed).decode()
    except RecursionError as error:  # which writing meets before reading does
        raise StatementError(StatementFault.SHAPE, "The document is nested too deeply.") from error
    # The same pieces, whatever their order and the space between them.
    if sorted(_TOKEN.findall(text)) != sorted(_TOKEN.findall(written)):
        raise StatementError(StatementFault.SPELLING, "A number or a text is not spelled in the canonical way.")
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StatementError(StatementFault.DUPLICATE_KEY, "An object names the same key more than once.")
    return found


def _refuse_constant(_name: str) -> object:
    raise StatementError(StatementFault.NUMBER, "A number is not finite.")


def _read_integer(text: str) -> float:
    """Past 2**53 canonical JSON writes doubles; Python would read more digits than a double has."""
    value = float(text)
    return int(text) if abs(value) <= _SAFE else value


# --- keys -------------------------------------------------------------------------------------------------------------


def key_id(public_key: bytes) -> str:
    """What a key is known by: the first 16 hexadecimal digits of the sha256 of its 32 bytes.

    Example:
        >>> key_id(bytes(32))
        '66687aadf862bd77'
    """
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_key_of(seed: bytes) -> bytes:
    """The 32 bytes of the public key to a private key's 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def as_jwk(public_key: bytes) -> dict[str, str]:
    """The public key as a JSON Web Key (RFC 8037).

    Example:
        >>> as_jwk(bytes(32))["kid"]
        '66687aadf862bd77'
    """
    x = base64.urlsafe_b64encode(public_key).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key_id(public_key), "x": x}


def read_keys(data: bytes) -> Keys:
    """Public keys by their ids, from a site's JSON Web Key Set or from PEM.

    Raises:
        StatementError: KEYS where nothing of the kind is there, or any of it is damaged.

    Example:
        >>> list(read_keys(json.dumps({"keys": [as_jwk(public_key_of(bytes(32)))]}).encode()))
        ['139e3940e64b5491']
    """
    try:
        found = [_raw(pem) for pem in _PEM.findall(data)] or [_raw_of_jwk(each) for each in json.loads(data)["keys"]]
    except (ValueError, KeyError, TypeError, RecursionError, UnsupportedAlgorithm) as error:
        raise StatementError(StatementFault.KEYS, "These are no Ed25519 public keys as JWK Set or PEM.") from error
    if not found:
        raise StatementError(StatementFault.KEYS, "There is no public key among these.")
    return {key_id(each): each for each in found}


def _raw(pem: bytes) -> bytes:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("another algorithm")
    return key.public_bytes_raw()


def _raw_of_jwk(jwk: Mapping[str, str]) -> bytes:
    x = jwk["x"]
    raw = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
    if (jwk["kty"], jwk["crv"], len(raw)) != ("OKP", "Ed25519", 32):
        raise ValueError("another algorithm")
    return raw


# --- statements -------------------------------------------------------------------------------------------------------


def sign(content: Mapping[str, object], seed: bytes) -> tuple[bytes, Statement]:
    """The document, as it is kept and handed out, and the statement in it. ``content`` needs a ``kind``.

    Example:
        >>> document, statement = sign({"kind": "certificate"}, bytes(32))
        >>> verify(document, {statement.key: public_key_of(bytes(32))}) == [statement]
        True
    """
    key = key_id(public_key_of(seed))
    signed = {**content, "format": FORMAT, "key": key}
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(canonical(signed))
    document = canonical({"signature": signature.hex(), "statement": signed})
    return document, Statement(signed, digest(signed), key)


def verify(data: bytes, keys: Keys) -> list[Statement]:
    """The statements of a document: one, or of ``{"certificate": DOCUMENT, "closing": DOCUMENT}`` both, as a pair.

    Raises:
        StatementError: whatever `read` refuses; FORMAT, KEY, SIGNATURE, KIND, SHAPE; of two also PAIR.
    """
    document = read(data)
    if document.keys() != {CERTIFICATE, CLOSING}:
        return [_verified(document, keys)]
    certificate, closing = (_verified(document[name], keys) for name in (CERTIFICATE, CLOSING))
    check_pair(certificate, closing)
    return [certificate, closing]


def _verified(document: object, keys: Keys) -> Statement:
    if not isinstance(document, dict) or document.keys() != {"signature", "statement"}:
        raise StatementError(StatementFault.SHAPE, "A document holds a statement and its signature, and nothing else.")
    content, signature = document["statement"], document["signature"]
    if not isinstance(content, dict) or not isinstance(signature, str) or not _HEX_64.fullmatch(signature):
        raise StatementError(StatementFault.SHAPE, "A signature is 128 hexadecimal digits, beside one statement.")
    if content.get("format") != FORMAT:
        raise StatementError(StatementFault.FORMAT, f"The statement's format is not {FORMAT}, which is all I know.")
    key = content.get("key")
    if not isinstance(key, str) or key not in keys:
        raise StatementError(StatementFault.KEY, "The statement names a key that is not among those given.")
    try:
        Ed25519PublicKey.from_public_bytes(keys[key]).verify(bytes.fromhex(signature), canonical(content))
    except InvalidSignature as error:
        sentence = "The signature does not fit: the statement was changed, or the key did not sign it."
        raise StatementError(StatementFault.SIGNATURE, sentence) from error
    if content.get("kind") not in {CERTIFICATE, CLOSING}:
        raise StatementError(StatementFault.KIND, "The statement is neither a certificate nor what closes one.")
    return Statement(content, digest(content), key)


def check_pair(certificate: Statement, closing: Statement) -> None:
    """Raises StatementError (PAIR) unless the second is the closing statement of the first."""
    if (certificate.kind, closing.kind) != (CERTIFICATE, CLOSING):
        raise StatementError(StatementFault.PAIR, "A pair is a certificate and then what closes it.")
    if closing.content.get("certificate") != certificate.digest:
        raise StatementError(StatementFault.PAIR, "The closing statement is of another certificate.")


def check_group(certificate: Statement, data: bytes) -> None:
    """Raises StatementError (GROUP) unless ``data`` is the group: the predicate's text, or the Python file."""
    _check_part(certificate, "group", StatementFault.GROUP, data)


def check_patch(certificate: Statement, data: bytes) -> None:
    """Raises StatementError (PATCH) unless ``data`` is the patch: the Python or ONNX file, the column's name, or the
    canonical recipe of what the platform trained."""
    _check_part(certificate, "patch", StatementFault.PATCH, data)


def _check_part(certificate: Statement, name: str, fault: StatementFault, data: bytes) -> None:
    part = certificate.content.get(name)
    if not isinstance(part, dict) or "sha256" not in part:
        raise StatementError(fault, f"The statement names no {name}.")
    # An editor ends a text with a new line; of a file nothing is taken off unless it fits so.
    if part["sha256"] not in {hashlib.sha256(each).hexdigest() for each in (data, data.rstrip(b"\r\n"))}:
        raise StatementError(fault, f"The {name} is not the one that was certified.")
