"""A progress bar for work that turns out to take long."""

import time

import keras

LONG = 5.0  # seconds


class LongWork:
    """Shows Keras's progress bar where the rest of some work will take more than 5 seconds.

    Args:
        total: Steps of the work.
        verbose: 1 shows the bar in any case, 0 never, "auto" where the work takes long.
    """

    def __init__(self, total: int, verbose="auto"):
        if verbose not in ("auto", 0, 1):
            raise ValueError(f'Expected verbose, "auto", 0 or 1; got {verbose!r}.')
        self.total, self.verbose, self.done = total, verbose, 0
        self._bar: keras.utils.Progbar | None = None
        self._measured_from: tuple[float, int] | None = None

    def add(self, steps: int) -> None:
        """Tells that so many more steps are done."""
        self.done += steps
        if self._bar is None and (self.verbose == 1 or self.verbose == "auto" and self._is_long()):
            self._bar = keras.utils.Progbar(self.total, unit_name="value")
        if self._bar:
            self._bar.update(self.done)

    def _is_long(self) -> bool:
        now = time.perf_counter()
        if self._measured_from is None:  # The first steps compile: those after them are measured.
            self._measured_from = now, self.done
            return False
        start, before = self._measured_from
        return (now - start) * (self.total - self.done) > LONG * (self.done - before)
