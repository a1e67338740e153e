"""Whose credentials functions get, and what is said of them: never the secret."""

import json
import os
import sys
from pathlib import Path

import pytest

from streambda.local.model.constants import DUMMY_CREDENTIALS
from streambda.local.model.errors import LocalCloudError
from streambda.local.values.credentials import (
    CredentialsMode,
    FunctionCredentials,
    find_region,
)

ENV = {"AWS_ACCESS_KEY_ID": "AKIAFROMENV00001ENVK", "AWS_SECRET_ACCESS_KEY": "env-secret"}
FILE = """
[default]
aws_access_key_id = AKIADEFAULT000000DEF
aws_secret_access_key = default-secret
[dev]
aws_access_key_id = AKIADEV00000000000DEV
aws_secret_access_key = dev-secret
aws_session_token = dev-token
[empty]
"""
CONFIG = """
[profile dev]
region = eu-north-1
[profile half]
aws_access_key_id = AKIAHALF000000000000
[profile login]
sso_session = company
sso_account_id = 111122223333
sso_role_name = dev
[sso-session company]
sso_region = eu-west-1
sso_start_url = https://example.invalid/start
[profile mfa]
source_profile = dev
role_arn = arn:aws:iam::111122223333:role/dev
mfa_serial = arn:aws:iam::111122223333:mfa/me
"""


@pytest.fixture
def aws_files(aws_home: Path) -> Path:
    folder = aws_home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(FILE)
    (folder / "config").write_text(CONFIG)
    return folder


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "profile", "key_id", "said"),
    [
        (ENV, None, ENV["AWS_ACCESS_KEY_ID"], "yours: access key …ENVK, from the environment"),
        ({}, None, "AKIADEFAULT000000DEF", "access key …0DEF, from profile default"),
        ({"AWS_PROFILE": "dev"}, None, "AKIADEV00000000000DEV", "…0DEV, from profile dev"),
        ({}, "dev", "AKIADEV00000000000DEV", "…0DEV, from profile dev"),
        # As for the SDK: keys win over a profile's name, but not over one that is asked for.
        ({**ENV, "AWS_PROFILE": "dev"}, None, ENV["AWS_ACCESS_KEY_ID"], "from the environment"),
        (ENV, "dev", "AKIADEV00000000000DEV", "…0DEV, from profile dev"),
        ({"AWS_PROFILE": "default"}, "dev", "AKIADEV00000000000DEV", "from profile dev"),
    ],
)
def test_the_developers(
    variables: dict[str, str],
    profile: str | None,
    key_id: str,
    said: str,
    aws_files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_variables(monkeypatch, variables)
    credentials = FunctionCredentials(profile=profile)

    found, line = credentials.variables(), credentials.describe()

    assert found["AWS_ACCESS_KEY_ID"] == key_id
    assert found.get("AWS_SESSION_TOKEN") == ("dev-token" if "DEV" in key_id else None)
    assert said in line
    assert "secret" not in line
    assert key_id not in line


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "functions have dummy ones: none found in the environment or in a profile"),
        ({"AWS_ACCESS_KEY_ID": "AKIA"}, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": "s"}, "none found"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "none found"),
        (
            {"AWS_PROFILE": "nobody"},
            "there is no profile nobody, your AWS configuration has no profiles",
        ),
    ],
)
def test_none_to_be_had(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, variables)
    credentials = FunctionCredentials()

    assert said in credentials.describe()
    assert credentials.variables() == DUMMY_CREDENTIALS


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("nobody", "there is no profile nobody, expected one of default, dev, empty, half, login"),
        ("half", "profile half: your credentials are not complete"),
        ("login", "profile login: your login has expired: log in again, such as with `aws sso"),
        ("mfa", "its role needs the code of an MFA device"),
    ],
)
def test_a_profile_that_fails_ends_the_start_if_it_is_asked_for(
    profile: str, said: str, aws_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LocalCloudError, match=said) as caught:
        FunctionCredentials(profile=profile).describe()
    assert "\n" not in str(caught.value)

    monkeypatch.setenv("AWS_PROFILE", profile)
    found = FunctionCredentials()

    assert found.describe().startswith("functions have dummy ones: ")
    assert said in found.describe()
    assert found.variables() == DUMMY_CREDENTIALS


