"""The command ``bounty``: its subcommands, and what becomes of errors."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from bounty_client.cli import account, entering, hunting, local, model, printing, reading
from bounty_client.cli.endings import CannotRun, Ending, as_document, ending_of, explain
from bounty_client.problems import ClientError
from bounty_client.settings import ADDRESS_VARIABLE

_CODES = "\n".join(f"{int(ending):>4}  {ending.meaning}" for ending in Ending)
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the people a model fails, prove it, repair it: the client of a Bounty site.",
    epilog=f"\b\nExit codes:\n{_CODES}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The hosted model: ask it, or take it along.")


@app.callback()
def begin(
    url: Annotated[
        str | None, typer.Option(help=f"The site's address; without, {ADDRESS_VARIABLE} or that of the last login.")
    ] = None,
) -> None:
    if url:
        os.environ[ADDRESS_VARIABLE] = url
    address = os.environ.get(ADDRESS_VARIABLE)
    if address and not address.startswith(("https://", "http://")):
        raise typer.BadParameter(f"An address begins with https://, unlike {address}.", param_hint="--url")


app.command("login", short_help="sign in")(account.login)
app.command("logout", short_help="end and forget the token")(account.logout)
app.command("competitions", short_help="what is open, or one with its rules")(reading.competitions)
app.command("join", short_help="accept the rules and take part")(account.join)
app.command("data", short_help="download the public rows, or show the columns")(reading.data)
app.command("check", short_help="run a group or patch here, as the site would")(local.check)
app.command("preview", short_help="a predicate on the public rows")(entering.preview)
app.command("submit", short_help="send a group with a patch; wait for the verdict")(entering.submit)
app.command("watch", short_help="wait for what becomes of a submission")(entering.watch)
app.command("submissions", short_help="what your team sent")(entering.submissions)
app.command("withdraw", short_help="take a submission back")(entering.withdraw)
app.command("quota", short_help="what your team may still send")(entering.quota)
app.command("board", short_help="the standings")(reading.board)
app.command("certificates", short_help="what was certified; keep the signed statements")(reading.certificates)
app.command("verify", short_help="check a signed certificate")(local.verify)
app.command("hunt", short_help="let a program compete")(hunting.hunt)
models.command("show", short_help="its versions, or one of them")(model.show_model)
models.command("predict", short_help="its answers on rows of yours")(model.predict)
models.command("export", short_help="as a Python module or ONNX")(model.export)
app.add_typer(models, name="model", short_help="the hosted model")


def main() -> None:
    """Run the command line; exits with one of `Ending`."""
    try:
        app(prog_name="bounty")
    except ClientError as error:
        _end(error)
    except BrokenPipeError:  # whoever read has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Ending.OK)
    except OSError as error:  # a file that is missing, a folder that may not be written to, a full disk
        _end(CannotRun(f"{error.filename or 'A file'}: {error.strerror or error}."))


def _end(error: ClientError) -> NoReturn:
    explain(error)
    if "--json" in sys.argv:
        printing.show(as_document(error), [], as_json=True)
    sys.exit(ending_of(error))


if __name__ == "__main__":
    main()
