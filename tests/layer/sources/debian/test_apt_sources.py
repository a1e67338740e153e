from __future__ import annotations

from streambda.layer.sources.debian.apt_sources import pick_lines, pick_stanzas

SUITES = {"bookworm", "bookworm-security"}


def test_a_line_of_a_wanted_suite_keeps_its_mirror_and_keyring() -> None:
    text = """
# deb http://mirror.test/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib  # ours
deb http://mirror.test/debian bookworm-security main
deb-src http://mirror.test/debian bookworm main
deb http://mirror.test/debian trixie main
deb http://other.test/tool bookworm stable
"""

    assert list(pick_lines(text, SUITES)) == [
        "deb [signed-by=/k.gpg] http://mirror.test/debian bookworm main",
        "deb http://mirror.test/debian bookworm-security main",
    ]


def test_an_architecture_alone_leaves_no_empty_brackets() -> None:
    text = "deb [arch=amd64] http://mirror.test/debian bookworm main"

    assert list(pick_lines(text, SUITES)) == ["deb http://mirror.test/debian bookworm main"]


def test_a_stanza_is_narrowed_to_the_wanted_suites() -> None:
    text = """Types: deb deb-src
# a remark
URIs: http://mirror.test/debian
Suites: bookworm bookworm-backports bookworm-security
Components: main
Architectures: amd64
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
a line without meaning

Types: deb
URIs: http://mirror.test/debian
Suites: trixie
Components: main
"""

    (stanza,) = pick_stanzas(text, SUITES)

    assert stanza == (
        "types: deb\n"
        "suites: bookworm bookworm-security\n"
        "uris: http://mirror.test/debian\n"
        "components: main\n"
        "signed-by:\n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
    )


def test_stanzas_that_are_off_or_hold_no_packages_are_left_out() -> None:
    stanza = "Types: {}\nURIs: http://m.test/\nSuites: bookworm\nComponents: {}\nEnabled: {}\n"
    texts = [
        stanza.format("deb-src", "main", "yes"),
        stanza.format("deb", "contrib", "yes"),
        stanza.format("deb", "main", "no"),
    ]

    assert list(pick_stanzas("\n".join(texts), SUITES)) == []
