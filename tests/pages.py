"""Reading a page as its reader does: headings, landmarks, tables, what a strict policy would refuse."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


class Page(HTMLParser):
    """The tags of a page, in order, each with its attributes; and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def forbidden(self) -> list[str]:
        """What the content security policy forbids: inline styles, handlers and scripts."""
        inline = [
            f"{tag} {name}" for tag, attributes in self.tags for name in attributes if name.startswith(("on", "style"))
        ]
        return inline + [
            tag for tag, attributes in self.tags if tag == "style" or (tag == "script" and "src" not in attributes)
        ]


def read(response: HttpResponse) -> Page:
    return Page(response.content.decode())


def words(response: HttpResponse) -> str:
    """The text of a page with its white space drawn together."""
    return " ".join(read(response).text.split())


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client
