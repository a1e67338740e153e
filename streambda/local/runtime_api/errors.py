"""What the Runtime API and the Extensions API refuse."""


class RuntimeApiError(Exception):
    """A request is refused, in Lambda's words."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
