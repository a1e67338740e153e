"""Secrets within a text: what looks like a key or a token, and what a name stands in front of.

`MASK` has no characters that JSON or a URL would write in another way. No I/O.
"""

import re

from streambda.local.records.secret_names import WHOLE, is_secret

MASK = "MASKED"

# Each is what its maker says, or writes: AWS's "Understanding unique ID prefixes", RFC 6750 and
# 7519, the "about authentication" pages of GitHub, GitLab, Slack, Stripe, npm and Hugging Face.
# By the beginning of each: a text without it is not searched further, which a long event needs.
SHAPES = {
    "AKIA": r"[A-Z0-9]{16}\b",
    "ASIA": r"[A-Z0-9]{16}\b",
    "IQoJb3JpZ2lu": r"[A-Za-z0-9+/=%]{50,}",  # session tokens of AWS
    "FwoGZXIvYXdz": r"[A-Za-z0-9+/=%]{50,}",
    "Bearer": r"\s+[A-Za-z0-9._~+/=-]{8,}",
    "bearer": r"\s+[A-Za-z0-9._~+/=-]{8,}",
    "eyJ": r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "sk-": r"[A-Za-z0-9_-]{16,}",
    "sk_": r"(?:live|test)_[A-Za-z0-9]{16,}",
    "rk_": r"(?:live|test)_[A-Za-z0-9]{16,}",
    "ghp_": r"[A-Za-z0-9]{20,}",
    "gho_": r"[A-Za-z0-9]{20,}",
    "ghu_": r"[A-Za-z0-9]{20,}",
    "ghs_": r"[A-Za-z0-9]{20,}",
    "ghr_": r"[A-Za-z0-9]{20,}",
    "github_pat_": r"[A-Za-z0-9_]{20,}",
    "glpat-": r"[A-Za-z0-9_-]{16,}",
    "xox": r"[abeprs]-[A-Za-z0-9-]{10,}",
    "AIza": r"[A-Za-z0-9_-]{35}",
    "npm_": r"[A-Za-z0-9]{36}",
    "hf_": r"[A-Za-z]{30,}",
    "-----BEGIN ": r"[A-Z ]{0,20}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)",
}
# None stands within a word.
SEARCHES = {
    beginning: re.compile(rf"{beginning}(?<!\w.{{{len(beginning)}}}){rest}", re.DOTALL)
    for beginning, rest in SHAPES.items()
}
# User and password of an address.
USER = re.compile(r"://[^\s/:@'\"]*:[^\s/@'\"]+@")
# In an address, or in a form: a name behind one of ?&#; and its value.
PARAMETER = re.compile(r"(?P<head>[?&#;](?P<name>[\w.%\[\]-]{2,64})=)(?P<value>[^\s&#;'\"<>\\]+)")
# As a line of a log shows a header, a field of JSON or of a dict: a name, `:` or `=`, then a value.
NAMED = re.compile(
    r"(?<![\w-])(?P<quote>\\{0,9}[\"']?)(?P<name>[A-Za-z][\w-]{1,63})(?P=quote)\s*[:=]\s*"
)
# A quote or a bracket that never ends takes the rest. No search here is ever quadratic.
PRINTED_VALUE = re.compile(
    r"\\+\"[^\"\\]*(?:\\+\")?"
    r"|\"(?:[^\"\\]|\\.)*\"?"
    r"|'(?:[^'\\]|\\.)*'?"
    r"|\[[^\]]*\]?"
    r"|(?:(?:Basic|Bearer|Digest|Token)\s+)?[^\s,;&{}\[\])\"'\\]+",
    re.IGNORECASE | re.DOTALL,
)
# A part of a form whose name is a secret's.
FORM_PART = re.compile(
    r"(?P<head>name=\"(?P<name>[^\"\r\n]{1,64})\"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n){0,9}\r?\n)"
    r"(?P<value>.*?)(?=\r?\n--|\Z)",
    re.DOTALL,
)
# What a name may stand for in a log, though its value is none.
NOTHING = frozenset({"null", "none", "true", "false", "undefined"})
LEADING_QUOTE = re.compile(r"\\*[\"']")


def mask_text(text: str) -> str:
    """A text in which what looks like a secret by itself is replaced, and those of addresses."""
    for beginning, search in SEARCHES.items():
        if beginning in text:
            text = search.sub(MASK, text)
    text = USER.sub(f"://{MASK}@", text)
    return PARAMETER.sub(_replace_value, text) if "=" in text else text


def mask_printed(text: str) -> str:
    """A line of a log, or a message: names with their values are looked for too."""
    text = mask_text(text)
    parts, end = [], 0
    for named in NAMED.finditer(text):
        if named.start() < end or not _is_secret(named["name"]):
            continue
        value = PRINTED_VALUE.match(text, named.end())
        if value and value[0].lower() not in NOTHING:
            parts += [text[end : value.start()], _mask_value(value[0])]
            end = value.end()
    return "".join([*parts, text[end:]])


def mask_form_parts(text: str) -> str:
    """A body of multipart/form-data."""
    return FORM_PART.sub(_replace_value, text) if 'name="' in text else text


def _replace_value(found: re.Match[str]) -> str:
    return found["head"] + MASK if _is_secret(found["name"]) else found[0]


def _is_secret(name: str) -> bool:
    return is_secret(name) or name.lower() in WHOLE


def _mask_value(value: str) -> str:
    """In the quotes that it had."""
    marks = LEADING_QUOTE.match(value)
    quote = marks[0] if marks else ""
    return f"{quote}{MASK}{quote if value.endswith(quote) else ''}"
