"""A notebook's kernel as a process of its own: forked from a warm server where there is one."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from granite_ws.edges import forking
from granite_ws.edges.clock import Clock

_LAUNCHER = "ipykernel_launcher"
_LOOK_S = 0.01
_READY_S = 60.0


class Kernel:
    """One kernel, inside of a ``with``: how it is started, and what is known of its end.

    environment: what is added to this process's environment.
    cpus:        the cores that it and everything it starts may use; None for all.
    log:         where its own outputs go (what cells print goes into the notebook).
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        cpus: Collection[int] | None,
        log: Path,
    ) -> None:
        self.environment = dict(environment)
        self.cpus = cpus
        self.log = log
        self.process: Any = None
        self.sockets = ""

    def __enter__(self) -> Kernel:
        self.sockets = tempfile.mkdtemp(prefix="granite-ws-kernel-")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The process id, once it is started."""
        return None if self.process is None else self.process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code (negative: the signal) once it has ended."""
        return None if self.process is None else self.process.poll()

    def manager_class(self) -> type[AsyncKernelManager]:
        """A kernel manager that starts this kernel and no other: what nbclient asks for."""
        kernel = self

        class Manager(AsyncKernelManager):  # type: ignore[misc, unused-ignore]
            def __init__(self, **options: Any) -> None:
                # Sockets in a folder that is this user's alone: no port, nothing on a network.
                super().__init__(
                    transport="ipc",
                    ip=f"{kernel.sockets}/ipc",
                    connection_file=f"{kernel.sockets}/connection.json",
                    **options,
                )
                self.client_factory = _Client
                self.kernel_id = self.kernel_id or str(uuid.uuid4())
                self.provisioner = _Provisioner(
                    kernel, kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                )

            async def _async_wait(self, pollinterval: float = _LOOK_S) -> None:
                # The library looks ten times a second: a tenth of one for each cell.
                await super()._async_wait(_LOOK_S)

        return Manager


class _Provisioner(LocalProvisioner):  # type: ignore[misc, unused-ignore]
    def __init__(self, kernel: Kernel, **options: Any) -> None:
        super().__init__(**options)
        self._kernel = kernel

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        kernel = self._kernel
        environment = {**kwargs.pop("env", os.environ), **kernel.environment}
        if forking.available() and _LAUNCHER in cmd:
            process: Any = forking.fork(
                f"{__name__}:run",
                cmd[cmd.index(_LAUNCHER) + 1 :],
                output=kernel.log,
                environment=environment,
                cpus=kernel.cpus,
            )
            self.process, self.pid, self.pgid = process, process.pid, process.pid
        else:
            with open(kernel.log, "ab") as sink:
                await super().launch_kernel(
                    cmd, **kwargs, env=environment, stdout=sink, stderr=sink
                )
            started: Any = self.process
            if kernel.cpus is not None:
                # Before it has started anything: what it starts inherits them.
                os.sched_setaffinity(started.pid, kernel.cpus)
        kernel.process = self.process
        return self.connection_info


class _Client(AsyncKernelClient):  # type: ignore[misc, unused-ignore]
    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """As the library's, without the fifth of a second that it then listens for late messages:
        nbclient knows a cell's own by their parent.
        """
        until = Clock().now_ns() + int((timeout or _READY_S) * 1e9)
        while Clock().now_ns() < until:
            self.kernel_info()
            with suppress(Empty):
                answer = await self.shell_channel.get_msg(timeout=1)
                # One message on the other channel: both are connected.
                await self.iopub_channel.get_msg(timeout=0.2)
                self._handle_kernel_info_reply(answer)
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError("Kernel didn't respond in time")


def run(arguments: Sequence[str]) -> None:
    """A forked child becomes an IPython kernel."""
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance(argv=list(arguments))
