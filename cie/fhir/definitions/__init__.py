"""FHIR R4 (4.0.1) as facts, compiled from the published definitions; `types` has the types and their elements."""
