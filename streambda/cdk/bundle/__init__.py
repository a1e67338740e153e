"""The zip of a function as an asset of the CDK.

Comes in: the folder and a `PackageTarget`. Goes out: a `lambda_.Code`. What is in the zip, and its
hash, comes from `streambda.bundle`. This package does not know the function, its options or its
callers.

* `assets`: makes the asset
* `sizes`: checks that code and layers are not too large
"""
