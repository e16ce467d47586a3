"""The public suite for HL7 SDOH Clinical Care 3.0.0: what any FHIR server that claims it can be seen to do, over HTTP.

One row for each numbered requirement of the guide and for each line of the capability table of its Coordination
Platform. A row passes, fails with a reason, or does not apply with a reason; with it stand the exchanges that show it.
The suite knows nothing of the server that it looks at: of this project it uses only what is known of FHIR itself.
"""

from cie.conformance.report import as_html, as_json, in_words
from cie.conformance.running import Run, run_suite
from cie.conformance.server import Options

__all__ = ["Options", "Run", "as_html", "as_json", "in_words", "run_suite"]
