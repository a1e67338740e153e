"""One key for all environments of a function, by which an MCP server seals its `requestState`.

https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
"""

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

KEYS_VARIABLE = "STREAMBDA_REQUEST_STATE_KEYS"  # read by streambda_runtime.hosting.mcp_settings
_ID = "RequestStateKey"
_LENGTH = 64  # letters and digits; the MCP SDK asks for 32 bytes


def find_or_make_key(scope: Construct) -> secretsmanager.ISecret:
    """The secret of `scope`, whose text Secrets Manager makes at deployment."""
    made = scope.node.try_find_child(_ID)
    if isinstance(made, secretsmanager.Secret):
        return made
    return secretsmanager.Secret(
        scope,
        _ID,
        description=f"Seals the requestState of the MCP server in {scope.node.path}",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            exclude_punctuation=True, password_length=_LENGTH
        ),
    )


def read_key(secret: secretsmanager.ISecret) -> str:
    """A reference that CloudFormation replaces by the text of `secret`.

    Raises:
        TypeError: it is not a secret.
    """
    if not hasattr(secret, "secret_value"):
        kind = type(secret).__name__
        raise TypeError(
            f"secret is of type {kind}, expected an aws_secretsmanager.Secret: a key in the "
            "template could be read by everyone who sees it"
        )
    return secret.secret_value.unsafe_unwrap()
