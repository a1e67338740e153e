"""Who calls an endpoint: signatures of access keys, and tokens of Cognito user pools.

In: a request, or a token. Out: a `Caller`, claims, or an error in AWS's words. This package knows
what a valid request is and, with `--auth`, whether an invalid one is accepted; it does not know
which endpoints and methods ask, nor what their clients are told.

    guard.py      `Guard`: refuses an invalid request, or accepts it with a warning
    keys.py       `AccessKey` and `Keyring`: the keys that may sign
    signature.py  what a request says of its own signature, in its headers or its query
    sigv4.py      whether that signature is right
    jwks.py       `KeySet`: the keys of a user pool, and whether a token is signed with one
"""
