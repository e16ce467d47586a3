"""A receiver of notices as a process of its own: `receiver_process.py PORT FILE takes|breaks-off`.

Each notice that it took is a line in the file before it answers. `breaks-off` stops in the middle of its answer, and
waits to be killed.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Takes one notice."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Path(sys.argv[2]).open("a") as file:
            file.write(json.dumps({"head": dict(self.headers), "body": body.decode()}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if sys.argv[3] == "breaks-off":
            self.wfile.write(b"HTTP/1.1 2")
            time.sleep(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
