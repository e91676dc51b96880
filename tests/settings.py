"""The project's own settings, over a data folder that is thrown away."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="bounty-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ |= {"BOUNTY_DATA_DIR": _folder, "BOUNTY_TESTING": "1", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
# A run is of one set-up: the embedded one, whatever the environment names, or the shared one (test_shared_setup.py).
SHARED_SETUP = os.environ.get("BOUNTY_TEST_SETUP") == "shared"
NAMED_SERVERS = {} if SHARED_SETUP else {n: os.environ.pop(n, "") for n in ("DATABASE_URL", "BROKER_URL")}
for _name in ("STORAGE_URL", "STORAGE_URL_FILE"):  # files of tests lie in the folder that is thrown away
    os.environ.pop(_name, None)

from bounty.settings import *  # noqa: E402, F403  the environment above comes first
from bounty.settings import DATABASES  # noqa: E402

if not SHARED_SETUP:
    # A file, not memory: locks between connections are part of what is tested.
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}
BOARD_KEPT_S = 0.0  # tests write rows past the actions, which a kept board would not notice
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the fast one; no test is about hashing strength
# A test that judges holds a transaction, for which a beat of the worker's lease would wait: none comes so soon.
LEASE_S = 600.0
