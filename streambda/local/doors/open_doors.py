"""The doors that are open: a server and a port each, which outlive what is behind them."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.doors.doors import Door, Opening
from streambda.local.doors.servers import DoorServer, bind, url_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChanges:
    added: tuple[Door, ...]
    changed: tuple[Door, ...]
    removed: tuple[Door, ...]


NO_CHANGES = DoorChanges(added=(), changed=(), removed=())


class Switch:
    """An application in front of another, which requests from now on may find replaced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class OpenDoor:
    def __init__(self, opening: Opening, bound: socket.socket, tasks: asyncio.TaskGroup) -> None:
        self.opening = opening
        self._switch = Switch(opening.app)
        self._base = url_of(bound)
        self._server = DoorServer(self._switch, bound)
        self._task = tasks.create_task(self._server.run_door())

    @property
    def doors(self) -> tuple[Door, ...]:
        return tuple(replace(door, url=self._base + door.url) for door in self.opening.doors)

    def change(self, opening: Opening) -> None:
        self.opening = opening
        self._switch.app = opening.app

    async def hang_up(self) -> None:
        await self._server.hang_up()

    async def close(self) -> None:
        await self.hang_up()
        await self._task


class OpenDoors:
    """Args: `stack` closes the sockets in the end."""

    def __init__(self, host: str, tasks: asyncio.TaskGroup, stack: ExitStack) -> None:
        self._host = host
        self._tasks = tasks
        self._stack = stack
        self._open: dict[str, OpenDoor] = {}
        # In place, so that whoever shows the doors sees what there are now.
        self.doors: list[Door] = []

    def open(self, openings: Iterable[tuple[Opening, socket.socket]]) -> None:
        for opening, bound in openings:
            self._open[opening.key] = OpenDoor(opening, bound, self._tasks)
        self._list()

    async def update(self, openings: list[Opening]) -> DoorChanges:
        """All of `openings`, and no others. New ones get a free port. Raises `LocalCloudError`."""
        changes = DoorChanges(
            added=self._add([one for one in openings if one.key not in self._open]),
            changed=self._change([one for one in openings if one.key in self._open]),
            removed=await self._remove({one.key for one in openings}),
        )
        self._list()
        return changes

    async def hang_up(self) -> None:
        await asyncio.gather(*(one.hang_up() for one in self._open.values()))

    def _add(self, openings: list[Opening]) -> tuple[Door, ...]:
        bound = [self._stack.enter_context(bind(self._host, 0)) for _ in openings]
        self.open(zip(openings, bound, strict=True))
        return tuple(door for one in openings for door in self._open[one.key].doors)

    def _change(self, openings: list[Opening]) -> tuple[Door, ...]:
        changed = [one for one in openings if self._open[one.key].opening.made_of != one.made_of]
        for one in changed:
            self._open[one.key].change(one)
        return tuple(door for one in changed for door in self._open[one.key].doors)

    async def _remove(self, kept: set[str]) -> tuple[Door, ...]:
        gone = [self._open.pop(key) for key in self._open.keys() - kept]
        await asyncio.gather(*(one.close() for one in gone))
        return tuple(door for one in gone for door in one.doors)

    def _list(self) -> None:
        self.doors[:] = [door for one in self._open.values() for door in one.doors]
