"""`hyperbot rules validate`: everything that is wrong with files of rules, a line each."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from hyperbot.cli.terminal import print_json
from hyperbot.domain.errors import InvalidInput

EPILOG = """\b
Examples:
  hyperbot rules validate my-rules.yaml
  hyperbot rules validate rules/*.yaml --json"""


class Checked(NamedTuple):
    """A file, the ids of its rules, and what is wrong with it."""

    file: str
    rules: list[str]
    problems: list[str]


@click.command(epilog=EPILOG)
@click.argument(
    "files",
    type=click.Path(path_type=Path),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check YAML files of rules: a line for each problem, and exit code 2 if there is one.

    A file holds one rule, or several in a list under `rules`.
    """
    checked = [_check(path) for path in files]
    if as_json:
        documents = [{"valid": not each.problems} | each._asdict() for each in checked]
        print_json({"files": documents})
    else:
        _print(checked)
    bad = [each for each in checked if each.problems]
    if bad:
        count = sum(len(each.problems) for each in bad)
        problems = "1 problem" if count == 1 else f"{count} problems"
        raise InvalidInput(f"{problems} in {len(bad)} of {len(checked)} files")


def _check(path: Path) -> Checked:
    from hyperbot.storage.rule_files import read_rules  # noqa: PLC0415 - pydantic

    try:
        playbook = read_rules(path)
    except InvalidInput as error:
        return Checked(str(path), [], str(error).splitlines())
    return Checked(str(path), [rule.id for rule in playbook.rules], [])


def _print(checked: list[Checked]) -> None:
    for file, rules, problems in checked:
        for problem in problems:
            click.echo(problem, err=True)
        if not problems:
            click.echo(f"{file}: {len(rules)} rule{'s' if len(rules) > 1 else ''}, all right")
