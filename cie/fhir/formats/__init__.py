"""Resources as they travel: JSON and XML, read from bytes and written to bytes (FHIR R4, 2.6.1 and 2.6.2).

Within the server a resource is what its JSON says: dictionaries, lists, text, whole numbers, and numbers that remember
how they were written. XML is turned into that and back by one converter that knows only `cie.fhir.definitions`.
What cannot be read raises `Unreadable`, which says where and what to do and repeats nothing of what was sent.
"""

from cie.fhir.formats.faults import Fault, Unreadable
from cie.fhir.formats.json_format import read_json, write_json
from cie.fhir.formats.numbers import DecimalAsSent
from cie.fhir.formats.xml_reading import read_xml
from cie.fhir.formats.xml_writing import write_xml

__all__ = ["DecimalAsSent", "Fault", "Unreadable", "read_json", "read_xml", "write_json", "write_xml"]
