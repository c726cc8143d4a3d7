"""The console command `gazette`: every command with its flags.

Exit codes: 0 done (also when there was nothing to say or nothing was found), 1 only from `check`
(problems in files), 2 wrong use or settings, 3 the bot had to stop (such as a revoked token).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot import __version__
from bot.errors import GazetteError, SettingsError
from bot.sandbox.troubles import effects_in_words

USAGE = 2
STOPPED = 3

app = typer.Typer(
    name="gazette",
    help="Turns a folder of article files into a Telegram publication.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes around the help would double what people wait for it
    context_settings={"help_option_names": ["-h", "--help"]},
)

Articles = Annotated[
    Path | None, typer.Option("--articles", metavar="DIR", help="The folder of article files.")
]
Now = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="ISO",
        help="Act as at this time (UTC, unless it has an offset; default: now).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"gazette {__version__}")
        raise typer.Exit


@app.command(short_help="Show the whole thing without a token.", epilog=effects_in_words())
def demo(
    port: Annotated[
        int, typer.Option(help="Where the chat page is served.", min=0, max=65535)
    ] = 8080,
    once: Annotated[bool, typer.Option("--once", help="Post one digest, print it, end.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="SPEC",
            help="Let something go wrong from the start (see below); may be repeated.",
        ),
    ] = None,
) -> None:
    """Show the whole thing without a token: the real bot against a Telegram in miniature."""
    from bot.cli.demo import demo as run_demo

    run_demo(port=port, once=once, faults=tuple(fault or ()))


@app.command(short_help="Run the bot until Ctrl-C.")
def run() -> None:
    """Run the bot: post digests by the schedule and answer people, until Ctrl-C."""
    from bot.settings import load

    # Before the bot itself is imported: whoever has something to mend hears of it at once.
    loaded = load(needs_token=True)
    from bot.cli.run import run as run_bot

    raise typer.Exit(run_bot(loaded))


@app.command(short_help="Name every problem in article files.")
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders to check; without: the whole set-up."),
    ] = None,
    as_json: Json = False,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask Telegram: token, rights, commands.")
    ] = False,
) -> None:
    """Check article files: every problem with file, line and mend. Exit 1 when there are some."""
    from bot.cli.check import check as run_check

    raise typer.Exit(run_check(tuple(paths or ()), as_json=as_json, online=online))


@app.command(short_help="Show what a digest would be now, and why.")
def preview(
    articles: Articles = None,
    now: Now = None,
    size: Annotated[int | None, typer.Option(help="Stories at most.", min=1, max=30)] = None,
    topics: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these topics (and those below them).")
    ] = None,
    layout: Annotated[
        str | None, typer.Option(metavar="L", help="list, cards, album, cover or rich.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a web page that shows it as Telegram does."),
    ] = None,
    as_json: Json = False,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Name every article that was left out, with why.")
    ] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="With another setting, such as HALF_LIFE=12h; may be repeated.",
        ),
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Of the last 30d or so: which choices --set would have changed.",
        ),
    ] = None,
    chat: Annotated[
        int | None,
        typer.Option(metavar="ID", help="With --replay: what this chat was sent."),
    ] = None,
) -> None:
    """Show what a digest would be now, with scores and reasons. Needs no token, no database."""
    if replay is None and chat is not None:
        fail(SettingsError(["--chat goes with --replay only"]))
    if replay is not None:
        if any((size, topics, layout, html, ledger)):
            only = "--set, --articles, --now, --chat and --json"
            fail(SettingsError([f"--replay goes with {only} only"]))
        from bot.cli.replay import Wish as Replay
        from bot.cli.replay import replay as run_replay

        wish = Replay(
            replay=replay, changes=tuple(changes or ()), articles=articles, now=now, chat=chat
        )
        run_replay(wish, as_json=as_json)
        return
    from bot.cli.preview import Wish
    from bot.cli.preview import preview as run_preview

    run_preview(
        Wish(
            articles=articles,
            now=now,
            size=size,
            topics=topics,
            layout=layout,
            changes=tuple(changes or ()),
        ),
        html=html,
        as_json=as_json,
        ledger=ledger,
    )


@app.command(short_help="Post a digest by hand.")
def post(
    chat: Annotated[
        int | None, typer.Option(metavar="ID", help="Only this chat.", show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="WHOM", help="channels, subscribers or all.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="ISO", help="Not before this time (of TIMEZONE, unless it has an offset)."
        ),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="STORY", help="Leave this story out.")
    ] = None,
    swap: Annotated[
        list[str] | None, typer.Option(metavar="STORY", help="Put the next best in its place.")
    ] = None,
    add: Annotated[
        list[str] | None, typer.Option(metavar="STORY", help="Add this story at the end.")
    ] = None,
    pin: Annotated[
        list[str] | None, typer.Option(metavar="STORY", help="Put this story at the top.")
    ] = None,
    layout: Annotated[
        str | None, typer.Option(metavar="L", help="list, cards, album, cover or rich.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The head line; empty: none.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Send it to OPERATORS first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Post a digest by hand, to all CHANNELS unless told otherwise.

    A STORY is named by its link, its id, the path of its file or words of its title. At a terminal
    the question before sending takes more than yes and no: ? shows what.
    """
    from bot.cli.post import Wish
    from bot.cli.post import post as run_post
    from bot.cli.post_desk import layout_of
    from bot.publishing.shaping import Hand

    hand = Hand(
        drop=tuple(drop or ()),
        swap=tuple(swap or ()),
        add=tuple(add or ()),
        pin=tuple(pin or ()),
        layout=layout_of(layout),
        head=head,
    )
    wish = Wish(chat=chat, to=to, at=at, hand=hand, test=test)
    raise typer.Exit(run_post(wish, dry_run=dry_run, yes=yes))


