"""Between everybody who asks for a forecast and the executor that makes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from granite_ws import contract
from granite_ws.edges.deadlines import Deadlines
from granite_ws.edges.executors.executor import Executor
from granite_ws.edges.forecast_cache import Answer, ForecastCache, Lookups
from granite_ws.edges.job_store import JobStore
from granite_ws.edges.job_tally import JobTally
from granite_ws.edges.recorder import Recorder
from granite_ws.edges.tickets import Ticket, Tickets, new_id, room
from granite_ws.events import Kind
from granite_ws.forecast import Forecast, restamped
from granite_ws.forecast_request import RequestError, content_key, read_request
from granite_ws.jobs import Code, Job, Outcome, Refused, State
from granite_ws.settings import Settings

EVENT, REST = "event", "rest"
# Ends that are no fault of the forecast: who shared it gets his own.
_GAVE_UP = (Code.CANCELLED, Code.TIMED_OUT, Code.ABANDONED)
_TIMED_OUT = "not done within {seconds:g} s (forecast_timeout_s)"


class JobDesk:
    """Takes requests on as jobs, looks into the cache, has forecasts made, and tells who asked.

    Every job ends exactly once. Whoever asks for what is being made at that moment shares it.
    """

    def __init__(
        self,
        settings: Settings,
        recorder: Recorder,
        executor: Executor,
        cache: ForecastCache,
        store: JobStore,
    ) -> None:
        self.lookups = Lookups()
        self.tally = JobTally()
        self.executor = executor
        self._settings = settings
        self._cache, self._store = cache, store
        self.claim = store.claim  # idempotency keys, as ``JobStore`` has them
        self._record, self._clock = recorder.record, recorder.clock
        self._tickets = Tickets()
        self._numbers = itertools.count(1)
        self._deadlines = Deadlines(recorder.clock)
        self._closing = False
        self._history: Callable[[], pd.DataFrame] = pd.DataFrame
        self._emit: Callable[..., Any] = _ignore

    def attach(self, *, history: Callable[[], pd.DataFrame], emit: Callable[..., Any]) -> None:
        """history: what is forecast where no series is given. emit: as Flask-SocketIO's, and never
        waiting for the thread that calls it.
        """
        self._history, self._emit = history, emit

    # ------------------------------------------------------------------------------ the feed

    def start(self) -> None:
        """Starts the executor. Raises as ``Executor.start``."""
        self.executor.start()

    def info(self) -> dict[str, Any]:
        """What is loaded, and where it runs."""
        return {**self.executor.info(), "executor": self.executor.name}

    def predict(self, history: pd.DataFrame) -> Forecast:
        """The feed's forecast: made as the executor does, and kept for those who ask for it.

        Raises ValueError, and Refused, when there is none.
        """
        steps = self._settings.forecast_horizon
        key = self._key(history["value"].to_numpy(float), steps)
        found = self._cache.look_up(key)
        if found and not found.stale and found.outcome.forecast is not None:
            return restamped(found.outcome.forecast, history["timestamp"])
        leads = self._cache.lead(key, _ignore)
        outcome = Outcome(error="the feed got none")
        try:
            forecast = self.executor.run(history, steps)
            outcome = Outcome(forecast)
        finally:
            if leads:
                self._settle(key, outcome)
        return forecast

    # ------------------------------------------------------------------------------ a client

    def ask(self, asked: Any, *, via: str, job_id: str, asker: str = "") -> Job:
        """Takes a request on and returns its job, which may have ended already.

        asked: what the client sent (``read_request``). via: ``event`` or ``rest``. asker: who is
        served in turn with others. Raises RequestError, Refused (queue_full, no_queue, ...).
        """
        try:
            ticket = self._admit(asked, via, job_id, asker)
            self._serve(ticket)
        except Refused as refusal:
            self._tickets.drop(job_id)
            self._refuse(via, refusal.words, refusal.code)
            raise
        return ticket.job

    def _admit(self, asked: Any, via: str, job_id: str, asker: str) -> Ticket:
        if self._closing:
            raise Refused(Code.SHUTTING_DOWN, "the server is about to end", retry_after_s=5)
        most = self._settings.forecast_horizon
        try:
            request, name = read_request(asked, self._history(), most_steps=most, where=via)
        except RequestError as error:
            self._refuse(via, str(error), Code.BAD_REQUEST)
            raise
        request = replace(request, number=next(self._numbers), asker=asker)
        job = Job(job_id, State.QUEUED, self.executor.name, request.steps, self._clock.utc(), name)
        self._store.save(job)
        ticket = Ticket(job, request, self._clock.now_ns())
        self._tickets.add(ticket)
        points = len(request.values)
        self._record(Kind.JOB_ASKED, job_id=job_id, via=via, points=points, steps=request.steps)
        self.tally.asked(via)
        self._deadlines.after(self._settings.forecast_timeout_s, partial(self._expire, ticket))
        return ticket

    def _refuse(self, via: str, words: str, code: Code) -> None:
        self.tally.refused(code)
        self._record(Kind.JOB_REFUSED, via=via, error=words, code=code)

    def find(self, job_id: str) -> Job | None:
        """The job as it stands, also one of another server where Redis keeps them."""
        ticket = self._tickets.get(job_id)
        return ticket.job if ticket else self._store.load(job_id)

    def wait(self, job_id: str, seconds: float) -> Job | None:
        """The job once it has ended, or as it stands when that time is over."""
        ticket = self._tickets.get(job_id)
        if ticket is not None:
            ticket.ended.wait(seconds)
        return ticket.job if ticket else self._store.load(job_id)

    def cancel(self, job_id: str) -> Job | None:
        """Ends a job that has not ended; returns it as it stands then."""
        ticket = self._tickets.get(job_id)
        ended = self.executor.cancel(job_id) if ticket is None or ticket.leads else False
        if ticket is not None and not ended and not ticket.leads:
            self._end(ticket, Outcome(error="cancelled", code=Code.CANCELLED))
        return self.find(job_id)

    @property
    def is_closing(self) -> bool:
        """Whether nothing is taken on any more."""
        return self._closing

    def open_jobs(self) -> int:
        """Jobs of this server that have not ended."""
        return len(self._tickets)

    def close(self, seconds: float) -> None:
        """Refuses what comes now, and waits up to so long for what is open; then ends it all."""
        self._closing = True
        deadline = self._clock.now_ns() + int(seconds * 1e9)
        for ticket in self._tickets.all():
            ticket.ended.wait(max(0.0, (deadline - self._clock.now_ns()) / 1e9))
        self._deadlines.stop()
        self._cache.close()
        self.executor.stop()

    # --------------------------------------------------------------------- how a job is served

    def _serve(self, ticket: Ticket) -> None:
        found = self._cache.look_up(self._key_of(ticket))
        if found is None:
            self._lead(ticket)
            return
        self._count(answer := Answer.STALE if found.stale else Answer.HIT)
        self._end(ticket, found.outcome, cached=answer)
        if found.stale:
            self._refresh(ticket)

    def _lead(self, ticket: Ticket) -> None:
        """Makes it, or waits for somebody who does. Raises Refused."""
        key, ticket.leads = self._key_of(ticket), False  # who follows may be told at once
        if not self._cache.lead(key, partial(self._shared, ticket)):
            self._count(Answer.SHARED)
            return
        ticket.leads = True
        self._count(Answer.MISS)
        try:
            self.executor.submit(ticket.job.job_id, ticket.request, partial(self._made, ticket))
        except Refused as refusal:
            self._cache.settle(key, Outcome(error=refusal.words, code=refusal.code))
            raise

    def _refresh(self, ticket: Ticket) -> None:
        """Remakes what was given although it is stale; nobody waits for it."""
        key = self._key_of(ticket)
        if self._cache.lead(key, _ignore):
            try:
                self.executor.submit(new_id(), ticket.request, partial(self._settle, key))
            except Refused as refusal:
                self._cache.settle(key, Outcome(error=refusal.words, code=refusal.code))

    def _made(self, ticket: Ticket, outcome: Outcome) -> None:
        """The executor has ended this job; those who share it are told after it."""
        self._end(ticket, outcome)
        self._settle(self._key_of(ticket), outcome)

    def _shared(self, ticket: Ticket, outcome: Outcome) -> None:
        """Whoever made it is done. If only he gave up, it is made for this one."""
        gave_up = outcome.code in _GAVE_UP and outcome.forecast is None
        if not gave_up or ticket.ended.is_set():
            self._end(ticket, outcome, cached=Answer.SHARED if outcome.forecast else "")
            return
        try:
            self._lead(ticket)
        except Refused as refusal:
            self._end(ticket, Outcome(error=refusal.words, code=refusal.code))

    def _expire(self, ticket: Ticket) -> None:
        if ticket.ended.is_set():
            return
        ticket.expired = True
        if not (ticket.leads and self.executor.cancel(ticket.job.job_id)):
            self._end(ticket, Outcome(error="given up", code=Code.CANCELLED))

    def _end(self, ticket: Ticket, outcome: Outcome, *, cached: str = "") -> None:
        """The one end of a job: kept, recorded, and told to its room."""
        if not ticket.close():
            return
        if ticket.expired and outcome.forecast is None:
            words = _TIMED_OUT.format(seconds=self._settings.forecast_timeout_s)
            outcome = Outcome(error=words, code=Code.TIMED_OUT)
        ticket.job = replace(self._ended(ticket, outcome), cached=cached)
        # A worker of the job queue has kept and told what it made.
        told = self.executor.answers and not cached and ticket.leads
        if not told or outcome.code in (Code.CANCELLED, Code.TIMED_OUT):
            self._tell(ticket.job)
        self._tickets.drop(ticket.job.job_id)
        self._record_end(ticket.job)
        ticket.ended.set()

    def _ended(self, ticket: Ticket, outcome: Outcome) -> Job:
        seconds = (self._clock.now_ns() - ticket.asked_ns) / 1e9
        payload = None
        if outcome.forecast is not None:
            stamped = restamped(outcome.forecast, ticket.request.frame()["timestamp"])
            payload = contract.forecast_payload(stamped, made_at=self._clock.utc())
        return ticket.job.ended(outcome, payload=payload, seconds=seconds)

    def _tell(self, job: Job) -> None:
        self._store.save(job)
        event = contract.FORECAST if job.forecast else contract.FORECAST_ERROR
        try:
            self._emit(event, job.to_dict(), to=room(job.job_id))
        except Exception as error:
            self._record(Kind.MESSAGE_REFUSED, event=event, error=str(error))

    def _record_end(self, job: Job) -> None:
        self.tally.ended(job)
        facts: dict[str, Any] = {"job_id": job.job_id, "seconds": job.seconds}
        if job.forecast is not None:
            self._record(Kind.JOB_DONE, **facts, engine=job.forecast["engine"], cached=job.cached)
        elif job.state is State.CANCELLED:
            self._record(Kind.JOB_CANCELLED, **facts)
        else:
            self._record(Kind.JOB_FAILED, **facts, error=job.error, code=job.code)

    # ------------------------------------------------------------------------------ the cache

    def _key_of(self, ticket: Ticket) -> str:
        return self._key(ticket.request.values, ticket.request.steps)

    def _key(self, values: Any, steps: int) -> str:
        info = self.executor.info()
        model = f"{info['engine']} {info['model']} {info.get('revision', '')}"
        context = self._settings.context_length
        return content_key(values, steps, model=model, context_length=context)

    def _settle(self, key: str, outcome: Outcome) -> None:
        """What the engine made that the key names is kept, also where that is smoothing."""
        made = outcome.forecast
        if made is not None and made.engine == self.executor.info()["engine"]:
            outcome = Outcome(replace(made, fallback_reason=None))
        self._cache.settle(key, outcome)

    def _count(self, answer: Answer) -> None:
        self._record(Kind.CACHE_LOOKED_UP, **self.lookups.count(answer))


def _ignore(*_: Any, **__: Any) -> None:
    """For what nobody waits for, or hears."""
