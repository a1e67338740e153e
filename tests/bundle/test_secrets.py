import re
from pathlib import Path

import pytest

from streambda.bundle.files import list_files
from streambda.bundle.options import BundleOptions
from streambda.bundle.secrets import refuse_secrets

KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIID\n"


def check(entry: Path, **options: object) -> None:
    chosen = BundleOptions(**options)  # type: ignore[arg-type]
    refuse_secrets(list_files(entry, chosen), entry, chosen.include)


@pytest.mark.parametrize(
    "name",
    [".env", ".env.production", "config/.env", "deep/er/id_rsa", "id_ed25519", "tls.key", "app.P12",
     ".aws/config", ".ssh/known_hosts", ".netrc", ".pypirc", "credentials", "credentials.json",
     "client_secret_1.json", "terraform.tfstate", "secrets.toml", "root_accessKeys.csv"],
)  # fmt: skip
def test_a_file_that_is_named_like_a_secret_is_refused(entry: Path, name: str) -> None:
    (entry / name).parent.mkdir(parents=True, exist_ok=True)
    (entry / name).write_text("x")
    expected = (
        f"entry {entry} has what looks like secrets: {name}; they would be in the zip. expected "
        f"exclude={[name]} to leave them out, or include={[name]} to take them"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        check(entry)
    check(entry, exclude=[name])
    check(entry, include=[name])


@pytest.mark.parametrize("name", ["server.pem", "account.json", "chain.crt"])
def test_a_private_key_is_refused_whatever_its_file_is_called(entry: Path, name: str) -> None:
    (entry / name).write_text(CERTIFICATE + KEY)

    with pytest.raises(ValueError, match=f"secrets: {name};"):
        check(entry)


@pytest.mark.parametrize(
    "name",
    [".env.example", ".env.sample", "environment.py", "credentials.py", "keys.py", "ca.pem",
     "global-bundle.pem", "package.json"],
)  # fmt: skip
def test_what_is_no_secret_goes_along(entry: Path, name: str) -> None:
    (entry / name).write_text(CERTIFICATE)

    check(entry)


def test_all_are_named_at_once_and_a_folder_may_be_included(entry: Path) -> None:
    (entry / ".aws").mkdir()
    for name in (".env", ".aws/config", ".aws/credentials"):
        (entry / name).write_text("x")

    with pytest.raises(ValueError, match=r"secrets: \.aws/config, \.aws/credentials, \.env;"):
        check(entry)
    check(entry, include=[".aws", ".env"])
