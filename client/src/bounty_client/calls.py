"""What can be asked of the site: each call described once, as data that both clients carry out."""

import base64
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypedDict, TypeVar, Unpack

import httpx

from bounty_client import answers

T = TypeVar("T")
_SAFE: Final = frozenset({"GET", "HEAD"})
_ROOT: Final = "api/v1/"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"


@dataclass(frozen=True)
class Site:
    """Where the site is, and the token that is shown to it and to nobody else."""

    address: str
    token: str = field(default="", repr=False)

    def url(self, path: str) -> httpx.URL:
        """``path`` under the API; of a whole address, as answers give them, what lies behind the host.

        An answer thus cannot send the token elsewhere, and a proxy may know the site under another name.
        """
        root = httpx.URL(self.address.rstrip("/") + "/")
        given = httpx.URL(path)
        if given.is_absolute_url:
            return root.join(given.raw_path.decode().lstrip("/"))
        return root.join(path.lstrip("/") if path.startswith("/") else _ROOT + path)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    body: Mapping[str, object] | None = None
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    # The one place where JSON gets its type: the site's document of the API, and tests against the site, answer for it.
    read: Callable[[httpx.Response], T] = httpx.Response.json

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice is as good as once."""
        return self.method in _SAFE or IDEMPOTENCY_KEY in self.headers

    def with_headers(self, **headers: str) -> "Call[T]":
        """The same call with more headers; underscores stand for hyphens."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}})

    def request(self, site: Site) -> httpx.Request:
        """Made anew for every attempt: a body is read once only."""
        headers = {"Accept": "application/json", **self.headers}
        if site.token:
            headers["Authorization"] = f"Bearer {site.token}"
        where, params = site.url(self.path), self.params or None
        if self.files:
            fields = {name: str(value) for name, value in (self.body or {}).items()}
            return httpx.Request(
                self.method, where, params=params, headers=headers, data=fields, files=dict(self.files)
            )
        return httpx.Request(self.method, where, params=params, headers=headers, json=self.body)


def _get(path: str, **params: str | int | None) -> Call[Any]:
    return Call("GET", path, params={name: value for name, value in params.items() if value is not None})


def _post(path: str, body: Mapping[str, object] | None = None, **headers: str) -> Call[Any]:
    return Call("POST", path, body=body or {}).with_headers(**headers)


def follow(address: str) -> Call[Any]:
    """What lies at an address that an answer gave."""
    return _get(address)


def log_in(
    username: str,
    password: str,
    *,
    name: str = "bounty-client",
    scopes: Sequence[str] = ("read", "submit"),
    days: int = 90,
) -> Call[answers.Token]:
    """A token for a name and its password; the answer is the only place that shows it."""
    asked = {"username": username, "password": password, "name": name, "scopes": list(scopes), "expires_in_days": days}
    return _post("tokens", asked)


def tokens() -> Call[answers.Page[answers.Token]]:
    """Your tokens, without the tokens themselves."""
    return _get("tokens")


def revoke_token(token: int) -> Call[None]:
    """End a token."""
    return Call("DELETE", f"tokens/{token}", read=lambda _: None)


def competitions() -> Call[answers.Page[answers.CompetitionSummary]]:
    """The competitions that you may see, newest first."""
    return _get("competitions")


def competition(slug: str) -> Call[answers.Competition]:
    """One competition: task, rules, ledger; after the close the report."""
    return _get(f"competitions/{slug}")


def join(slug: str, *, rules_version: int, team_name: str = "") -> Call[answers.Team]:
    """Accept the rules of that version and take part."""
    return _post(f"competitions/{slug}/join", {"rules_version": rules_version, "team_name": team_name})


def columns(slug: str) -> Call[answers.Columns]:
    """The data dictionary."""
    return _get(f"competitions/{slug}/columns")


def splits(slug: str) -> Call[answers.Splits]:
    """The splits with their sizes; the public ones with digests and downloads."""
    return _get(f"competitions/{slug}/splits")


def preview(slug: str, predicate: str) -> Call[answers.Preview]:
    """A predicate on public rows: its size, and the hosted model's error on it and on everyone else."""
    return _post(f"competitions/{slug}/preview", {"predicate": predicate})


def quota(slug: str) -> Call[answers.Quota]:
    """What your team may still send, and when that changes."""
    return _get(f"competitions/{slug}/quota")


