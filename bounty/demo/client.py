"""What the scripted entrants know of the REST API: a token, requests, and waiting."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pandas as pd

POLL_S: Final = 0.1
WAIT_S: Final = 600.0  # for one verdict, one round, the close: far beyond what any of them may take


class Problem(Exception):
    """The API refused: its stable code and its sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Client:
    """One account's way to one competition of the API."""

    def __init__(self, address: str, slug: str, *, check: Callable[[], object]) -> None:
        """``check`` is called while waiting, and raises where waiting is vain."""
        self.slug = slug
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=60)
        self._check = check

    def log_in(self, username: str, password: str, *, scopes: list[str]) -> None:
        """Trade the password for a token, and show that from now on."""
        asked = {"username": username, "password": password, "name": "demonstration", "scopes": scopes}
        token = self._send("POST", "tokens", asked).json()["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str = "") -> Any:
        """What lies at ``path`` under the competition."""
        return self._send("GET", self._under(path)).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._send("POST", self._under(path), body or {}).json()

    def follow(self, url: str) -> Any:
        """What lies at an address that an answer gave."""
        return self._send("GET", url).json()

    def pages(self, path: str) -> Iterator[Any]:
        """Every row of a list, page after page."""
        page = self.get(path)
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self.follow(page["next"])

    def download(self, url: str) -> pd.DataFrame:
        """A public split."""
        return pd.read_parquet(io.BytesIO(self._send("GET", url).content))

    def wait(self, read: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
        """Ask until ``done``; the last answer."""
        deadline = time.monotonic() + WAIT_S
        while not done(answer := read()):
            self._check()
            if time.monotonic() > deadline:
                raise Problem("WAITED_TOO_LONG", f"Nothing came of it within {WAIT_S:.0f} s.")
            time.sleep(POLL_S)
        return answer

    def _under(self, path: str) -> str:
        return f"competitions/{self.slug}/{path}".rstrip("/")

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            response = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise Problem("NO_ANSWER", f"The web server does not answer: {error}.") from error
        if response.is_error:
            raise _problem(response)
        return response


def _problem(response: httpx.Response) -> Problem:
    if "json" not in response.headers.get("Content-Type", ""):
        return Problem(f"HTTP_{response.status_code}", response.text[:200])
    body = response.json()
    return Problem(body["code"], body["detail"])
