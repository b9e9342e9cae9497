"""What can go wrong, as one small tree.

    DramaturgError
    ├── InputError            what the user gave is wrong; the message says what, where, and what to do
    │   ├── CharacterError    a character's folder, name or character.yaml
    │   ├── SettingsError     a setting's value, from the command line, the environment or character.yaml
    │   └── SourceError       a source file that cannot be read as what it is said to be
    ├── EndpointError         a model cannot be asked: no endpoint, no weights, a key or a model it refuses
    │   └── UnfinishedError   a build is done but for the questions that have no answer yet
    ├── DownloadError         a file that packages carry cannot be had, or is another
    ├── HubError              the Hub cannot be asked, or refuses: no token, no right, another's change
    ├── RunnerError           a cluster cannot be reached, or its workers are not as this one
    ├── BusyError             another run holds the character's folder
    ├── YieldError            a stage keeps too little of what a model wrote
    └── EmptyBuildError       a build ended without a single row in its dataset

A vendor's exception is translated where it enters. `flows.cli` prints the message of each of these as one
line and exits with `exit_code`.
"""

__all__ = [
    "BusyError",
    "CharacterError",
    "DownloadError",
    "DramaturgError",
    "EmptyBuildError",
    "EndpointError",
    "HubError",
    "InputError",
    "RunnerError",
    "SettingsError",
    "SourceError",
    "UnfinishedError",
    "YieldError",
    "line_of",
]


class DramaturgError(Exception):
    """Root of the tree. `exit_code` is the process's exit code where it reaches the command line."""

    exit_code = 1


class InputError(DramaturgError):
    """The user gave something wrong."""

    exit_code = 2


class CharacterError(InputError):
    """A character's folder, name or character.yaml is wrong."""


class SettingsError(InputError):
    """A setting has no valid value."""


class SourceError(InputError):
    """A source cannot be read."""


class EndpointError(DramaturgError):
    """A model cannot be asked, now or at all."""


class UnfinishedError(EndpointError):
    """Some questions have no answer yet; all else is built."""


class DownloadError(DramaturgError):
    """A file of a model cannot be fetched."""


class HubError(DramaturgError):
    """The Hub cannot be asked, now or at all."""


class BusyError(DramaturgError):
    """Another run holds the folder."""


class RunnerError(DramaturgError):
    """What is to do heavy work cannot be had."""


class EmptyBuildError(DramaturgError):
    """A build ended without a row."""


class YieldError(DramaturgError):
    """A stage keeps a smaller share of its items than the settings demand."""


def line_of(error: BaseException) -> str:
    """What went wrong, in one line for a person: of a file, or the disk, what the system says of it; of what nobody
    translated, its kind too."""
    if isinstance(error, OSError):
        return f"{error.filename or 'the disk'}: {error.strerror or error}"
    told = " ".join(str(error).split())
    return told if isinstance(error, DramaturgError) else f"{type(error).__name__}: {told}"
