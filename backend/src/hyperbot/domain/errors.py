"""Errors, by what the caller should do.

HyperbotError
├── Retryable   wait and try again
├── Rejected    a normal no, with its reason
│   └── InvalidInput   the caller's input is wrong: change it (exit code 2)
└── Fatal       stop entering, keep stops, exit
"""


class HyperbotError(Exception):
    """The root of all errors that hyperbot raises on purpose."""


class Retryable(HyperbotError):
    """It may work in a moment: wait and try again."""


class Rejected(HyperbotError):
    """A normal no, with its reason."""


class InvalidInput(Rejected):
    """What was given is wrong; the one-sentence message names it and says what would be right."""


class Fatal(HyperbotError):
    """Nothing can be done here: stop entering, keep the stops, exit."""