class Pair(TypedDict, total=False):
    """A group, as predicate or source, and a patch: a column, source, a model, or none, and the platform trains one."""

    predicate: str
    group_source: str
    patch_column: str
    patch_source: str
    patch_model: bytes
    title: str
    note: str


def submit(slug: str, *, key: str | None = None, **pair: Unpack[Pair]) -> Call[answers.Submission]:
    """Send a group with a patch. Each call has a key of its own, so that sending it again makes no second submission.

    Give a ``key`` of your own to be safe across restarts of your program too.
    """
    body = {name: value for name, value in pair.items() if name != "patch_model"}
    call: Call[answers.Submission] = _post(
        f"competitions/{slug}/submissions", body, Idempotency_Key=key or uuid.uuid4().hex
    )
    model = pair.get("patch_model")
    return call if model is None else replace(call, files={"patch_model": ("patch.onnx", model)})


def submissions(slug: str, *, status: str | None = None) -> Call[answers.Page[answers.SubmissionSummary]]:
    """Your team's submissions, newest first; with ``status``, those in it."""
    return _get(f"competitions/{slug}/submissions", status=status)


def submission(number: int) -> Call[answers.Submission]:
    """One submission with every verdict and what came of it."""
    return _get(f"submissions/{number}")


def cancel(number: int) -> Call[answers.Submission]:
    """Take it back before a worker begins."""
    return _post(f"submissions/{number}/cancel")


def withdraw(number: int, *, reason: str = "") -> Call[answers.Submission]:
    """Take it out of the running; or out of the model where it is merged, which needs a reason."""
    return _post(f"submissions/{number}/withdraw", {"reason": reason})


def board(slug: str) -> Call[answers.Board]:
    """The standings against the newest version."""
    return _get(f"competitions/{slug}/board")


def rounds(slug: str) -> Call[answers.Page[answers.Round]]:
    """Every round with its sealed tests, newest first."""
    return _get(f"competitions/{slug}/rounds")


def open_round(slug: str) -> Call[answers.Round]:
    """Open the next round, as the organiser."""
    return _post(f"competitions/{slug}/rounds")


def close(slug: str) -> Call[answers.Competition]:
    """Close the competition, as its organiser; the sealed numbers follow."""
    return _post(f"competitions/{slug}/close")


def versions(slug: str) -> Call[answers.Page[answers.VersionSummary]]:
    """The hosted model's versions, newest first."""
    return _get(f"competitions/{slug}/versions")


def version(slug: str, number: int) -> Call[answers.Version]:
    """One version: its decision list, and its provisional error by group."""
    return _get(f"competitions/{slug}/versions/{number}")


def predict(slug: str, number: int, rows: Sequence[Mapping[str, object]]) -> Call[answers.Predictions]:
    """A version's answers on rows of yours, at most 1,000, each with the node that gave it."""
    return _post(f"competitions/{slug}/versions/{number}/predict", {"rows": list(rows)})


def decision_list(slug: str, number: int) -> Call[answers.DecisionList]:
    """A version's nodes in the order in which they are asked."""
    return _get(f"competitions/{slug}/versions/{number}/decision-list")


def certificates(slug: str) -> Call[answers.Page[answers.CertificateSummary]]:
    """A competition's certificates, newest first."""
    return _get(f"competitions/{slug}/certificates")


def certificate(number: int) -> Call[bytes]:
    """The signed statement, byte for byte."""
    return Call("GET", f"certificates/{number}", read=_content)


def closing_statement(number: int) -> Call[bytes]:
    """The second statement, with the sealed numbers; from the close on."""
    return Call("GET", f"certificates/{number}/closing", read=_content)


def digest_of(response: httpx.Response) -> str | None:
    """The sha256 that the site gives with a file (RFC 9530), in hex; None where it gives none."""
    algorithm, _, value = response.headers.get("Repr-Digest", "").partition("=")
    return base64.b64decode(value.strip(":")).hex() if algorithm.strip() == "sha-256" and value else None


def public_answers(slug: str, number: int) -> Call[bytes]:
    """What a version answers on the public rows, train then validation: CSV, one column ``answer``."""
    return Call("GET", f"competitions/{slug}/versions/{number}/answers.csv", headers={"Accept": "*/*"}, read=_content)


def keys() -> Call[bytes]:
    """The public keys that the site signs with: a JSON Web Key Set."""
    return Call("GET", "keys", read=_content)


def _content(response: httpx.Response) -> bytes:
    return response.content
