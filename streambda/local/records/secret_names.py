"""Which names of headers, parameters and fields tell that their values are secrets. No I/O."""

import re

# Whole names, of which only letters and digits count, in lower case.
NAMES = frozenset(
    {
        "accesskey",
        "accesskeyid",
        "apikey",
        "apikeyid",
        "auth",
        "authorization",
        "authorizationtoken",
        "cookie",
        "credential",
        "credentials",
        "csrf",
        "jwt",
        "otp",
        "passcode",
        "passphrase",
        "secret",
        "sessionid",
        "setcookie",
        "sig",
        "signature",
        "token",
        "xamzcredential",
        "xamzsignature",
        "xoriginverify",
        "xsrf",
    }
)
# `token` alone is none: `next_token` and `eos_token` are not secrets, nor is `max_tokens`.
ENDINGS = (
    "accesskey",
    "accesskeyid",
    "accesstoken",
    "apikey",
    "apitoken",
    "authorization",
    "authtoken",
    "bearertoken",
    "bottoken",
    "clientsecret",
    "csrftoken",
    "hubsignature256",
    "idtoken",
    "passphrase",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "usertoken",
    "webhooksignature",
    "xsrftoken",
)
PARTS = ("password", "passwd")
# Fields whose values are all secrets, whatever the names within them are.
WHOLE = frozenset({"cookies", "claims", "jwt", "clientcert", "secrets"})
OWN_HEADER = re.compile(r"x-.*(?:token|signature)", re.IGNORECASE)
NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def is_secret(name: str) -> bool:
    """Whether it is the name of a secret, however it is written: `api_key`, `user[apiKey]`."""
    plain = NOT_PLAIN.sub("", name.lower())
    return (
        plain in NAMES
        or plain.endswith(ENDINGS)
        or any(part in plain for part in PARTS)
        or OWN_HEADER.fullmatch(name) is not None
    )
