"""The engine without workers: each job is done where it is handed out."""

from __future__ import annotations

from concurrent.futures import Future

from cardgen.engine.base import Engine, Make, Pending, _Job, _Result


class Serial(Engine):
    """Runs jobs in this process, one after the other."""

    def submit(self, make: Make[_Job, _Result], job: _Job) -> Pending[_Result]:
        """Do the job at once."""
        future: Future[_Result] = Future()
        future.set_result(make(job))
        return future
