"""A wrong cdk.json is one line that names the key and its value."""

from pathlib import Path

import pytest

from streambda.local.model.errors import SynthesisError
from streambda.local.synthesis.settings import read_settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "cdk.json is [], expected a JSON object"),
        ('{"app": 3}', "cdk.json: app is 3, expected a string or a list"),
        ('{"context": "x"}', 'cdk.json: context is "x", expected an object'),
        ('{"watch": {"include": {}}}', "cdk.json: watch.include is {}, expected a string or a"),
        ('{"watch": true}', "cdk.json: watch is true, expected an object"),
    ],
)
def test_a_wrong_value(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text(text)

    with pytest.raises(SynthesisError) as caught:
        read_settings(tmp_path)

    assert message in str(caught.value)
