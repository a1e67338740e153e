"""The developer's credentials for functions, and the developer's region, as botocore finds them.

The environment first, then a profile of `~/.aws` with all that may be behind it: SSO, an assumed
role, a process. The AWS CLI's caches are used. The role of this machine itself (its instance
metadata) is not asked for: it is not the developer's, and asking takes seconds where there is none.

botocore is optional. It is imported only where something is set that it understands.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from streambda.local.model.constants import DUMMY_CREDENTIALS, REGION
from streambda.local.model.errors import LocalCloudError

KEY_ID, SECRET, TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
SHOWN_CHARS = 4

# Variables that lead botocore to credentials, beside keys.
LEADS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
# Where the AWS CLI keeps the credentials of roles.
CLI_CACHE = Path("~/.aws/cli/cache")


class CredentialsMode(StrEnum):
    DEVELOPER = "developer"  # functions have the developer's credentials
    NONE = "none"  # they have dummy ones

    @classmethod
    def parse(cls, text: str) -> "CredentialsMode":
        """Raises `LocalCloudError`."""
        if text not in tuple(cls):
            raise LocalCloudError(f"--credentials is {text!r}, expected {' or '.join(cls)}")
        return cls(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Credentials as variables, and where they are from."""

    variables: Mapping[str, str]
    source: str
    expires: bool = False

    def describe(self) -> str:
        """Without the secret, and with no more than the end of the key's id."""
        key_id = self.variables[KEY_ID]
        shown = key_id[-SHOWN_CHARS:] if len(key_id) > 2 * SHOWN_CHARS else ""
        return f"functions have yours: access key …{shown}, from {self.source}"


class FunctionCredentials:
    """What functions have as credentials; safe to be used from several threads.

    Args: `profile` is a profile's name, which then counts more than the environment.
    """

    def __init__(
        self, mode: CredentialsMode = CredentialsMode.DEVELOPER, profile: str | None = None
    ) -> None:
        self._mode = mode
        self._profile = profile
        self._lock = Lock()
        self._found: Found | None = None
        self._stamp: object = None

    def describe(self) -> str:
        """One line for the start. Raises `LocalCloudError` if a profile that is asked for fails."""
        if self._mode is CredentialsMode.NONE:
            return "functions have dummy ones (--credentials none)"
        try:
            found = self._resolve()
        except LocalCloudError as error:
            if self._profile is not None:
                raise
            return f"functions have dummy ones: {error}"
        if found is None:
            return "functions have dummy ones: none found in the environment or in a profile"
        return found.describe()

    def variables(self) -> Mapping[str, str]:
        """For one cold start: what expires, or has changed, is resolved again."""
        if self._mode is CredentialsMode.NONE:
            return DUMMY_CREDENTIALS
        try:
            found = self._resolve()
        except LocalCloudError:
            # Said at the start. Whoever logs in meanwhile has them with the next cold start.
            found = None
        return found.variables if found else DUMMY_CREDENTIALS

    def _resolve(self) -> Found | None:
        with self._lock:
            stamp = _stamp_files()
            if self._found is None or self._found.expires or stamp != self._stamp:
                self._found = find_credentials(self._profile)
                self._stamp = stamp
            return self._found


def find_credentials(profile: str | None = None) -> Found | None:
    """None if there are none. Raises `LocalCloudError` if there are, but not to be had."""
    if profile is None and os.environ.get(KEY_ID):
        if not os.environ.get(SECRET):
            raise LocalCloudError(f"{KEY_ID} is set without {SECRET}")
        names = (KEY_ID, SECRET, TOKEN)
        variables = {name: os.environ[name] for name in names if os.environ.get(name)}
        return Found(variables=variables, source="the environment")
    if profile is None and not _has_lead():
        return None
    try:
        import botocore.session
    except ImportError as error:
        named = profile or os.environ.get("AWS_PROFILE", "default")
        raise LocalCloudError(f"profile {named} needs botocore: pip install boto3") from error
    return _find_with_botocore(botocore.session.Session(profile=profile))


def find_region(profile: str | None = None) -> str | None:
    """The developer's: of the environment, else of the profile; None if there is none."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if value := os.environ.get(name):
            return value
    if profile is None and not _has_lead():
        return None
    try:
        import botocore.session
        from botocore.exceptions import BotoCoreError
    except ImportError:
        return None
    try:
        return botocore.session.Session(profile=profile).get_config_variable("region") or None
    except BotoCoreError:
        return None  # said where credentials are looked for


def region_or_default(profile: str | None = None) -> str:
    return find_region(profile) or REGION


def _has_lead() -> bool:
    return any(os.environ.get(name) for name in LEADS) or any(
        path.is_file() for path in _aws_files()
    )


def _aws_files() -> Iterator[Path]:
    yield Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    yield Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()


def _stamp_files() -> object:
    """Changes when one of the files does."""
    stamps: list[int | None] = []
    for path in _aws_files():
        try:
            stamps.append(path.stat().st_mtime_ns)
        except OSError:
            stamps.append(None)
    return tuple(stamps)


def _find_with_botocore(session: Any) -> Found | None:
    from botocore.credentials import RefreshableCredentials, create_credential_resolver
    from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
    from botocore.utils import JSONFileCache

    from streambda.local.values.aws_errors import describe_aws_error

    named = f"profile {session.profile or 'default'}"
    try:
        resolver = create_credential_resolver(
            session, cache=JSONFileCache(str(CLI_CACHE.expanduser()))
        )
        resolver.remove("iam-role")
        # A question for a code of a device would wait in the middle of a start.
        resolver.get_provider("assume-role")._prompter = _refuse_to_ask
        credentials = resolver.load_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except ProfileNotFound as error:
        known = ", ".join(sorted(session.available_profiles))
        expected = f"expected one of {known}" if known else "your AWS configuration has no profiles"
        raise LocalCloudError(f"there is no {named}, {expected}") from error
    except (BotoCoreError, ClientError, OSError) as error:
        raise LocalCloudError(f"{named}: {describe_aws_error(error)}") from error
    if frozen is None:
        return None
    variables = {KEY_ID: frozen.access_key, SECRET: frozen.secret_key, TOKEN: frozen.token}
    own_profile = credentials.method not in {"env", "container-role"}
    return Found(
        variables={name: value for name, value in variables.items() if value},
        source=f"{named} ({credentials.method})" if own_profile else credentials.method,
        expires=isinstance(credentials, RefreshableCredentials),
    )


def _refuse_to_ask(_: str) -> str:
    raise LocalCloudError(
        "its role needs the code of an MFA device: let the AWS CLI ask for it, such as with "
        "`aws sts get-caller-identity`, and start again"
    )
