"""Errors a user may read: each message says what was wrong, the value seen and what to do next."""


class EmbedLabError(Exception):
    """A sentence for the user; pages and the command line show it as it is."""


class BadInput(EmbedLabError):
    """A file, table or text that cannot be used."""


class BadSetting(EmbedLabError):
    """A hyper-parameter outside its range, or one that does not fit the corpus."""


class UnknownWord(EmbedLabError):
    """A word the run does not have; `suggestions` holds the closest spellings it does have. word: as it was typed."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = (), word: str = ""):
        super().__init__(message)
        self.suggestions = suggestions
        self.word = word


class NotFound(EmbedLabError):
    """A corpus, run, map or benchmark that the workspace does not hold."""


class TrainingFailed(EmbedLabError):
    """Training that cannot go on: loss not finite, nothing to learn from, memory exhausted."""
