"""The site's signature under a statement, and the public keys to check it with."""

from collections.abc import Mapping

from django.conf import settings

from bounty.models import SigningKey
from scoring import statements
from scoring.statements import Keys, Statement


def sign(content: Mapping[str, object]) -> tuple[str, Statement]:
    """The signed document, as it is to be stored and handed out, and the statement in it. The key is published in the
    same transaction as what it signed."""
    document, statement = statements.sign(content, _seed())
    public_key = statements.public_key_of(_seed())
    SigningKey.objects.get_or_create(key_id=statement.key, defaults={"public_key": public_key.hex()})
    return document.decode(), statement


def public_keys() -> Keys:
    """All keys that this site has signed with, newest first: the one that it signs with now, used or not, leads."""
    current = statements.public_key_of(_seed())
    used = SigningKey.objects.values_list("key_id", "public_key")
    return {statements.key_id(current): current} | {key_id: bytes.fromhex(key) for key_id, key in used}


def current_key_id() -> str:
    return statements.key_id(statements.public_key_of(_seed()))


def _seed() -> bytes:
    return bytes.fromhex(settings.SIGNING_KEY)
