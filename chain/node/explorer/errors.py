"""Why the explorer has nothing to show."""


class ExplorerError(Exception):
    """The message goes to the person who asked; ``status`` is HTTP's."""

    status = 400


class BadQuestion(ExplorerError):
    """The question cannot be read."""


class NothingThere(ExplorerError):
    """This chain does not have it."""

    status = 404


class TooBusy(ExplorerError):
    """Too many ask at once."""

    status = 503
