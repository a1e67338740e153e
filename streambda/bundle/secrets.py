"""Refuses files with names of secrets: everybody who can read a function's code could read them."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from streambda.bundle.files import Files, matches

# Names, in lower case, of files that hold passwords or keys, and of folders of such files.
_NAMES = (
    ".env", ".env.*", ".envrc", ".aws", ".ssh", ".kube", "kubeconfig", ".netrc", "_netrc",
    ".pypirc", ".npmrc", ".pgpass", ".htpasswd", ".dockercfg", ".vault-token",
    "id_rsa", "id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk",
    "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx",
    "credentials", "credentials.json", "credentials.csv", "*accesskeys.csv",
    "client_secret*.json", "service-account*.json", "service_account*.json",
    "secrets.json", "secrets.toml", "secrets.yaml", "secrets.yml",
    "*.tfstate", "*.tfstate.backup",
)  # fmt: skip
# They show which variables there are, without values.
_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")

# A .pem file is a key or only certificates, which are public; so is a .json file of a cloud.
_MAY_HOLD_KEYS = ("*.pem", "*.crt", "*.cer", "*.json")
_KEY = b"PRIVATE KEY-----"
_MOST_BYTES = 1_000_000  # no key is longer


def refuse_secrets(files: Files, entry: Path, include: Sequence[str]) -> None:
    """Check that none of `files` looks like a secret, other than those that `include` names.

    Raises:
        ValueError: one does; the line names all of them.
    """
    found = [name for name in files if _is_secret(name, files[name])]
    found = sorted(name for name in found if not _is_included(name, include))
    if found:
        raise ValueError(
            f"entry {entry} has what looks like secrets: {', '.join(found)}; they would be in the "
            f"zip. expected exclude={found} to leave them out, or include={found} to take them"
        )


def _is_included(name: str, include: Sequence[str]) -> bool:
    path = PurePosixPath(name)
    return any(matches(str(one), include) for one in (path, *path.parents))


def _is_secret(name: str, file: Path) -> bool:
    parts = [part.lower() for part in PurePosixPath(name).parts]
    if parts[-1] in _EXAMPLES:
        return False
    if any(fnmatchcase(part, pattern) for part in parts for pattern in _NAMES):
        return True
    return any(fnmatchcase(parts[-1], one) for one in _MAY_HOLD_KEYS) and _holds_key(file)


def _holds_key(file: Path) -> bool:
    return file.stat().st_size <= _MOST_BYTES and _KEY in file.read_bytes()
