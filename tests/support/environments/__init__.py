"""Packages that tests need in versions of their own: `make test` installs them below .tools."""
