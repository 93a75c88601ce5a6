"""Sessions side by side: they mostly wait, so several share the cores without disturbing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Plan = TypeVar("Plan")
Result = TypeVar("Result")


def run_all(
    run: Callable[[Plan], Result], plans: Iterable[Plan], *, at_once: int
) -> Iterator[tuple[Plan, Result]]:
    """Yields each plan with its result as it is done, ``at_once`` of them side by side.

    An error or Ctrl-C starts no further one; those that run end first, since each ends its own
    processes. Raises what ``run`` raises.
    """
    pool = ThreadPoolExecutor(at_once)
    try:
        waiting = {pool.submit(run, plan): plan for plan in plans}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)
