"""The test cast and the competition they meet in."""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from bounty.actions.join_competition import join_competition
from bounty.actions.publish_competition import publish_competition
from bounty.models import Competition, Team, User
from scoring import lending
from tests import summary
from tests.imported import Imports

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="session")
def lending_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated consumer-lending bundle, made once."""
    folder = tmp_path_factory.mktemp("lending")
    lending.bundle(folder, seed=2022)
    return folder


@pytest.fixture
def olga(db: None) -> User:
    return _user("olga")


@pytest.fixture
def alice(db: None) -> User:
    return _user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return _user("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return _user("charlie")


@pytest.fixture
def bot(db: None) -> User:
    return _user("bot")


def _user(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults={"email": f"{name}@example.org"})
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(scope="session")
def lending_imports(lending_bundle: Path) -> Imports:
    return Imports(lending_bundle)


@pytest.fixture
def draft(olga: User, lending_imports: Imports) -> Competition:
    return lending_imports.draft(olga)


@pytest.fixture
def competition(draft: Competition, olga: User) -> Competition:
    publish_competition(draft, by=olga)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def team(competition: Competition, alice: User) -> Team:
    """Alice's team."""
    return join_competition(competition, user=alice, team_name="Alice's")


@pytest.fixture
def rivals(competition: Competition, bot: User) -> Team:
    """The bot's team."""
    return join_competition(competition, user=bot, team_name="The bot's")


# Files of few tests that take minutes: one process would work them off at the end while the other is idle.
LONG = (
    *("e2e", "client", "test_demo.py", "test_deaths.py", "test_parts.py"),
    *("test_attacks.py", "test_onnx_attacks.py", "test_table.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A stable sort: the others keep their order.
    items.sort(key=lambda item: not any(name in item.path.parts for name in LONG))


class Together(LoadScopeScheduling):
    """One process runs a file; or a folder whose files share a running site, which takes long to start.

    Not by marks of groups: these would be written into the tests' ids, where pytest no longer reads them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ("tests/e2e/", "tests/client/") if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not hasattr(terminalreporter.config, "workerinput"):  # of several processes the one that leads them speaks
        summary.write(terminalreporter)
