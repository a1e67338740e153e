"""What AWS or botocore refuses, in one line that says what to do."""

from botocore import exceptions as botocore

# By the code of AWS's answer.
ANSWERS = {
    "AccessDenied": "access denied: your credentials do not allow {operation}",
    "AccessDeniedException": "access denied: your credentials do not allow {operation}",
    "ExpiredToken": "your credentials have expired: log in again",
    "ExpiredTokenException": "your credentials have expired: log in again",
    "IncompleteSignature": "your credentials are not valid: check the access key",
    "InvalidClientTokenId": "your credentials are not valid: AWS does not know the access key",
    "RequestExpired": "your credentials have expired, or this machine's clock is wrong",
    "RequestLimitExceeded": "throttled: AWS takes no more requests now, try again in a minute",
    "SignatureDoesNotMatch": "your credentials are not valid: wrong secret access key",
    "Throttling": "throttled: AWS takes no more requests now, try again in a minute",
    "ThrottlingException": "throttled: AWS takes no more requests now, try again in a minute",
    "TooManyRequestsException": "throttled: AWS takes no more requests now, try again in a minute",
    "UnauthorizedOperation": "access denied: your credentials do not allow {operation}",
    "UnrecognizedClientException": "your credentials are not valid: AWS does not know the key",
}

LOG_IN = "log in again, such as with `aws sso login`"

# By botocore's own exception; the first that fits.
FAILURES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (botocore.NoCredentialsError,),
        "you have no credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    ((botocore.PartialCredentialsError,), "your credentials are not complete: {error}"),
    (
        (botocore.SSOError, botocore.TokenRetrievalError),
        f"your login has expired: {LOG_IN}",
    ),
    ((botocore.ProfileNotFound, botocore.ConfigParseError), "{error}"),
    (
        (botocore.HTTPClientError, botocore.ConnectionError),
        "AWS cannot be reached: {error}",
    ),
)


def describe_aws_error(error: Exception) -> str:
    """`error` is a `BotoCoreError` or a `ClientError`."""
    if isinstance(error, botocore.ClientError):
        answer = error.response.get("Error", {})
        code = str(answer.get("Code", "unknown"))
        text = ANSWERS.get(code, f"{code}: {one_line(str(answer.get('Message', '')))}")
        return text.format(operation=f"cloudformation:{error.operation_name}")
    for kinds, text in FAILURES:
        if isinstance(error, kinds):
            return text.format(error=one_line(str(error)).rstrip("."))
    return f"{type(error).__name__}: {one_line(str(error))}"


def one_line(text: str) -> str:
    return " ".join(text.split())
