"""The whole site on this machine: migrations, a demonstration, the web server and its workers, until Ctrl-C."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, call_command

from bounty.demonstration import prepare
from bounty.logins import LOGINS
from bounty.processes import Supervisor, web_server, workers


class Command(BaseCommand):
    help = "Serve the site with a demonstration competition and its workers. Nothing but this command is needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        prepare(say=self.stdout.write)
        address = f"http://{options['host']}:{options['port']}"
        logins = "\n".join(f"    {name:8} {password:20} {role}" for name, password, role in LOGINS)
        self.stdout.write(f"\n  {address}\n\n  sign in as\n{logins}\n\n  Ctrl-C stops it; nothing is lost.\n")
        self.stdout.flush()
        supervisor = Supervisor([web_server(options["host"], options["port"]), *workers()])
        raise SystemExit(supervisor.run())
