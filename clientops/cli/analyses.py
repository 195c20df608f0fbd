"""Commands about analyses: new."""

from pathlib import Path

import click

from clientops import new_topic
from clientops.cli.base import cli


@cli.command()
@click.argument("topic")
def new(topic: str) -> None:
    """Write the three files of a new analysis."""
    for path in new_topic.write(topic, Path(__file__).parent.parent.parent):
        click.echo(path)
