"""`hyperbot rules show`: one rule in plain English, and where it comes from."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from hyperbot.cli.playbook_option import chosen_playbook, playbook_option
from hyperbot.cli.terminal import print_json
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from hyperbot.domain.rules import Citation, Playbook, StrategyRule


@click.command()
@click.argument("rule_id", metavar="ID")
@playbook_option
@click.option(
    "--yaml", "as_yaml", is_flag=True, help="Print the rule as YAML, to start one of yours."
)
@click.option("--json", "as_json", is_flag=True, help="Print the rule as JSON.")
def show(rule_id: str, named: str, as_yaml: bool, as_json: bool) -> None:
    """Tell in plain English what the rule ID does."""
    rule = _rule(chosen_playbook(named), rule_id)
    if as_json:
        print_json(rule.model_dump(mode="json"))
    elif as_yaml:
        click.echo(_as_yaml(rule), nl=False)
    else:
        _tell(rule)


def _rule(playbook: Playbook, rule_id: str) -> StrategyRule:
    ids = [rule.id for rule in playbook.rules]
    if rule_id not in ids:
        near = difflib.get_close_matches(rule_id, ids, n=1)
        hint = f"did you mean {near[0]}? See" if near else "see"
        raise InvalidInput(f"there is no rule {rule_id[:64]!r}: {hint} `hyperbot rules list`")
    return playbook.rules[ids.index(rule_id)]


def _as_yaml(rule: StrategyRule) -> str:
    from hyperbot.domain.rules import Playbook  # noqa: PLC0415 - pydantic
    from hyperbot.storage.rule_files import write_rules  # noqa: PLC0415 - pydantic

    return write_rules(Playbook(rules=(rule,)))


def _tell(rule: StrategyRule) -> None:
    from hyperbot.domain.rule_sentences import sentences  # noqa: PLC0415 - pydantic

    click.echo(f"{rule.name} ({rule.id}, version {rule.version}, {rule.status})\n")
    if rule.description:
        click.echo(rule.description.rstrip() + "\n")
    for sentence in sentences(rule):
        click.echo(sentence)
    source = f"{rule.source_type} {rule.source_ref}".rstrip()
    click.echo(f"\nSource: {source}; confidence {rule.confidence:g}")
    for citation in rule.citations:
        click.echo(f"  “{citation.quote}”{_place(citation)}")


def _place(citation: Citation) -> str:
    places = []
    if citation.page is not None:
        places.append(f"page {citation.page}")
    if citation.section:
        places.append(citation.section)
    if citation.start_s is not None:
        minutes, seconds = divmod(int(citation.start_s), 60)
        places.append(f"at {minutes}:{seconds:02}")
    return f" ({', '.join(places)})" if places else ""