def test_a_profile_without_botocore(aws_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not among the packages that streambda needs."""
    monkeypatch.setitem(sys.modules, "botocore.session", None)

    with pytest.raises(LocalCloudError, match="profile dev needs botocore: pip install boto3"):
        FunctionCredentials(profile="dev").describe()
    assert "profile default needs botocore" in FunctionCredentials().describe()
    set_variables(monkeypatch, ENV)
    assert "from the environment" in FunctionCredentials().describe()


def test_none_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, ENV)
    credentials = FunctionCredentials(CredentialsMode.NONE)

    assert credentials.variables() == DUMMY_CREDENTIALS
    assert credentials.describe() == "functions have dummy ones (--credentials none)"


def test_an_unknown_mode() -> None:
    with pytest.raises(LocalCloudError, match="--credentials is 'aws', expected developer or none"):
        CredentialsMode.parse("aws")


def test_credentials_that_expire_are_resolved_again(
    aws_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program gives others with every call."""
    script = aws_files / "give.py"
    script.write_text(
        "import json, pathlib\n"
        f"count = pathlib.Path({str(aws_files / 'count')!r})\n"
        "n = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(n))\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AKIA{n:016}',"
        " 'SecretAccessKey': 's', 'SessionToken': 't', 'Expiration': '2099-01-01T00:00:00Z'}))\n"
    )
    (aws_files / "config").write_text(
        f"[profile given]\ncredential_process = {sys.executable} {script}\n"
    )
    credentials = FunctionCredentials(profile="given")

    first, second = credentials.variables(), credentials.variables()

    assert int(second["AWS_ACCESS_KEY_ID"][4:]) > int(first["AWS_ACCESS_KEY_ID"][4:])


def test_a_file_that_has_changed_is_read_again(aws_files: Path) -> None:
    """As after a login that writes keys for an hour."""
    credentials = FunctionCredentials()
    before = credentials.variables()["AWS_ACCESS_KEY_ID"]
    path = aws_files / "credentials"
    path.write_text(FILE.replace("AKIADEFAULT000000DEF", "AKIANEW0000000000NEW"))
    os.utime(path, ns=(1, 1))

    after = credentials.variables()["AWS_ACCESS_KEY_ID"]

    assert (before, after) == ("AKIADEFAULT000000DEF", "AKIANEW0000000000NEW")


def test_a_role_is_taken_from_the_cache_of_the_aws_cli(aws_files: Path) -> None:
    """So nobody asks for a code, and nobody asks AWS."""
    import hashlib

    role = {"RoleArn": "arn:aws:iam::111122223333:role/dev"}
    role["SerialNumber"] = "arn:aws:iam::111122223333:mfa/me"
    key = hashlib.sha1(json.dumps(role, sort_keys=True).encode()).hexdigest()
    keys = {"AccessKeyId": "AKIACACHED000000CACH", "SecretAccessKey": "s", "SessionToken": "t"}
    cached = {"Credentials": {**keys, "Expiration": "2099-01-01T00:00:00+00:00"}}
    folder = aws_files / "cli" / "cache"
    folder.mkdir(parents=True)
    (folder / f"{key}.json").write_text(json.dumps(cached))

    found = FunctionCredentials(profile="mfa")

    assert found.variables()["AWS_ACCESS_KEY_ID"] == "AKIACACHED000000CACH"
    assert "…CACH, from profile mfa (assume-role)" in found.describe()


@pytest.mark.parametrize(
    ("variables", "profile", "expected"),
    [
        ({}, None, None),
        ({}, "dev", "eu-north-1"),
        ({"AWS_PROFILE": "dev"}, None, "eu-north-1"),
        ({"AWS_PROFILE": "nobody"}, None, None),
        ({"AWS_DEFAULT_REGION": "eu-west-3"}, "dev", "eu-west-3"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-3"}, None, "eu-west-1"),
        ({"AWS_REGION": ""}, None, None),
    ],
)
def test_the_developers_region(
    variables: dict[str, str],
    profile: str | None,
    expected: str | None,
    aws_files: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_variables(monkeypatch, variables)

    assert find_region(profile) == expected
