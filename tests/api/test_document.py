"""The OpenAPI document that is checked in is what the endpoints are, and is where it is said to be."""

from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from bounty.api.document import FILE
from tests.pages import read


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.load(FILE.read_text(), yaml.CSafeLoader)


def test_the_document_is_made_without_a_warning_and_has_not_drifted(tmp_path: Any) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == FILE.read_text(), "Run `make openapi`, and read the diff."


def test_every_operation_has_a_name_a_section_words_and_its_refusals(document: Any) -> None:
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names) > 40
    assert all(name.isidentifier() and name == name.lower() for name in names)
    assert all(one["summary"] and one["description"] and one["tags"] for one in operations)
    problem = {"$ref": "#/components/schemas/Problem"}
    refusals = [
        answer["content"] for one in operations for status, answer in one["responses"].items() if status >= "400"
    ]
    assert all(content == {"application/problem+json": {"schema": problem}} for content in refusals)
    assert document["openapi"].startswith("3.1")
    assert {"token", "cookieAuth"} <= set(document["components"]["securitySchemes"])


@pytest.mark.django_db
def test_the_document_is_served_as_yaml_and_as_json(document: Any) -> None:
    as_yaml, as_json = Client().get("/api/v1/schema.yaml"), Client().get("/api/v1/schema.json")
    assert (as_yaml["Content-Type"], as_json["Content-Type"]) == ("application/yaml", "application/json")
    assert yaml.load(as_yaml.content, yaml.CSafeLoader) == as_json.json() == document
    again = Client().get("/api/v1/schema.json", HTTP_IF_NONE_MATCH=as_json["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_the_reference_is_a_page_that_keeps_to_the_security_policy() -> None:
    page = read(Client().get("/docs/api/reference"))
    assert (page.forbidden(), page.count("h1"), page.count("script")) == ([], 1, 0)
    assert "/docs/api/reference" in Client().get("/docs/api").content.decode()


@pytest.mark.django_db
def test_the_reference_names_every_operation_and_leads_to_every_form_of_data(document: Any) -> None:
    page = read(Client().get("/docs/api/reference"))
    places = {place["id"] for name in ("h2", "div") for place in page.all(name) if "id" in place}
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert {one["operationId"] for one in operations} | set(document["components"]["schemas"]) <= places
    assert {str(a["href"]).removeprefix("#") for a in page.all("a") if str(a["href"]).startswith("#")} <= places | {
        "main"
    }
    assert all(path in page.text for path in document["paths"])
