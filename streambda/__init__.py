"""Response streaming for Python on AWS Lambda.

This module imports nothing, so that the CLI and the local cloud start without the CDK, and the
constructs without the local cloud:

* `streambda.cdk`: constructs (`pip install 'streambda[cdk]'`)
* `streambda.layer`: the Python layer for provided.al2023
* `streambda.local`: the local cloud (`pip install 'streambda[local]'`)
* `streambda_runtime`: what runs inside Lambda, and what handlers import
"""

__version__ = "0.1.0"
