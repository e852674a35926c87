"""What can go wrong, as far as a person can do something about it.

    RerankLabError
    ├── InputError             a query, document, file or option that cannot be used
    │   ├── QueryTooLongError      the query alone fills the model's window
    │   ├── TooManyDocumentsError  more candidates than the limit
    │   └── LockedError            what the operator of this installation does not allow
    ├── ModelError             a model that cannot be loaded, or that failed while scoring
    │   ├── ModelUnavailableError  not stored here and its source cannot be reached
    │   ├── ModelRefusedError      the checkpoint is not what it was declared to be, or not safe
    │   └── ScoreError             NaN or infinite scores
    ├── MissingPackageError    an optional package that is not installed
    ├── DataUnavailableError   a dataset that is not here and cannot be downloaded
    ├── StorageError           a disk that does not take what is to be kept
    ├── DeviceError            a device that this machine does not have
    ├── BusyError              too many runs at once
    ├── EndpointError          a chat endpoint that failed or answered with nonsense
    └── Cancelled              the user stopped the work

Every message is one or two sentences: what happened, on which input, what to do.
"""


class RerankLabError(Exception):
    """Base of all errors that RerankLab raises on purpose."""


class InputError(RerankLabError):
    """A query, document, file or option that cannot be used."""


class QueryTooLongError(InputError):
    """The query alone fills the model's window, so every document would be cut to nothing."""


class TooManyDocumentsError(InputError):
    """More candidates than the limit."""


class LockedError(InputError):
    """What the operator of this installation does not allow."""


class ModelError(RerankLabError):
    """A model that cannot be loaded, or that failed while scoring."""


class ModelUnavailableError(ModelError):
    """The weights are not stored here and their source cannot be reached."""


class ModelRefusedError(ModelError):
    """The checkpoint is not of the declared kind, or loading it would not be safe."""


class ScoreError(ModelError):
    """A model returned NaN or infinite scores."""


class MissingPackageError(RerankLabError):
    """An optional package that is not installed. The message names the extra that brings it."""


class DataUnavailableError(RerankLabError):
    """A dataset that is not here and cannot be downloaded."""


class StorageError(RerankLabError):
    """The disk is full, may not be written, or has something else in the place. The message says what was to be kept where."""


class DeviceError(RerankLabError):
    """A device that this machine does not have."""


class BusyError(RerankLabError):
    """As many runs as this process takes are at work or waiting."""


class EndpointError(RerankLabError):
    """A chat endpoint that could not be reached, refused the call, or answered with nonsense."""


class Cancelled(RerankLabError):  # noqa: N818
    """The user stopped the work."""
