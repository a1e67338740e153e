"""Installs the clients: see the package."""

from tests.support.node_ric import install

install()
