"""papermill's engine, which writes the notebook once a second and not four times a cell.

A page of ten drawings is a fifth of a megabyte; written two dozen times while the kernel waits it
costs a cell of a sweep a quarter of a second (``scripts/measure_sweep.py``).
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
