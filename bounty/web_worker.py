"""The web server's worker process: gunicorn's for ASGI, which tells the site when it is to go."""

from gunicorn.workers.gasgi import ASGIWorker


class Worker(ASGIWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Streams would keep a worker that is told to go until it is killed: they are ended, and their clients return."""

    def handle_exit_signal(self) -> None:
        self.asgi.stop()
        super().handle_exit_signal()
