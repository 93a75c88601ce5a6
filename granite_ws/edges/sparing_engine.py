"""papermill's engine, which writes the notebook once a second and not twice for each of its cells.

The first notebook's drawings are a fifth of a megabyte: written four dozen times, much of it while
the kernel waits, they cost each cell of a sweep more than a tenth of a second.
"""

from __future__ import annotations

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

NAME = "granite_ws"
_EVERY_S = 1.0


class SparingEngine(NBClientEngine):  # type: ignore[misc, unused-ignore]
    """As papermill's own, which writes all of it before the first cell and after the last."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """As the base class has it."""
        write = nb_man.save

        def save(nb: Any = None, **more: Any) -> None:
            nb_man.nb = nb or nb_man.nb
            if (nb_man.now() - nb_man.last_save_time).total_seconds() >= _EVERY_S:
                write(**more)

        nb_man.save = save
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        finally:
            nb_man.save = write


papermill_engines.register(NAME, SparingEngine)