@app.command(short_help="Answer a topic question as the bot would.")
def search(
    words: Annotated[list[str], typer.Argument(help="What to look for.")],
    articles: Articles = None,
    now: Now = None,
    limit: Annotated[int, typer.Option(help="Stories at most.", min=1, max=1000)] = 10,
    as_json: Json = False,
) -> None:
    """Answer a topic question as the bot would."""
    from bot.cli.search import search as run_search

    run_search(" ".join(words), articles=articles, now=now, limit=limit, as_json=as_json)


@app.command(short_help="Show, pause, resume, cancel what is sent.")
def sends(
    number: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="One send; without: all of them.")
    ] = None,
    as_json: Json = False,
    pause: Annotated[bool, typer.Option("--pause", help="Send nothing of it for now.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on exactly where it stopped.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Never send what waits.")] = False,
    uncertain: Annotated[
        str | None,
        typer.Option(
            metavar="HOW", help="resend or skip what was cut off and waits for a decision."
        ),
    ] = None,
    recall: Annotated[
        str | None,
        typer.Option(metavar="STORY", help="Recall a sent story that its publisher withdrew."),
    ] = None,
) -> None:
    """Show what is being sent and what became of it; pause, resume or cancel it."""
    from bot.cli.sends import Order
    from bot.cli.sends import sends as run_sends

    order = Order(
        send=number,
        pause=pause,
        resume=resume,
        cancel=cancel,
        uncertain=uncertain,
        recall=recall,
    )
    raise typer.Exit(run_sends(order, as_json=as_json))


@app.command(short_help="Show readers, sends and topics in numbers.")
def stats(
    days: Annotated[int, typer.Option("--days", help="Of how many days.", min=1, max=3660)] = 30,
    as_json: Json = False,
) -> None:
    """Show readers, sends, stories, questions and topics in numbers; also while the bot runs."""
    from bot.cli.stats import stats as run_stats

    raise typer.Exit(run_stats(days=days, as_json=as_json))


@app.command("export", short_help="Write all subscriptions to a file.")
def export(
    target: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is stdout.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="csv|json", help="Default: json for a name in .json, else csv."
        ),
    ] = None,
) -> None:
    """Write all subscriptions to a file, with every wish; also while the bot runs."""
    from bot.cli.roster import export_roster

    raise typer.Exit(export_roster(target, form=form))


@app.command("import", short_help="Take subscriptions from a file.")
def import_(
    source: Annotated[str, typer.Argument(metavar="FILE", help="Where from; - is stdin.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each row.")
    ] = False,
    update: Annotated[
        bool,
        typer.Option("--update", help="The file's wishes replace those of who is here already."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Take subscriptions from a file of `gazette export`; also while the bot runs.

    Good rows are taken, bad ones named with their line (exit 2). Whoever unsubscribed here, or
    asked to be forgotten, stays away. Telegram lets a bot write only to who pressed its Start.
    """
    from bot.cli.roster import import_roster

    raise typer.Exit(import_roster(source, is_dry=dry_run, is_updating=update, as_json=as_json))


@app.command(short_help="Bring the database up to this version.")
def migrate() -> None:
    """Bring the database's tables up to this version of the program."""
    from bot.cli.migrate import migrate as run_migrate

    run_migrate()


def fail(error: GazetteError) -> NoReturn:
    """Say what is wrong, one line a problem, and end with exit code 2."""
    problems = error.problems if isinstance(error, SettingsError) else (str(error),)
    for problem in problems:
        typer.echo(f"gazette: {problem}", err=True)
    sys.exit(USAGE)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; the entry point of the console command."""
    try:
        return app(args=arguments)
    except GazetteError as error:
        fail(error)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`gazette preview | head`).
        sys.stderr.close()
        sys.exit(0)
