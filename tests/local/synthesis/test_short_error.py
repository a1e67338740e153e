"""One line of what an app in JavaScript has printed: not its last line, which is no reason."""

from pathlib import Path

import pytest

from streambda.local.synthesis.short_error import shorten_error

# Of aws-cdk-lib 2.276 on Node.js 20.
CDK = """
/shop/node_modules/aws-cdk-lib/core/lib/asset-staging.js:1
"use strict";var __createBinding

«CannotFindAsset» Cannot find asset at /shop/lamda
    ...new Function2 in aws-cdk-lib...
    at Object.<anonymous> (/shop/node_modules/aws-cdk-lib/core/lib/asset-staging.js:1:40)
    at <anonymous> (/shop/bin/app.js:7:12)
    at main (/shop/bin/main.js:3:1)
Relates to construct:
    <.> (aws-cdk-lib.App)

Node.js v20.20.2
"""
NPM = """
npm error code ENOVERSIONS
npm error npx canceled due to missing packages and no YES option: ["ts-node@10.9.2"]
npm error A complete log of this run can be found in: /home/me/.npm/_logs/debug-0.log
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (CDK, "CannotFindAsset: Cannot find asset at /shop/lamda (bin/app.js, line 7)"),
        (NPM, 'npx canceled due to missing packages and no YES option: ["ts-node@10.9.2"]'),
        ("what it says\n\nNode.js v20.20.2\n", "what it says"),
        (
            "TypeError: x\n    at file:///shop/app.mjs:2:1\n    at node:internal/main:9:1\n",
            "TypeError: x (app.mjs, line 2)",
        ),
    ],
)
def test_an_app_in_javascript(output: str, line: str) -> None:
    short = shorten_error("node app.js", 1, output, Path("/shop"))

    assert short == f"'node app.js' ended with exit status 1: {line}"
