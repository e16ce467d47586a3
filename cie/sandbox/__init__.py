"""A pretend text network for demo and tests: a process of its own, with its own store, on this machine only.

It answers the part of Twilio's REST interface that our gateway calls, posts signed status callbacks and inbound
webhooks to the app, and can be told to hang, refuse, answer twice or lose its answer. The demo phone page reads
and writes it over HTTP (`/phones`, `/faults`). Like the real network it stops texts to a number that wrote STOP
and confirms that itself, once; answers given in a webhook's response are not read. The programs of the demo's
partners hear of what happens at addresses of its own (`/hooks`).
"""

from cie.sandbox.server import create_sandbox, serve_sandbox

__all__ = ["create_sandbox", "serve_sandbox"]
